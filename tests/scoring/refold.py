"""Reports of stored timelines: one JSON list of observations a line in, one report a line out.

A program of its own, so that another Python than the one that runs the tests can be asked for the same.
"""

import json
import sys
from collections.abc import Iterable

from models.observations import from_json
from scoring import rubric
from scoring.report import canonical_json
from scoring.scorer import fold
from tests.scoring.sessions import FACTS


def reports(timelines: Iterable[str]) -> list[str]:
    """The reports in canonical JSON."""
    loaded = rubric.load()
    found = []
    for text in timelines:
        observations = [each for data in json.loads(text) if (each := from_json(data)) is not None]
        report = fold(observations, loaded).report(FACTS)
        # what pip knows of is no matter of scoring
        report["versions"]["rapport"] = ""
        found.append(canonical_json(report))
    return found


if __name__ == "__main__":
    print("\n".join(reports(sys.stdin)))

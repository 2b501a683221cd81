"""What scoring costs after an hour and whether it adds up, on made-up observations."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.observations import Observation, from_json, to_json
from scoring import rubric
from scoring.report import canonical_json
from scoring.scorer import Scorer, fold
from tests.bench import language, recording_cost
from tests.bench.report_page import page_cpu_s
from tests.scoring.answer_pairs import off_topic_below_p10, strong_above_weak
from tests.scoring.sessions import FACTS, interview

HOUR_S = 3600.0
SNAPSHOTS = 200
REPORTS = 5


def run(data: Path | None) -> dict[str, Any]:
    """The figures of `rapport bench scoring`; those of grammar and skills are None without `data`."""
    timeline = interview(HOUR_S)
    scorer = fold(timeline, rubric.load())
    report = scorer.report(FACTS)
    return {
        "snapshot_ms_at_60min": snapshot_ms(scorer, HOUR_S),
        "report_ms_60min": report_ms(scorer),
        "refold_identical": refold_identical(timeline),
        "contribution_sum_error": contribution_sum_error(report),
        "strong_above_weak": strong_above_weak(),
        "off_topic_below_p10": off_topic_below_p10(),
        "grammar": language.grammar(data) if data else None,
        "skills": language.skills(data) if data else None,
        "report_page_cpu_s": asyncio.run(page_cpu_s()),
        "recording": recording_cost.run(data),
    }


def snapshot_ms(scorer: Scorer, t: float) -> float:
    """CPU milliseconds of a live snapshot about session time `t`: median."""
    return _median_ms(lambda n: scorer.snapshot(t - (SNAPSHOTS - n) / 10), SNAPSHOTS)


def report_ms(scorer: Scorer) -> float:
    """CPU milliseconds of the report on all that the scorer took in: median."""
    return _median_ms(lambda _: scorer.report(FACTS), REPORTS)


def _median_ms(step: Callable[[int], object], times: int) -> float:
    spent = []
    for n in range(times):
        began = time.process_time()
        step(n)
        spent.append(1000 * (time.process_time() - began))
    return round(float(np.median(spent)), 3)


def refold_identical(timeline: Sequence[Observation]) -> bool:
    """Whether a session scored while it ran and its stored timeline, folded again, have one report."""
    live = Scorer(rubric.load())
    stored = []
    for n, observation in enumerate(timeline):
        live.add(observation)
        stored.append(json.dumps(to_json(observation)))
        if n % 500 == 0:
            live.snapshot(live.record.until)
            live.nudge(live.record.until)
    read = [each for text in stored if (each := from_json(json.loads(text))) is not None]
    again = fold(read, rubric.load())
    return canonical_json(live.report(FACTS)) == canonical_json(again.report(FACTS))


def contribution_sum_error(report: dict[str, Any]) -> float:
    """The furthest that any sum of points in a report is from its score, in points."""
    errors = [0.0]
    for part in (report["overall"], *report["subscores"].values()):
        if part["score"] is None:
            continue
        errors.append(abs(sum(each["points"] for each in part["contributions"]) - part["score"]))
        errors.append(abs(part["baseline"] + sum(e["points"] for e in part["waterfall"]) - part["score"]))
        errors += [
            abs(sum(answer["points"] for answer in each["questions"]) - each["points"])
            for each in part["waterfall"]
        ]
    return max(errors)

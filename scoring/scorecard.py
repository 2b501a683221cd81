"""The scorecard by which interviewers rate: criteria with anchors, and what the ratings come to."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from scoring.agreement import alpha

FILE = Path(__file__).with_name("scorecard.toml")
LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something that is rated."""

    id: str
    label: str
    of: str
    """"question": rated for each; "end": rated once, for the whole interview."""
    asks: str
    anchors: tuple[str, ...]
    """What each value from `LOWEST` to `HIGHEST` stands for."""


class Unit(NamedTuple):
    """What one value is about."""

    criterion: str
    question: int | None
    """Index; None for the whole interview."""


@cache
def criteria() -> tuple[Criterion, ...]:
    """The scorecard, in its order. Raises ValueError when the data file does not hold."""
    found = tuple(
        Criterion(each["id"], each["label"], each["of"], each["asks"], tuple(each["anchors"]))
        for each in tomllib.loads(FILE.read_text("utf-8"))["criterion"]
    )
    if wrong := [
        each.id for each in found if len(each.anchors) != HIGHEST or each.of not in ("question", "end")
    ]:
        raise ValueError(f"{FILE.name}: {', '.join(wrong)}: give of and {HIGHEST} anchors")
    return found


def fault(unit: Unit, questions: int) -> str | None:
    """Why nothing can be rated there, in a sentence; None where it can. `questions` is how many there are."""
    criterion = next((each for each in criteria() if each.id == unit.criterion), None)
    if criterion is None:
        known = ", ".join(each.id for each in criteria())
        return f"There is no criterion {unit.criterion!r}; there are {known}."
    if (criterion.of == "question") != (unit.question is not None):
        when = "for each question" if unit.question is None else "once, at the end"
        return f"{criterion.label} is rated {when}."
    if unit.question is not None and not 0 <= unit.question < questions:
        return f"There is no question {unit.question}."
    return None


def agreement(raters: Sequence[Mapping[Unit, int]]) -> dict[str, Any]:
    """What several raters come to together: alpha over all, and mean and spread of each unit.

    `{"raters", "alpha": null | number, "units": [{criterion, question, mean, low, high, count}]}`.
    """
    agreed = alpha(raters)
    units = sorted({unit for rater in raters for unit in rater}, key=_place)
    told = []
    for unit in units:
        values = [rater[unit] for rater in raters if unit in rater]
        told.append(
            {
                "criterion": unit.criterion,
                "question": unit.question,
                "mean": round(fmean(values), 2),
                "low": min(values),
                "high": max(values),
                "count": len(values),
            }
        )
    return {"raters": len(raters), "alpha": None if agreed is None else round(agreed, 3), "units": told}


def _place(unit: Unit) -> tuple[int, int]:
    order = [each.id for each in criteria()]
    last = len(order)
    return (
        last if unit.question is None else unit.question,
        order.index(unit.criterion) if unit.criterion in order else last,
    )

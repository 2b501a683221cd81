"""Where a score comes from: signed points that lead from a baseline to it, by indicator and by question.

A score is a weighted mean Σ w θ of indicators' scores θ. Against the baseline of 50, where an indicator
speaks neither for nor against, each gives w (θ - 50) points: positive if and only if it scores above 50,
and never less for a better score.

An indicator's points are split over the questions by their shares e of its evidence and their own scores
θ(q), its norm's at what was measured in that stretch alone; where that is less than a live score needs, the
session's. The session's score is not quite the mean of those, since norms bend; the difference r = θ - Σ e
θ(q) is borne alike by all evidence:

    points(q) = w e(q) (θ(q) + r - 50)

Points are rounded so that they add up as they are written: those of an indicator to its points, and those
of all with the baseline to the score.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from scoring.answers import Answers
from scoring.evidence import Floats, row_of
from scoring.indicators import INDICATORS, Measured, measure
from scoring.judge import Judge, Scored
from scoring.rounding import number
from scoring.windows import Windows

BASELINE = 50.0
"""Of points and scores."""


def by_question(windows: Windows, answers: Answers) -> Measured:
    """What was measured before the first question, and from each question to the next: n + 1 windows."""
    edges = np.array([windows.first, *map(row_of, answers.asked), windows.last])
    edges = np.clip(edges, windows.first, windows.last)
    starts, ends = edges[:-1], edges[1:]
    content = np.array([answers.alone(answer).content(ended=True) for answer in answers.all])
    return measure(windows.sums(starts, ends), ends - starts, windows.extremes(starts, ends), content)


class Waterfalls:
    """The points of a session's scores."""

    def __init__(self, judge: Judge, scored: Scored, parts: Measured) -> None:
        """`scored` in its first window, `parts` as from `by_question`."""
        self._scores = scored.indicators[:, 0]
        evidence = np.where(np.isnan(parts.values), 0.0, parts.evidence)
        whole = evidence.sum(axis=1, keepdims=True)
        # What no stretch shows alone is put before the first question.
        self._parts = np.where(whole > 0, evidence / np.where(whole > 0, whole, 1.0), 0.0)
        self._parts[whole[:, 0] <= 0, 0] = 1.0
        own = judge.norms(parts.values)
        self._own = np.where(judge.enough(parts, report=False), own, self._scores[:, None])
        self._bend = self._scores - (self._parts * self._own).sum(axis=1)

    def points(self, score: float, shares: Floats) -> list[dict[str, Any]]:
        """The steps from the baseline to a score as it is written, the largest gain first.

        `shares` is the part that each indicator is of it, shape (indicators,).
        """
        there = np.flatnonzero(shares > 0)
        raw = shares[there] * (self._scores[there] - BASELINE)
        steps = []
        for i, points in zip(there.tolist(), rounded(raw.tolist(), score - BASELINE), strict=True):
            parts = np.flatnonzero(self._parts[i] > 0)
            given = shares[i] * self._parts[i] * (self._own[i] + self._bend[i] - BASELINE)
            split = zip(parts.tolist(), rounded(given[parts].tolist(), points), strict=True)
            steps.append(
                {
                    "indicator": _KEYS[i],
                    "points": points,
                    "questions": [
                        {"question": part - 1 if part else None, "points": part_points}
                        for part, part_points in split
                    ],
                }
            )
        return sorted(steps, key=lambda step: (-step["points"], step["indicator"]))


_KEYS = list(INDICATORS)


def rounded(values: Sequence[float], total: float) -> list[float]:
    """The values as `number` rounds them, adding up to `total`: the largest bears what rounding leaves."""
    result = [number(value) for value in values]
    if result:
        largest = max(range(len(result)), key=lambda i: abs(result[i]))
        others = sum(result) - result[largest]
        result[largest] = number(total - others)
    return result

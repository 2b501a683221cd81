"""Which indicators move the live scores: the points that the waterfall would give them, the largest alone."""

from typing import Any

import numpy as np

from scoring.indicators import INDICATORS, Measured
from scoring.judge import Judge, Scored
from scoring.rubric import SUBSCORES
from scoring.waterfall import BASELINE

MOST = 3
LEAST_POINTS = 0.5
"""What moves a score by less is not worth a word."""
_KEYS = tuple(INDICATORS)


def drivers(judge: Judge, measured: Measured, scored: Scored) -> dict[str, dict[str, Any]]:
    """Of each subscore that there is in the first window, what moved it most from the baseline of 50.

    {subscore: {indicator: {label, value, unit, points}}}, by the size of the points; they are of that
    subscore's, and all of an indicator's points together with the baseline give its score.
    """
    shares, _ = judge.shares(scored)
    points = shares * np.nan_to_num(scored.indicators[:, 0] - BASELINE)
    found: dict[str, dict[str, Any]] = {}
    for name, row, score in zip(SUBSCORES, points, scored.subscores[:, 0], strict=True):
        if np.isnan(score):
            continue
        largest = sorted(np.flatnonzero(np.abs(row) >= LEAST_POINTS), key=lambda i: (-abs(row[i]), i))[:MOST]
        found[name] = {
            _KEYS[i]: {
                "label": judge.rules[i].label,
                "value": round(float(measured.values[i, 0]), 2),
                "unit": judge.rules[i].unit,
                "points": round(float(row[i]), 1),
            }
            for i in largest
        }
    return found

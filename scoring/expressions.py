"""What the candidate's face was taken to show, for their own eyes: no part of any score."""

import math
from collections.abc import Sequence
from typing import Any

from models.observations import EXPRESSIONS, ExpressionPicture, ExpressionSample

RECENT_S = 2.0
"""Seconds that the live estimate is the mean of, so that it can be read."""
STEP_S = 5.0
"""Seconds that one entry of the series stands for, at least."""
MOST_STEPS = 60


def recent(samples: Sequence[ExpressionSample], t: float) -> dict[str, Any] | None:
    """The likeliest expression about session time `t`, as in wire.json; None where no face was read."""
    fresh = [sample for sample in samples[-8:] if t - RECENT_S <= sample.t <= t]
    if not fresh:
        return None
    shares = _mean(fresh)
    name = max(EXPRESSIONS, key=lambda each: shares[each])
    return {"name": name, "probability": shares[name], "method": fresh[-1].method}


def section(
    samples: Sequence[ExpressionSample], pictures: Sequence[ExpressionPicture], duration: float
) -> dict[str, Any]:
    """The report's part on expressions; see report.schema.json."""
    samples = sorted(samples, key=lambda sample: sample.t)
    step = max(STEP_S, float(math.ceil(duration / MOST_STEPS)))
    steps: list[list[ExpressionSample]] = [[] for _ in range(max(1, math.ceil(duration / step)))]
    for sample in samples:
        steps[min(max(int(sample.t / step), 0), len(steps) - 1)].append(sample)
    return {
        "method": samples[-1].method if samples else None,
        "samples": len(samples),
        "shares": _mean(samples) if samples else None,
        "step_s": step,
        "series": [_mean(each) if each else None for each in steps],
        "pictures": [
            {
                "t": round(picture.t, 3),
                "expression": picture.expression,
                "probability": round(picture.probability, 4),
                "method": picture.method,
                "image": f"data:image/png;base64,{picture.png}",
            }
            for picture in pictures
        ],
    }


def _mean(samples: Sequence[ExpressionSample]) -> dict[str, float]:
    return {
        each: round(sum(getattr(sample, each) for sample in samples) / len(samples), 4)
        for each in EXPRESSIONS
    }

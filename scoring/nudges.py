"""Nudges: short pieces of help while the candidate speaks, with hysteresis and a cool-down."""

import math
from collections.abc import Sequence

import numpy as np

from models.observations import NudgeGiven
from scoring.evidence import ROW, C, Floats
from scoring.rubric import NudgeRule, figure
from scoring.windows import Windows

SPACING = 8.0
"""Least seconds between any two nudges."""
MEMORY = 60.0
"""Seconds back in which a measure may have been good again for a nudge to come anew."""
REMINDER = 150.0
"""After so many seconds a nudge may come again although its measure was never good in between."""

_RATIOS: dict[str, tuple[C, C, float, C]] = {
    "speech_rate": (C.WORDS, C.PACE_S, 60.0, C.PACE_S),
    "eye_contact": (C.GAZE_ON, C.GAZE, 100.0, C.GAZE_S),
    "face_presence": (C.FACE_PRESENT, C.FACE, 100.0, C.FACE_S),
    "upright": (C.UPRIGHT_ON, C.UPRIGHT, 100.0, C.UPRIGHT_S),
    "brightness": (C.BRIGHTNESS, C.BRIGHT, 100.0, C.BRIGHT_S),
    "pitch_variety": (C.PITCH_SQUARES, C.PITCH_S, 1.0, C.PITCH_S),
    "fillers": (C.FILLERS, C.FILLERS, 1.0, C.WORDS),
}


def due(
    rules: Sequence[NudgeRule],
    windows: Windows,
    t: float,
    given: Sequence[NudgeGiven],
    answer_percent: float | None,
) -> NudgeGiven | None:
    """The first nudge of the rubric that is due at `t`, if any.

    A nudge comes when its measure is beyond its limit; again only after the cool-down and after the measure
    was back beyond `clear`. `answer_percent` is how far the answer is, in percent of the question's time.
    """
    if any(abs(t - nudge.t) < SPACING for nudge in given[-len(rules) - 1 :]):
        return None
    for rule in rules:
        last = max((nudge.t for nudge in given if nudge.id == rule.id), default=None)
        if last is not None and t - last < rule.cool_down:
            continue
        if rule.measure == "answer_time":
            values = np.array([answer_percent if answer_percent is not None else math.nan])
        else:
            values = _history(rule, windows, t, last)
        if not len(values) or not _beyond(rule, values[-1]):
            continue
        if last is None or t - last >= REMINDER or _was_clear(rule, values):
            text = rule.text.format(value=figure(float(values[-1])), window=f"{rule.window:g}")
            return NudgeGiven(t=t, id=rule.id, text=text)
    return None


def _history(rule: NudgeRule, windows: Windows, t: float, last: float | None) -> Floats:
    """The rule's measure at every row since the nudge was last given, oldest first; nan without evidence."""
    now = windows.last
    earliest = now - 1 if last is None else max(int(last / ROW) + 1, now - int(MEMORY / ROW))
    ends = np.arange(max(earliest, windows.first) + 1, now + 1)
    sums = windows.sums(ends - int(rule.window / ROW), ends)
    over, under, scale, evidence = _RATIOS[rule.measure]
    if rule.measure == "fillers":
        values: Floats = sums[:, over].copy()
    else:
        values = scale * sums[:, over] / np.where(sums[:, under] > 1e-9, sums[:, under], np.nan)
    if rule.measure == "pitch_variety":
        values = np.sqrt(np.maximum(values, 0.0))
    values[sums[:, evidence] + 1e-6 < rule.evidence] = math.nan
    return values


def _beyond(rule: NudgeRule, value: float) -> bool:
    if rule.above is not None:
        return bool(value > rule.above)
    return bool(rule.below is not None and value < rule.below)


def _was_clear(rule: NudgeRule, values: Floats) -> bool:
    return bool((values < rule.clear).any() if rule.above is not None else (values > rule.clear).any())

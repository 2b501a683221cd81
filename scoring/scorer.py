"""The fold: observations in, snapshots, nudges and the report out.

All that comes out is a function of the observations added so far, in their order, and of the session time
asked about; never of the wall clock.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from models import picture_problems, sound_problems
from models.observations import FaceSample, NudgeGiven, Observation, Source
from models.problems import Words
from scoring import expressions, nudges, reasons
from scoring.drivers import drivers
from scoring.evidence import ROW, C, Floats, row_of
from scoring.indicators import Measured, measure
from scoring.judge import Judge, Scored
from scoring.record import Record
from scoring.report import SessionFacts, build
from scoring.rubric import SUBSCORES, Rubric
from scoring.uncertainty import HalfWidths, half_widths, interval
from scoring.windows import Windows

Problem = TypeVar("Problem", bound=str)
TREND_S = 15.0
"""Seconds back that a trend compares with."""
TREND_POINTS = 2.0
"""Smaller changes are no trend."""
RECENT_S = 20.0
"""Seconds that the live speech rate and eye contact look back over."""
FRESH_S = 2.0
"""Older samples say nothing about this moment."""
LEAST_PACE_S = 3.0
"""Seconds of speech below which a live speech rate would jump about."""
_LOOKBACK_S = 90.0
NO_PROBLEM: dict[str, str | None] = {"problem": None, "title": None, "help": None}


class Scorer:
    """A session's observations and what they come to under a rubric."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.record = Record()
        self._judge = Judge(rubric)
        self._windows: tuple[float, Windows] | None = None
        self._latest: tuple[Measured, Scored] | None = None

    def add(self, observation: Observation) -> None:
        """Take in the next observation, whatever its time; one whose time is not a number is left out."""
        self._windows = None
        self.record.add(observation)

    def _look(self, t: float) -> Windows:
        """The rows up to `t`, kept until the next observation."""
        if self._windows is None or self._windows[0] != t:
            last = row_of(t) + 1
            back = max(self.rubric.window + TREND_S, _LOOKBACK_S)
            answers = self.record.answers
            first = max(0, last - int(back / ROW))
            windows = Windows(self.record.evidence, answers, first, last, t, self._judge.weighed)
            self._windows = (t, windows)
        return self._windows[1]

    def snapshot(self, t: float) -> dict[str, Any]:
        """How the session stands at session time `t`: wire.json's snapshot without seq and frame_age_ms."""
        windows = self._look(t)
        ends = np.array([windows.last, max(windows.last - int(TREND_S / ROW), 0)])
        starts = np.maximum(ends - int(self.rubric.window / ROW), 0)
        sums = windows.sums(starts, ends)
        content = np.array([self.record.content, self.record.content_at(t - TREND_S)])
        extremes = windows.extremes(starts, ends, self._judge.weighed)
        measured = measure(sums, ends - starts, extremes, content)
        scored = self._judge.score(measured, report=False)
        self._latest = measured, scored
        window = windows.within(int(starts[0]), int(ends[0]))
        half = half_widths(self._judge, measured, scored, window, self.record.answers.given)
        shown = self.record.expressions
        return {
            **self.presence(t),
            **({"expression": expressions.recent(shown, t)} if shown else {}),
            "overall": _overall(scored, half),
            "subscores": self._subscores(scored, half, sums[0], t),
            "live": self._live(t, windows, self._face(t)),
        }

    def drivers(self) -> dict[str, dict[str, Any]]:
        """What moved the subscores of the latest snapshot most, see `scoring.drivers`."""
        return drivers(self._judge, *self._latest) if self._latest else {}

    def presence(self, t: float) -> dict[str, Any]:
        """The part of a snapshot that says who is there at this moment; costs next to nothing."""
        face = self._face(t)
        return {
            "t": round(t, 3),
            "face": {
                "present": face.faces > 0 if face else None,
                "count": face.faces if face else 0,
                "on_camera": face.on_camera if face else None,
            },
            "voice": {"speaking": self._speaking(t)},
            "picture": _problem(face.problem, picture_problems.WORDS) if face else NO_PROBLEM,
            "sound": self._sound(t),
        }

    def _sound(self, t: float) -> dict[str, Any]:
        """What is wrong with the sound at this moment, and what to do about it."""
        quality = self.record.quality
        if quality is None or t - quality.end > FRESH_S or self.record.in_gap("microphone", t):
            return NO_PROBLEM
        return _problem(quality.problem, sound_problems.WORDS)

    def _missing(self, sums: Floats, t: float) -> reasons.Missing:
        """What the window with these column sums lacks."""
        record = self.record
        return reasons.missing(
            sums, self._gap_reasons(t), record.sound_reason, record.picture_reason, live=True
        )

    def _subscores(self, scored: Scored, half: HalfWidths, sums: Floats, t: float) -> dict[str, Any]:
        figures = (scored.subscores.tolist(), scored.coverage[:, 0].tolist(), half.subscores.tolist())
        found = {}
        gone = None
        for name, scores, coverage, width in zip(SUBSCORES, *figures, strict=True):
            found[name] = _score(scores, coverage, width)
            if found[name]["score"] is None:
                gone = gone or self._missing(sums, t)
                weights = self.rubric.subscores[name].weights
                found[name]["reason"] = reasons.subscore_reason(weights, gone)
        return found

    def _gap_reasons(self, t: float) -> dict[Source, str | None]:
        """Why each source is missing now."""
        known: dict[Source, str | None] = {"camera": None, "microphone": None, "transcription": None}
        known |= {gap.source: gap.reason for gap in self.record.gaps[-20:] if gap.end >= t - FRESH_S}
        return known

    def _face(self, t: float) -> FaceSample | None:
        """The face of this moment, if the camera shows one."""
        face = self.record.face
        if face is None or t - face.t > FRESH_S or self.record.in_gap("camera", t):
            return None
        return face

    def _speaking(self, t: float) -> bool | None:
        record = self.record
        if record.in_gap("microphone", t):
            return None
        flipped = record.voice.t if record.voice else 0.0
        if record.sound is not None and t - max(record.sound.end, flipped) > FRESH_S:
            return None
        if record.voice is not None:
            return record.voice.speaking
        return None if record.sound is None else False

    def _live(self, t: float, windows: Windows, face: FaceSample | None) -> dict[str, Any]:
        record = self.record
        # What was said in the last second is not written down yet: look at what has been.
        written = min(t, record.answers.written_until)
        seconds, words = windows.recent(row_of(written) + 1, RECENT_S, C.PACE_S, C.WORDS)
        seen, on_camera = windows.recent(windows.last, RECENT_S, C.GAZE, C.GAZE_ON)
        spoke = t - written < RECENT_S and seconds >= LEAST_PACE_S
        sound = record.sound if record.sound is not None and t - record.sound.end <= FRESH_S else None
        return {
            "speech_rate": round(60 * (words / seconds), 1) if spoke else None,
            "eye_contact": round(on_camera / seen, 4) if seen > 0 else None,
            "filler_words": max(record.filler_words, 0),
            "words": max(record.words, 0),
            "smile": _fraction(face.smile if face else None),
            "brightness": _fraction(face.brightness if face else None),
            "intensity_db": round(sound.intensity_db, 1) if sound else None,
            "answer_seconds": round(max(t - self._asked_at(t), 0.0), 2),
        }

    def _asked_at(self, t: float) -> float:
        question = self.record.answers.at(t).question
        return question.t if question else 0.0

    def nudge(self, t: float) -> NudgeGiven | None:
        """The nudge that is due at session time `t`, if any; the caller records it by adding it."""
        percent = self.record.answers.at(t).percent if self._speaking(t) else None
        return nudges.due(self.rubric.nudges, self._look(t), t, self.record.nudges, percent)

    def report(self, session: SessionFacts) -> dict[str, Any]:
        """The report on all that was added, ready for JSON: see report.schema.json."""
        return build(self.record, self._judge, session)


def fold(observations: Iterable[Observation], rubric: Rubric) -> Scorer:
    """The scorer after all the observations."""
    scorer = Scorer(rubric)
    for observation in observations:
        scorer.add(observation)
    return scorer


def _overall(scored: Scored, half: HalfWidths) -> dict[str, Any]:
    found = _score(scored.overall.tolist(), float(scored.overall_coverage[0]), half.overall)
    if found["score"] is None:
        found["reason"] = reasons.overall_reason(live=True)
    return found


def _score(scores: Sequence[float], coverage: float, half: float) -> dict[str, Any]:
    """A score now and `TREND_S` ago as in wire.json, without the reason why there is none."""
    now, before = scores
    known = not math.isnan(now)
    change = now - before if known and not math.isnan(before) else 0.0
    score = round(now, 2) if known else None
    return {
        "score": score,
        "interval": interval(score, half),
        "coverage": round(coverage, 4),
        "trend": 0 if abs(change) <= TREND_POINTS else (1 if change > 0 else -1),
        "reason": None,
    }


def _problem(problem: Problem | None, words: Mapping[Problem, Words]) -> dict[str, str | None]:
    """What is wrong, and what to do about it."""
    if problem is None:
        return NO_PROBLEM
    return {"problem": problem, "title": words[problem].title, "help": words[problem].help}


def _fraction(value: float | None) -> float | None:
    return None if value is None else round(min(max(value, 0.0), 1.0), 4)

"""Indicators: observables with a unit and the evidence behind each, over any number of windows at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.observations import Source
from scoring.evidence import ROW, C, Floats, columns


@dataclass(frozen=True, slots=True)
class Indicator:
    """Where an indicator comes from."""

    key: str
    source: Source
    seen: C
    """Seconds in which it could be observed."""
    evidence: C | None = None
    """What counts as evidence for it; None where evidence is not a sum over rows."""


@dataclass(frozen=True, slots=True)
class Ratio(Indicator):
    """An indicator that is a ratio of two sums."""

    over: C = C.FACE
    under: C = C.FACE
    scale: float = 1.0
    root: bool = False
    """The square root of the ratio is meant: a root mean square."""


def _share(key: str, on: C, of: C, seen: C, evidence: C | None = None) -> Ratio:
    return Ratio(key, "camera", seen, seen if evidence is None else evidence, on, of, 100.0)


def _per_100_words(key: str, what: C) -> Ratio:
    return Ratio(key, "transcription", C.TRANSCRIBED_S, C.WORDS, what, C.WORDS, 100.0)


def _read(key: str, what: C, of: C) -> Ratio:
    return Ratio(key, "transcription", C.TRANSCRIBED_S, of, what, of, 100.0)


def _per_minute(key: str, what: C, seen: C) -> Ratio:
    return Ratio(key, "camera", seen, seen, what, seen, 60.0)


RATIOS: Final = (
    _share("eye_contact", C.GAZE_ON, C.GAZE, C.GAZE_S),
    _share("eye_contact_speaking", C.GAZE_ON_SPEAKING, C.GAZE_SPEAKING, C.GAZE_HEARD_S, C.GAZE_SPEAKING_S),
    _share(
        "eye_contact_listening", C.GAZE_ON_LISTENING, C.GAZE_LISTENING, C.GAZE_HEARD_S, C.GAZE_LISTENING_S
    ),
    _share("away_left", C.AWAY_LEFT, C.AWAY, C.GAZE_S, C.AWAY_S),
    _share("away_right", C.AWAY_RIGHT, C.AWAY, C.GAZE_S, C.AWAY_S),
    _share("away_up", C.AWAY_UP, C.AWAY, C.GAZE_S, C.AWAY_S),
    _share("away_down", C.AWAY_DOWN, C.AWAY, C.GAZE_S, C.AWAY_S),
    _per_minute("glances_down", C.GLANCES_DOWN, C.LOOKS_S),
    _share("face_presence", C.FACE_PRESENT, C.FACE, C.FACE_S),
    _share("face_stability", C.STEADY_S, C.PLACE_S, C.PLACE_S),
    Ratio("head_movement", "camera", C.HEAD_S, C.HEAD_S, C.HEAD_MOVED, C.HEAD_S),
    _share("restlessness", C.TURN_FAST, C.TURN, C.TURN_S),
    _per_minute("nods", C.NODS, C.TURN_S),
    _per_minute("shakes", C.SHAKES, C.TURN_S),
    _share("smile", C.SMILE_ON, C.SMILE, C.SMILE_S),
    _per_minute("blink_rate", C.BLINKS, C.LIDS_S),
    _per_minute("long_closures", C.LONG_CLOSURES, C.LIDS_S),
    _share("upright", C.UPRIGHT_ON, C.UPRIGHT, C.UPRIGHT_S),
    _share("in_frame", C.FRAME_ON, C.FRAME, C.FRAME_S),
    Ratio("fidgeting", "camera", C.MOVE_S, C.MOVE_S, C.MOVEMENT, C.MOVE),
    _share("slouch", C.SLOUCH_ON, C.SLOUCH, C.SLOUCH_S),
    _share("hand_at_face", C.HAND_ON, C.HAND, C.HAND_S),
    _share("distance", C.NEARNESS, C.NEAR, C.NEAR_S),
    Ratio("speech_rate", "transcription", C.TRANSCRIBED_S, C.PACE_S, C.WORDS, C.PACE_S, 60.0),
    Ratio(
        "articulation_rate", "transcription", C.TRANSCRIBED_S, C.ARTICULATION_S, C.SYLLABLES, C.ARTICULATION_S
    ),
    Ratio("pause_share", "microphone", C.MICROPHONE_S, C.TALK_S, C.PAUSE_S, C.TALK_S, 100.0),
    Ratio("mean_pause", "microphone", C.MICROPHONE_S, C.PAUSES, C.PAUSE_LENGTH, C.PAUSES),
    _per_100_words("pauses_inside", C.BREAKS),
    Ratio("pause_between", "transcription", C.TRANSCRIBED_S, C.STOPS, C.STOP_LENGTH, C.STOPS),
    Ratio("response_latency", "microphone", C.MICROPHONE_S, C.LATENCIES, C.LATENCY, C.LATENCIES),
    Ratio("pitch_variety", "microphone", C.MICROPHONE_S, C.PITCH_S, C.PITCH_SQUARES, C.PITCH_S, 1.0, True),
    Ratio("monotony", "microphone", C.MICROPHONE_S, C.MELODY_S, C.FLAT_S, C.MELODY_S, 100.0),
    Ratio("trailing_off", "microphone", C.MICROPHONE_S, C.PHRASES, C.FADED, C.PHRASES, 100.0),
    Ratio("uptalk", "transcription", C.TRANSCRIBED_S, C.STATEMENTS, C.RISING, C.STATEMENTS, 100.0),
    Ratio(
        "intensity_variety", "microphone", C.MICROPHONE_S, C.LEVEL_S, C.LEVEL_SQUARES, C.LEVEL_S, 1.0, True
    ),
    _per_100_words("filler_rate", C.FILLERS),
    _per_100_words("hedge_rate", C.HEDGES),
    _per_100_words("repeat_rate", C.REPEATS),
    _per_100_words("specificity", C.SPECIFICS),
    _per_100_words("buzzwords", C.BUZZWORDS),
    _read("relevance", C.BELONGING, C.TO_QUESTION),
    _read("coherence", C.CONTINUITY, C.FOLLOWING),
    _read("grammar", C.ERRORS, C.READ),
    _read("skills", C.SKILLS, C.READ),
)
EXTREMES: Final = (
    Indicator("longest_look_away", "camera", C.LOOKS_S, C.LOOKS_S),
    Indicator("longest_pause", "microphone", C.MICROPHONE_S, C.TALK_S),
    Indicator("pitch_range", "microphone", C.MICROPHONE_S, C.RANGED_S),
)
"""In the order of `Windows.extremes`."""
CONTENT: Final = (
    Indicator("key_points", "transcription", C.TRANSCRIBED_S),
    Indicator("structure", "transcription", C.TRANSCRIBED_S),
    Indicator("key_terms", "transcription", C.TRANSCRIBED_S),
    Indicator("answer_length", "transcription", C.TRANSCRIBED_S),
    Indicator("vocabulary", "transcription", C.TRANSCRIBED_S),
)
"""In the order of `Content`."""
INDICATORS: Final = {indicator.key: indicator for indicator in (*RATIOS, *EXTREMES, *CONTENT)}
KEYS: Final = frozenset(INDICATORS)
MEASURES: Final = frozenset(
    {"speech_rate", "eye_contact", "face_presence", "upright", "pitch_variety", "brightness", "fillers"}
    | {"answer_time"}
)
"""What nudges can look at."""

PLACE: Final = {key: i for i, key in enumerate(INDICATORS)}
"""The row of each indicator in all arrays."""

_OVER_AND_UNDER = columns(*(r.over for r in RATIOS), *(r.under for r in RATIOS))
_SCALE = np.array([[r.scale] for r in RATIOS])
_ROOT = np.flatnonzero([r.root for r in RATIOS])
EVIDENCE: Final = columns(*(C.FACE if i.evidence is None else i.evidence for i in INDICATORS.values()))
"""The column of each indicator's evidence; of those in `CONTENT`, which have none, any."""
_SEEN = columns(*(i.seen for i in INDICATORS.values()))


@dataclass(frozen=True, slots=True)
class Measured:
    """All indicators over n windows; arrays of shape (indicators, n), rows in the order of `INDICATORS`."""

    values: Floats
    """nan where there is no evidence at all."""
    evidence: Floats
    coverage: Floats
    """Share 0..1 of the window in which the indicator could be observed."""

    def value(self, key: str) -> float:
        """The value of an indicator in the first window; nan without evidence."""
        return float(self.values[PLACE[key], 0])

    def covered(self, key: str) -> float:
        """Share of the first window in which an indicator could be observed."""
        return float(self.coverage[PLACE[key], 0])


def ratios(sums: Floats) -> Floats:
    """The indicators in `RATIOS` from the column sums (n, len(C)) of n windows, shape (len(RATIOS), n)."""
    taken = sums.T[_OVER_AND_UNDER]
    over, under = taken[: len(RATIOS)], taken[len(RATIOS) :]
    # A difference of running sums can fall below 0 by a rounding error.
    values: Floats = np.maximum(over / np.where(under > 1e-9, under, np.nan) * _SCALE, 0.0)
    values[_ROOT] = np.sqrt(values[_ROOT])
    return values


def measure(sums: Floats, rows: Floats, extremes: Floats, content: Floats) -> Measured:
    """The indicators of n windows.

    `sums` are the windows' column sums (n, len(C)), `rows` their lengths in rows (n,), `extremes` as in
    `Windows.extremes`, `content` values and evidence of the indicators in `CONTENT` (n, len(CONTENT), 2).
    """
    evidence = sums.T[EVIDENCE]
    evidence[-len(CONTENT) :] = content[:, :, 1].T
    seconds = np.maximum(rows, 1) * ROW
    values = np.concatenate((ratios(sums), extremes.T, content[:, :, 0].T))
    values[evidence < 1e-9] = np.nan
    return Measured(values, evidence, np.minimum(np.maximum(sums.T[_SEEN] / seconds, 0), 1))

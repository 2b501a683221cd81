"""Why there is no score, in words for the candidate."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from models.observations import Source
from models.sound_problems import WORDS
from scoring.evidence import MOMENTS, MOVEMENT, C, Floats
from scoring.indicators import INDICATORS


@dataclass(frozen=True, slots=True)
class Missing:
    """What little was observed, and what is known about why."""

    camera_s: float
    """With pictures."""
    judged_s: float
    """With pictures that told something about the face."""
    camera_gap_s: float
    moments_s: float
    """With pictures that came often enough for what lasts a moment."""
    movement_s: float
    """With such that came often enough for movement."""
    face_s: float
    microphone_s: float
    speech_s: float
    transcribed_s: float
    gap_s: float
    """Without any sound."""
    unjudged_s: float
    gaps: Mapping[Source, str | None]
    clipped_s: float
    sound: str | None
    """Why sound that was there could not be judged."""
    spoilt_s: float
    picture: str | None
    """Why pictures that were there could not be judged."""
    live: bool

    @property
    def seldom(self) -> bool:
        """Pictures mostly came too seldom to follow movement."""
        return self.movement_s < self.camera_s / 2


def missing(
    sums: Floats, gaps: Mapping[Source, str | None], sound: str | None, picture: str | None, live: bool
) -> Missing:
    """What one window's column sums, shape (len(C),), lack."""
    return Missing(
        camera_s=float(sums[C.FACE_S]),
        judged_s=float(sums[C.JUDGED_S]),
        camera_gap_s=float(sums[C.GAP_CAMERA_S]),
        moments_s=float(sums[C.MOMENTS_S]),
        movement_s=float(sums[C.MOVEMENT_S]),
        face_s=float(sums[C.PRESENT_S]),
        microphone_s=float(sums[C.MICROPHONE_S]),
        speech_s=float(sums[C.SPEECH_S]),
        transcribed_s=float(sums[C.TRANSCRIBED_S]),
        gap_s=float(sums[C.GAP_MICROPHONE_S]),
        unjudged_s=float(sums[C.UNJUDGED_S]),
        clipped_s=float(sums[C.CLIPPED_S]),
        gaps=gaps,
        sound=sound,
        spoilt_s=float(sums[C.SPOILT_S]),
        picture=picture,
        live=live,
    )


SELDOM = "Too few pictures arrived each second"
"""Why little can be said of what moves."""


def subscore_reason(weights: Mapping[str, float], gone: Missing) -> str:
    """Why a subscore with these weights has no score: what its heaviest source lacks."""
    share: dict[Source, float] = {}
    for key, weight in weights.items():
        source = INDICATORS[key].source
        share[source] = share.get(source, 0.0) + weight
    if not any(share.values()):
        return "This rubric does not score it"
    return source_reason(max(share, key=lambda source: share[source]), gone)


def source_reason(source: Source, gone: Missing) -> str:
    """What is missing of one source."""
    why = gone.gaps[source]
    if source == "camera":
        if gone.camera_s <= 0:
            if why:
                return f"There was no picture: {why}"
            return "Waiting for the picture" if gone.live else "The camera was off"
        if gone.picture and gone.spoilt_s >= gone.camera_s / 2:
            return gone.picture
        if gone.face_s <= 0:
            return "Your face was not in the picture"
        if gone.seldom:
            return SELDOM
        return "A few more seconds of picture are needed"
    if gone.sound and gone.unjudged_s > gone.microphone_s:
        return gone.sound
    if gone.microphone_s <= 0:
        why = gone.gaps["microphone"]
        if why:
            return f"There was no sound: {why}"
        return "Say a few sentences first" if gone.live else "The microphone was off"
    if source == "transcription" and gone.transcribed_s <= 0 and gone.speech_s > 0 and not gone.live:
        return f"What was said could not be written down: {why or 'no words were recognised'}"
    return "Say a few sentences first" if gone.live else "Too little was said"


def indicator_reason(key: str, gone: Missing) -> str:
    """Why an indicator has no value."""
    if gone.clipped_s > 0 and INDICATORS[key].evidence in (C.PITCH_S, C.LEVEL_S):
        return WORDS["clipping"].reason
    if gone.face_s > 0:
        if INDICATORS[key].seen in (C.LIDS_S, C.TURN_S) and gone.moments_s < gone.camera_s / 2:
            return f"{SELDOM}: it takes {math.ceil(MOMENTS[1])} to notice what lasts a moment"
        if INDICATORS[key].seen in (C.HEAD_S, C.PLACE_S, C.LOOKS_S) and gone.seldom:
            return f"{SELDOM}: it takes {math.ceil(MOVEMENT[1])} to follow movement"
    return source_reason(INDICATORS[key].source, gone)


def overall_reason(live: bool) -> str:
    """Why there is no overall score."""
    return "A few seconds of picture or speech first" if live else "Too little was observed for one figure"

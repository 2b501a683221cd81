"""What stills of the candidate's camera show before a session: what to mend, and what is neutral for them."""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import PIL.Image

from models.observations import FaceSample, Observation
from models.picture_problems import WORDS
from models.stage import VideoChunk
from models.vision.eyes import aim, at_lens, neutral_aim, off_lens
from models.vision.neutral import Neutral, eyes_shut, neutral_of, smiled
from models.vision.pictures import Image
from sessions.perception import Perception

LONGEST_SIDE = 1920
"""Pixels of a still; a small file may hold a picture that fills the memory."""
STEADY = 0.7
"""Share of the stills that must be without a problem, and look at what is taken for the lens."""

NO_FACE, LOOKED_AWAY, EYES_CLOSED, SMILED = "no face", "looked away", "eyes closed", "smiled"
PROBLEMS = {
    NO_FACE: ("No face in the picture", "Sit so that your face fills the oval."),
    LOOKED_AWAY: ("You looked away from the camera", "Look at the camera until the count is over."),
    EYES_CLOSED: ("Your eyes were closed", "Keep them open and look at the camera until the count is over."),
    SMILED: ("You smiled", "Your mouth was not measured; repeat with a face at rest, or leave it at that."),
    **{str(name): (words.title, words.help) for name, words in WORDS.items()},
}
"""What to mend, as title and help: what can be wrong with a picture, and what matters only here."""


class BadStill(ValueError):
    """What was sent is no picture; says so in a sentence."""


@dataclass(frozen=True, slots=True)
class Check:
    """What the stills showed."""

    problem: str | None
    """What to mend first, a name in `PROBLEMS`."""
    neutral: Neutral | None = None
    """None if it was not asked for, or if a problem other than `SMILED` is in the way."""


def read_still(data: bytes) -> Image:
    """The RGB picture of a JPEG file. Raises BadStill."""
    try:
        picture = PIL.Image.open(io.BytesIO(data), formats=["JPEG"])
        image = np.asarray(picture.convert("RGB")) if max(picture.size) <= LONGEST_SIDE else None
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError):
        raise BadStill("A still is damaged, or no JPEG picture.") from None
    if image is None:
        raise BadStill(f"A still has at most {LONGEST_SIDE} pixels a side.")
    return image


def look(stills: Sequence[bytes], every: float, perception: Perception) -> Check:
    """The problem that the last of some JPEG stills, `every` seconds apart, still shows.

    Two show what is wrong for longer than a moment; that a picture stands still shows after some seconds.
    Raises BadStill.
    """
    stage = perception.face()
    try:
        *_, last = (each for each in _feed(stage.feed, stills, every) if isinstance(each, FaceSample))
    finally:
        list(stage.finish())
    return Check(last.problem or (None if last.faces else NO_FACE))


def calibrate(stills: Sequence[bytes], every: float, perception: Perception) -> Check:
    """What is neutral for a person who looked into the lens for some seconds, from stills as in `look`."""
    stage = perception.vision()
    try:
        seen = list(_feed(stage.feed, stills, every))
    finally:
        list(stage.finish())
    faces = [each for each in seen if isinstance(each, FaceSample)]
    neutral = neutral_of(seen)
    if sum(map(eyes_shut, faces)) > (1 - STEADY) * len(faces):
        return Check(EYES_CLOSED)
    if neutral.yaw is None or sum(each.problem is None for each in faces) < STEADY * len(faces):
        return Check(_hindrance(faces))
    if not at_lens(neutral) or not _looked_at_lens(faces, neutral):
        return Check(LOOKED_AWAY)
    return Check(SMILED if smiled(faces) else None, neutral)


def _feed(
    feed: Callable[[VideoChunk], Iterable[Observation]], stills: Sequence[bytes], every: float
) -> Iterator[Observation]:
    for n, still in enumerate(stills):
        yield from feed(VideoChunk(n * every, read_still(still)))


def _hindrance(faces: Sequence[FaceSample]) -> str:
    """What is wrong in most of the samples in which something is."""
    found = Counter(each.problem or (NO_FACE if not each.faces else None) for each in faces)
    found.pop(None, None)
    return found.most_common(1)[0][0] or LOOKED_AWAY if found else LOOKED_AWAY


def _looked_at_lens(faces: Sequence[FaceSample], neutral: Neutral) -> bool:
    """Whether what is neutral counts as eye contact, and was held."""
    across, up = neutral_aim(neutral)
    offs = [
        off_lens(to_side - across, to_top - up)
        for each in faces
        if each.on_camera is not None
        for to_side, to_top in [aim(each.yaw or 0, each.pitch or 0, each.gaze_x or 0, each.gaze_y or 0)]
    ]
    return sum(off <= 1 for off in offs) >= STEADY * len(offs)

"""The upper body in a picture: shoulders, lean, slouch, hands, whether it is in the picture, how it moves."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from models.observations import FaceSample, Observation, PostureSample
from models.stage import VideoChunk
from models.vision import pictures
from models.vision.body_points import BodyPoints
from models.vision.neutral import Neutral
from models.vision.pictures import Image
from models.vision.smoothing import CALIBRATED, RunningQuantile

Body = npt.NDArray[np.float64]
"""Rows nose, ears, shoulders, wrists, forefingers; columns x and y in pixels, and visibility 0..1."""

_PARTS = [0, 7, 8, 11, 12, 15, 16, 19, 20]
"""The same rows as BlazePose numbers them; its left is the person's."""
_NOSE = 0
_EARS = [1, 2]
_HEAD = [_NOSE, *_EARS]
_SHOULDERS = [3, 4]
_HANDS = [5, 6, 7, 8]
_MOVING = [_NOSE, *_SHOULDERS, 5, 6]

VISIBLE = 0.5
"""Visibility from which the pose network's point counts as seen."""
EDGE = 0.05
"""Share of the picture beyond its edges where a point still counts as inside: in the usual head-and-shoulders
picture the joints lie on the lower edge, and the network places them well from the sleeves."""
HEAD_HEIGHTS = (0.25, 1.2)
"""Heights of the ears above the shoulder line, in shoulder widths, that a body before a camera has; 0.46 to
0.80 in pictures of nine people."""
AROUND_FACE = 0.75
"""How far from the middle of the face the nose of the same person lies at most, in heights of the face."""
HAND_REACH = 0.45
"""Shoulder widths from the nose within which a hand is at the face: chin and temples lie at about 0.3."""
UPRIGHT_S = 300.0
"""Seconds of which the quarter in which the head is highest is this person's upright."""
SETTLED = 10
"""Samples before it is told how far somebody has sunk: 5 s."""
LARGEST_TILT, LARGEST_LEAN = 8.0, 0.25
"""Degrees and shoulder widths that a neutral posture may be off level and centre at most."""
LONGEST_STEP = 0.8
"""Seconds between two pictures beyond which their difference is no speed: from one second to the next people
seem to move half as fast, having come part of the way back."""


def seen(body: Body, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Which rows of `body` are visible and inside the picture, or no more than `EDGE` beyond it."""
    x, y, visibility = body.T / np.array([[width], [height], [1]])
    inside = (np.abs(x - 0.5) <= 0.5 + EDGE) & (np.abs(y - 0.5) <= 0.5 + EDGE)
    result: npt.NDArray[np.bool_] = inside & (visibility >= VISIBLE)
    return result


def shoulder_line(body: Body) -> tuple[float, float]:
    """Width in pixels, and tilt in degrees, positive when the image's right shoulder is lower."""
    left, right = sorted(body[_SHOULDERS, :2].tolist())
    across, down = right[0] - left[0], right[1] - left[1]
    return float(np.hypot(across, down)), float(np.degrees(np.arctan2(down, across)))


def lean(body: Body) -> float:
    """Sideways distance of the nose from the middle of the shoulders, in shoulder widths, right positive."""
    width, _ = shoulder_line(body)
    return float((body[_NOSE, 0] - body[_SHOULDERS, 0].mean()) / max(width, 1e-9))


def head_height(body: Body) -> float:
    """Height of the ears above the middle of the shoulders, in shoulder widths.

    The ears, because the nose sinks with every glance down.
    """
    width, _ = shoulder_line(body)
    return float((body[_SHOULDERS, 1].mean() - body[_EARS, 1].mean()) / max(width, 1e-9))


def hand_at_face(body: Body, visible: npt.NDArray[np.bool_]) -> bool:
    """Whether a wrist or forefinger that is seen lies at the face; hands out of the picture do not."""
    width, _ = shoulder_line(body)
    hands = [row for row in _HANDS if visible[row]]
    apart = np.hypot(*(body[hands, :2] - body[_NOSE, :2]).T)
    return bool((apart < HAND_REACH * width).any())


def is_person(body: Body, face: FaceSample | None, width: int, height: int) -> bool:
    """Whether a body that the network found is one: it finds some in curtains and chairs, too.

    Its head must stand above its shoulders, and agree with the face of the same picture, where one was looked
    for: its nose lies in that face, or the head is turned away or out of the picture where there is none.
    """
    lowest, highest = HEAD_HEIGHTS
    if not lowest <= head_height(body) <= highest:
        return False
    if face is None:
        return True
    visible = seen(body, width, height)
    if face.x is None or face.y is None or face.size is None:
        return not bool(visible[_HEAD].all())
    apart = np.hypot(body[_NOSE, 0] - face.x * width, body[_NOSE, 1] - face.y * height)
    return bool(apart <= AROUND_FACE * face.size * height)


def speed(before: Body, after: Body, visible: npt.NDArray[np.bool_], seconds: float) -> float:
    """Mean speed in shoulder widths a second of the parts in `visible` between two pictures."""
    rows = [row for row in _MOVING if visible[row]]
    paths = np.hypot(*(after[rows, :2] - before[rows, :2]).T)
    width, _ = shoulder_line(after)
    return float(paths.mean() / (seconds * max(width, 1e-9)))


class PostureStage:
    """A `PostureSample` for every picture. Raises ValueError for what is no RGB uint8 picture."""

    fps: ClassVar[float] = 2.0
    """Pictures a second that are worth analysing."""

    def __init__(self, neutral: Neutral | None = None) -> None:
        """With what is neutral for this person, tilt, lean and slouch are told relative to it."""
        neutral = neutral or Neutral()
        self._tilt = _limited(neutral.shoulder_tilt, LARGEST_TILT)
        self._lean = _limited(neutral.lean, LARGEST_LEAN)
        self._upright: RunningQuantile | None = None
        self._taken = 0
        if neutral.head_y is not None:
            self._upright = RunningQuantile(0.25, neutral.head_y, window=UPRIGHT_S, weight=CALIBRATED)
            self._taken = SETTLED
        self._points = BodyPoints()
        self._before: tuple[float, Body, npt.NDArray[np.bool_], tuple[int, int]] | None = None

    def feed(self, chunk: VideoChunk, face: FaceSample | None = None) -> Iterable[Observation]:
        """The sample of one picture; `face`, what the face stage said of it, tells bodies from clutter."""
        pictures.check(chunk.image)
        image = pictures.reduce(chunk.image)
        t = round(chunk.t, 3)
        body = self._find(image) if min(image.shape[:2]) >= pictures.SMALLEST_SIDE else None
        if body is None or not is_person(body, face, image.shape[1], image.shape[0]):
            self._before = None
            return [PostureSample(t=t, present=False)]
        return [self._describe(t, body, image)]

    def finish(self) -> Iterable[Observation]:
        """Nothing is open at the end."""
        return []

    def _find(self, image: Image) -> Body | None:
        points = self._points.find(image)
        if points is None:
            return None
        body: Body = points[_PARTS]
        return body if body[[_NOSE, *_SHOULDERS], 2].max() >= VISIBLE else None

    def _describe(self, t: float, body: Body, image: Image) -> PostureSample:
        height, width = image.shape[:2]
        visible = seen(body, width, height)
        shoulders = bool(visible[_SHOULDERS].all())
        movement = self._movement(t, body, visible, (width, height)) if shoulders else None
        self._before = (t, body, visible, (width, height))
        in_frame = shoulders and bool(visible[_HEAD].all())
        at_face = hand_at_face(body, visible) if visible[_NOSE] else None
        if not shoulders:
            return PostureSample(t=t, present=True, in_frame=in_frame, hand_at_face=at_face)
        across, tilt = shoulder_line(body)
        head_y = float(body[_EARS, 1].mean()) / height if visible[_EARS].all() else None
        return PostureSample(
            t=t,
            present=True,
            shoulder_tilt=round(tilt - self._tilt, 4),
            lean=round(lean(body) - self._lean, 4) if visible[_NOSE] else None,
            distance=round(across / width, 4),
            in_frame=in_frame,
            movement=movement,
            head_y=None if head_y is None else round(head_y, 4),
            slouch=None if head_y is None else self._slouch(t, head_y, across / height),
            hand_at_face=at_face,
        )

    def _slouch(self, t: float, head_y: float, across: float) -> float | None:
        """`across`: the shoulders' width as a fraction of the picture's height, as `head_y`.

        Taken from the picture rather than from the shoulders, which sink with a back that rounds.
        """
        if self._upright is None:
            self._upright = RunningQuantile(0.25, head_y, window=UPRIGHT_S, weight=1)
        upright = self._upright.add(t, head_y)
        self._taken += 1
        return round(max(head_y - upright, 0.0) / max(across, 1e-9), 4) if self._taken > SETTLED else None

    def _movement(
        self, t: float, body: Body, visible: npt.NDArray[np.bool_], size: tuple[int, int]
    ) -> float | None:
        if self._before is None:
            return None
        then, before, visible_before, size_before = self._before
        both = visible & visible_before
        if size != size_before or not 0 < t - then <= LONGEST_STEP or not both[_MOVING].any():
            return None
        return round(speed(before, body, both, t - then), 4)


def _limited(offset: float | None, largest: float) -> float:
    return min(max(offset or 0.0, -largest), largest)

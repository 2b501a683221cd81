"""The upper body in a picture: shoulders, lean, distance, whether it is in the picture, how much it moves."""

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from mediapipe.python.solutions.pose import Pose, PoseLandmark

from models import pictures
from models.observations import Observation, PostureSample
from models.pictures import Image
from models.stage import VideoChunk

Body = npt.NDArray[np.float64]
"""Rows nose, ears, shoulders, wrists; columns x and y in pixels, and visibility 0..1."""

_PARTS = tuple(
    int(part)
    for part in (
        PoseLandmark.NOSE,
        PoseLandmark.LEFT_EAR,
        PoseLandmark.RIGHT_EAR,
        PoseLandmark.LEFT_SHOULDER,
        PoseLandmark.RIGHT_SHOULDER,
        PoseLandmark.LEFT_WRIST,
        PoseLandmark.RIGHT_WRIST,
    )
)
_NOSE = 0
_HEAD = [0, 1, 2]
_SHOULDERS = [3, 4]
_MOVING = [0, 3, 4, 5, 6]

VISIBLE = 0.5
"""Visibility from which the pose network's point counts as seen."""
EDGE = 0.05
"""Share of the picture beyond its edges where a point still counts as inside: in the usual head-and-shoulders
picture the joints lie on the lower edge, and the network places them well from the sleeves."""
LONGEST_STEP = 2.0
"""Seconds between two pictures beyond which their difference is no speed."""


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

    def __init__(self) -> None:
        # The network's own smoothing is meant for 30 pictures a second; at 2 it would lag by seconds.
        self._pose = Pose(model_complexity=1, smooth_landmarks=False)
        self._pose.process(pictures.BLANK)
        self._following = False
        self._before: tuple[float, Body, npt.NDArray[np.bool_], tuple[int, int]] | None = None

    def feed(self, chunk: VideoChunk) -> Iterable[Observation]:
        """The sample of one picture."""
        pictures.check(chunk.image)
        image = pictures.reduce(chunk.image)
        t = round(chunk.t, 3)
        body = self._find(image) if min(image.shape[:2]) >= pictures.SMALLEST_SIDE else None
        if body is None:
            self._before = None
            return [PostureSample(t=t, present=False)]
        return [self._describe(t, body, image)]

    def finish(self) -> Iterable[Observation]:
        """Close the network; nothing is open at the end."""
        self._pose.close()
        return []

    def _find(self, image: Image) -> Body | None:
        body = self._points(image)
        if (body is not None) != self._following:
            # A body just found is placed more exactly at a second look, from the crop that the first one
            # gave; one that jumped is lost first, and only the next look goes over the whole picture.
            body = self._points(image)
        self._following = body is not None
        return body

    def _points(self, image: Image) -> Body | None:
        found: Any = self._pose.process(image).pose_landmarks
        if found is None:
            return None
        height, width = image.shape[:2]
        points = (found.landmark[part] for part in _PARTS)
        body = np.array([(p.x * width, p.y * height, p.visibility) for p in points])
        return body if body[[_NOSE, *_SHOULDERS], 2].max() >= VISIBLE else None

    def _describe(self, t: float, body: Body, image: Image) -> PostureSample:
        height, width = image.shape[:2]
        visible = seen(body, width, height)
        shoulders = bool(visible[_SHOULDERS].all())
        movement = self._movement(t, body, visible, (width, height)) if shoulders else None
        self._before = (t, body, visible, (width, height))
        sample = PostureSample(
            t=t, present=True, in_frame=shoulders and bool(visible[_HEAD].all()), movement=movement
        )
        if not shoulders:
            return sample
        across, tilt = shoulder_line(body)
        return PostureSample(
            t=t,
            present=True,
            shoulder_tilt=round(tilt, 4),
            lean=round(lean(body), 4) if visible[_NOSE] else None,
            distance=round(across / width, 4),
            in_frame=sample.in_frame,
            movement=movement,
        )

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

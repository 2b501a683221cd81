"""The networks for bodies inside the mediapipe wheel: a detector, and points that follow one body.

V. Bazarevsky et al., "BlazePose: On-device Real-time Body Pose tracking" (2020),
https://arxiv.org/abs/2006.10204. The graph that surrounds them there is written anew, for speed
(`tensorflow_lite`): without the outline of the person, which takes half of the time, in eight bits for the
most part (`eight_bits`), and one set of weights serves all sessions.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from models.network import cpu_session
from models.vision.detector import Detector
from models.vision.eight_bits import Range, in_eight_bits
from models.vision.pictures import Image
from models.vision.regions import Points, Region, planes, upright
from models.vision.tensorflow_lite import to_onnx, wheel

SIDE = 256
"""Pixels of the square that is looked at."""
AROUND = 1.25
"""How much larger that square is than the circle about the body."""
PRESENT = 0.5
"""Probability from which there is a body, in a picture or in the square."""
SURE = 0.5
"""Probability from which a point is put where its heat map has it."""
NEAR = 4
"""Places of the heat map about a point that are looked at, each way."""
STEADY = 0.03
"""How much the square about a body follows, at least, what a picture shows: it is about the mean of the last
thirty, or of those since the body was found. The hips are seldom in the picture, and where they are thought
to be wavers; a square that wavers with them makes all points waver."""
MOVED = 0.1
"""How far the square is off, as a part of its size, when it is moved all the way."""
JUMPED = 0.06
"""How far it is off when the body is looked for anew: following, the network keeps to a tilt it has seen."""
FIRST_LOOKS = 4
COUNT = 33

_CENTRE = [33, 34]
"""Two further points: the middle of the hips, and one on the circle about the body, straight up."""
_REFINED = [0, 7, 8, 11, 12, 15, 16, 19, 20, *_CENTRE]
"""Points that are put where their heat maps have them: those that the posture is told from."""

_DETECTING: tuple[Range | None, ...] = (
    None,
    *((-16, 13), (-21, 24), (-31, 31), (-35, 37), (-30, 29)),
    *((-31, 36), (-38, 41), (-25, 23), (-32, 29), (-42, 38)),
    *((-15, 15), (-21, 21), (-25, 30)),
)
_FOLLOWING: tuple[Range | None, ...] = (
    *[None] * 4,
    *((-324, 189), (-46, 93), (-59, 80), (-81, 110), (-48, 78)),
    *((-88, 151), (-166, 251), (-45, 63), (-69, 148), (-157, 305)),
)
"""What goes into the inverted residuals of both networks, as `models.training.ranges` found it in clips of
nine people. Those without stay in floating point: of the largest pictures eight bits are felt most and save
least. With the others in eight bits nose, ears and shoulders move by 0.1 to 0.4 pixels of the square on
average, and scores of what is detected by 0.004."""


def detecting() -> bytes:
    """From a picture to boxes and scores, in ONNX and floating point."""
    path = wheel() / "modules" / "pose_detection" / "pose_detection.tflite"
    return to_onnx(path, {"Identity": "boxes", "Identity_1": "scores"}, darkest=-1.0)


@cache
def _detector() -> Detector:
    return Detector(in_eight_bits(detecting(), _DETECTING), 224, (8, 16, 32, 32, 32))


def following() -> bytes:
    """From the square to points, presence and heat maps, in ONNX and floating point."""
    path = wheel() / "modules" / "pose_landmark" / "pose_landmark_full.tflite"
    return to_onnx(path, {"Identity": "points", "Identity_1": "present", "Identity_3": "heat"})


@cache
def _network() -> Any:
    return cpu_session(in_eight_bits(following(), _FOLLOWING))


class BodyPoints:
    """Follows one body from picture to picture."""

    def __init__(self) -> None:
        self._network, self._detector = _network(), _detector()
        self._region: Region | None = None
        self._looks = 0

    def find(self, image: Image) -> Points | None:
        """The points of the body, shape (`COUNT`, 3): pixels, and how likely each is visible; None without.

        In the order of BlazePose: 0 is the nose, 11 and 12 are the shoulders.
        """
        points = None if self._region is None else self._look(image, self._region)
        if points is not None and self._looks > 1:
            return points
        # There was none, or it is somewhere else than it was.
        found = self._detector.find(image, PRESENT)
        if not found:
            return points
        self._looks, self._region = 0, _around(found[0].points)
        # A body just found is placed more exactly from where the first looks had it.
        for _ in range(FIRST_LOOKS):
            points = None if self._region is None else self._look(image, self._region)
        return points

    def _look(self, image: Image, region: Region) -> Points | None:
        self._region = None
        points, present, heat = self._network.run(None, {"image": planes(region.cut(image, SIDE))})
        if present.item() < PRESENT:
            return None
        rows = points.reshape(-1, 5)[: _CENTRE[1] + 1].astype(np.float64)
        places = rows[:, :2] / SIDE
        places[_REFINED] = _refined(places[_REFINED], heat[0, _REFINED])
        shown = _around(region.place(places[_CENTRE]))
        off = _apart(region, shown)
        # The first looks only grope for the body.
        self._looks = 1 if off > JUMPED and self._looks >= FIRST_LOOKS else self._looks + 1
        share = min(1.0, max(STEADY, 1 / self._looks, (off / MOVED) ** 2))
        self._region = _between(region, shown, share)
        visible = 1 / (1 + np.exp(-np.clip(rows[:COUNT, 3], -100, 100)))
        return np.column_stack([region.place(places[:COUNT]), visible])


def _around(centre_and_top: Points) -> Region:
    """Where a body is looked for, upright, from the middle of its hips and the top of the circle about it."""
    centre, top = centre_and_top[:2]
    size = AROUND * 2 * math.hypot(*(top - centre))
    return Region(float(centre[0]), float(centre[1]), size, upright(centre, top, math.pi / 2))


def _turned(before: Region, now: Region) -> float:
    return math.remainder(now.angle - before.angle, 2 * math.pi)


def _apart(before: Region, now: Region) -> float:
    """How far two regions are apart in place, size or turn, as a part of the first one's size."""
    apart = (now.x - before.x, now.y - before.y, now.size - before.size)
    return max(max(map(abs, apart)) / before.size, abs(_turned(before, now)))


def _between(before: Region, now: Region, share: float) -> Region:
    """The region that was looked at, moved by a share of the way to the one that it leads to."""
    return Region(
        before.x + share * (now.x - before.x),
        before.y + share * (now.y - before.y),
        before.size + share * (now.size - before.size),
        before.angle + share * _turned(before, now),
    )


_AROUND_POINT = np.stack(np.meshgrid(*[np.arange(-NEAR, NEAR + 1)] * 2), axis=-1).reshape(-1, 2)


def _refined(places: Points, heat: Any) -> Points:
    """Points, each moved to the middle of the heat about it; `heat` has shape (points, height, width)."""
    size = np.array(heat.shape[:0:-1])
    own = (places * size).astype(int)
    near = own[:, None] + _AROUND_POINT
    shown = ((near >= 0) & (near < size)).all(axis=2)
    near = np.clip(near, 0, size - 1)
    values = heat[np.arange(len(near))[:, None], near[..., 1], near[..., 0]].astype(np.float64)
    warm = shown / (1 + np.exp(-np.clip(values, -100, 100)))
    sure = ((own >= 0) & (own < size)).all(axis=1) & (warm.max(axis=1) >= SURE)
    middle = (warm[..., None] * near).sum(axis=1) / np.maximum(warm.sum(axis=1), 1e-12)[:, None]
    return np.where(sure[:, None], middle / size, places)

"""Single-shot detection, with boxes and key points, as BlazeFace and BlazePose do it.

V. Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019),
https://arxiv.org/abs/1907.05047, which says as well how boxes that overlap are blended.
"""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from models.network import cpu_session
from models.vision.picture_quality import Box
from models.vision.pictures import Image
from models.vision.regions import Points, Region, planes

SAME_THING = 0.3
"""Intersection of two boxes over their union from which on they show the same thing."""


class Found(NamedTuple):
    """Something that was detected, in pixels."""

    box: Box
    score: float
    """0..1."""
    points: Points
    """Its key points, shape (n, 2)."""


class Detector:
    """A network that looks over a whole picture, `side` pixels wide, at places `strides` pixels apart.

    In ONNX, with results "boxes" and "scores".
    """

    def __init__(self, network: bytes, side: int, strides: Sequence[int]) -> None:
        self._network = cpu_session(network)
        self._side = side
        self._anchors = _anchors(side, strides)

    def find(self, image: Image, least: float) -> list[Found]:
        """What scores `least` or more, the surest first."""
        return self.scan(image).found(least)

    def scan(self, image: Image) -> "Scan":
        """What may be in a picture, however it scores."""
        height, width = image.shape[:2]
        whole = Region(width / 2, height / 2, max(height, width), 0.0)
        small = whole.cut(image, self._side, cv2.BORDER_CONSTANT)
        boxes, scores = self._network.run(None, {"image": planes(small)})
        return Scan(whole, boxes[0] / np.float32(self._side), scores[0, :, 0], self._anchors)


class Scan(NamedTuple):
    """What a network made of a whole picture, at each of its places."""

    whole: Region
    boxes: npt.NDArray[np.float32]
    """Middle, size, then the key points, x and y of each as parts of the square's side; all but the size are
    relative to the anchor."""
    scores: npt.NDArray[np.float32]
    """Log odds."""
    anchors: Points

    def found(self, least: float) -> list[Found]:
        """What scores `least` or more, the surest first."""
        sure = np.flatnonzero(self.scores >= math.log(least / (1 - least)))
        if not len(sure):
            return []
        score = 1 / (1 + np.exp(-self.scores[sure].astype(np.float64)))
        rows = self.boxes[sure].astype(np.float64).reshape(len(sure), -1, 2)
        rows[:, [0, *range(2, rows.shape[1])]] += self.anchors[sure, None]
        half, middle = rows[:, 1] / 2, rows[:, 0]
        places = np.concatenate([(middle - half)[:, None], (middle + half)[:, None], rows[:, 2:]], axis=1)
        return [
            Found(Box(*place[:2].ravel()), best, place[2:])
            for mean, best in _blend(places, score)
            for place in [self.whole.place(mean)]
        ]


def _anchors(side: int, strides: Sequence[int]) -> Points:
    """Where each row of the network's results looks, as a fraction of the side; shape (n, 2)."""
    layers = []
    for stride, same in groupby(strides):
        count = -(-side // stride)
        centres = (np.arange(count) + 0.5) / count
        grid = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
        layers.append(np.repeat(grid, 2 * len(list(same)), axis=0))
    return np.concatenate(layers)


def _blend(places: Points, scores: npt.NDArray[np.float64]) -> list[tuple[Points, float]]:
    """Of what overlaps the mean, weighted by score, and the highest score."""
    left = np.argsort(-scores, kind="stable")
    blended = []
    while len(left):
        same = _overlap(places[left[0]], places[left]) > SAME_THING
        same[0] = True
        group, left = left[same], left[~same]
        weights = scores[group]
        mean: Points = np.tensordot(weights / weights.sum(), places[group], 1)
        blended.append((mean, float(weights[0])))
    return blended


def _overlap(one: Points, others: Points) -> npt.NDArray[np.float64]:
    """Intersection over union of one box with others, given by their corners."""
    sides = np.minimum(one[1], others[:, 1]) - np.maximum(one[0], others[:, 0])
    sides = np.maximum(sides, 0)
    both = sides[:, 0] * sides[:, 1]
    (left, top), (right, bottom) = one[:2].tolist()
    across, down = (others[:, 1] - others[:, 0]).T
    union = across * down + (right - left) * (bottom - top) - both
    result: npt.NDArray[np.float64] = both / np.maximum(union, 1e-12)
    return result

"""The networks for faces inside the mediapipe wheel: a detector, and a mesh that follows one face.

Y. Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019),
https://arxiv.org/abs/1907.06724; with attention to eyes and lips, I. Grishchenko et al., "Attention Mesh"
(2020), https://arxiv.org/abs/2006.10962. The graph that surrounds them there is written anew, for speed
(`models.vision.tensorflow_lite`), and one set of weights serves all sessions.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from models.network import cpu_session
from models.vision.branches import side_by_side
from models.vision.detector import Detector, Found
from models.vision.pictures import Image
from models.vision.regions import Points, Region, tensor, upright
from models.vision.tensorflow_lite import to_onnx, wheel

SIDE = 192
"""Pixels of the square that the mesh looks at."""
AROUND = 1.5
"""How much larger that square is than the face in it."""
PRESENT = 0.5
"""Probability from which there is a face in it."""
COUNT = 478
"""Points of the mesh: 468 of the face and five of each iris."""

_OUTER_CORNERS = [33, 263]

# What is looked at again: the points of the lips, and of each eye with its brow, in the networks' own order.
_LIPS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),
    *(76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408),
    *(62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407),
)
_LEFT_EYE = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110, 24),
    *(23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232, 233, 244),
    *(113, 225, 224, 223, 222, 221, 189, 35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121),
    *(128, 245, 156, 70, 63, 105, 66, 107, 55, 193),
)
_RIGHT_EYE = (
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255, 339),
    *(254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449, 450, 451),
    *(452, 453, 464, 342, 445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295, 372, 340, 346),
    *(347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417),
)
_RIM = 16
"""The first points of an eye are its rim, whose mean depth is taken for the iris's."""
_RIMS = np.array([_LEFT_EYE[:_RIM], _RIGHT_EYE[:_RIM]])


_PARTS = {"lips": _LIPS, "left": _LEFT_EYE, "right": _RIGHT_EYE}
_RESULTS = ("conv_lips", "conv_left_eye", "conv_right_eye", "conv_left_iris", "conv_right_iris")
_ROWS = (*_PARTS.values(), tuple(range(468, 473)), tuple(range(473, 478)))
"""Which points each of the results has."""
_PART_OF = [0, 1, 2, 1, 2]
"""In which of the parts they are measured."""
_REFINED = np.concatenate(_ROWS)
_PLACE_OF_REFINED = np.concatenate([n * len(_LIPS) + np.arange(len(each)) for n, each in enumerate(_ROWS)])
"""Of each point that is looked at again, its place in the results, which are as long as that of the lips."""
_LEVEL = np.array([[61, 291], [33, 133], [362, 263]])
"""Between which points a line is level in what is looked at, of each part."""
# The same number of points for each, so that all are worked out at once; the last of an eye counts again.
_PADDED = np.array([[*each, *each[-1:] * (len(_LIPS) - len(each))] for each in _PARTS.values()])
_FEATURES = "p_re_lu_3"
"""The intermediate result in which the parts are looked at, as large as a quarter of the square a side."""
_PART_SIDE = 16
"""Places a side at which the features of a part are taken."""
_PART_RANGE = 64
"""Results run from 0 to this across a part."""


@cache
def detector() -> Detector:
    """The detector of faces near the camera; key points are eyes, nose, mouth and ears."""
    path = wheel() / "modules" / "face_detection" / "face_detection_short_range.tflite"
    network = to_onnx(path, {"regressors": "boxes", "classificators": "scores"})
    return Detector(network, 128, (8, 16, 16, 16))


@cache
def _networks() -> tuple[Any, Any]:
    """From the square to mesh and features, and from features to the parts."""
    path = wheel() / "modules" / "face_landmark" / "face_landmark_with_attention.tflite"
    whole = to_onnx(path, {"output_mesh": "mesh", "conv_faceflag": "present", _FEATURES: "features"})
    results = dict(zip(_RESULTS, _RESULTS, strict=True))
    parts = to_onnx(path, results, {_FEATURES: "features"}, list(_PARTS))
    return cpu_session(whole), cpu_session(side_by_side(parts, "parts"))


def around(found: Found) -> Region:
    """Where the mesh of a detected face is to be looked for, its eyes level."""
    box = found.box
    size = AROUND * max(box.right - box.left, box.bottom - box.top)
    angle = upright(found.points[0], found.points[1], 0.0)
    return Region((box.left + box.right) / 2, (box.top + box.bottom) / 2, size, angle)


class FaceMesh:
    """Follows one face from picture to picture."""

    def __init__(self) -> None:
        self._whole, self._parts = _networks()
        self.region: Region | None = None
        """Where the face is to be looked for in the next picture; None: it is not known."""

    def look(self, image: Image, region: Region) -> Points | None:
        """The mesh of the face in `region`, which is followed from now on; None when there is none.

        Shape (`COUNT`, 3) in pixels, as `models.vision.landmarks` has it.
        """
        self.region = None
        mesh, present, features = self._whole.run(None, {"image": tensor(region.cut(image, SIDE), 0.0)})
        if present.item() < math.log(PRESENT / (1 - PRESENT)):
            return None
        points = np.empty((COUNT, 3))
        points[:468] = mesh.reshape(468, 3)
        self._refine(points, features)
        points = region.place_all(points, SIDE)
        (left, top, _), (right, bottom, _) = (f(points, axis=0).tolist() for f in _EDGES)
        size = AROUND * max(right - left, bottom - top)
        start, end = points[_OUTER_CORNERS, :2]
        self.region = Region((left + right) / 2, (top + bottom) / 2, size, upright(start, end, 0.0))
        return points

    def _refine(self, points: Points, features: Any) -> None:
        """Put lips, eyes and irises where a second look finds them; `points` in pixels of the square."""
        squares = _squares(points[:, :2])
        # from -1 at the left and top edge of the square to 1
        to = [
            [[x * 2 / SIDE - n // 2, y * 2 / SIDE - n // 2] for n, (x, y) in enumerate(each)]
            for each in squares
        ]
        grids = (_GRID @ np.array(to, np.float32)).reshape(len(_PARTS), 1, _PART_SIDE, _PART_SIDE, 2)
        (seen,) = self._parts.run(None, {"features": features, **dict(zip(_PARTS, grids, strict=True))})
        parts = np.array([squares[n] for n in _PART_OF])
        corners = parts[:, 2:] - (parts[:, :1] + parts[:, 1:2]) / 2
        own = seen.reshape(len(_ROWS), -1, 2) @ (parts[:, :2] / _PART_RANGE) + corners
        points[_REFINED, :2] = own.reshape(-1, 2)[_PLACE_OF_REFINED]
        points[468:, 2] = (np.add.reduce(points[_RIMS, 2], axis=1) / _RIM).repeat(5)


_STEPS = (np.arange(_PART_SIDE) + 0.5) / _PART_SIDE - 0.5
_GRID = np.stack([*np.meshgrid(_STEPS, _STEPS), np.ones((_PART_SIDE, _PART_SIDE))], axis=-1)
_GRID = _GRID.reshape(-1, 3).astype(np.float32)
_EDGES = (np.minimum.reduce, np.maximum.reduce)

Pair = tuple[float, float]


def _squares(points: Points) -> list[tuple[Pair, Pair, Pair]]:
    """Where each part lies in the square: its sides across and down, and its middle."""
    levels = []
    for (left, top), (right, bottom) in points[_LEVEL].tolist():
        x, y = right - left, bottom - top
        length = max(math.hypot(x, y), 1e-9)
        levels.append((x / length, y / length))
    turns = np.array([((x, -y), (y, x)) for x, y in levels])
    own = points[_PADDED] @ turns
    squares = []
    for (x, y), lowest, highest in zip(levels, *(f(own, axis=1).tolist() for f in _EDGES), strict=True):
        width, height = (AROUND * (high - low) for low, high in zip(lowest, highest, strict=True))
        across, down = ((low + high) / 2 for low, high in zip(lowest, highest, strict=True))
        middle = (across * x - down * y, across * y + down * x)
        squares.append(((width * x, width * y), (-height * y, height * x), middle))
    return squares

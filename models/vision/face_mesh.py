"""The networks for faces inside the mediapipe wheel: a detector, and a mesh that follows one face.

Y. Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019),
https://arxiv.org/abs/1907.06724; with a second look at eyes and lips (`models.vision.attention_mesh`). The
graph that surrounds them there is written anew, for speed (`models.vision.tensorflow_lite`), and one set of
weights serves all sessions.
"""

import math
from functools import cache
from typing import Any

from models.network import cpu_session
from models.vision import landmarks
from models.vision.attention_mesh import AROUND, SIDE, attention_mesh
from models.vision.detector import Detector, Found
from models.vision.pictures import Image
from models.vision.regions import Points, Region, edges, planes, upright
from models.vision.tensorflow_lite import to_onnx, wheel

PRESENT = 0.5
"""Probability from which there is a face in it."""
_OUTLINE = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
    *(34, 123, 137, 227, 264, 352, 366, 447),
)
"""Points of the mesh that lie outermost: the face's oval, then those that stand out where a head is turned.
With those that are looked at anyway, they tell where the face is."""
_LEFT_CORNER, _RIGHT_CORNER = (landmarks.POINTS.index(point) for point in (33, 263))


@cache
def detector() -> Detector:
    """The detector of faces near the camera; key points are eyes, nose, mouth and ears."""
    path = wheel() / "modules" / "face_detection" / "face_detection_short_range.tflite"
    network = to_onnx(path, {"regressors": "boxes", "classificators": "scores"}, darkest=-1.0)
    return Detector(network, 128, (8, 16, 16, 16))


@cache
def _network() -> Any:
    return cpu_session(attention_mesh((*landmarks.POINTS, *_OUTLINE)))


def around(found: Found) -> Region:
    """Where the mesh of a detected face is to be looked for, its eyes level."""
    box = found.box
    size = AROUND * max(box.right - box.left, box.bottom - box.top)
    angle = upright(found.points[0], found.points[1], 0.0)
    return Region((box.left + box.right) / 2, (box.top + box.bottom) / 2, size, angle).settled(SIDE)


class FaceMesh:
    """Follows one face from picture to picture."""

    def __init__(self) -> None:
        self._network = _network()
        self.region: Region | None = None
        """Where the face is to be looked for in the next picture; None: it is not known."""

    def look(self, image: Image, region: Region) -> Points | None:
        """The face in `region`, which is followed from now on, as `models.vision.landmarks` has it.

        None when there is none.
        """
        self.region = None
        found, present = self._network.run(None, {"image": planes(region.cut(image, SIDE))})
        if present.item() < math.log(PRESENT / (1 - PRESENT)):
            return None
        places = region.place_all(found, SIDE)
        points = places[: len(landmarks.POINTS)]
        left, top, right, bottom = edges(places)
        size = AROUND * max(right - left, bottom - top)
        angle = upright(points[_LEFT_CORNER, :2], points[_RIGHT_CORNER, :2], 0.0)
        self.region = Region((left + right) / 2, (top + bottom) / 2, size, angle).settled(SIDE)
        return points

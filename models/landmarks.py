"""Geometry of the face mesh: what a few of its 478 points say about head, eyes and mouth.

A face here is an array of shape (len(POINTS), 3): the mesh points named in `POINTS`, in that order, in pixels
(x to the right, y down, z away from the camera, in the scale of x). "Left" and "right" are the image's.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Points: TypeAlias = npt.NDArray[np.float64]

# Mesh points that neither mouth, brows nor lids move, in units of about a centimetre: x to the image's right,
# y up, z towards the camera. The mean shape of eleven hundred mesh results, made symmetrical.
RIGID_SHAPE: dict[int, tuple[float, float, float]] = {
    33: (-4.84, 0.03, -0.61),
    263: (4.84, 0.03, -0.61),
    133: (-1.89, -0.09, -0.01),
    362: (1.89, -0.09, -0.01),
    127: (-7.28, -0.45, -5.90),
    356: (7.28, -0.45, -5.90),
    234: (-7.19, -2.00, -6.35),
    454: (7.19, -2.00, -6.35),
    98: (-1.87, -4.49, 1.58),
    327: (1.87, -4.49, 1.58),
    103: (-5.34, 4.90, -0.95),
    332: (5.34, 4.90, -0.95),
    54: (-6.33, 3.86, -2.29),
    284: (6.33, 3.86, -2.29),
    10: (0.0, 6.00, 1.06),
    151: (0.0, 4.31, 1.50),
    9: (0.0, 2.57, 1.80),
    168: (0.0, 0.69, 1.70),
    6: (0.0, -0.19, 2.19),
    197: (0.0, -0.94, 2.75),
    195: (0.0, -1.63, 3.36),
    5: (0.0, -2.37, 3.98),
    4: (0.0, -3.28, 4.26),
    1: (0.0, -3.99, 4.05),
    2: (0.0, -4.70, 2.43),
}

# Corner, two points of the upper lid, other corner, two of the lower lid: the order of Soukupová and Čech.
_LEFT_EYE = (33, 160, 158, 133, 153, 144)
_RIGHT_EYE = (362, 385, 387, 263, 373, 380)
_LEFT_IRIS, _RIGHT_IRIS = 468, 473
_LIP_CORNERS = (61, 291)
_UPPER_LIP = 13
_NOSE_BASE = 2
_EXPRESSIVE = (0, 13, 14, 17, 55, 105, 285, 334)
"""Lips, outer and inner, and brows: what `models.expression` looks at besides."""
_OUTLINE = (10, 54, 93, 103, 127, 132, 152, 172, 148, 234, 284, 323, 332, 356, 361, 377, 397, 454)

POINTS: tuple[int, ...] = tuple(
    sorted(
        {
            *RIGID_SHAPE,
            *_LEFT_EYE,
            *_RIGHT_EYE,
            _LEFT_IRIS,
            _RIGHT_IRIS,
            *_LIP_CORNERS,
            _UPPER_LIP,
            *_OUTLINE,
            *_EXPRESSIVE,
        }
    )
)
"""Indices of the mesh points that the functions below need."""

_ROW = {index: row for row, index in enumerate(POINTS)}


def _rows(indices: Sequence[int]) -> list[int]:
    return [_ROW[index] for index in indices]


_RIGID_ROWS = _rows(tuple(RIGID_SHAPE))
_RIGID = np.array(list(RIGID_SHAPE.values()))
_RIGID -= _RIGID.mean(axis=0)
_LEFT_EYE_ROWS, _RIGHT_EYE_ROWS = _rows(_LEFT_EYE), _rows(_RIGHT_EYE)
_LIP_CORNER_ROWS = _rows(_LIP_CORNERS)
_OUTLINE_ROWS = _rows(_OUTLINE)
_TO_HEAD_AXES = np.array([1.0, -1.0, -1.0])

# The iris of an eye that looks straight ahead lies this far above the line between the corners, which the
# lids' shape puts low (in half eye widths; median over people who look at the camera).
_IRIS_REST = 0.10


def head(face: Points) -> tuple[Points, float]:
    """Rotation of the head and its scale in pixels a unit of `RIGID_SHAPE`.

    The rotation, shape (3, 3), takes the shape's axes to the image's (x right, y up, z to the camera): the
    least-squares fit of two point sets (Kabsch 1976, with the scale of Umeyama 1991). It is relative to the
    line of sight, so a face at the picture's edge that looks into the lens is still near zero.
    """
    seen = face[_RIGID_ROWS] * _TO_HEAD_AXES
    seen = seen - seen.mean(axis=0)
    u, singular, vt = np.linalg.svd(_RIGID.T @ seen)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation: Points = ((u * signs) @ vt).T
    return rotation, float((singular * signs).sum() / (_RIGID**2).sum())


def angles(rotation: Points) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees, with the signs of `FaceSample`."""
    nose = rotation[:, 2]
    yaw = np.arctan2(nose[0], nose[2])
    pitch = np.arcsin(np.clip(nose[1], -1.0, 1.0))
    level = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    up = np.cross(nose, level)
    side = rotation[:, 0]
    roll = -np.arctan2(side @ up, side @ level)
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def gaze(face: Points) -> tuple[float, float]:
    """Iris within the eye, mean of both: across and up, in half eye widths, 0 when it rests in the middle."""
    left = _iris_offset(face, _LEFT_EYE_ROWS, _ROW[_LEFT_IRIS])
    right = _iris_offset(face, _RIGHT_EYE_ROWS, _ROW[_RIGHT_IRIS])
    across, up = (left + right) / 2
    return float(np.clip(across, -1, 1)), float(np.clip(up - _IRIS_REST, -1, 1))


def _iris_offset(face: Points, eye: list[int], iris: int) -> Points:
    start, end = face[eye[0], :2], face[eye[3], :2]
    axis = (end - start) / 2
    offset = face[iris, :2] - (start + end) / 2
    # The image's y runs down, so "up" of the axis (a, b) is (b, -a).
    along = np.array([offset @ axis, offset @ np.array([axis[1], -axis[0]])])
    result: Points = along / max(axis @ axis, 1e-9)
    return result


def eye_openness(face: Points) -> tuple[float, float]:
    """Eye aspect ratio of the image's left and right eye (Soukupová and Čech 2016)."""
    return _aspect_ratio(face[_LEFT_EYE_ROWS, :2]), _aspect_ratio(face[_RIGHT_EYE_ROWS, :2])


def _aspect_ratio(eye: Points) -> float:
    heights = np.hypot(*(eye[1] - eye[5])) + np.hypot(*(eye[2] - eye[4]))
    return float(heights / (2 * max(np.hypot(*(eye[0] - eye[3])), 1e-9)))


def lip_corners(face: Points, rotation: Points, scale: float) -> float:
    """How far the lip corners are drawn up (from the nose's base) and back (from the upper lip).

    In units of `RIGID_SHAPE`, in the head's own axes, so that turning the head does not look like a smile;
    about -1.1 at rest. The jaw moves neither, which keeps speech apart from smiling.
    """
    mouth = face[[*_LIP_CORNER_ROWS, _ROW[_UPPER_LIP], _ROW[_NOSE_BASE]]] * _TO_HEAD_AXES
    own = mouth @ rotation / max(scale, 1e-9)
    corners = (own[0] + own[1]) / 2
    up = corners[1] - own[3][1]
    back = own[2][2] - corners[2]
    return float(up + back)


def in_own_axes(face: Points, rotation: Points, scale: float) -> dict[int, Points]:
    """Each of `POINTS` by its index, turned back into the head's own axes, in units of `RIGID_SHAPE`."""
    own: Points = (face * _TO_HEAD_AXES) @ rotation / max(scale, 1e-9)
    return dict(zip(POINTS, own, strict=True))


def box(face: Points, width: int, height: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the face in pixels, cut at the picture's edges."""
    outline = face[_OUTLINE_ROWS, :2]
    left, top = np.clip(outline.min(axis=0), 0, (width, height))
    right, bottom = np.clip(outline.max(axis=0), 0, (width, height))
    return float(left), float(top), float(right), float(bottom)

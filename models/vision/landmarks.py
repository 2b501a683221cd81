"""Geometry of the face mesh: what a few of its 478 points say about head, eyes and mouth.

A face here is an array of shape (len(POINTS), 3): the mesh points named in `POINTS`, in that order, in pixels
(x to the right, y down, z away from the camera, in the scale of x). "Left" and "right" are the image's.
"""

import math
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from models.vision.regions import edges

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
_EYE_CORNERS = (33, 133, 362, 263)
_BROWS = (105, 66, 296, 334)
_LIP_CORNERS = (61, 291)
_UPPER_LIP = 13
_NOSE_BASE = 2
_EXPRESSIVE = (0, 13, 14, 17, 55, 105, 285, 334)
"""Lips, outer and inner, and brows: what `models.vision.expression` looks at besides."""
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
            *_BROWS,
            _UPPER_LIP,
            *_OUTLINE,
            *_EXPRESSIVE,
        }
    )
)
"""Indices of the mesh points that the functions below need."""

_ROW = {index: row for row, index in enumerate(POINTS)}


def _rows(*indices: int) -> npt.NDArray[np.intp]:
    return np.array([_ROW[index] for index in indices])


def _taken(face: Points, rows: npt.NDArray[np.intp]) -> Points:
    """Some rows of a face: `take` needs a tenth of the time that indexing does for so few."""
    return face.take(rows, axis=0)


_RIGID_ROWS = _rows(*RIGID_SHAPE)
_RIGID = np.array(list(RIGID_SHAPE.values()))
_RIGID -= _RIGID.mean(axis=0)
_TO_SHAPE, _SIZE = np.ascontiguousarray(_RIGID.T), float((_RIGID**2).sum())
_LEFT_EYE_ROWS, _RIGHT_EYE_ROWS = _rows(*_LEFT_EYE), _rows(*_RIGHT_EYE)
_LEFT_GAZE_ROWS, _RIGHT_GAZE_ROWS = (
    _rows(eye[0], eye[3], iris) for eye, iris in ((_LEFT_EYE, _LEFT_IRIS), (_RIGHT_EYE, _RIGHT_IRIS))
)
_EYE_CORNER_ROWS, _LIP_CORNER_ROWS = _rows(*_EYE_CORNERS), _rows(*_LIP_CORNERS)
_BROW_AND_CORNER_ROWS = _rows(*_BROWS, *_EYE_CORNERS)
_SMILE_ROWS = _rows(*_LIP_CORNERS, _UPPER_LIP, _NOSE_BASE)
_FEATURE_ROWS = _rows(*_EYE_CORNERS, *_LIP_CORNERS)
_BROWS_LESS_CORNERS = np.array([1 / len(_BROWS)] * len(_BROWS) + [-1 / len(_EYE_CORNERS)] * len(_EYE_CORNERS))
_OUTLINE_ROWS = _rows(*_OUTLINE)
_TO_HEAD_AXES = np.array([1.0, -1.0, -1.0])
_TURNED_AXES = np.outer(_TO_HEAD_AXES, _TO_HEAD_AXES)

# The same points in space. The mesh shows a head as from far away and, measured by turning faces by known
# angles, about a fifth too deep; what lies further back is larger than it looks from this many centimetres.
_MESH_DEPTH, _DISTANCE = 0.82, 50.0
_IN_SPACE = _RIGID * _TO_HEAD_AXES * [1.0, 1.0, _MESH_DEPTH]
_IN_SPACE[:, :2] *= 1 + _IN_SPACE[:, 2:] / _DISTANCE

# The iris of an eye that looks straight ahead lies this far above the line between the corners, which the
# lids' shape puts low (in half eye widths; median over people who look at the camera).
_IRIS_REST = 0.10


def pose(face: Points, width: int, height: int, field_of_view: float) -> Points:
    """Rotation of the head by perspective-n-point (SQPnP, Terzakis and Lourakis 2020), shape (3, 3).

    It takes the axes of `RIGID_SHAPE` to the image's (x right, y up, z to the camera) and is relative to the
    line of sight, so that a face at the picture's edge that looks into the lens is still near zero.
    `field_of_view` is what the longer side of the picture, of `width` by `height` pixels, spans in degrees.
    """
    seen = np.ascontiguousarray(_taken(face, _RIGID_ROWS)[:, :2])
    camera = _camera(width, height, field_of_view)
    found, turn, shift = cv2.solvePnP(_IN_SPACE, seen, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    if not found:
        return np.eye(3)
    rotation: Points = _facing(*shift[:, 0].tolist()) @ cv2.Rodrigues(turn)[0]
    return rotation * _TURNED_AXES


@lru_cache(64)
def _camera(width: int, height: int, field_of_view: float) -> Points:
    focal = max(width, height) / 2 / math.tan(math.radians(field_of_view) / 2)
    return np.array([[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]])


def _facing(x: float, y: float, z: float) -> Points:
    """The least rotation that brings a place before the camera onto the axis of its lens."""
    far = max(math.hypot(x, y, z), 1e-9)
    x, y, z = x / far, y / far, z / far
    k = 1 / max(1 + z, 1e-9)
    return np.array([[1 - x * x * k, -x * y * k, -x], [-x * y * k, 1 - y * y * k, -y], [x, y, z]])


def head(face: Points) -> tuple[Points, float]:
    """Rotation and scale (pixels a unit) that take `RIGID_SHAPE` to the mesh in its own depth.

    The least-squares fit of two point sets (Kabsch 1976, with the scale of Umeyama 1991). For measures
    between mesh points, whose depth is the mesh's; `pose` tells better where the head points.
    """
    # The shape's middle is at 0, so that where the mesh's is makes no difference.
    singular, u, vt = cv2.SVDecomp(_TO_SHAPE @ _taken(face, _RIGID_ROWS) * _TO_HEAD_AXES)
    (first,), (second,), (third,) = singular.tolist()
    sign = math.copysign(1.0, cv2.determinant(u) * cv2.determinant(vt))
    u[:, 2] *= sign
    return (u @ vt).T, (first + second + sign * third) / _SIZE


def misfit(face: Points, scale: float) -> float:
    """Root mean square distance of the mesh from the shape that `head` put there, in units of the shape.

    Below 0.4 for a face that is seen well; a mesh laid on something else lies further off. What a
    least-squares fit leaves is what there was less what it explains, here the shape itself.
    """
    seen = _taken(face, _RIGID_ROWS)
    there = cv2.norm(seen - seen.mean(axis=0)) / max(scale, 1e-9)
    return math.sqrt(max(there**2 - _SIZE, 0.0) / len(_RIGID))


def angles(rotation: Points) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees, with the signs of `FaceSample`."""
    (side_x, _, nose_x), (side_y, _, nose_y), (side_z, _, nose_z) = rotation.tolist()
    yaw = math.atan2(nose_x, nose_z)
    pitch = math.asin(min(max(nose_y, -1.0), 1.0))
    # To the side and up, were the head not rolled.
    level_x, level_z = math.cos(yaw), -math.sin(yaw)
    up_x, up_y, up_z = nose_y * level_z, nose_z * level_x - nose_x * level_z, -nose_y * level_x
    level = side_x * level_x + side_z * level_z
    roll = -math.atan2(side_x * up_x + side_y * up_y + side_z * up_z, level)
    return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def gaze(face: Points) -> tuple[float, float]:
    """Iris within the eye, mean of both: across and up, in half eye widths, 0 when it rests in the middle."""
    left, right = _iris_offset(face, _LEFT_GAZE_ROWS), _iris_offset(face, _RIGHT_GAZE_ROWS)
    across, up = ((one + other) / 2 for one, other in zip(left, right, strict=True))
    return min(max(across, -1.0), 1.0), min(max(up - _IRIS_REST, -1.0), 1.0)


def _iris_offset(face: Points, corners_and_iris: npt.NDArray[np.intp]) -> tuple[float, float]:
    (left, top, _), (right, bottom, _), (x, y, _) = _taken(face, corners_and_iris).tolist()
    a, b = (right - left) / 2, (bottom - top) / 2
    x, y = x - (left + right) / 2, y - (top + bottom) / 2
    # The image's y runs down, so "up" of the axis (a, b) is (b, -a).
    half = max(a * a + b * b, 1e-9)
    return (x * a + y * b) / half, (x * b - y * a) / half


def eye_openness(face: Points) -> tuple[float, float]:
    """Eye aspect ratio of the image's left and right eye (Soukupová and Čech 2016)."""
    return _aspect_ratio(_taken(face, _LEFT_EYE_ROWS)), _aspect_ratio(_taken(face, _RIGHT_EYE_ROWS))


def _aspect_ratio(eye: Points) -> float:
    points = eye[:, :2].tolist()
    heights = math.dist(points[1], points[5]) + math.dist(points[2], points[4])
    return heights / (2 * max(math.dist(points[0], points[3]), 1e-9))


def lip_corners(face: Points, rotation: Points, scale: float) -> float:
    """How far the lip corners are drawn up (from the nose's base) and back (from the upper lip).

    In units of `RIGID_SHAPE`, in the head's own axes, so that turning the head does not look like a smile;
    about -1.1 at rest. The jaw moves neither, which keeps speech apart from smiling.
    """
    mouth = _taken(face, _SMILE_ROWS) * _TO_HEAD_AXES
    own = mouth @ rotation / max(scale, 1e-9)
    corners = (own[0] + own[1]) / 2
    up = corners[1] - own[3][1]
    back = own[2][2] - corners[2]
    return float(up + back)


def in_own_axes(face: Points, rotation: Points, scale: float) -> dict[int, Points]:
    """Each of `POINTS` by its index, turned back into the head's own axes, in units of `RIGID_SHAPE`."""
    own: Points = (face * _TO_HEAD_AXES) @ rotation / max(scale, 1e-9)
    return dict(zip(POINTS, own, strict=True))


def brow_height(face: Points, rotation: Points, scale: float) -> float:
    """Brows above the corners of the eyes, in units of `RIGID_SHAPE` and the head's own axes."""
    above = _BROWS_LESS_CORNERS @ _taken(face, _BROW_AND_CORNER_ROWS)
    return float(above * _TO_HEAD_AXES @ rotation[:, 1] / max(scale, 1e-9))


def tip(face: Points) -> float:
    """How far the line from the left eye's outer corner to the right's is from level, degrees clockwise."""
    left, _, _, right = eyes(face).tolist()
    return math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))


def features(face: Points) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom, in pixels, of the places about both eyes and the mouth."""
    corners = _taken(face, _FEATURE_ROWS)[:, :2]
    return [_about(corners[i], corners[i + 1]) for i in (0, 2, 4)]


def _about(start: Points, end: Points) -> tuple[float, float, float, float]:
    x, y = (start + end) / 2
    half = 0.6 * float(np.hypot(*(end - start)))
    return float(x - half), float(y - 0.7 * half), float(x + half), float(y + 0.7 * half)


def eyes(face: Points) -> Points:
    """The corners of both eyes, shape (4, 2), in pixels."""
    return _taken(face, _EYE_CORNER_ROWS)[:, :2]


def mouth(face: Points) -> Points:
    """The corners of the lips, shape (2, 2), in pixels."""
    return _taken(face, _LIP_CORNER_ROWS)[:, :2]


def box(face: Points) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the face in pixels, beyond the picture where it is cut off."""
    return edges(_taken(face, _OUTLINE_ROWS))

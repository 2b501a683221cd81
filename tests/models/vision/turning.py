"""Pictures of a head that is turned by known angles: a real face on its mesh, turned in space, seen again."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from mediapipe.python.solutions.face_mesh import FaceMesh
from mediapipe.python.solutions.face_mesh_connections import FACEMESH_FACE_OVAL
from scipy.spatial import Delaunay

from models.vision.pictures import Image
from tests.models.vision.portrait import portrait

Points = npt.NDArray[np.float64]

FIELD_OF_VIEW = 60.0
"""Degrees that the longer side of the pictures spans."""
FACE_WIDTH = 14.4
"""Centimetres between the mesh points before the ears."""
HAIR = 1.45
"""How far the ring of hair and neck that turns with the face lies out, about the middle of the face."""


def rotation(yaw: float, pitch: float, roll: float) -> Points:
    """Rotation in the image's axes (x right, y down, z away), degrees signed as in `FaceSample`."""
    y, p, r = np.radians([-yaw, -pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    result: Points = about_z @ about_y @ about_x
    return result


@cache
def _surface() -> tuple[Image, Points, npt.NDArray[np.int32]]:
    """The straight picture, the points of its face in pixels with depth, and the triangles between them."""
    image = portrait(size=300)
    mesh = FaceMesh(static_image_mode=True)
    found = mesh.process(image).multi_face_landmarks[0].landmark
    mesh.close()
    height, width = image.shape[:2]
    face = np.array([(p.x * width, p.y * height, p.z * width) for p in found[:468]])
    oval = face[sorted({index for edge in FACEMESH_FACE_OVAL for index in edge})]
    centre = oval.mean(axis=0)
    ring = np.column_stack([centre[:2] + HAIR * (oval[:, :2] - centre[:2]), oval[:, 2]])
    points = np.concatenate([face, ring])
    return image, points, Delaunay(points[:, :2]).simplices


def turned(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Image:
    """The portrait's head turned by so many degrees from how it is in the portrait, 640 × 480."""
    image, points, triangles = _surface()
    height, width = image.shape[:2]
    focal = max(width, height) / 2 / np.tan(np.radians(FIELD_OF_VIEW / 2))
    middle = np.array([width / 2, height / 2])
    depth = focal * FACE_WIDTH / np.linalg.norm(points[234, :2] - points[454, :2])
    z = depth * (1 + points[:, 2] / focal)
    space = np.column_stack([(points[:, :2] - middle) * z[:, None] / focal, z])
    pivot = (space[234] + space[454]) / 2
    space = (space - pivot) @ rotation(yaw, pitch, roll).T + pivot
    seen = space[:, :2] * focal / space[:, 2:] + middle
    source_x, source_y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    far_first = np.argsort(-space[triangles, 2].mean(axis=1))
    for corners in triangles[far_first]:
        _paint(source_x, source_y, seen[corners], points[corners, :2])
    return np.asarray(cv2.remap(image, source_x, source_y, cv2.INTER_LINEAR), np.uint8)


def _paint(source_x: Points, source_y: Points, seen: Points, source: Points) -> None:
    """Write where the pixels of one triangle come from; one that is seen from behind is left out."""
    height, width = source_x.shape
    left, top = np.clip(np.floor(seen.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(seen.max(axis=0)).astype(int) + 1, 1, (width, height))
    affine = np.column_stack([seen, np.ones(3)])
    if abs(np.linalg.det(affine)) < 1e-6 or right <= left or bottom <= top:
        return
    inverse = np.linalg.inv(affine)
    x, y = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
    weights = np.stack([x, y, np.ones_like(x)], -1) @ inverse
    inside = (weights >= -1e-3).all(axis=-1)
    place = weights @ source
    source_x[top:bottom, left:right][inside] = place[..., 0][inside]
    source_y[top:bottom, left:right][inside] = place[..., 1][inside]

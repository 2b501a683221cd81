"""Pictures of one real face (scikit-image's public-domain astronaut) for the vision stages."""

import cv2
import numpy as np
from skimage.data import astronaut

from models.vision.pictures import Image

WIDTH, HEIGHT = 640, 480
EMPTY: Image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
PERSON: Image = np.asarray(astronaut(), np.uint8)
_TOP, _LEFT, _SIDE = 30, 130, 200
_FACE: Image = np.asarray(PERSON[_TOP : _TOP + _SIDE, _LEFT : _LEFT + _SIDE - 10])


def portrait(x: int = 320, y: int = 240, size: int = 300, turn: float = 0.0) -> Image:
    """The head, `size` pixels high with its hair, about (x, y), turned clockwise by `turn` degrees."""
    return add(EMPTY, x, y, size, turn)


def add(image: Image, x: int, y: int, size: int, turn: float = 0.0) -> Image:
    """A copy of `image` with the head in it."""
    centre = (_FACE.shape[1] / 2, _FACE.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(centre, -turn, size / _SIDE)
    matrix[:, 2] += (x - centre[0], y - centre[1])
    shape = (image.shape[1], image.shape[0])
    mask = cv2.warpAffine(np.full(_FACE.shape[:2], 255, np.uint8), matrix, shape, flags=cv2.INTER_NEAREST)
    head = cv2.warpAffine(_FACE, matrix, shape, flags=cv2.INTER_AREA)
    return np.where(mask[..., None] > 0, head, image).astype(np.uint8)

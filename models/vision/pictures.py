"""What the vision stages need of a picture before they look at it."""

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

LONGEST_SIDE = 640
"""Pixels; both meshes work on crops of 192 or 256, so more than this only costs time."""
SMALLEST_SIDE = 24
"""Pixels; nothing of a person can be told below it."""

# Sessions run side by side as it is, and to wake a thread for a part of a picture costs more than that part.
cv2.setNumThreads(1)


def check(image: Image) -> None:
    """Raise ValueError unless `image` is RGB uint8 of shape (height, width, 3), neither side 0."""
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3:
        shape = getattr(image, "shape", None)
        raise ValueError(f"A picture must be RGB of shape (height, width, 3), not {shape}.")
    if image.dtype != np.uint8:
        raise ValueError(f"A picture must be of type uint8, not {image.dtype}.")
    if 0 in image.shape:
        raise ValueError(f"A picture must not be empty; this one has shape {image.shape}.")


def reduce(image: Image) -> Image:
    """The picture, contiguous, scaled so that its longest side is at most `LONGEST_SIDE`."""
    height, width = image.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(image)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def luma(image: Image) -> Image:
    """Luma of an RGB picture (ITU-R BT.601), uint8, shape (height, width)."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)

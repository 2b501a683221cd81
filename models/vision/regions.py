"""Square parts of a picture, turned about their middle, as the networks for faces and bodies look at them."""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from models.vision.pictures import Image

ALL_BUT_LEVEL = math.radians(12)
"""How far a square may be tilted to be taken for level."""

Points = npt.NDArray[np.float64]


class Region(NamedTuple):
    """A square; in pixels, and radians clockwise as seen in the image."""

    x: float
    """Of its middle, as `y`."""
    y: float
    size: float
    angle: float

    def axes(self) -> Points:
        """Its unit vectors to the right and down, as columns; shape (2, 2)."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return np.array([[cos, -sin], [sin, cos]])

    def place_all(self, points: npt.NDArray[np.floating[Any]], side: float) -> Points:
        """Where points x, y, depth lie, shape (n, 3), in pixels; given in those of the square, from its
        middle, when it is `side` pixels wide."""
        scale = self.size / side
        cos, sin = scale * math.cos(self.angle), scale * math.sin(self.angle)
        to_picture = np.array(((cos, -sin, 0.0, self.x), (sin, cos, 0.0, self.y), (0.0, 0.0, scale, 0.0)))
        result: Points = cv2.transform(points[:, None], to_picture)[:, 0].astype(np.float64)
        return result

    def place(self, points: Points) -> Points:
        """Where points of the square lie in the picture, shape (n, 2); (0, 0) is its top left, (1, 1) the
        opposite corner."""
        result: Points = (points - 0.5) @ (self.size * self.axes().T) + (self.x, self.y)
        return result

    def settled(self, side: int) -> "Region":
        """The nearest that is cut in half the time, `side` pixels wide, if it is `ALL_BUT_LEVEL`: level, with
        whole pixels to scale."""
        if abs(self.angle) > ALL_BUT_LEVEL:
            return self
        size = max(round(self.size), 1)
        corner = _corner(size, side)
        return Region(round(self.x - corner) + corner, round(self.y - corner) + corner, size, 0.0)

    def cut(self, image: Image, side: int, beyond: int = cv2.BORDER_REPLICATE) -> Image:
        """The square, `side` pixels wide; `beyond` is what OpenCV shows beyond the picture's edge."""
        part = self._whole_pixels(image, side, beyond)
        cut = self._turned(image, side, beyond) if part is None else cv2.resize(part, (side, side))
        return np.asarray(cut, np.uint8)

    def _whole_pixels(self, image: Image, side: int, beyond: int) -> MatLike | None:
        """The pixels to scale; None where it is not level, between pixels or far beyond the picture."""
        if self.angle:
            return None
        corner = _corner(self.size, side)
        own = self.x - corner, self.y - corner, self.size
        left, top, size = whole = [round(each) for each in own]
        if max(abs(a - b) for a, b in zip(own, whole, strict=True)) > 1e-6:
            return None
        height, width = image.shape[:2]
        inside = image[max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)]
        missing = (max(-top, 0), max(top + size - height, 0), max(-left, 0), max(left + size - width, 0))
        if max(missing) >= size:
            return None
        return cv2.copyMakeBorder(inside, *missing, beyond) if any(missing) else inside

    def _turned(self, image: Image, side: int, beyond: int) -> MatLike:
        reach = self.size / 2 * (abs(math.cos(self.angle)) + abs(math.sin(self.angle))) + 2
        left, top = max(math.floor(self.x - reach), 0), max(math.floor(self.y - reach), 0)
        part = image[top : max(math.ceil(self.y + reach), 0), left : max(math.ceil(self.x + reach), 0)]
        if not part.size:
            left = top = 0
            part = image
        cos, sin = self.size / side * math.cos(self.angle), self.size / side * math.sin(self.angle)
        x, y = self.x - left - (cos - sin) * side / 2, self.y - top - (sin + cos) * side / 2
        back = np.array(((cos, -sin, x), (sin, cos, y)))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        # A part of a picture is fetched row by row, which memory is made for; the turn goes to and fro in it.
        part = part.copy()
        return cv2.warpAffine(part, back, (side, side), flags=flags, borderMode=beyond)


def _corner(size: float, side: int) -> float:
    """From the corner of what is scaled to the middle of the square: pixels are squares where it is scaled,
    and places where it is turned."""
    return size / 2 + (size / side - 1) / 2


def edges(points: Points) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of points x, y, depth, shape (n, 3)."""
    # OpenCV's own takes a quarter of the time that NumPy's does for so few.
    left, top, _ = cv2.reduce(points, 0, cv2.REDUCE_MIN)[0].tolist()
    right, bottom, _ = cv2.reduce(points, 0, cv2.REDUCE_MAX)[0].tolist()
    return left, top, right, bottom


def planes(image: Image) -> Image:
    """A picture as networks take it, shape (1, 3, height, width)."""
    channels = np.empty((1, 3, *image.shape[:2]), np.uint8)
    cv2.split(image, list(channels[0]))
    return channels


def upright(start: Points, end: Points, target: float) -> float:
    """The angle of a region in which the line from `start` to `end` points `target` radians up from the
    right."""
    across, down = end - start
    turn = target - math.atan2(-down, across)
    return math.remainder(turn, 2 * math.pi)

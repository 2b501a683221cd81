"""How well the camera shows the candidate: light, focus, place and size of the face, a frozen picture.

Brightness, contrast and sharpness are the face's own: what is behind it does not make it hard to see.
"""

import math
from collections.abc import Set
from typing import NamedTuple

import cv2
import numpy as np

from models.observations import PICTURE_PROBLEMS, PictureProblem
from models.picture_problems import LIMITS
from models.vision.pictures import Image, luma
from models.vision.smoothing import Held

SHARPNESS_SIZE = 128
"""Side in pixels of the square that sharpness is measured on."""
DARKEST = 16.0
"""Mean luma 0..255 below which a face is no longer made up for: what is left there is noise."""
DETAILED = 80.0
"""Height of a face in pixels below which it has no fine detail to lose."""
USUAL_CONTRAST = 0.3
"""`Light.contrast` of faces in even light, 0.24 to 0.46 in pictures of nine people."""
COARSE = 60
"""About how many rows of a picture its coarse view has."""
LIGHT_EVERY = 0.3
"""Seconds between two looks at the light of a face that is followed, and at its surroundings."""
LEAST_SURROUNDINGS = 0.05
"""Share of the picture beside and above the face from which on its light is told."""

AFTER_S, UNTIL_S = 0.2, 0.5
"""Seconds that a problem is seen before it is told, and not seen before it is over."""
HIDES_FEATURES: frozenset[PictureProblem] = frozenset(
    {"cut off", "dark", "bright", "low contrast", "blurred"}
)
"""Problems that hide a face's features, so that it looks as if something covered them."""
CERTAIN: frozenset[PictureProblem] = frozenset(
    {"frozen", "rotated", "photograph", "face covered", "several faces"}
)
"""Problems that were looked at twice, or long enough, before they are said to be seen."""


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def overlap(self, other: "Box") -> float:
        """Share of the smaller of the two that both cover, 0..1."""
        both = Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )
        return both.area / max(min(self.area, other.area), 1e-9)

    def cut(self, image: Image) -> "Box":
        """The part of it inside a picture."""
        height, width = image.shape[:2]
        return Box(
            min(max(self.left, 0), width),
            min(max(self.top, 0), height),
            min(max(self.right, 0), width),
            min(max(self.bottom, 0), height),
        )

    def beyond(self, image: Image) -> float:
        """How far it reaches beyond the edges of a picture, as a fraction of its height; 0 when inside."""
        height, width = image.shape[:2]
        out = max(-self.left, -self.top, self.right - width, self.bottom - height, 0.0)
        return out / max(self.height, 1e-9)


class Light(NamedTuple):
    """Light and focus of a face."""

    brightness: float
    """Mean luma 0..1."""
    contrast: float
    """Standard deviation of the luma over its mean."""
    sharpness: float
    """See `sharpness`."""
    surroundings: float | None
    """Mean luma 0..1 beside and above the face; None where the face fills the picture."""


def sharpness(face: Image) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000) of a face's luma, scaled to a set square.

    Relative to a mean luma of a half, so that a dark face is not taken for a blurred one.
    """
    # as good as the mean of the pixels under each of the square's, in a fifth of the time
    height, width = (max(1, round(side / SHARPNESS_SIZE)) for side in face.shape)
    even = cv2.blur(face, (width, height))
    square = cv2.resize(even, (SHARPNESS_SIZE, SHARPNESS_SIZE), interpolation=cv2.INTER_LINEAR)
    gain = 128 / max(cv2.mean(square)[0], DARKEST)
    edges = cv2.Laplacian(square, cv2.CV_16S)
    # in a tenth of the time that OpenCV takes for the deviation of signed numbers
    variance = cv2.norm(edges) ** 2 / edges.size - cv2.mean(edges)[0] ** 2
    return float(variance * gain**2)


def crop(image: Image, box: Box) -> Image:
    """The part of a picture inside `box`, which lies in it; at least one pixel."""
    left = min(int(box.left), image.shape[1] - 1)
    top = min(int(box.top), image.shape[0] - 1)
    return image[top : max(top + 1, math.ceil(box.bottom)), left : max(left + 1, math.ceil(box.right))]


def coarse(image: Image) -> Image:
    """A few thousand pixels' luma of an RGB picture, evenly spread."""
    step = max(1, min(image.shape[:2]) // COARSE)
    return luma(cv2.resize(image, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_NEAREST))


def light(image: Image, view: Image, box: Box) -> Light:
    """Light of the face inside `box`, which lies in the picture; `view` is `coarse` of the picture."""
    face = luma(crop(image, box))
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(face))
    return Light(
        brightness=mean / 255,
        contrast=deviation / max(mean, 1.0),
        sharpness=sharpness(face),
        surroundings=_surroundings(view, box, len(view) / image.shape[0]),
    )


def _surroundings(view: Image, box: Box, scale: float) -> float | None:
    left, top, right, bottom = (round(edge * scale) for edge in box)
    parts = (view[:bottom, :left], view[:bottom, right:], view[:top, left:right])
    size = sum(part.size for part in parts)
    if size < LEAST_SURROUNDINGS * view.size:
        return None
    return float(sum(part.sum(dtype=np.int64) for part in parts)) / size / 255


class PictureQuality:
    """The problems of the pictures of one camera, debounced."""

    def __init__(self) -> None:
        self._held = {
            problem: Held(0.0 if problem in CERTAIN else AFTER_S, UNTIL_S) for problem in PICTURE_PROBLEMS
        }
        self._view: Image | None = None
        self._still_since = 0.0

    def whole(self, t: float, view: Image) -> set[PictureProblem]:
        """Problems of the picture of which `view` is the `coarse` view.

        "covered" says no more than that hardly anything is in it: not where there is a face.
        """
        if self._view is None or not np.array_equal(view, self._view):
            self._still_since = t
        self._view = view
        mean, deviation = (float(value[0, 0]) / 255 for value in cv2.meanStdDev(view))
        seen: set[PictureProblem] = set()
        if deviation < LIMITS.covered_contrast or mean < LIMITS.covered_below:
            seen.add("covered")
        if t - self._still_since >= LIMITS.frozen_s:
            seen.add("frozen")
        return seen

    def face(self, image: Image, box: Box, light: Light) -> set[PictureProblem]:
        """Problems of a face that was found inside `box`, which may reach beyond the picture."""
        seen: set[PictureProblem] = set()
        if box.beyond(image) > LIMITS.cut_off:
            seen.add("cut off")
        if box.height < max(LIMITS.small_below_px, LIMITS.small_below * image.shape[0]):
            seen.add("small")
        if light.brightness < LIMITS.dark_below:
            seen.add("dark")
        elif light.brightness > LIMITS.bright_above:
            seen.add("bright")
        behind = LIMITS.backlit_surroundings_above, LIMITS.backlit_ratio * light.brightness
        if light.brightness < LIMITS.backlit_face_below and (light.surroundings or 0.0) > max(behind):
            seen.add("backlit")
        if light.contrast < LIMITS.low_contrast_below:
            seen.add("low contrast")
        # Fine detail fades with contrast as it does with focus.
        at_usual_contrast = light.sharpness * (USUAL_CONTRAST / max(light.contrast, 0.03)) ** 2
        if box.height >= DETAILED and at_usual_contrast < LIMITS.blurred_below:
            seen.add("blurred")
        return seen

    def judge(self, t: float, seen: Set[PictureProblem]) -> PictureProblem | None:
        """The most pressing problem once those that a picture shows are debounced."""
        held = [problem for problem in PICTURE_PROBLEMS if self._held[problem].add(t, problem in seen)]
        return held[0] if held else None

"""What can be wrong with the picture: limits and words that the server and the page's device check share."""

from dataclasses import dataclass
from pathlib import Path

from models.observations import PictureProblem
from models.problems import Words, read

FILE = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a problem begins. Brightness is mean luma 0..1, contrast its standard deviation over the mean."""

    covered_below: float
    """Brightness of the whole picture."""
    covered_contrast: float
    """Standard deviation of the whole picture's luma, 0..1, below which nothing is in it."""
    dark_below: float
    """Brightness of the face, as those that follow."""
    bright_above: float
    backlit_face_below: float
    """A face above it is seen well whatever is behind it, and a dark skin in good light lies above it."""
    backlit_ratio: float
    """Brightness of the surroundings over the face's."""
    backlit_surroundings_above: float
    low_contrast_below: float
    blurred_below: float
    """`FaceSample.sharpness` at usual contrast. Down to it angles change by less than 1 degree, gaze by 3 and
    lip corners by 0.13 cm, measured by blurring six clips."""
    small_below_px: float
    """Height of the face."""
    small_below: float
    """Height of the face as a fraction of the picture's."""
    cut_off: float
    """How far the face lies beyond the picture's edge, as a fraction of its height."""
    frozen_s: float
    """Seconds that no pixel changes: a camera's noise changes some in every picture."""


LIMITS: Limits
WORDS: dict[PictureProblem, Words]
LIMITS, WORDS = read(FILE, Limits)

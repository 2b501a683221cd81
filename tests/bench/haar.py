"""A plain way of seeing, to compare with: the cascades that come with OpenCV, with fixed thresholds.

Face: the frontal cascade (Viola and Jones 2001), else the profile one on the picture and on its mirror image.
Eye contact: a face seen from the front. Head: front, or the side of the profile. Smile: the smile cascade in
the lower half of the face. Blink: no eye in the upper part of a frontal face, till there is one again. It
knows of no gaze and no posture. Pictures are halved, as one does with cascades: four times the pixels cost
four times as much.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from models.observations import Blink, FaceSample, Observation
from models.stage import VideoChunk
from models.vision.face import FaceStage
from models.vision.pictures import Image, luma

PROFILE_YAW = 45.0
"""Degrees that stand for a profile."""
LONGEST_SIDE = 320
SMALLEST = 8
"""The smallest face looked for, as the part of the picture's shorter side that it is."""
EYES_ABOVE, SMILE_BELOW = 0.6, 0.5
"""Where in a face eyes end and a smile begins, fractions of its height."""
SMILE_NEIGHBOURS = 20
"""Overlapping finds that make a smile; with the few that do for faces every mouth smiles."""

Box = Sequence[int]
"""Left, top, width and height."""


def _cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"))


class HaarStage:
    """A `FaceSample` for every picture, a `Blink` when one ends; what it does not know is None."""

    fps = FaceStage.fps

    def __init__(self) -> None:
        self._frontal, self._profile = _cascade("frontalface_default"), _cascade("profileface")
        self._eye, self._smile = _cascade("eye_tree_eyeglasses"), _cascade("smile")
        self._shut_at: float | None = None

    def feed(self, chunk: VideoChunk) -> Iterable[Observation]:
        """Observations of one picture."""
        grey = luma(chunk.image)
        scale = min(1.0, LONGEST_SIDE / max(grey.shape))
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        faces = self._faces(self._frontal, grey)
        if faces:
            return self._describe(chunk.t, len(faces), grey, _largest(faces))
        self._shut_at = None
        for image, yaw in ((grey, -PROFILE_YAW), (np.ascontiguousarray(grey[:, ::-1]), PROFILE_YAW)):
            faces = self._faces(self._profile, image)
            if faces:
                return [FaceSample(chunk.t, len(faces), yaw=yaw, pitch=0.0, on_camera=False)]
        return [FaceSample(chunk.t, 0)]

    def finish(self) -> Iterable[Observation]:
        """Nothing to let go of."""
        return []

    def _faces(self, cascade: cv2.CascadeClassifier, grey: Image) -> list[Box]:
        side = min(grey.shape) // SMALLEST
        return list(cascade.detectMultiScale(grey, 1.1, 5, minSize=(side, side)))

    def _describe(self, t: float, faces: int, grey: Image, box: Box) -> list[Observation]:
        left, top, width, height = box
        face = grey[top : top + height, left : left + width]
        upper, lower = face[: round(EYES_ABOVE * height)], face[round(SMILE_BELOW * height) :]
        open_eyes = len(self._eye.detectMultiScale(upper, 1.1, 3)) > 0
        smiles = len(self._smile.detectMultiScale(lower, 1.1, SMILE_NEIGHBOURS)) > 0
        sample = FaceSample(
            t,
            faces,
            yaw=0.0,
            pitch=0.0,
            on_camera=True,
            eye_openness=float(open_eyes),
            smile=float(smiles),
        )
        if not open_eyes:
            self._shut_at = t if self._shut_at is None else self._shut_at
            return [sample]
        began, self._shut_at = self._shut_at, None
        return [sample] if began is None else [sample, Blink(began, t)]


def _largest(boxes: Sequence[Box]) -> Box:
    return max(boxes, key=lambda box: box[2] * box[3])

"""The face in a picture: presence, head pose, gaze, lids, smile and how well it can be seen."""

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import cv2
import numpy as np
from mediapipe.python.solutions.face_detection import FaceDetection
from mediapipe.python.solutions.face_mesh import FaceMesh

from models import landmarks, pictures
from models.observations import Blink, FaceSample, Observation
from models.pictures import Image
from models.stage import VideoChunk

COUNT_EVERY = 0.4
"""Seconds between counts of the faces. A mesh of two faces runs its detector on every picture that shows
one, which costs half as much again; a detector of its own a few times a second does not."""

SMALLEST_FACE = 40.0
"""Pixels of height below which the irises are too small to tell where they point."""

DEGREES_PER_GAZE = 72.0
"""Turn of the eye for an iris at the corner: the eyeball's radius is about 12 mm, half an eye's width 15 mm,
and an offset g turns it by about g * 15 / 12 radians."""
YAW_LIMIT, PITCH_LIMIT = 10.5, 13.0
"""Degrees from the lens, across and up, within which a look counts as eye contact."""
VERTICAL_GAZE_SHARE = 0.4
"""The lids follow the eye up and down and hide part of its turn, so the iris says less than across."""

OPEN_EYE = 0.29
"""Eye aspect ratio of an open eye before this speaker's own is known."""
CLOSED, REOPENED = 0.70, 0.80
"""Shares of the speaker's open eye below which the lids are shut, and above which they are open again."""
GLANCE_DOWN = 0.5
"""Seconds; lids that stay down longer are no blink, and a look away rather than unsure."""

NEUTRAL_MOUTH = -1.1
"""`landmarks.lip_corners` at rest, before this speaker's own is known."""
LOWEST_REST, HIGHEST_REST = -1.3, -1.0
"""Where a speaker's own rest may lie: a face that smiles most of the time must not become its norm."""

SHARPNESS_SIZE = 128
"""Side in pixels of the square that sharpness is measured on."""


DARKEST = 16.0
"""Mean luma 0..255 below which a face is no longer made up for: what is left there is noise."""


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

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


class RunningQuantile:
    """A quantile of the last values of a signal, beginning from what is usual in people."""

    def __init__(self, quantile: float, prior: float, *, window: float = 60.0, weight: int = 30) -> None:
        self._quantile = quantile
        self._window = window
        self._times: deque[tuple[float, float]] = deque()
        self._ordered = [prior] * weight

    def add(self, t: float, value: float) -> float:
        """Take a value at a session time; return the quantile. Values closer than 0.1 s are left out."""
        if not self._times or t - self._times[-1][0] >= 0.095:
            self._times.append((t, value))
            insort(self._ordered, value)
        while t - self._times[0][0] > self._window:
            _, old = self._times.popleft()
            del self._ordered[bisect_left(self._ordered, old)]
        return self._ordered[round(self._quantile * (len(self._ordered) - 1))]


class Lids:
    """Blinks from eye aspect ratios, relative to the speaker's own open eye and with hysteresis.

    One sample below the threshold suffices: at ten pictures a second most blinks are seen once.
    """

    def __init__(self) -> None:
        self._open = RunningQuantile(0.75, OPEN_EYE)
        self._closed_at: float | None = None
        self._last = 0.0

    def add(self, t: float, left: float, right: float) -> Blink | None:
        """Take both eyes' aspect ratios at a session time; return the blink that they end."""
        self._last = t
        openness = max(left, right)
        usual = self._open.add(t, openness)
        if self._closed_at is None:
            if openness < CLOSED * usual:
                self._closed_at = t
            return None
        return None if openness < REOPENED * usual else self.end()

    def end(self) -> Blink | None:
        """The blink under way, ending with the last sample; None while the lids are open."""
        if self._closed_at is None:
            return None
        blink = Blink(self._closed_at, self._last)
        self._closed_at = None
        return blink

    @property
    def closed_for(self) -> float | None:
        """Seconds since the lids shut; None while they are open."""
        return None if self._closed_at is None else self._last - self._closed_at

    def lost(self) -> None:
        """The face is gone: a closure that was under way will never be known to end."""
        self._closed_at = None


def looks_at_camera(yaw: float, pitch: float, gaze_x: float, gaze_y: float) -> bool:
    """Whether head and eyes together point at the lens, all as in `FaceSample`."""
    across = yaw + DEGREES_PER_GAZE * gaze_x
    up = pitch + DEGREES_PER_GAZE * VERTICAL_GAZE_SHARE * gaze_y
    return math.hypot(across / YAW_LIMIT, up / PITCH_LIMIT) <= 1.0


def luma(image: Image) -> Image:
    """Luma of an RGB picture (ITU-R BT.601), uint8, shape (height, width)."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def sharpness(face: Image) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000) of a face's luma, scaled to a set square.

    Relative to a mean luma of a half, so that a dark face is not taken for a blurred one.
    """
    shrinks = min(face.shape) > SHARPNESS_SIZE
    square = cv2.resize(
        face,
        (SHARPNESS_SIZE, SHARPNESS_SIZE),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    gain = 128 / max(float(square.mean()), DARKEST)
    return float(cv2.Laplacian(square, cv2.CV_32F).var()) * gain**2


class FaceFinder:
    """The mesh of the largest face, and how many there are. Follows one face from picture to picture."""

    def __init__(self) -> None:
        self._mesh = FaceMesh(
            max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.5, min_tracking_confidence=0.5
        )
        self._detection = FaceDetection(model_selection=0, min_detection_confidence=0.6)
        self._mesh.process(pictures.BLANK)
        self._detection.process(pictures.BLANK)
        self._following = False
        self._counted_at = -math.inf
        self._faces = 1

    def find(self, t: float, image: Image) -> tuple[int, landmarks.Points | None]:
        """Number of faces in a picture, and the points of the largest."""
        points = self._points(image)
        if points is None and self._following:
            # The mesh lets go of a face that jumped; only its next call looks over the whole picture.
            points = self._points(image)
        self._following = points is not None
        if points is None:
            self._faces = 1
            return 0, None
        if t - self._counted_at >= COUNT_EVERY:
            self._counted_at = t
            boxes = self._detect(image)
            self._faces = max(1, len(boxes))
            larger = _larger_elsewhere(_box(points, image), boxes)
            if larger is not None:
                turned = self._turn_to(larger, image)
                points = points if turned is None else turned
        return self._faces, points

    def close(self) -> None:
        """Let go of the native graphs."""
        self._mesh.close()
        self._detection.close()

    def _points(self, image: Image) -> landmarks.Points | None:
        found = self._mesh.process(image).multi_face_landmarks
        if not found:
            return None
        height, width = image.shape[:2]
        mesh: Any = found[0].landmark
        rows = (mesh[index] for index in landmarks.POINTS)
        return np.array([(p.x * width, p.y * height, p.z * width) for p in rows], dtype=np.float64)

    def _detect(self, image: Image) -> list[Box]:
        height, width = image.shape[:2]
        boxes = []
        for found in self._detection.process(image).detections or ():
            b = found.location_data.relative_bounding_box
            boxes.append(
                Box(b.xmin * width, b.ymin * height, (b.xmin + b.width) * width, (b.ymin + b.height) * height)
            )
        return boxes

    def _turn_to(self, box: Box, image: Image) -> landmarks.Points | None:
        """Follow the face in `box` instead, by showing the mesh nothing else until it has let go."""
        height, width = image.shape[:2]
        margin = (box.bottom - box.top) / 2
        rows = slice(max(0, int(box.top - margin)), min(height, int(box.bottom + margin)))
        columns = slice(max(0, int(box.left - margin)), min(width, int(box.right + margin)))
        alone = np.zeros_like(image)
        alone[rows, columns] = image[rows, columns]
        self._points(alone)
        return self._points(alone)


def _box(points: landmarks.Points, image: Image) -> Box:
    return Box(*landmarks.box(points, image.shape[1], image.shape[0]))


def _larger_elsewhere(followed: Box, boxes: list[Box]) -> Box | None:
    """The largest of the detected faces if it is plainly larger than the followed one, and not the same."""
    own = [box for box in boxes if box.overlap(followed) > 0.5]
    largest = max(boxes, key=lambda box: box.area, default=None)
    if not own or largest is None or largest in own or largest.area < 1.5 * own[0].area:
        return None
    return largest


class FaceStage:
    """A `FaceSample` for every picture, a `Blink` when one ends.

    Presence follows the picture at once. Raises ValueError for what is no RGB uint8 picture.
    """

    fps: ClassVar[float] = 10.0
    """Pictures a second that are worth analysing: fewer miss blinks."""

    def __init__(self) -> None:
        self._finder = FaceFinder()
        self._lids = Lids()
        self._mouth = RunningQuantile(0.3, NEUTRAL_MOUTH)
        self.found: tuple[FaceSample, landmarks.Points] | None = None
        """The latest picture's sample and points, in pixels of the reduced picture; None without a face."""

    def feed(self, chunk: VideoChunk) -> Iterable[Observation]:
        """Observations of one picture: its sample, then a blink that it ended."""
        pictures.check(chunk.image)
        image = pictures.reduce(chunk.image)
        t = round(chunk.t, 3)
        faces, points = (0, None)
        if min(image.shape[:2]) >= pictures.SMALLEST_SIDE:
            faces, points = self._finder.find(chunk.t, image)
        if points is None:
            self._lids.lost()
            self.found = None
            return [FaceSample(t=t, faces=0, brightness=round(float(luma(image).mean()) / 255, 4))]
        return self._describe(t, faces, points, image)

    def finish(self) -> Iterable[Observation]:
        """Close the detectors; eyes that are shut at the end make a last blink."""
        self._finder.close()
        blink = self._lids.end()
        return [] if blink is None else [blink]

    def _describe(self, t: float, faces: int, points: landmarks.Points, image: Image) -> list[Observation]:
        height, width = image.shape[:2]
        box = _box(points, image)
        grey = luma(_crop(image, box))
        rotation, scale = landmarks.head(points)
        yaw, pitch, roll = landmarks.angles(rotation)
        gaze_x, gaze_y = landmarks.gaze(points)
        left, right = landmarks.eye_openness(points)
        blink = self._lids.add(t, left, right)
        on_camera: bool | None = looks_at_camera(yaw, pitch, gaze_x, gaze_y)
        shut = self._lids.closed_for
        if shut is not None:
            on_camera = False if shut > GLANCE_DOWN else None
        if box.bottom - box.top < SMALLEST_FACE:
            on_camera = None
        corners = landmarks.lip_corners(points, rotation, scale)
        sample = FaceSample(
            t=t,
            faces=faces,
            yaw=round(yaw, 4),
            pitch=round(pitch, 4),
            roll=round(roll, 4),
            gaze_x=round(gaze_x, 4),
            gaze_y=round(gaze_y, 4),
            on_camera=on_camera,
            eye_openness=round((left + right) / 2, 4),
            smile=round(self._smile(t, corners), 4),
            x=round((box.left + box.right) / 2 / width, 4),
            y=round((box.top + box.bottom) / 2 / height, 4),
            size=round((box.bottom - box.top) / height, 4),
            brightness=round(float(grey.mean()) / 255, 4),
            sharpness=round(sharpness(grey), 4),
        )
        self.found = sample, points
        return [sample] if blink is None else [sample, blink]

    def _smile(self, t: float, corners: float) -> float:
        """0 at rest, 0.5 where a smile becomes plain, 1 broad."""
        rest = min(max(self._mouth.add(t, corners), LOWEST_REST), HIGHEST_REST)
        return min(max(corners - rest, 0.0), 1.0)


def _crop(image: Image, box: Box) -> Image:
    """The part of the picture inside `box`, at least one pixel."""
    left = min(int(box.left), image.shape[1] - 1)
    top = min(int(box.top), image.shape[0] - 1)
    return image[top : max(top + 1, math.ceil(box.bottom)), left : max(left + 1, math.ceil(box.right))]

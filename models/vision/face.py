"""The face in a picture: presence, head pose, gaze, lids, brows, smile and how well it can be seen."""

import math
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import cv2
import numpy as np
from cv2.typing import MatLike

from models.observations import Direction, FaceSample, Observation, PictureProblem
from models.picture_problems import LIMITS
from models.stage import VideoChunk
from models.vision import landmarks, pictures
from models.vision.detector import Found, Scan
from models.vision.eyes import DEGREES_PER_GAZE, EyeContact, Lids, aim, direction, neutral_aim, off_lens
from models.vision.face_mesh import FaceMesh, around, detector
from models.vision.gestures import Gestures
from models.vision.neutral import Neutral
from models.vision.picture_quality import (
    HIDES_FEATURES,
    LIGHT_EVERY,
    Box,
    Light,
    PictureQuality,
    coarse,
    crop,
    light,
)
from models.vision.pictures import Image
from models.vision.smoothing import CALIBRATED, OneEuro, RunningQuantile, running
from models.vision.still_face import StillFace

FIELD_OF_VIEW = 60.0
"""Degrees that the longer side of a picture spans, where nobody says: a usual webcam."""

LOOK_EVERY = 0.4
"""Seconds between looks at the whole picture while a face is followed. With the picture after, in which what
is new is looked at again, it is told within half a second."""
DETECT_EVERY = 4.0
"""Seconds after which such a look asks the detector, which costs half as much as to follow a face, although
nothing seems to be new: no face comes or goes without that the picture changes."""
CHANGED, NEW = 12, 5
"""By how much luma 0..255 of the `coarse` view changes where something new may be, and in how many places
that, with all about them, changed: what only moves a little changes along its edges, and a face that comes
has twice as many, where it is large enough for the detector to be sure of."""
FACE_MOVES = (0.25, 0.4, 0.25, 0.2)
"""How far to the left, above, to the right and below a face changes are its own, in its width and height."""
LEAST, BEGINS = 0.4, 0.5
"""Scores from which the detector's finds are looked at, and from which a mesh is laid on one."""
HALF_OUT = 0.2
"""The same of a face of which half is beyond the picture's edge, and which the mesh confirms."""
SURE = 0.6
"""Score from which what the detector finds counts as a face."""
UPRIGHT = 0.85
"""Score that the detector gives an upright face that nothing covers, at least; most have more than 0.9."""
FAR = 0.7
"""The same of a face in the middle of the picture where none was found in the whole."""
PREFERS = 0.1
"""By how much the score is higher in the picture upside down when that is how it stands."""
TURNED = 25.0
"""Degrees of yaw or pitch from which on the score is lower for that alone."""
ASKEW = 0.4
"""`landmarks.misfit` from which a mesh may lie on a face of which it does not see all."""
FEATURELESS = 0.22
"""Spread of luma about an eye or the mouth, over the whole face's, below which something covers it."""
SIDEWAYS = 60.0
"""Degrees of roll that no head at a desk has."""

SMALLEST_GAZE, SMALLEST_SMILE = 40.0, 50.0
"""Height of a face in pixels below which the irises, and the lips, are too small to tell anything."""
DARKEST = 0.05
"""Brightness below which what eyes and lips do is lost in noise."""
HIDES_EYES: frozenset[PictureProblem] = frozenset({"rotated", "frozen", "photograph", "face covered"})
HIDES_LIPS: frozenset[PictureProblem] = HIDES_EYES | {"bright", "blurred"}

GLANCE_DOWN = 0.5
"""Seconds; lids that stay down longer are no blink, and a look away rather than unsure."""
NEUTRAL_MOUTH = -1.1
"""`landmarks.lip_corners` at rest, before this speaker's own is known."""
LOWEST_REST, HIGHEST_REST = -1.3, -1.0
"""Where a speaker's own rest may lie: a face that smiles most of the time must not become its norm."""
BROW_RAISE = 0.8
"""What a high raise of the brows adds to `landmarks.brow_height`, whose rest differs by as much in people."""

_AND_ALL_ABOUT = np.ones((3, 3), np.uint8)


class Face(NamedTuple):
    """What the finder says of one picture."""

    faces: int
    points: landmarks.Points | None
    """Of the largest face."""
    problems: frozenset[PictureProblem]
    """Those of "rotated", "face covered", "several faces" and, with no face, "small", "cut off" that hold."""


NO_FACE = Face(0, None, frozenset())


class FaceFinder:
    """The mesh of the largest face, and how many there are. Follows one face from picture to picture."""

    def __init__(self) -> None:
        self._mesh, self._detector = FaceMesh(), detector()
        self._looked_at = self._detected_at = -math.inf
        self._view: Image | None = None
        self._doubted = False
        self._faces = 1
        self._problems: frozenset[PictureProblem] = frozenset()

    def find(self, t: float, image: Image) -> Face:
        """The largest face of a picture, how many there are, and what hinders seeing it."""
        region, scan = self._mesh.region, None
        points = None if region is None else self._mesh.look(image, region)
        if points is None:
            # There was none, or the mesh lets go of a face that jumped.
            scan = self._detector.scan(image)
            found = scan.found(LEAST)
            if found and found[0].score >= BEGINS:
                points = self._mesh.look(image, around(found[0]))
        # What a look finds new is looked at again in the next picture before it counts.
        due = t - self._looked_at >= LOOK_EVERY - 0.005
        lost = region is not None and points is None
        if due or self._doubted or lost:
            self._looked_at = t
            view = cv2.blur(coarse(image), (3, 3))
            if lost or self._is_news(t, image, view, points):
                self._detected_at, self._view = t, view
                points = self._look(image, points, scan or self._detector.scan(image))
        if points is None:
            return Face(0, None, self._problems & {"rotated", "small", "cut off"})
        problems = self._problems
        if abs(landmarks.tip(points)) > SIDEWAYS:
            problems |= {"rotated"}
        return Face(self._faces, points, problems)

    def _is_news(self, t: float, image: Image, view: MatLike, points: landmarks.Points | None) -> bool:
        """Whether the detector may have anything to say that it did not say before."""
        known = self._faces == 1 and not self._problems and not self._doubted
        if not known or self._view is None or t - self._detected_at >= DETECT_EVERY - 0.005:
            return True
        if _is_changed(self._view, view, points, image):
            return True
        return points is not None and _is_covered(image, points, 0.0)

    def _look(self, image: Image, points: landmarks.Points | None, scan: Scan) -> landmarks.Points | None:
        """Look over the whole picture, of which the detector made `scan`."""
        found = scan.found(LEAST)
        sure = [each for each in found if each.score >= SURE]
        best = max((each.score for each in found), default=0.0)
        problems: set[PictureProblem] = set()
        if best < UPRIGHT and self._is_upside_down(image, best):
            problems.add("rotated")
        elif points is None and (far := self._far(image)) is not None:
            if far.box.height < LIMITS.small_below * image.shape[0]:
                problems.add("small")
            else:
                points = self._mesh.look(image, around(far))
        elif points is None and self._is_half_out(image, scan):
            problems.add("cut off")
        faces = 1
        if points is not None:
            faces = max(1, len(sure))
            own = Box(*landmarks.box(points)).cut(image)
            larger = _larger_elsewhere(own, sure)
            if larger is not None:
                turned = self._mesh.look(image, around(larger))
                points = points if turned is None else turned
            elif _is_covered(image, points, _score(own, found)):
                problems.add("face covered")
        if faces > 1:
            problems.add("several faces")
        news = faces != self._faces or problems != self._problems
        if not news or self._doubted:
            self._faces, self._problems = faces, frozenset(problems)
        self._doubted = news and not self._doubted
        return points

    def _detect(self, image: Image) -> float:
        """The highest score 0..1 of what may be faces."""
        return max((each.score for each in self._detector.find(image, LEAST)), default=0.0)

    def _is_upside_down(self, image: Image, upright: float) -> bool:
        turned = self._detect(np.asarray(cv2.rotate(image, cv2.ROTATE_180), np.uint8))
        return turned >= max(UPRIGHT, upright + PREFERS)

    def _is_half_out(self, image: Image, scan: Scan) -> bool:
        """Whether a face reaches beyond the picture's edge of which too little is in it to tell anything."""
        found = scan.found(HALF_OUT)
        beyond = next((each for each in found if each.box.beyond(image) > LIMITS.cut_off), None)
        if beyond is None:
            return False
        is_face = self._mesh.look(image, around(beyond)) is not None
        self._mesh.region = None
        return is_face

    def _far(self, image: Image) -> Found | None:
        """A face in the middle of the picture that was not found in the whole: small, or badly lit."""
        height, width = image.shape[:2]
        top, left = height // 8, width // 4
        middle = image[top : height * 5 // 8, left : width * 3 // 4]
        found = self._detector.find(np.ascontiguousarray(middle), FAR)
        if not found:
            return None
        box, points = found[0].box, np.add(found[0].points, (left, top))
        moved = Box(box.left + left, box.top + top, box.right + left, box.bottom + top)
        return Found(moved, found[0].score, points)


def _score(followed: Box, found: list[Found]) -> float:
    """The detector's score of the followed face."""
    return max((each.score for each in found if each.box.overlap(followed) > 0.5), default=0.0)


def _larger_elsewhere(followed: Box, found: list[Found]) -> Found | None:
    """The largest of the detected faces if it is plainly larger than the followed one, and not the same."""
    own = [each for each in found if each.box.overlap(followed) > 0.5]
    others = [each for each in found if each.box.overlap(followed) <= 0.5]
    largest = max(others, key=lambda each: each.box.area, default=None)
    if not own or largest is None or largest.box.area < 1.5 * max(each.box.area for each in own):
        return None
    return largest


def _is_changed(before: MatLike, now: MatLike, points: landmarks.Points | None, image: Image) -> bool:
    """Whether two views differ outside the face, if there is one, with points in pixels of the picture."""
    if before.shape != now.shape:
        return True
    changed = (cv2.absdiff(before, now) > CHANGED).astype(np.uint8)
    if points is not None:
        box = Box(*landmarks.box(points))
        left, above, right, below = FACE_MOVES
        width, scale = box.right - box.left, len(now) / image.shape[0]
        columns = np.clip([box.left - left * width, box.right + right * width], 0, None) * scale
        rows = np.clip([box.top - above * box.height, box.bottom + below * box.height], 0, None) * scale
        changed[slice(*rows.astype(int)), slice(*columns.astype(int))] = 0
    return cv2.countNonZero(cv2.erode(changed, _AND_ALL_ABOUT)) >= NEW


def _is_covered(image: Image, points: landmarks.Points, score: float) -> bool:
    """Whether something lies before a face: not only turned away, it fits badly, or features are missing."""
    rotation, scale = landmarks.head(points)
    yaw, pitch, _ = landmarks.angles(rotation)
    turned = max(abs(yaw), abs(pitch)) > TURNED
    fits = landmarks.misfit(points, scale) <= ASKEW
    return (score < UPRIGHT and not fits and not turned) or _is_featureless(image, points)


def _is_featureless(image: Image, points: landmarks.Points) -> bool:
    """Whether an eye or the mouth lies where the picture shows nothing."""
    boxes = (landmarks.box(points), *landmarks.features(points))
    lumas = (pictures.luma(crop(image, Box(*each).cut(image))) for each in boxes)
    face, *parts = (float(cv2.meanStdDev(each)[1][0, 0]) for each in lumas)
    return min(parts) < FEATURELESS * face


class FaceStage:
    """A `FaceSample` for every picture, a `Blink` when one ends, a `HeadGesture` when one is over.

    Presence follows the picture at once. Angles and gaze are smoothed, which delays them by 53 ms at most and
    by less than 20 ms while the head turns (see `OneEuro`); a look that is only just on or off the camera
    changes the verdict with the second picture that shows it, a plain one at once.

    Raises ValueError for what is no RGB uint8 picture.
    """

    fps: ClassVar[float] = 10.0
    """Pictures a second that are worth analysing: fewer miss blinks."""

    def __init__(self, neutral: Neutral | None = None, field_of_view: float = FIELD_OF_VIEW) -> None:
        """What is neutral for this person, where it was measured, and degrees that the longer side spans."""
        neutral = neutral or Neutral()
        self._field_of_view = field_of_view
        self._offset = neutral_aim(neutral)
        self._finder = FaceFinder()
        self._quality = PictureQuality()
        self._lit: tuple[float, Light, frozenset[PictureProblem]] | None = None
        self._problem: PictureProblem | None = None
        self._still = StillFace()
        self._lids = Lids(neutral.eye_openness)
        self._contact = EyeContact()
        self._gestures = Gestures()
        self._mouth = running(0.3, neutral.lip_corners, NEUTRAL_MOUTH)
        self._rests = (
            (LOWEST_REST, HIGHEST_REST)
            if neutral.lip_corners is None
            else (neutral.lip_corners - 0.1, neutral.lip_corners + 0.1)
        )
        self._brow: RunningQuantile | None = None
        if neutral.brow_height is not None:
            self._brow = RunningQuantile(0.5, neutral.brow_height, weight=CALIBRATED)
        self._steady = OneEuro()
        self._before: tuple[float, tuple[float, float, float]] | None = None
        self.found: tuple[FaceSample, landmarks.Points] | None = None
        """The latest picture's sample and points, in pixels of the reduced picture; None without a face."""

    def feed(self, chunk: VideoChunk) -> Iterable[Observation]:
        """Observations of one picture: its sample, then what it ended."""
        pictures.check(chunk.image)
        image = pictures.reduce(chunk.image)
        t = round(chunk.t, 3)
        face = NO_FACE
        if min(image.shape[:2]) >= pictures.SMALLEST_SIDE:
            face = self._finder.find(chunk.t, image)
        if face.points is not None:
            return self._describe(t, face.faces, face.points, image, face.problems)
        self._lose()
        self._still.restart()
        self.found = self._lit = None
        view = coarse(image)
        self._problem = self._quality.judge(t, self._quality.whole(t, view) | face.problems)
        brightness = round(float(view.mean()) / 255, 4)
        return [FaceSample(t=t, faces=0, brightness=brightness, problem=self._problem)]

    def finish(self) -> Iterable[Observation]:
        """Eyes that are shut at the end make a last blink."""
        blink = self._lids.end()
        return [] if blink is None else [blink]

    def _lose(self) -> None:
        self._lids.lost()
        self._contact.lost()
        self._gestures.restart()
        self._steady.restart()
        self._before = None

    def _describe(
        self,
        t: float,
        faces: int,
        points: landmarks.Points,
        image: Image,
        problems: frozenset[PictureProblem],
    ) -> list[Observation]:
        height, width = image.shape[:2]
        whole = Box(*landmarks.box(points))
        box = whole.cut(image)
        lit, of_picture = self._light(t, image, box)
        turn = landmarks.angles(landmarks.pose(points, width, height, self._field_of_view))
        rotation, scale = landmarks.head(points)
        lip_corners = landmarks.lip_corners(points, rotation, scale)
        of_face = self._quality.face(image, whole, lit)
        if box.height >= SMALLEST_SMILE and self._still.add(t, points, turn, lip_corners):
            of_face.add("photograph")
        problems = (problems | of_picture | of_face) - {"covered"}
        if of_face & HIDES_FEATURES or self._problem in HIDES_FEATURES:
            problems -= {"face covered"}
        problem = self._problem = self._quality.judge(t, problems)
        sample: dict[str, Any] = {
            "x": (box.left + box.right) / 2 / width,
            "y": (box.top + box.bottom) / 2 / height,
            "size": box.height / height,
            "brightness": lit.brightness,
            "sharpness": lit.sharpness,
            "contrast": lit.contrast,
            "surroundings": lit.surroundings,
        }
        ended: list[Observation] = []
        unseen = {*problems, *([problem] if problem else [])}
        if unseen & HIDES_EYES:
            self._lose()
        else:
            hidden = _hides_eyes(points, box, lit, image)
            sample |= self._look(t, points, turn, hidden is None, ended)
            # Told at once, unlike what is seen badly: of such a picture nothing else is said.
            problem = problem or hidden
        if not unseen & HIDES_LIPS and box.height >= SMALLEST_SMILE and lit.brightness >= DARKEST:
            brow_height = landmarks.brow_height(points, rotation, scale)
            sample |= self._express(t, lip_corners, brow_height, _inside(landmarks.mouth(points), image))
        rounded: dict[str, Any] = {k: round(v, 4) if isinstance(v, float) else v for k, v in sample.items()}
        described = FaceSample(t=t, faces=faces, problem=problem, **rounded)
        self.found = described, points
        return [described, *ended]

    def _light(self, t: float, image: Image, box: Box) -> tuple[Light, frozenset[PictureProblem]]:
        """Light of the face in `box`, and the problems of the whole picture: no older than `LIGHT_EVERY`."""
        if self._lit is None or not 0 <= t - self._lit[0] < LIGHT_EVERY - 0.005:
            view = coarse(image)
            self._lit = t, light(image, view, box), frozenset(self._quality.whole(t, view))
        return self._lit[1:]

    def _look(
        self,
        t: float,
        points: landmarks.Points,
        turn: tuple[float, float, float],
        sees_eyes: bool,
        ended: list[Observation],
    ) -> dict[str, Any]:
        """Head and eyes."""
        yaw, pitch, roll, gaze_x, gaze_y = self._smooth(t, turn, landmarks.gaze(points))
        left, right = landmarks.eye_openness(points)
        blink, gesture = self._lids.add(t, left, right), self._gestures.add(t, yaw, pitch)
        if blink is not None:
            ended.append(blink)
        if gesture is not None:
            ended.append(gesture)
        across, up = aim(yaw, pitch, gaze_x, gaze_y)
        across, up = across - self._offset[0], up - self._offset[1]
        on_camera: bool | None = None
        away: Direction | None = None
        shut = self._lids.closed_for
        if not sees_eyes:
            self._contact.lost()
        elif shut is None:
            on_camera = self._contact.add(t, off_lens(across, up))
            away = None if on_camera else direction(across, up)
        elif shut > GLANCE_DOWN:
            on_camera, away = False, "down"
        return {
            "yaw": yaw,
            "pitch": pitch,
            "roll": roll,
            "gaze_x": gaze_x,
            "gaze_y": gaze_y,
            "on_camera": on_camera,
            "away": away,
            "eye_openness": (left + right) / 2,
            "head_speed": self._speed(t, (yaw, pitch, roll)),
        }

    def _smooth(
        self, t: float, turn: tuple[float, float, float], gaze: tuple[float, float]
    ) -> tuple[float, ...]:
        # The gaze goes in as degrees, so that one filter serves all.
        across, up = gaze
        *steady, across, up = self._steady.add(t, [*turn, DEGREES_PER_GAZE * across, DEGREES_PER_GAZE * up])
        return *steady, across / DEGREES_PER_GAZE, up / DEGREES_PER_GAZE

    def _speed(self, t: float, turn: tuple[float, float, float]) -> float | None:
        """Degrees a second since the picture before."""
        before, self._before = self._before, (t, turn)
        if before is None or not 0 < t - before[0] <= 1.0:
            return None
        return math.dist(turn, before[1]) / (t - before[0])

    def _express(self, t: float, lip_corners: float, brow_height: float, sees_mouth: bool) -> dict[str, Any]:
        """Brows and mouth, which are measured in the head's own axes."""
        if self._brow is None:
            self._brow = RunningQuantile(0.5, brow_height, weight=1)
        usual = self._brow.add(t, brow_height)
        return {
            "smile": self._smile(t, lip_corners) if sees_mouth else None,
            "lip_corners": lip_corners,
            "brow": min(max((brow_height - usual) / BROW_RAISE, -1.0), 1.0),
            "brow_height": brow_height,
        }

    def _smile(self, t: float, corners: float) -> float:
        """0 at rest, 0.5 where a smile becomes plain, 1 broad."""
        lowest, highest = self._rests
        rest = min(max(self._mouth.add(t, corners), lowest), highest)
        return min(max(corners - rest, 0.0), 1.0)


def _hides_eyes(points: landmarks.Points, box: Box, lit: Light, image: Image) -> PictureProblem | None:
    """Why the eyes of a face cannot be read; None when they can."""
    if not _inside(landmarks.eyes(points), image):
        return "cut off"
    if lit.brightness < DARKEST:
        return "dark"
    return "small" if box.height < SMALLEST_GAZE else None


def _inside(places: landmarks.Points, image: Image) -> bool:
    height, width = image.shape[:2]
    return all(0 <= x <= width and 0 <= y <= height for x, y in places.tolist())

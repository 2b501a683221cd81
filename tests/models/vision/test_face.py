import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from skimage.data import brick, coffee

from models.observations import Blink, FaceSample, Observation
from models.stage import VideoChunk
from models.vision import face, face_mesh, pictures
from models.vision.face import FaceStage
from models.vision.picture_quality import Box, coarse, crop
from models.vision.pictures import Image
from tests.models.vision.portrait import EMPTY, add, portrait


class Camera:
    """Feeds pictures to a stage, ten a second."""

    def __init__(self) -> None:
        self.stage = FaceStage()
        self.t = 0.0

    def see(self, image: Image) -> FaceSample:
        self.t += 0.1
        sample = next(iter(self.stage.feed(VideoChunk(self.t, image))))
        assert isinstance(sample, FaceSample)
        return sample

    def settle(self, image: Image, pictures: int = 6) -> FaceSample:
        """What is said once the stage has looked at the same picture for a while."""
        for _ in range(pictures - 1):
            self.see(image)
        return self.see(image)


@pytest.fixture
def camera() -> Iterator[Camera]:
    camera = Camera()
    yield camera
    camera.stage.finish()


def room(picture: Image) -> Image:
    """A picture of no person, as a backdrop."""
    colour = picture if picture.ndim == 3 else np.stack([picture] * 3, -1)
    return np.asarray(cv2.resize(colour, (640, 480)), np.uint8)


def test_a_face_that_looks_at_the_camera(camera: Camera) -> None:
    sample = camera.settle(portrait())

    assert sample.faces == 1
    assert sample.on_camera is True
    assert sample.yaw == pytest.approx(0, abs=6)
    assert sample.pitch == pytest.approx(0, abs=10)
    assert sample.roll == pytest.approx(0, abs=6)
    assert sample.x == pytest.approx(0.5, abs=0.03)
    assert sample.y == pytest.approx(0.5, abs=0.05)
    assert sample.smile is not None
    assert sample.smile > 0.5, "she smiles"
    assert sample.eye_openness is not None
    assert 0.2 < sample.eye_openness < 0.45
    assert sample.sharpness is not None
    assert sample.sharpness > 20


@pytest.mark.parametrize(
    "empty",
    [EMPTY, np.zeros_like(EMPTY), np.full_like(EMPTY, 255), room(brick()), room(coffee())],
    ids=["grey", "black", "white", "brick", "coffee"],
)
def test_presence_follows_the_very_next_picture(camera: Camera, empty: Image) -> None:
    shown = [portrait(), portrait(), empty, empty, portrait(), empty, portrait()]

    assert [camera.see(image).faces for image in shown] == [1, 1, 0, 0, 1, 0, 1]


def test_nothing_is_said_of_a_face_that_is_not_there(camera: Camera) -> None:
    assert camera.see(EMPTY) == FaceSample(t=0.1, faces=0, brightness=round(90 / 255, 4))


def test_a_face_that_jumps_is_not_lost(camera: Camera) -> None:
    places = [(150, 150), (500, 340), (320, 240), (140, 330), (500, 150)]

    samples = [camera.see(portrait(x, y, 240)) for x, y in places]

    assert [sample.faces for sample in samples] == [1] * 5
    for sample, (x, y) in zip(samples, places, strict=True):
        assert sample.x == pytest.approx(x / 640, abs=0.03)
        assert sample.y == pytest.approx(y / 480, abs=0.05)


def test_size_grows_with_the_face(camera: Camera) -> None:
    small, large = camera.settle(portrait(size=200)).size, camera.settle(portrait(size=400)).size

    assert small is not None
    assert large == pytest.approx(2 * small, rel=0.1)


@pytest.mark.parametrize("turn", [-25, -12, 12, 25])
def test_roll_follows_the_picture(camera: Camera, turn: float) -> None:
    upright = camera.settle(portrait()).roll
    tipped = camera.settle(portrait(turn=turn))

    assert upright is not None
    assert tipped.roll == pytest.approx(upright + turn, abs=4)
    assert tipped.on_camera is True


def test_mirroring_swaps_left_and_right_and_nothing_else(camera: Camera) -> None:
    image = portrait(250, 220, turn=10)
    sample = camera.settle(image)
    mirrored = camera.settle(np.asarray(image[:, ::-1]))

    assert sample.roll is not None
    assert sample.x is not None
    assert mirrored.roll == pytest.approx(-sample.roll, abs=3)
    assert mirrored.x == pytest.approx(1 - sample.x, abs=0.02)
    assert mirrored.y == pytest.approx(sample.y, abs=0.02)
    assert mirrored.size == pytest.approx(sample.size, rel=0.05)
    assert mirrored.on_camera == sample.on_camera
    assert mirrored.smile == pytest.approx(sample.smile, abs=0.2)


def test_darkness_and_blur_are_told_apart(camera: Camera) -> None:
    image = portrait()
    plain = camera.settle(image)
    dark = camera.settle((image * 0.3).astype(np.uint8))
    blurred = camera.settle(np.asarray(cv2.GaussianBlur(image, (0, 0), 4), np.uint8))

    assert plain.brightness is not None
    assert dark.brightness == pytest.approx(0.3 * plain.brightness, abs=0.02)
    assert dark.on_camera is True
    assert dark.sharpness is not None
    assert dark.sharpness > 20
    assert blurred.faces == 1
    assert blurred.brightness == pytest.approx(plain.brightness, abs=0.05)
    assert blurred.sharpness is not None
    assert blurred.sharpness < 20


def test_a_grey_picture_says_the_same(camera: Camera) -> None:
    image = portrait()
    grey = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    sample, without = camera.settle(image), camera.settle(grey)

    assert without.on_camera is True
    assert without.yaw == pytest.approx(sample.yaw, abs=3)


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (320, 240), (160, 120)])
def test_size_of_the_picture_may_change(camera: Camera, size: tuple[int, int]) -> None:
    image = portrait(size=420)
    before = camera.settle(image)
    after = camera.settle(np.asarray(cv2.resize(image, size), np.uint8))

    assert after.faces == 1
    assert after.on_camera is True
    assert after.x == pytest.approx(before.x, abs=0.02)
    assert after.size == pytest.approx(before.size, abs=0.03)


def test_gaze_of_a_small_face_is_unsure(camera: Camera) -> None:
    small = np.asarray(cv2.resize(portrait(size=200), (160, 120)), np.uint8)

    sample = camera.settle(small)

    assert sample.faces == 1
    assert sample.on_camera is None


def test_two_faces_are_counted_and_the_larger_is_described(camera: Camera) -> None:
    assert camera.settle(portrait(160, 240, 220)).faces == 1

    both = camera.settle(add(portrait(160, 240, 220), 460, 240, 330))
    assert both.faces == 2
    assert both.x == pytest.approx(460 / 640, abs=0.05)

    assert camera.settle(portrait(160, 240, 220)).faces == 1


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 640, 3), (20, 20, 3), (480, 2, 3)])
def test_a_picture_too_small_for_a_face(camera: Camera, shape: tuple[int, ...]) -> None:
    assert camera.see(np.zeros(shape, np.uint8)) == FaceSample(t=0.1, faces=0, brightness=0.0)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((480, 640), np.uint8), r"shape \(height, width, 3\), not \(480, 640\)"),
        (np.zeros((480, 640, 4), np.uint8), r"shape \(height, width, 3\)"),
        (np.zeros((480, 640, 3), np.float32), "uint8, not float32"),
        (np.zeros((0, 640, 3), np.uint8), "must not be empty"),
        (None, r"shape \(height, width, 3\), not None"),
    ],
)
def test_what_is_no_picture_is_refused(camera: Camera, image: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        camera.see(image)


def test_the_same_pictures_give_the_same_observations() -> None:
    images = [portrait(300 + 5 * i) for i in range(8)] + [EMPTY, portrait()]

    def watch() -> list[FaceSample]:
        camera = Camera()
        samples = [camera.see(image) for image in images]
        camera.stage.finish()
        return samples

    assert watch() == watch()


def watch_clip(path: Path, fps: float = FaceStage.fps) -> list[Observation]:
    stage = FaceStage()
    observations: list[Observation] = []
    last = -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time - last >= 1 / fps - 0.002:
                last = frame.time
                image = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                observations += stage.feed(VideoChunk(frame.time, image))
    return [*observations, *stage.finish()]


def labelled(intervals: list[list[Any]], t: float) -> bool | None:
    """The yes or no that a person gave to the moment; None where it was unclear."""
    value = next((value for start, end, value in intervals if start <= t < end), "unclear")
    return None if value == "unclear" else value == "yes"


def balanced_accuracy(pairs: list[tuple[bool, bool]]) -> float:
    """Mean share found right of the moments with and of those without, from (label, verdict)."""
    return float(
        np.mean([np.mean([said == is_so for is_so, said in pairs if is_so is c]) for c in (True, False)])
    )


def with_head(image: Image, head: Image, left: int, top: int) -> Image:
    """The picture with the head in it, whose edge is an oval."""
    height, width = head.shape[:2]
    mask = np.zeros((height, width, 3), np.float32)
    cv2.ellipse(mask, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, (1, 1, 1), -1)
    mask = np.asarray(cv2.blur(mask, (5, 5)))
    result = image.copy()
    part = result[top : top + height, left : left + width]
    part[:] = (mask * head + (1 - mask) * part).astype(np.uint8)
    return result


def test_a_face_that_comes_makes_the_detector_look(shared_data: Path) -> None:
    """Each of nine people, in the corners of the pictures of the others."""
    clips = json.loads((shared_data / "video" / "labels.json").read_text())["clips"]
    people: list[tuple[Image, Box]] = []
    for name in (name for name, labels in clips.items() if labels["use"]):
        with av.open(str(shared_data / "video" / name)) as container:
            for frame in container.decode(video=0):
                image = pictures.reduce(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
                found = face_mesh.detector().find(image, face.SURE)
                if found:
                    people.append((image, found[0].box))
                    break
    came = 0
    for image, own in people:
        view = cv2.blur(coarse(image), (3, 3))
        for other, (left, top, right, bottom) in people:
            above = 0.4 * (bottom - top)
            head = crop(other, Box(left, top - above, right, bottom).cut(other))
            for share in (0.18, 0.25, 0.35):
                scale = share * image.shape[0] / head.shape[0]
                small = np.asarray(cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
                free_x, free_y = image.shape[1] - small.shape[1], image.shape[0] - small.shape[0]
                for x, y in ((0, 0), (free_x, 0), (0, free_y), (free_x, free_y)):
                    place = Box(x, y, x + small.shape[1], y + small.shape[0])
                    if free_x < 0 or place.overlap(own) > 0:
                        continue
                    both = with_head(image, small, x, y)
                    sure = face_mesh.detector().find(both, face.SURE)
                    if any(each.box.overlap(place) > 0.5 for each in sure):
                        came += 1
                        assert face._is_changed(view, cv2.blur(coarse(both), (3, 3)), None, image)
    assert came > 100


@pytest.fixture(scope="module")
def watched(shared_data: Path) -> list[tuple[dict[str, Any], list[Observation]]]:
    clips = json.loads((shared_data / "video" / "labels.json").read_text())["clips"]
    return [
        (labels, watch_clip(shared_data / "video" / name)) for name, labels in clips.items() if labels["use"]
    ]


def test_real_clips_as_a_person_sees_them(watched: list[tuple[dict[str, Any], list[Observation]]]) -> None:
    face: list[tuple[bool, bool]] = []
    camera: list[tuple[bool, bool]] = []
    smile: list[tuple[bool, bool]] = []
    for labels, observations in watched:
        for sample in observations:
            if not isinstance(sample, FaceSample):
                continue
            for key, verdict, pairs in (
                ("face", sample.faces > 0, face),
                ("camera", sample.on_camera, camera),
                ("smile", None if sample.smile is None else sample.smile >= 0.5, smile),
            ):
                label = labelled(labels[key], sample.t)
                if label is not None and verdict is not None:
                    pairs.append((label, verdict))

    assert np.mean([label == said for label, said in face]) >= 0.99
    assert balanced_accuracy(camera) >= 0.85
    assert balanced_accuracy(smile) >= 0.85


def test_blinks_of_real_clips(watched: list[tuple[dict[str, Any], list[Observation]]]) -> None:
    found, labelled_blinks, seen, right = 0, 0, 0, 0
    for labels, observations in watched:
        spans = [o for o in observations if isinstance(o, Blink)]
        unclear = labels["blinks_unclear"]
        sure = [t for t, _ in labels["blinks"] if all(abs(t - u) > 0.3 for u in unclear)]
        labelled_blinks += len(sure)
        found += sum(any(b.start - 0.2 <= t <= b.end + 0.2 for b in spans) for t in sure)
        plain = [b for b in spans if not any(b.start - 0.3 <= u <= b.end + 0.3 for u in unclear)]
        seen += len(plain)
        right += sum(any(b.start - 0.2 <= t <= b.end + 0.2 for t, _ in labels["blinks"]) for b in plain)

    assert found / labelled_blinks >= 0.8
    assert right / seen >= 0.85

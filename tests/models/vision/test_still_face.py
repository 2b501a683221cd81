"""A picture of a face that is held before the camera is told from a face."""

import json
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from models.stage import VideoChunk
from models.vision.face import FaceStage
from models.vision.pictures import Image
from models.vision.still_face import LEAST, LIMITS, WINDOW_S, StillFace, deviations
from tests.fixtures import media
from tests.models.vision.portrait import PERSON
from tests.models.vision.watching import watch

FOCAL = 554.0
"""Pixels, of a camera of 60 degrees whose pictures are 640 wide."""


def held(seconds: float, tilt: float, sway: float, noise: float, fps: float = 10) -> Iterator[Image]:
    """A photograph in somebody's hand: moved, tilted to and fro, nearer and further, before a backdrop."""
    rng = np.random.default_rng(3)
    wall = cv2.GaussianBlur(rng.integers(0, 256, (560, 720, 3)).astype(np.uint8), (0, 0), 9)
    size = PERSON.shape[0]
    corners = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float64)
    for n in range(round(seconds * fps)):
        t = n / fps
        turn = np.radians(
            [0.7 * tilt * np.sin(0.7 * t), tilt * np.sin(0.9 * t + 1), 5 * sway * np.sin(t / 2)]
        )
        scale = 0.85 * (1 + 0.08 * sway * np.sin(0.6 * t))
        flat = np.column_stack([(corners - size / 2) * scale, np.zeros(4)])
        placed = flat @ cv2.Rodrigues(turn)[0].T
        middle = np.array([320 + 25 * sway * np.sin(0.8 * t), 240 + 15 * sway * np.sin(1.1 * t)])
        seen = placed[:, :2] * FOCAL / (FOCAL + placed[:, 2:]) + middle
        matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))
        left, top = round(40 + 30 * np.sin(t / 3)), round(40 + 20 * np.sin(t / 4))
        image = np.ascontiguousarray(wall[top : top + 480, left : left + 640])
        cv2.warpPerspective(PERSON, matrix, (640, 480), dst=image, borderMode=cv2.BORDER_TRANSPARENT)
        yield np.clip(image + rng.normal(0, noise, image.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("tilt", "sway", "noise", "fps"),
    [(15, 1, 3, 10), (25, 1.5, 3, 10), (0, 0, 4, 10), (15, 1, 8, 10), (15, 1, 3, 5)],
    ids=["in the hand", "shaken", "on a stand", "a noisy camera", "5 fps"],
)
def test_a_photograph_is_told_after_ten_seconds(tilt: float, sway: float, noise: float, fps: float) -> None:
    said = watch(held(WINDOW_S + 1.5, tilt, sway, noise, fps), fps)

    assert "photograph" not in {each.problem for each in said[: round((WINDOW_S - 2) * fps)]}
    after = said[round(WINDOW_S * fps) :]
    assert {each.problem for each in after} == {"photograph"}
    assert {(each.faces, each.on_camera, each.smile, each.yaw) for each in after} == {(1, None, None, None)}


def test_people_are_no_photographs(shared_data: Path) -> None:
    """Nine people, of whom three only listen."""
    folder = shared_data / "video"
    clips = json.loads((folder / "labels.json").read_text())["clips"]
    for name in (name for name, labels in clips.items() if labels["use"]):
        stage, last = FaceStage(), -1.0
        with av.open(str(folder / name)) as container:
            for frame in container.decode(video=0):
                if frame.time is None or frame.time - last < 0.098:
                    continue
                last = frame.time
                said = stage.feed(VideoChunk(last, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)))
                assert "photograph" not in {getattr(each, "problem", None) for each in said}, (name, last)
        list(stage.finish())


def test_a_mouth_that_moves_is_enough() -> None:
    said = watch(media.picture(n / 10) for n in range(130))

    assert {each.problem for each in said} == {None}


def test_what_follows_from_the_place_is_taken_away() -> None:
    rng = np.random.default_rng(1)
    places = rng.normal(0, 5, (100, 6))
    values = np.column_stack([0.3 + 0.01 * places[:, 0], 0.002 * places[:, 1] ** 2, rng.normal(0, 0.1, 100)])

    led, bent, free = deviations(places, values)
    assert led < 0.001
    assert bent < 0.002
    assert free == pytest.approx(0.1, rel=0.25)


@pytest.mark.parametrize(("fps", "told_at"), [(2, 22), (3, 15), (4, 11), (10, 9)])
def test_few_pictures_are_looked_at_for_longer(fps: float, told_at: float) -> None:
    mesh = np.random.default_rng(1).uniform(100, 300, (200, 3))
    still = StillFace()
    told = [still.add(n / fps, mesh, (0.0, 0.0, 0.0), -1.0) for n in range(round(40 * fps))]

    assert told.index(True) / fps == pytest.approx(told_at, abs=1)
    assert all(told[told.index(True) :])


def test_in_the_fewest_pictures_nothing_is_told() -> None:
    mesh = np.random.default_rng(1).uniform(100, 300, (200, 3))
    still = StillFace()

    assert not any(still.add(float(n), mesh, (0.0, 0.0, 0.0), -1.0) for n in range(90))


def test_another_face_begins_anew() -> None:
    rng = np.random.default_rng(1)
    still = StillFace()
    mesh = rng.uniform(100, 300, (200, 3))

    def show(start: float, pictures: int) -> list[bool]:
        return [still.add(start + n / 10, mesh, (0.0, 0.0, 0.0), -1.0) for n in range(pictures)]

    assert show(0.0, 110)[-1] is True
    still.restart()
    assert not any(show(11.0, LEAST))
    assert (LIMITS > 0).all()

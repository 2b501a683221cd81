"""What is wrong with a picture is told within half a second, by its name and nothing else."""

import json
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from models.observations import PICTURE_PROBLEMS, PictureProblem
from models.picture_problems import FILE, LIMITS, WORDS
from models.vision.picture_quality import Box, PictureQuality, coarse, light, sharpness
from models.vision.pictures import Image
from tests.models.vision.portrait import EMPTY, add, portrait
from tests.models.vision.watching import watch

FPS = 10
Change = Callable[[Image], Image]


def moving(seconds: float, change: Change = lambda image: image, fps: float = FPS) -> Iterator[Image]:
    """Someone before the camera who sways a little; `change` is what the camera makes of it."""
    for n in range(round(seconds * fps)):
        yield change(portrait(320 + round(6 * np.sin(2 * n / fps)), 240, 330))


def darker(gain: float) -> Change:
    return lambda image: (image * gain).astype(np.uint8)


def brighter(gain: float) -> Change:
    return lambda image: np.clip(image * gain, 0, 255).astype(np.uint8)


def paler(image: Image) -> Image:
    return (150 + (image - 150.0) * 0.15).astype(np.uint8)


def blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 7), np.uint8)


def against_the_light(image: Image) -> Image:
    """The face lies in the dark before a bright window."""
    bright = (image == EMPTY).all(axis=-1, keepdims=True)
    return np.where(bright, np.uint8(250), image * 0.2).astype(np.uint8)


def with_another(image: Image) -> Image:
    return add(image, 90, 120, 200)


def far_away(image: Image) -> Image:
    return add(EMPTY, 320, 240, 84)


def too_high(image: Image) -> Image:
    """The upper half of the face lies above the picture."""
    return np.concatenate([image[200:], EMPTY[:200]])


def covered(image: Image) -> Image:
    """Something of the colour of skin before the eyes and the forehead."""
    return np.asarray(cv2.rectangle(image.copy(), (180, 60), (460, 235), (150, 120, 105), -1), np.uint8)


def turned(turns: int) -> Change:
    return lambda image: np.ascontiguousarray(np.rot90(image, turns))


CONDITIONS: dict[str, tuple[Change, PictureProblem]] = {
    "dark": (darker(0.15), "dark"),
    "bright": (brighter(2.6), "bright"),
    "pale": (paler, "low contrast"),
    "blurred": (blurred, "blurred"),
    "against the light": (against_the_light, "backlit"),
    "two faces": (with_another, "several faces"),
    "far away": (far_away, "small"),
    "too high": (too_high, "cut off"),
    "covered": (covered, "face covered"),
    "on its left side": (turned(1), "rotated"),
    "upside down": (turned(2), "rotated"),
    "on its right side": (turned(3), "rotated"),
}


@pytest.mark.parametrize(("change", "problem"), CONDITIONS.values(), ids=CONDITIONS)
def test_each_problem_is_told_within_half_a_second_and_no_other(
    change: Change, problem: PictureProblem
) -> None:
    well, ill, again = moving(1), moving(1.5, change), moving(1.5)

    said = [sample.problem for sample in watch([*well, *ill, *again])]

    assert set(said[:10]) == {None}
    assert set(said[:15]) <= {None, problem}
    assert set(said[15:25]) == {problem}
    assert set(said[25:]) <= {None, problem}
    assert set(said[-6:]) == {None}


@pytest.mark.parametrize("fps", [5, 60])
@pytest.mark.parametrize("name", ["dark", "blurred", "covered"])
def test_problems_are_told_at_any_rate(name: str, fps: int) -> None:
    change, problem = CONDITIONS[name]

    said = [sample.problem for sample in watch([*moving(0.6, fps=fps), *moving(1, change, fps)], fps)]

    assert set(said[: round(0.6 * fps)]) == {None}
    assert set(said[round(1.1 * fps) + 1 :]) == {problem}


@pytest.mark.parametrize("name", ["covered", "on its left side", "upside down", "on its right side"])
def test_what_cannot_be_seen_is_not_judged(name: str) -> None:
    change, _ = CONDITIONS[name]

    for sample in watch(moving(1.5, change))[5:]:
        assert sample.on_camera is None
        assert sample.smile is None
        assert sample.yaw is None
        assert sample.eye_openness is None
        assert sample.away is None


@pytest.mark.parametrize("x", [0, 640])
def test_a_face_half_out_to_the_side_says_so(x: int) -> None:
    said = watch(portrait(x + n % 3, 240, 330) for n in range(10))

    assert {sample.problem for sample in said[4:]} == {"cut off"}
    assert {sample.on_camera for sample in said} == {None}


def test_a_face_of_which_no_eye_can_be_read_says_why_at_once() -> None:
    said = watch([*moving(0.6), *[portrait(320 + n, y, 300) for n, y in enumerate(range(200, 0, -12))]])

    unread = [sample for sample in said if sample.faces and sample.on_camera is None]
    assert unread
    assert {sample.problem for sample in unread} == {"cut off"}


def test_a_black_picture() -> None:
    said = watch([*moving(0.5), *[np.zeros_like(EMPTY)] * 8])

    assert [sample.faces for sample in said[5:]] == [0] * 8
    assert {sample.problem for sample in said[:7]} == {None}
    assert {sample.problem for sample in said[8:]} == {"covered"}


def test_an_empty_room_is_no_problem_of_the_picture() -> None:
    rng = np.random.default_rng(1)
    rooms = [cv2.blur(rng.integers(0, 256, EMPTY.shape, np.uint8), (3, 3)) for _ in range(12)]

    assert {sample.problem for sample in watch(np.asarray(room, np.uint8) for room in rooms)} == {None}


def test_a_picture_that_stands_still() -> None:
    still = round(LIMITS.frozen_s * FPS)
    said = watch([*moving(0.5), *[portrait()] * (still + 5), *moving(1.5)])

    assert {sample.problem for sample in said[: 4 + still]} == {None}
    assert {sample.problem for sample in said[6 + still : 10 + still]} == {"frozen"}
    assert {sample.on_camera for sample in said[6 + still : 10 + still]} == {None}
    assert said[-1].problem is None
    assert said[-1].on_camera is True


def test_one_bad_picture_is_no_problem() -> None:
    images = [*moving(1)]
    images[5] = blurred(images[5])

    assert {sample.problem for sample in watch(images)} == {None}


def test_a_dark_face_in_good_light_is_no_problem() -> None:
    """Skin of little luma before a white wall: what counts is whether the face can be seen."""

    def before_a_wall(image: Image) -> Image:
        return np.where((image == EMPTY).all(axis=-1, keepdims=True), 220, image * 0.42).astype(np.uint8)

    said = watch(moving(1, before_a_wall))

    assert {sample.problem for sample in said} == {None}
    assert {sample.on_camera for sample in said} == {True}


def test_every_problem_has_its_words_and_its_place() -> None:
    assert set(PICTURE_PROBLEMS) == set(WORDS)
    assert all(words.title and words.help and words.reason for words in WORDS.values())
    assert set(json.loads(FILE.read_text(encoding="utf-8"))) == {"limits", "problems"}


def test_of_several_problems_the_most_pressing_is_told() -> None:
    quality = PictureQuality()

    for t in (0.0, 0.1, 0.2):
        told = quality.judge(t, {"blurred", "small"})

    assert told == "small"


def test_light_of_a_known_face() -> None:
    image = np.full((100, 100, 3), 200, np.uint8)
    image[40:80, 40:60] = 100
    image[40:80:2, 40:60] = 60

    lit = light(image, coarse(image), Box(40, 40, 60, 80))

    assert lit.brightness == pytest.approx(80 / 255, abs=0.001)
    assert lit.contrast == pytest.approx(0.25, abs=0.001)
    assert lit.surroundings == pytest.approx(200 / 255, abs=0.001)
    assert light(image, coarse(image), Box(0, 0, 100, 100)).surroundings is None


def test_sharpness_falls_with_blur() -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (200, 200), np.uint8)
    soft = np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), np.uint8)

    assert sharpness(noise) > 10 * sharpness(soft)
    assert sharpness(np.full((10, 300), 7, np.uint8)) == 0

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from models.observations import FaceSample, PostureSample
from models.stage import VideoChunk
from models.vision import posture
from models.vision.pictures import Image
from models.vision.posture import Body, PostureStage
from tests.models.vision.portrait import EMPTY, PERSON, portrait


@pytest.fixture
def stage() -> Iterator[PostureStage]:
    stage = PostureStage()
    yield stage
    stage.finish()


def see(stage: PostureStage, t: float, image: Image) -> PostureSample:
    (sample,) = stage.feed(VideoChunk(t, image))
    assert isinstance(sample, PostureSample)
    return sample


def settle(stage: PostureStage, t: float, image: Image) -> PostureSample:
    """What is said of a picture that stays for a second and a half."""
    for i in range(3):
        sample = see(stage, t + i / 2, image)
    return sample


def moved(x: float = 0.0, turn: float = 0.0, scale: float = 0.9, y: float = 0.0) -> Image:
    """The person in a picture of 640 × 480, moved to the right by `x` pixels and turned clockwise."""
    matrix = cv2.getRotationMatrix2D((256, 256), -turn, scale)
    matrix[:, 2] += (320 - 256 + x, 240 - 256 + y)
    shape = (640, 480)
    return np.asarray(cv2.warpAffine(PERSON, matrix, shape, borderValue=(90, 90, 90)), np.uint8)


def body(nose: float = 0.0, drop: float = 0.0) -> Body:
    """A body 100 pixels wide at the shoulders, wrists out of sight."""
    return np.array(
        [
            (200 + nose, 100, 1),
            (215, 95, 1),
            (185, 95, 1),
            (250, 180 + drop, 1),
            (150, 180, 1),
            (260, 300, 0.1),
            (140, 300, 0.1),
            (260, 320, 0.1),
            (140, 320, 0.1),
        ]
    )


def test_a_person_who_sits_straight(stage: PostureStage) -> None:
    sample = see(stage, 0.0, moved())

    assert sample.present
    assert sample.in_frame
    assert sample.shoulder_tilt == pytest.approx(8, abs=5), "her left shoulder hangs a little"
    assert sample.lean == pytest.approx(0, abs=0.2)
    assert sample.distance is not None
    assert 0.15 < sample.distance < 0.5
    assert sample.movement is None, "there is nothing yet to compare with"


@pytest.mark.parametrize("empty", [EMPTY, np.zeros_like(EMPTY)], ids=["grey", "black"])
def test_presence_follows_the_picture(stage: PostureStage, empty: Image) -> None:
    shown = [moved(), empty, moved(), empty, empty, moved()]

    samples = [see(stage, i / 2, image) for i, image in enumerate(shown)]

    assert [sample.present for sample in samples] == [True, False, True, False, False, True]
    assert samples[1] == PostureSample(t=0.5, present=False)
    assert samples[2].movement is None, "what happened in between was not seen"


def test_tilt_has_the_sign_of_the_picture(stage: PostureStage) -> None:
    left, right = settle(stage, 0.0, moved(turn=-15)), settle(stage, 1.5, moved(turn=15))

    assert left.shoulder_tilt is not None
    assert right.shoulder_tilt is not None
    assert right.shoulder_tilt > left.shoulder_tilt + 10


@pytest.mark.parametrize("turn", [-15, -8, 8, 15])
def test_tilt_follows_a_real_picture(stage: PostureStage, shared_data: Path, turn: float) -> None:
    with av.open(str(shared_data / "video" / "retalk_1.mp4")) as container:
        image = next(container.decode(video=0)).to_ndarray(format="rgb24")
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -turn, 0.8)
    turned = np.asarray(cv2.warpAffine(image, matrix, (width, height)), np.uint8)

    assert settle(stage, 0.0, turned).shoulder_tilt == pytest.approx(turn, abs=3)


def test_nearer_is_larger(stage: PostureStage) -> None:
    far, near = settle(stage, 0.0, moved(scale=0.6)), settle(stage, 1.5, moved(scale=0.9))

    assert far.distance is not None
    assert near.distance is not None
    assert near.distance > 1.3 * far.distance


def test_mirroring_swaps_left_and_right(stage: PostureStage) -> None:
    image = moved(turn=10)
    sample, mirrored = settle(stage, 0.0, image), settle(stage, 1.5, np.asarray(image[:, ::-1]))

    assert sample.shoulder_tilt is not None
    assert sample.lean is not None
    assert mirrored.shoulder_tilt == pytest.approx(-sample.shoulder_tilt, abs=8)
    assert mirrored.lean == pytest.approx(-sample.lean, abs=0.1)


def test_movement_tells_stillness_from_fidgeting(stage: PostureStage) -> None:
    still = [see(stage, i / 2, moved()).movement for i in range(6)]
    fidgeting = [see(stage, 3 + i / 2, moved(x=40 * (i % 2), turn=5 * (i % 2))).movement for i in range(4)]

    assert max(value for value in still if value is not None) < 0.1
    assert min(value for value in fidgeting[1:] if value is not None) > 0.2


def test_a_head_that_fills_the_picture_is_out_of_frame(stage: PostureStage) -> None:
    sample = settle(stage, 0.0, portrait(size=1000))

    assert sample.present
    assert sample.in_frame is False
    assert sample.shoulder_tilt is None
    assert sample.distance is None
    assert sample.movement is None


def test_shoulder_line_and_lean_of_a_known_body() -> None:
    assert posture.shoulder_line(body()) == pytest.approx((100, 0))
    assert posture.shoulder_line(body(drop=100))[1] == pytest.approx(45)
    assert posture.lean(body()) == 0
    assert posture.lean(body(nose=25)) == pytest.approx(0.25)


def test_speed_counts_only_what_is_visible() -> None:
    before, after = body(), body(nose=30)
    after[5:, :2] += 500
    visible = posture.seen(after, 400, 400)

    assert visible.tolist() == [True] * 5 + [False] * 4
    assert posture.speed(before, after, visible, 0.5) == pytest.approx(30 / 3 / 0.5 / 100)


def test_a_head_sinks_towards_the_shoulders() -> None:
    sunk = body()
    sunk[:3, 1] += 20

    assert posture.head_height(body()) == pytest.approx(0.85)
    assert posture.head_height(sunk) == pytest.approx(0.65)


def test_slouch_is_told_against_ones_own_upright(stage: PostureStage) -> None:
    def sit(start: float, seconds: int, sunk: float) -> list[float | None]:
        images = (moved(y=sunk, x=n % 2) for n in range(2 * seconds))
        return [see(stage, start + n / 2, image).slouch for n, image in enumerate(images)]

    upright, sunk, higher = sit(0, 7, 0.0), sit(7, 3, 45.0), sit(10, 2, -10.0)

    assert upright[:10] == [None] * 10, "nobody's upright is known at once"
    assert max(value for value in upright[10:] if value is not None) < 0.05
    assert [value for value in sunk if value is not None] == pytest.approx([45 / 145] * 6, abs=0.08)
    assert higher[-1] == 0


@pytest.mark.parametrize(
    ("x", "y", "visibility", "expected"),
    [
        (200, 130, 0.9, True),
        (225, 80, 0.9, True),
        (200, 130, 0.2, False),
        (260, 200, 0.9, False),
        (200, 300, 0.9, False),
    ],
    ids=["chin", "temple", "not seen", "shoulder", "lap"],
)
def test_a_hand_at_the_face(x: float, y: float, visibility: float, expected: bool) -> None:
    for row in (5, 6, 7, 8):
        hand = body()
        hand[row] = x, y, visibility
        assert posture.hand_at_face(hand, posture.seen(hand, 400, 400)) is expected


def test_a_body_must_agree_with_the_face() -> None:
    here = FaceSample(0.0, 1, x=0.5, y=0.25, size=0.15)
    elsewhere = FaceSample(0.0, 1, x=0.9, y=0.25, size=0.15)
    nobody = FaceSample(0.0, 0)
    turned_away = body()
    turned_away[[0, 1], 2] = 0.1
    lying = body()[:, [1, 0, 2]]

    assert posture.is_person(body(), None, 400, 400)
    assert posture.is_person(body(), here, 400, 400)
    assert not posture.is_person(body(), elsewhere, 400, 400)
    assert not posture.is_person(body(), nobody, 400, 400), "a head seen from the front has a face"
    assert posture.is_person(turned_away, nobody, 400, 400)
    assert not posture.is_person(lying, here, 400, 400)


def test_a_person_without_a_face_beside_them_is_none(stage: PostureStage) -> None:
    chunk = VideoChunk(0.0, moved())

    (sample,) = stage.feed(chunk, FaceSample(0.0, 1, x=0.1, y=0.9, size=0.1))
    assert sample == PostureSample(t=0.0, present=False)


@pytest.mark.parametrize("gap", [1.0, 5.0])
def test_a_long_gap_is_no_movement(stage: PostureStage, gap: float) -> None:
    see(stage, 0.0, moved())

    assert see(stage, gap, moved(x=60)).movement is None


def test_size_of_the_picture_may_change(stage: PostureStage) -> None:
    image = moved()
    before = see(stage, 0.0, image)
    after = see(stage, 0.5, np.asarray(cv2.resize(image, (1920, 1440)), np.uint8))

    assert after.present
    assert after.distance == pytest.approx(before.distance, abs=0.03)


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 640, 3)])
def test_a_picture_too_small_for_a_body(stage: PostureStage, shape: tuple[int, ...]) -> None:
    assert see(stage, 0.0, np.zeros(shape, np.uint8)) == PostureSample(t=0.0, present=False)


@pytest.mark.parametrize("image", [np.zeros((480, 640), np.uint8), np.zeros((480, 640, 3)), None])
def test_what_is_no_picture_is_refused(stage: PostureStage, image: Any) -> None:
    with pytest.raises(ValueError, match="A picture must be"):
        see(stage, 0.0, image)

"""Head angles, look directions and gestures of a real face that is turned by known angles."""

from collections.abc import Iterable

import numpy as np
import pytest

from models.observations import FaceSample, HeadGesture, Observation
from models.stage import VideoChunk
from models.vision.face import FaceStage
from models.vision.pictures import Image
from tests.models.vision.portrait import portrait
from tests.models.vision.turning import FIELD_OF_VIEW, turned

ANGLES = (-30, -20, -10, 10, 20, 30)


def watch(images: Iterable[Image], fps: float = 10, fov: float = FIELD_OF_VIEW) -> list[Observation]:
    stage = FaceStage(field_of_view=fov)
    said = [each for n, image in enumerate(images) for each in stage.feed(VideoChunk(n / fps, image))]
    return [*said, *stage.finish()]


def settled(image: Image, fov: float = FIELD_OF_VIEW) -> FaceSample:
    return [each for each in watch([image] * 6, fov=fov) if isinstance(each, FaceSample)][-1]


def pose(image: Image, fov: float = FIELD_OF_VIEW) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Yaw, pitch and roll."""
    sample = settled(image, fov)
    assert sample.yaw is not None
    assert sample.pitch is not None
    assert sample.roll is not None
    return np.array([sample.yaw, sample.pitch, sample.roll])


@pytest.fixture(scope="module")
def errors() -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """Told minus true turn from the straight portrait, by axis turned about, angle, and axis told."""
    straight = pose(turned())
    made = [
        [pose(turned(*(angle * np.eye(3)[axis]))) - straight - angle * np.eye(3)[axis] for angle in ANGLES]
        for axis in range(3)
    ]
    return np.array(made)


def test_angles_are_those_the_face_was_turned_by(
    errors: np.ndarray[tuple[int, int, int], np.dtype[np.float64]],
) -> None:
    along = np.abs(errors[range(3), :, range(3)])

    assert (np.median(along, axis=1) < 4).all()
    assert along.max() < 8


def test_turning_about_one_axis_leaves_the_others(
    errors: np.ndarray[tuple[int, int, int], np.dtype[np.float64]],
) -> None:
    across = np.abs(np.array([np.delete(errors[axis], axis, axis=1) for axis in range(3)]))

    assert np.median(across) < 2
    assert across.max() < 8


def test_turns_about_several_axes_at_once() -> None:
    straight = pose(turned())

    told = pose(turned(20, -12, 10)) - straight
    assert told == pytest.approx([20, -12, 10], abs=5)


@pytest.mark.parametrize("fov", [50, 75])
def test_a_wrong_field_of_view_hardly_matters(fov: float) -> None:
    straight = pose(turned(), fov)

    assert (pose(turned(yaw=25), fov) - straight)[0] == pytest.approx(25, abs=6)


def test_a_face_at_the_edge_that_looks_into_the_lens_is_straight() -> None:
    """Moved along with its turn to the lens, it shows itself as in the middle."""
    middle, edge = settled(portrait(320, 240, 200)), settled(portrait(540, 240, 200))

    assert edge.yaw == pytest.approx(middle.yaw, abs=3)
    assert edge.on_camera is True


@pytest.mark.parametrize(
    ("yaw", "pitch", "away"), [(-28, 0, "left"), (28, 0, "right"), (0, 32, "up"), (0, -28, "down")]
)
def test_where_somebody_looks_who_turns_away(yaw: float, pitch: float, away: str) -> None:
    sample = settled(turned(yaw, pitch))

    assert sample.on_camera is False
    assert sample.away == away
    assert settled(turned()).away is None


def test_mirroring_swaps_left_and_right_of_a_look() -> None:
    image = turned(25, -5, 8)
    sample, mirrored = settled(image), settled(np.ascontiguousarray(image[:, ::-1]))

    assert (sample.away, mirrored.away) == ("right", "left")
    assert mirrored.yaw == pytest.approx(-(sample.yaw or 0), abs=4)
    assert mirrored.roll == pytest.approx(-(sample.roll or 0), abs=4)
    assert mirrored.pitch == pytest.approx(sample.pitch, abs=4)
    assert mirrored.brow == pytest.approx(sample.brow, abs=0.2)


@pytest.mark.parametrize(("axis", "gesture"), [("pitch", "nod"), ("yaw", "shake")])
def test_a_head_that_nods_or_shakes(axis: str, gesture: str) -> None:
    swing = [0.0] * 6 + [10 * float(np.sin(2 * np.pi * 1.4 * n / 10)) for n in range(20)] + [0.0] * 12

    said = watch([turned(**{axis: angle}) for angle in swing])

    (found,) = [each for each in said if isinstance(each, HeadGesture)]
    assert found.gesture == gesture
    speeds = [each.head_speed for each in said if isinstance(each, FaceSample)]
    assert np.median([speed or 0.0 for speed in speeds[8:25]]) > 20
    assert np.median([speed or 0.0 for speed in speeds[-6:]]) < 6

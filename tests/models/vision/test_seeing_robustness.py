"""Real clips in unusual shape: the same verdicts as in good shape, or none and the reason why.

Long use as well: pictures in fast motion and many stages leave no memory behind.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from models.observations import FaceSample
from models.stage import VideoChunk
from models.vision.face import FaceStage
from models.vision.pictures import Image
from models.vision.posture import PostureStage
from tests.models.vision.portrait import EMPTY, portrait

CLIPS = ("retalk_5.mp4", "retalk_1.mp4")
"""One who looks at the camera, one who looks past it to the right."""
SECONDS = 3.0


@pytest.fixture(scope="module")
def clips(shared_data: Path) -> list[list[tuple[float, Image]]]:
    """The pictures of each clip with their times."""
    return [[*pictures(shared_data / "video" / name)] for name in CLIPS]


def pictures(path: Path) -> Iterator[tuple[float, Image]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time < SECONDS:
                yield frame.time, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def watch(
    clip: list[tuple[float, Image]], change: Callable[[Image], Image] = lambda image: image, fps: float = 10
) -> list[FaceSample]:
    """What is said of the clip, changed and resampled, from half a second on."""
    stage = FaceStage()
    times = np.array([t for t, _ in clip])
    said = []
    for n in range(round(SECONDS * fps)):
        _, image = clip[max(int(np.searchsorted(times, n / fps + 1e-6)) - 1, 0)]
        said += [*stage.feed(VideoChunk(n / fps, change(image)))]
    said += stage.finish()
    return [each for each in said if isinstance(each, FaceSample) and each.t >= 0.5]


def fitted(width: int, height: int) -> Callable[[Image], Image]:
    """Scaled into a picture of that size."""

    def fit(image: Image) -> Image:
        scale = min(width / image.shape[1], height / image.shape[0])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        down, across = height - small.shape[0], width - small.shape[1]
        edges = (down // 2, down - down // 2, across // 2, across - across // 2)
        return np.asarray(cv2.copyMakeBorder(small, *edges, cv2.BORDER_CONSTANT), np.uint8)

    return fit


def grey(image: Image) -> Image:
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def mostly(values: list[object]) -> object:
    """The value that nine of ten have."""
    ((value, count),) = Counter(values).most_common(1)
    assert count >= 0.9 * len(values), Counter(values)
    return value


SHAPES: dict[str, tuple[Callable[[Image], Image], float]] = {
    "1080p": (fitted(1920, 1080), 10),
    "160 x 120": (fitted(160, 120), 10),
    "grey": (grey, 10),
    "5 fps": (lambda image: image, 5),
    "60 fps": (lambda image: image, 60),
}


@pytest.mark.parametrize(("change", "fps"), SHAPES.values(), ids=SHAPES)
def test_the_same_is_said_in_any_shape(
    clips: list[list[tuple[float, Image]]], change: Callable[[Image], Image], fps: float
) -> None:
    towards, past = (watch(clip, change, fps) for clip in clips)

    assert {sample.faces for sample in (*towards, *past)} == {1}
    assert mostly([s.on_camera for s in towards if s.on_camera is not None]) is True
    assert mostly([s.on_camera for s in past if s.on_camera is not None]) is False
    assert mostly([s.away for s in past if s.on_camera is False]) == "right"
    # Nothing is left out without saying why.
    assert {s.problem for s in (*towards, *past) if s.smile is None} <= {"small", "blurred"}


@pytest.mark.parametrize("turns", [1, 2, 3], ids=["90", "180", "270"])
def test_a_rotated_picture_is_not_judged_and_says_so(
    clips: list[list[tuple[float, Image]]], turns: int
) -> None:
    for clip in clips:
        said = watch(clip, lambda image: np.ascontiguousarray(np.rot90(image, turns)))

        assert {sample.problem for sample in said} == {"rotated"}
        assert {(sample.on_camera, sample.smile, sample.yaw) for sample in said} == {(None, None, None)}


def test_mirrored_clips_swap_left_and_right_and_nothing_else(
    clips: list[list[tuple[float, Image]]],
) -> None:
    for clip in clips:
        plain, mirrored = watch(clip), watch(clip, lambda image: np.ascontiguousarray(image[:, ::-1]))

        for name, sign in (("yaw", -1), ("pitch", 1), ("roll", -1), ("gaze_x", -1), ("gaze_y", 1)):
            apart = [getattr(b, name) - sign * getattr(a, name) for a, b in zip(plain, mirrored, strict=True)]
            assert abs(float(np.median(apart))) < (0.1 if "gaze" in name else 2.5), name
        for name in ("smile", "eye_openness", "brightness", "size"):
            apart = [getattr(b, name) - getattr(a, name) for a, b in zip(plain, mirrored, strict=True)]
            assert abs(float(np.median(apart))) < 0.1, name
        swapped = {"left": "right", "right": "left"}
        for a, b in zip(plain, mirrored, strict=True):
            if a.away in swapped and b.away in swapped:
                assert b.away == swapped[a.away]
        assert mostly([a.on_camera == b.on_camera for a, b in zip(plain, mirrored, strict=True)]) is True


def resident_mb() -> float:
    """Resident memory of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def fast_motion(stage: FaceStage | PostureStage, count: int, start: float) -> None:
    """Faces that come, jump, grow, turn and go: tracking is lost and found all the time."""
    for n in range(count):
        x, y, size = 320 + 150 * np.sin(n), 240 + 60 * np.cos(1.7 * n), 220 + 90 * np.sin(0.6 * n)
        image = EMPTY if n % 13 == 0 else portrait(round(x), round(y), round(size), 20 * np.sin(n))
        list(stage.feed(VideoChunk(start + n / stage.fps, image)))


def test_fast_motion_leaves_no_memory_behind() -> None:
    """The first pictures warm every path; twice as many must add nothing to speak of."""
    face, posture = FaceStage(), PostureStage()
    fast_motion(face, 300, 0.0)
    fast_motion(posture, 40, 0.0)
    before = resident_mb()
    fast_motion(face, 600, 30.0)
    fast_motion(posture, 60, 20.0)
    grown = resident_mb() - before
    for stage in (face, posture):
        list(stage.finish())

    assert grown < 15


def test_closed_stages_leave_no_memory_behind() -> None:
    def open_and_close(count: int) -> None:
        for _ in range(count):
            for stage in (FaceStage(), PostureStage()):
                fast_motion(stage, 2, 0.0)
                list(stage.finish())

    open_and_close(3)
    before = resident_mb()
    open_and_close(20)

    assert resident_mb() - before < 30

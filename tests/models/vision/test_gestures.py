import numpy as np
import pytest

from models.observations import HeadGesture
from models.vision.gestures import Gestures
from models.vision.smoothing import OneEuro


def gestures(yaw: list[float], pitch: list[float], fps: float = 10) -> list[HeadGesture]:
    found = Gestures()
    told = [found.add(n / fps, *angles) for n, angles in enumerate(zip(yaw, pitch, strict=True))]
    return [each for each in told if each is not None]


def wave(degrees: float, hertz: float, seconds: float, fps: float = 10) -> list[float]:
    """Still for a second, to and fro for some seconds, still for two."""
    t = np.arange(round((seconds + 3) * fps)) / fps - 1
    moving = (t >= 0) & (t <= seconds)
    return [float(value) for value in np.where(moving, degrees * np.sin(2 * np.pi * hertz * t), 0.0)]


@pytest.mark.parametrize("fps", [5, 10, 30])
def test_nods_and_shakes_are_told_apart(fps: float) -> None:
    swing = wave(8, 1.2, 2.5, fps)
    still = [0.0] * len(swing)

    (nod,) = gestures(still, swing, fps)
    (shake,) = gestures(swing, still, fps)

    assert (nod.gesture, shake.gesture) == ("nod", "shake")
    assert nod.start == pytest.approx(1.2, abs=0.3)
    assert nod.end == pytest.approx(3.3, abs=0.4)


@pytest.mark.parametrize(
    ("fps", "least", "most"), [(30, 0.99, 1), (10, 0.99, 1), (7.5, 0.9, 1), (5, 0.4, 0.8)]
)
def test_small_nods_need_seven_pictures_a_second(fps: float, least: float, most: float) -> None:
    """5 degrees up and down, at 1 to 3 Hz and wherever the pictures lie in it, with some noise."""
    rng = np.random.default_rng(0)
    found = []
    for hertz in (1, 1.5, 2, 2.5, 3):
        for _ in range(40):
            t = np.arange(rng.uniform(0, 1 / fps), 6, 1 / fps)
            nodding = (t >= 2) & (t <= 2 + max(2 / hertz, 1.2))
            pitch = np.where(nodding, 5 * np.sin(2 * np.pi * hertz * (t - 2)), 0) + rng.normal(0, 0.3, len(t))
            steady, gesture = OneEuro(), Gestures()
            told = [
                gesture.add(at, 0.0, *steady.add(at, [degrees])) for at, degrees in zip(t, pitch, strict=True)
            ]
            found.append(any(told))

    assert least <= np.mean(found) <= most


@pytest.mark.parametrize(
    ("degrees", "hertz", "seconds"),
    [(1.0, 2, 3), (20, 0.3, 6), (12, 1.0, 0.5)],
    ids=["trembling", "looking about", "one glance"],
)
def test_other_movements_are_no_gestures(degrees: float, hertz: float, seconds: float) -> None:
    swing = wave(degrees, hertz, seconds)
    still = [0.0] * len(swing)

    assert gestures(swing, still) == []
    assert gestures(still, swing) == []


def test_two_nods_with_a_rest_between_are_two() -> None:
    swing = wave(8, 1.5, 2)

    assert len(gestures([0.0] * 2 * len(swing), [*swing, *swing])) == 2


def test_a_gesture_is_forgotten_with_the_face() -> None:
    found = Gestures()
    for n, pitch in enumerate(wave(8, 1.5, 2)[:25]):
        assert found.add(n / 10, 0, pitch) is None
    found.restart()

    assert [found.add(3 + n / 10, 0, 0) for n in range(20)] == [None] * 20

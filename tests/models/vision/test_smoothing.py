import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vision.smoothing import Held, OneEuro, RunningQuantile, running


def smoothed(values: list[float], fps: float = 10) -> list[float]:
    steady = OneEuro()
    return [steady.add(n / fps, [value])[0] for n, value in enumerate(values)]


def test_what_stands_still_is_held_steady() -> None:
    noise = np.random.default_rng(0).normal(0, 0.5, 200)

    assert np.std(smoothed(noise.tolist())) < 0.75 * np.std(noise)


@pytest.mark.parametrize("speed", [20, 50, 100])
def test_lag_of_a_steady_turn(speed: float) -> None:
    """A turn at so many degrees a second is followed within 53 ms, a quick one within 20 ms."""
    turn = [speed * n / 30 for n in range(30)]

    lag = (turn[-1] - smoothed(turn, 30)[-1]) / speed
    assert lag < (0.053 if speed < 50 else 0.021)


def test_a_jump_is_mostly_followed_at_once() -> None:
    assert smoothed([0, 0, 0, 30])[-1] > 25


@given(st.lists(st.floats(-90, 90), min_size=1, max_size=30))
def test_smoothing_stays_within_its_signal_and_knows_no_sides(values: list[float]) -> None:
    told = smoothed(values)

    assert min(values) - 1e-9 <= min(told)
    assert max(told) <= max(values) + 1e-9
    assert smoothed([-value for value in values]) == pytest.approx([-value for value in told])


def test_smoothing_begins_anew_after_a_gap() -> None:
    steady = OneEuro()
    steady.add(0.0, [0.0])

    assert steady.add(5.0, [10.0]) == [10.0]
    steady.restart()
    assert steady.add(5.1, [20.0]) == [20.0]


def test_a_state_begins_and_ends_late_but_surely() -> None:
    held = Held(after=0.2, until=0.3)

    seen = [False, True, False, True, True, True, True, False, True, False, False, False, False]
    said = [held.add(n / 10, each) for n, each in enumerate(seen)]

    assert said == [False] * 5 + [True] * 7 + [False]


def test_running_quantile_leaves_its_prior_and_forgets() -> None:
    median = RunningQuantile(0.5, 1.0, window=10.0, weight=10)

    assert median.add(0.0, 5.0) == 1.0
    for i in range(1, 50):
        latest = median.add(i / 10, 5.0)
    assert latest == 5.0
    for i in range(200):
        latest = median.add(5 + i / 10, 2.0)
    assert latest == 2.0


def test_what_was_measured_outlasts_what_is_usual() -> None:
    usual, measured = running(0.5, None, 1.0), running(0.5, 2.0, 1.0)

    for n in range(40):
        last = usual.add(n / 10, 5.0), measured.add(n / 10, 5.0)

    assert last == (5.0, 2.0)

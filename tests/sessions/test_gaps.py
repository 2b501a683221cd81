"""Gaps of a source from the times at which it was there."""

from hypothesis import given
from hypothesis import strategies as st

from models.observations import Gap
from sessions.gaps import SHORTEST_S, Attendance


def test_a_lost_connection_is_a_gap_with_its_reason() -> None:
    camera = Attendance("camera", "no picture")
    assert camera.seen(0.0, 0.0) is None
    assert camera.seen(12.0, 12.0) == Gap(0.0, 12.0, "camera", "no picture")
    camera.blame("connection lost")
    camera.blame("page left")
    assert camera.seen(32.5, 32.5) == Gap(12.0, 32.5, "camera", "connection lost"), "the first reason stands"
    assert camera.seen(40.0, 40.0) == Gap(32.5, 40.0, "camera", "no picture"), "a reason is used once"


def test_a_source_that_never_came_is_one_gap() -> None:
    assert Attendance("microphone", "no sound").finish(30.0) == Gap(0.0, 30.0, "microphone", "no sound")


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 2)), max_size=30), st.floats(0, 5))
def test_gaps_and_presence_add_up_to_the_session(steps: list[tuple[float, float]], rest: float) -> None:
    attendance = Attendance("camera", "no picture")
    t, gaps, jitter, present = 0.0, 0.0, 0.0, 0.0
    for away, there in [*steps, (rest, 0.0)]:
        gap = attendance.seen(t + away, t + away + there)
        gaps += gap.end - gap.start if gap else 0.0
        jitter += 0.0 if gap else away
        assert gap is None or away >= SHORTEST_S
        present += there
        t += away + there
    assert abs(gaps + jitter + present - t) < 0.01 * (len(steps) + 1)

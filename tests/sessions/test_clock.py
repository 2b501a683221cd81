"""Session time from stamps and arrivals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.clock import JUMP_S, SessionClock, TrackClock


def test_tracks_are_aligned_by_the_arrival_of_their_first_frames() -> None:
    clock = SessionClock()
    sound, picture = TrackClock(clock), TrackClock(clock)
    assert sound.at(stamp=0.0, arrived=100.0) == 0.0
    assert picture.at(stamp=7000.0, arrived=100.25) == 0.25
    # stamps are trusted over arrivals, which jitter
    assert picture.at(stamp=7000.1, arrived=100.4) == pytest.approx(0.35)


def test_the_promptest_frame_says_how_late_the_others_are() -> None:
    clock = SessionClock()
    clock.start(100.0)
    picture = TrackClock(clock)
    # an encoder that starts: the first picture is 300 ms late, those that waited behind it follow at once
    arrivals = [(0.0, 100.31), (0.03, 100.32), (0.06, 100.33), (0.35, 100.36), (0.4, 100.42)]
    times = [picture.at(stamp, arrived) for stamp, arrived in arrivals]
    assert times == pytest.approx([0.31, 0.32, 0.33, 0.36, 0.41])


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2)), min_size=1, max_size=50))
def test_times_never_go_back_while_stamps_do_not(steps: list[tuple[float, float]]) -> None:
    track = TrackClock(SessionClock())
    stamp = arrived = before = 0.0
    for stamp_step, arrival_step in steps:
        stamp, arrived = stamp + stamp_step, arrived + arrival_step
        t = track.at(stamp, arrived)
        assert t >= before - 1e-9
        before = t


def test_a_reconnect_continues_the_same_axis() -> None:
    clock = SessionClock()
    TrackClock(clock).at(stamp=0.0, arrived=50.0)
    assert TrackClock(clock).at(stamp=0.0, arrived=80.0) == 30.0


def test_a_suspended_sender_is_aligned_anew() -> None:
    clock = SessionClock()
    track = TrackClock(clock)
    track.at(stamp=0.0, arrived=10.0)
    assert track.at(stamp=0.1, arrived=40.0) == 30.0


@given(st.lists(st.tuples(st.floats(0, 0.2), st.floats(0, 0.5)), min_size=1, max_size=50))
def test_time_never_parts_from_arrival_by_more_than_the_jump(steps: list[tuple[float, float]]) -> None:
    clock = SessionClock()
    track = TrackClock(clock)
    stamp = arrived = 0.0
    for stamp_step, arrival_step in steps:
        stamp, arrived = stamp + stamp_step, arrived + arrival_step
        t = track.at(stamp, arrived)
        assert t >= 0.0
        assert abs(t - clock.at(arrived)) <= JUMP_S + 1e-9

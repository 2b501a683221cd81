import pytest

from models.observations import Blink
from models.vision.eyes import PITCH_LIMIT, YAW_LIMIT, EyeContact, Lids, aim, direction, neutral_aim, off_lens
from models.vision.neutral import Neutral


@pytest.mark.parametrize(
    ("yaw", "pitch", "gaze_x", "gaze_y", "expected"),
    [
        (0, 0, 0, 0, True),
        (20, 0, 0, 0, False),
        (20, 0, -0.28, 0, True),  # the head is turned away and the eyes turned back
        (0, 0, 0.35, 0, False),
        (0, -25, 0, 0, False),
        (5, -6, 0.02, 0.05, True),
        (10, 12, 0, 0, False),
    ],
)
def test_eye_contact_is_head_and_eyes_together(
    yaw: float, pitch: float, gaze_x: float, gaze_y: float, expected: bool
) -> None:
    assert (off_lens(*aim(yaw, pitch, gaze_x, gaze_y)) <= 1) is expected
    assert (off_lens(*aim(-yaw, pitch, -gaze_x, gaze_y)) <= 1) is expected


def blinks(lids: Lids, openness: list[float], start: float = 0.0) -> list[Blink]:
    found = [lids.add(round(start + i / 10, 3), value, value) for i, value in enumerate(openness)]
    return [blink for blink in found if blink is not None]


@pytest.mark.parametrize("usual", [0.22, 0.3, 0.4])
def test_a_blink_of_one_sample_is_seen_in_any_eye(usual: float) -> None:
    lids = Lids()

    assert blinks(lids, [usual] * 100) == []
    assert blinks(lids, [usual, 0.4 * usual, usual], start=10.0) == [Blink(10.1, 10.2)]


def test_lids_that_waver_at_the_threshold_blink_once() -> None:
    assert blinks(Lids(), [0.3] * 10 + [0.2, 0.215, 0.2, 0.225, 0.2, 0.3]) == [Blink(1.0, 1.5)]


def test_lids_caught_half_way_have_blinked() -> None:
    assert blinks(Lids(), [0.3] * 10 + [0.225, 0.3]) == [Blink(1.0, 1.1)]
    assert blinks(Lids(), [0.3] * 10 + [0.225, 0.1, 0.3]) == [Blink(1.0, 1.2)]
    assert blinks(Lids(), [0.3] * 10 + [0.225] * 5 + [0.3] * 5) == [], "who lowers the lids does not blink"
    assert blinks(Lids(), [0.3] * 10 + [0.28, 0.26, 0.24, 0.26, 0.28, 0.3]) == []


def test_a_wink_is_no_blink() -> None:
    lids = Lids()

    assert [lids.add(i / 10, 0.3, 0.05 if i == 5 else 0.3) for i in range(10)] == [None] * 10


def test_a_closure_whose_end_was_not_seen_is_no_blink() -> None:
    lids = Lids()
    blinks(lids, [0.3] * 10 + [0.05])
    lids.lost()

    assert blinks(lids, [0.3] * 10, start=2.0) == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([(0.5, 0.3)], [Blink(1.0, 1.5)]),
        # While no picture came the lids may have opened, and shut again.
        ([(0.9, 0.3)], [Blink(1.0, 1.0)]),
        ([(0.1, 0.05), (0.9, 0.3)], [Blink(1.0, 1.1)]),
        ([(0.9, 0.05), (1.0, 0.3)], [Blink(1.9, 2.0)]),
        ([(0.5, 0.05), (1.3, 0.05), (1.8, 0.05), (1.9, 0.3)], [Blink(1.8, 2.9)]),
    ],
)
def test_pictures_that_do_not_come_make_no_closure_long(
    after: list[tuple[float, float]], expected: list[Blink]
) -> None:
    lids = Lids()
    blinks(lids, [0.3] * 10 + [0.05])
    found = [lids.add(round(1 + t, 3), value, value) for t, value in after]

    assert [blink for blink in found if blink is not None] == expected


def test_a_closure_does_not_begin_with_a_dip_of_long_before() -> None:
    lids = Lids()
    blinks(lids, [0.3] * 10 + [0.225])

    assert [lids.add(t, value, value) for t, value in ((2.0, 0.05), (2.1, 0.3))] == [None, Blink(2.0, 2.1)]


def test_eyes_shut_at_the_end_make_a_last_blink() -> None:
    lids = Lids()
    blinks(lids, [0.3] * 10 + [0.05] * 3)

    assert lids.end() == Blink(1.0, 1.2)
    assert lids.end() is None


def test_an_eye_measured_beforehand_is_known_at_once() -> None:
    narrow = Lids(0.2)

    assert blinks(narrow, [0.2, 0.19, 0.2, 0.1, 0.2]) == [Blink(0.3, 0.4)]
    assert len(blinks(Lids(), [0.2] * 5)) == 0, "of an eye usually open wide it would be a closure"


def test_where_a_look_goes_has_the_image_s_sides() -> None:
    assert direction(20, 3) == "right"
    assert direction(-20, 3) == "left"
    assert direction(3, 25) == "up"
    assert direction(3, -25) == "down"


def test_a_plain_change_of_look_counts_at_once() -> None:
    contact = EyeContact()

    assert [contact.add(n / 10, off) for n, off in enumerate([0.2, 2.0, 0.3, 1.9])] == [True, False] * 2


def test_a_look_about_the_limit_does_not_flicker() -> None:
    contact = EyeContact()

    assert {contact.add(n / 10, off) for n, off in enumerate([0.5, 1.05, 0.95, 1.1, 0.9, 1.05, 0.98])} == {
        True
    }
    assert [contact.add(1 + n / 10, 1.1) for n in range(3)] == [True, False, False]


def test_a_verdict_is_not_kept_over_a_time_without_eyes() -> None:
    contact = EyeContact()
    contact.add(0.0, 0.5)
    contact.lost()

    assert contact.add(0.1, 1.1) is False


def test_a_neutral_look_is_where_the_lens_is() -> None:
    neutral = Neutral(yaw=3, pitch=-8, gaze_x=0.05, gaze_y=-0.1)

    assert neutral_aim(neutral) == pytest.approx(aim(3, -8, 0.05, -0.1))
    assert neutral_aim(Neutral()) == (0, 0)
    assert neutral_aim(Neutral(yaw=3)) == (0, 0)


def test_a_neutral_look_far_off_the_lens_is_not_believed() -> None:
    across, up = neutral_aim(Neutral(yaw=40, pitch=-40, gaze_x=0, gaze_y=0))

    assert 0 < across < 2 * YAW_LIMIT
    assert -2 * PITCH_LIMIT < up < 0

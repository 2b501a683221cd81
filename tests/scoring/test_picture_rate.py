"""What pictures that come seldom tell, as on a bad line: the same as many, or nothing and the reason."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.observations import Blink, FaceSample, Gap, HeadGesture, Observation, PostureSample, SessionEnded
from scoring import rubric
from scoring.evidence import LID_S, MOMENTS, MOVEMENT, ROW, C, Evidence
from scoring.indicators import KEYS
from scoring.scorer import fold
from tests.scoring.sessions import FACTS, postures

PRACTICE = rubric.load()
BRIEF = ("blink_rate", "long_closures", "nods", "shakes", "restlessness")
"""What lasts a moment."""
MOVING = ("head_movement", "face_stability", "longest_look_away", "glances_down")
"""What is told from one half second to the next."""
LASTING = (
    "eye_contact",
    "away_left",
    "face_presence",
    "smile",
    "upright",
    "in_frame",
    "fidgeting",
    "distance",
)
TOO_FEW = "Too few pictures arrived each second"
SECONDS = 60.0


def picture(t: float) -> FaceSample:
    """A face that smiles for one second in four, looks left in the next, and turns by 3 degrees a second."""
    turn = t % 4
    return FaceSample(
        t,
        1,
        yaw=3 * min(turn, 4 - turn),
        pitch=0.0,
        on_camera=not 1 <= turn < 2,
        away="left" if 1 <= turn < 2 else None,
        eye_openness=0.3,
        smile=0.8 if turn < 1 else 0.0,
        x=0.5,
        y=0.5,
        size=0.4,
        brightness=0.5,
        head_speed=40.0 if turn < 2 else 3.0,
    )


def every(fps: float, start: float = 0.0, end: float = SECONDS) -> list[float]:
    """Times of pictures so many a second."""
    return [round(start + n / fps, 3) for n in range(round((end - start) * fps))]


def blinks(start: float = 0.0, end: float = SECONDS) -> list[Observation]:
    """One every three seconds, and a nod and a shake every ten."""
    return [
        *(Blink(start + n, start + n + 0.2) for n in range(1, round(end - start), 3)),
        *(HeadGesture(start + n, start + n + 1, "nod") for n in range(1, round(end - start), 10)),
        *(HeadGesture(start + n, start + n + 1, "shake") for n in range(5, round(end - start), 10)),
    ]


def report(times: Iterable[float], *others: Observation, seconds: float = SECONDS) -> dict[str, Any]:
    seen = [picture(t) for t in times]
    told = [*seen, *others, *postures(0, seconds), SessionEnded(seconds, "finished")]
    return fold(told, PRACTICE).report(FACTS)


def values(found: dict[str, Any]) -> dict[str, float | None]:
    return {key: each["value"] for key, each in found["indicators"].items()}


MANY = report(every(10), *blinks())


def two_of_three() -> list[float]:
    return [t for n, t in enumerate(every(10)) if n % 3]


@pytest.mark.parametrize("fps", [7.5, 8, 12, 30])
def test_enough_pictures_tell_all(fps: float) -> None:
    found, usual = values(report(every(fps), *blinks())), values(MANY)

    for key in (*BRIEF, *MOVING, *LASTING):
        assert found[key] == pytest.approx(usual[key], rel=0.08), key


@pytest.mark.parametrize(
    "times",
    [every(4), every(5), every(6), every(7), two_of_three()],
    ids=["4", "5", "6", "7", "two of three"],
)
def test_moments_are_not_observed_in_few_pictures_which_tell_the_rest(times: list[float]) -> None:
    few = report(times, *blinks())
    found, usual = values(few), values(MANY)

    for key in (*MOVING, *LASTING):
        assert found[key] == pytest.approx(usual[key], rel=0.08, abs=3), key
    for key in BRIEF:
        told = few["indicators"][key]
        assert (told["value"], told["score"], told["coverage"], told["moments"]) == (None, None, 0.0, [])
        assert told["explanation"] == f"{TOO_FEW}: it takes 8 to notice what lasts a moment."


@pytest.mark.parametrize("fps", [1.4, 2, 3])
def test_movement_is_not_observed_in_the_fewest(fps: float) -> None:
    few = report(every(fps), *blinks())
    found, usual = values(few), values(MANY)

    for key in LASTING:
        assert found[key] == pytest.approx(usual[key], rel=0.2, abs=3), key
    for key in MOVING:
        told = few["indicators"][key]
        assert (told["value"], told["explanation"]) == (None, f"{TOO_FEW}: it takes 4 to follow movement."), (
            key
        )
    assert {found[key] for key in BRIEF} == {None}


def test_the_report_says_why_little_was_seen() -> None:
    few = report(every(1.4))

    assert few["coverage"]["camera"]["share"] < 0.95
    assert few["coverage"]["camera"]["reason"] == TOO_FEW


def test_what_is_known_better_is_said_instead() -> None:
    gone = [FaceSample(t, 0) for t in every(5)]
    found = fold([*gone, SessionEnded(SECONDS, "finished")], PRACTICE).report(FACTS)["indicators"]
    assert found["blink_rate"]["explanation"] == "Your face was not in the picture."

    short = report(every(10, end=15), seconds=15)["indicators"]
    assert short["blink_rate"]["explanation"] == "A few more seconds of picture are needed."


def test_of_a_line_that_was_bad_for_a_while_the_rest_counts() -> None:
    """As often as before and after, though fewer are found meanwhile."""
    times = [*every(10), *every(4, 60, 120), *every(10, 120, 180)]
    found = report(times, *blinks(), *blinks(120, 180), seconds=180)["indicators"]

    for key in ("blink_rate", "nods", "shakes", "restlessness"):
        assert found[key]["value"] == pytest.approx(values(MANY)[key], rel=0.1), key
        assert found[key]["coverage"] == pytest.approx(2 / 3, abs=0.02), key


def test_what_a_bad_line_told_of_moments_is_not_shown_either() -> None:
    long, nod = Blink(72.0, 74.0), HeadGesture(72.0, 74.0, "nod")
    found = report([*every(10), *every(4, 60, 120)], *blinks(), long, nod, seconds=120)["indicators"]

    assert found["long_closures"]["value"] == 0.0
    assert found["long_closures"]["moments"] == []
    assert all(moment["start"] < 60 for moment in found["nods"]["moments"])
    assert found["nods"]["moments"]


def test_pictures_that_stall_are_watched_as_long_as_they_come() -> None:
    """1.4 s at ten a second, 0.6 s nothing: as many blinks a minute as are seen in what was shown."""
    times = [t for t in every(10) if t % 2 < 1.35]
    seen = [blink for blink in blinks() if isinstance(blink, Blink) and blink.start % 2 < 1.35]
    found = report(times, *seen)["indicators"]["blink_rate"]

    assert found["coverage"] == pytest.approx((1.3 + LID_S) / 2, abs=0.03)
    assert found["value"] == pytest.approx(len(seen) / found["coverage"], rel=0.01)


def test_a_camera_that_is_off_for_a_while_is_not_slow() -> None:
    off = Gap(20.0, 40.0, "camera", "camera off")
    found = report([*every(10, 0, 20), *every(10, 40, 60)], off)["indicators"]

    for key in (*BRIEF, "head_movement"):
        assert found[key]["coverage"] == pytest.approx(2 / 3, abs=0.02), key


# --- where enough begins


def enough(times: Iterable[float], end: float, column: C) -> list[bool]:
    """For each row until `end`, whether pictures came often enough."""
    evidence = Evidence()
    for t in times:
        evidence.add_face(FaceSample(t, 1))
    rows = evidence.rows(0, int(end / ROW), end, 0.0, KEYS)
    return [bool(value) for value in rows[:, column] > 0]


@pytest.mark.parametrize(("column", "limits"), [(C.MOMENTS_S, MOMENTS), (C.MOVEMENT_S, MOVEMENT)])
def test_between_the_limits_it_stays_as_it_was(column: C, limits: tuple[float, float]) -> None:
    too_few, again = limits
    assert too_few < again
    middle = [*every((too_few + again) / 2, 20, 40)]

    after_many = enough([*every(2 * again, 0, 20), *middle], 40, column)
    after_few = enough([*every(0.8 * too_few, 0, 20), *middle], 40, column)
    assert all(after_many)
    assert not any(after_few[16:])
    assert any(enough([*every(0.8 * too_few, 0, 20), *middle, *every(2 * again, 40, 60)], 60, column)[80:])


def test_a_rate_about_the_limit_does_not_flicker() -> None:
    """A camera of 7.5 whose pictures come a little early or late, for five minutes."""
    rng = np.random.default_rng(2)
    told = enough([t + rng.uniform(-0.03, 0.03) for t in every(7.5, 0.1, 300)], 300, C.MOMENTS_S)
    assert all(told)
    slower = enough([t + rng.uniform(-0.03, 0.03) for t in every(6.8, 0.1, 300)], 300, C.MOMENTS_S)
    assert sum(a != b for a, b in pairwise(slower)) <= 1
    assert not any(slower[20:])


@given(
    st.lists(st.sampled_from([2.0, 2.5, 5.0, 7.2, 7.3, 10.0]), min_size=1, max_size=10),
    st.integers(0, 400),
    st.sampled_from(["in order", "backwards"]),
)
def test_a_row_is_the_same_in_whatever_range_it_is_looked_at(
    rates: list[float], first: int, order: str
) -> None:
    times = [t for n, fps in enumerate(rates) for t in every(fps, 20.0 * n, 20.0 * n + 20)]
    evidence = Evidence()
    for t in times if order == "in order" else reversed(times):
        evidence.add_face(FaceSample(t, 1))
    last = int(20 * len(rates) / ROW)
    first = min(first, last - 1)
    both = [C.MOMENTS_S, C.MOVEMENT_S]
    whole, part = (evidence.rows(start, last, 20.0 * len(rates), 0.0, KEYS) for start in (0, first))
    assert (whole[first:, both] == part[:, both]).all()


@given(st.lists(st.floats(0, 30), max_size=80).map(sorted))
def test_no_more_is_watched_than_there_was(times: list[float]) -> None:
    evidence = Evidence()
    for t in times:
        evidence.add_face(FaceSample(t, 1, eye_openness=0.3))
    rows = evidence.rows(0, 61, 30.5, 0.0, KEYS)
    assert (rows[:, C.LIDS_S] <= ROW).all()
    assert rows[:, C.LIDS_S].sum() <= LID_S * len(times) + 1e-9


def test_posture_needs_no_more_than_its_two_pictures_a_second() -> None:
    bodies = [PostureSample(t, True, 1.0, 0.0, 0.4, True, 0.1) for t in every(1.5)]
    told: list[Observation] = [*(picture(t) for t in every(3)), *bodies, SessionEnded(SECONDS, "finished")]
    found = values(fold(told, PRACTICE).report(FACTS))

    assert (found["upright"], found["in_frame"], found["fidgeting"]) == (100.0, 100.0, 0.1)

"""What the camera tells: looks, gestures, posture, and what could be judged at all."""

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.observations import (
    Blink,
    Direction,
    FaceSample,
    Gap,
    HeadGesture,
    Observation,
    PictureProblem,
    PostureSample,
    SessionEnded,
    VoiceActivity,
)
from models.picture_problems import WORDS
from scoring import rubric
from scoring.evidence import HIDES_BODY
from scoring.scorer import fold
from scoring.windows import Maxima, Runs
from tests.scoring.sessions import (
    FACTS,
    faces,
    in_order,
    looks,
    postures,
    question,
    report,
    sounds,
    speech,
    whole,
)

PRACTICE = rubric.load()


def values(*observations: Observation, seconds: float) -> dict[str, float | None]:
    found = report(*observations, seconds=seconds)["indicators"]
    return {key: indicator["value"] for key, indicator in found.items()}


# --- looks


def test_eye_contact_while_speaking_and_while_silent() -> None:
    seen = looks(0, 8) + looks(8, 10, "down") + looks(10, 15) + looks(15, 20, "left")
    heard = [*sounds(0, 20), *speech((0.0, 10.0))]
    found = report(*seen, *heard, seconds=20)["indicators"]
    assert found["eye_contact"]["value"] == 65.0
    assert found["eye_contact_speaking"]["value"] == 80.0
    assert found["eye_contact_listening"]["value"] == 50.0
    assert found["eye_contact_speaking"]["moments"] == [
        {"start": 8.0, "end": 10.0, "note": "Looking away while speaking for 2.0 s"}
    ]
    assert [m["start"] for m in found["eye_contact_listening"]["moments"]] == [15.0]


def test_a_half_second_that_is_partly_speech_counts_for_both_by_its_share() -> None:
    # A fifth of every half second is speech, and only in the first of the two are eyes on the camera.
    spans = [(i / 2, i / 2 + 0.1) for i in range(80)]
    found = values(*looks(0, 20), *looks(20, 40, "up"), *sounds(0, 40), *speech(*spans), seconds=40)
    assert found["eye_contact_speaking"] == found["eye_contact_listening"] == 50.0


def test_where_nothing_was_heard_looks_belong_to_neither() -> None:
    deaf = report(*looks(0, 20), seconds=20)["indicators"]
    for key in ("eye_contact_speaking", "eye_contact_listening"):
        assert deaf[key]["value"] is None
    muted = [*sounds(0, 10), *speech((0.0, 10.0)), Gap(10.0, 20.0, "microphone", "microphone off")]
    found = report(*looks(0, 10), *looks(10, 20, "left"), *muted, seconds=20)["indicators"]
    assert found["eye_contact_speaking"]["value"] == 100.0
    assert found["eye_contact_speaking"]["coverage"] == 0.5
    assert found["eye_contact_listening"]["value"] is None


def test_speech_that_goes_on_counts_as_speaking() -> None:
    live = fold([*in_order([*looks(0, 10), *sounds(0, 10)]), VoiceActivity(0.0, True)], PRACTICE)
    live.add(SessionEnded(10.0, "finished"))
    found = live.report(FACTS)["indicators"]
    assert found["eye_contact_speaking"]["value"] == 100.0


def test_looks_away_by_direction() -> None:
    away: list[tuple[Direction, float]] = [("left", 4.0), ("right", 3.0), ("up", 2.0), ("down", 1.0)]
    seen, t = looks(0, 10), 10.0
    for direction, seconds in away:
        seen += looks(t, t + seconds, direction)
        t += seconds
    found = report(*seen, seconds=20)["indicators"]
    assert [found[f"away_{direction}"]["value"] for direction, _ in away] == [40.0, 30.0, 20.0, 10.0]
    assert found["away_left"]["moments"] == [
        {"start": 10.0, "end": 14.0, "note": "Looking to your right for 4.0 s"}
    ]


def test_without_a_look_away_there_is_no_direction() -> None:
    found = values(*looks(0, 30), seconds=30)
    assert [found[f"away_{direction}"] for direction in get_args(Direction)] == [None] * 4
    assert found["glances_down"] == found["longest_look_away"] == 0.0


def test_glances_down_are_counted_where_they_begin() -> None:
    # Four looks down from elsewhere, one of them from a look aside; where the face comes back, none began.
    seen = [*looks(0, 10), *looks(10, 11, "down"), *looks(11, 20), *looks(20, 30, "down"), *looks(30, 40)]
    seen += [*looks(40, 40.5, "down"), *looks(40.5, 50, "left"), *looks(50, 52, "down")]
    gone = [FaceSample(52 + i / 10, 0) for i in range(20)]
    back = [*looks(54, 56, "down"), *looks(56, 62)]
    found = report(*seen, *gone, *back, seconds=62)["indicators"]
    assert found["glances_down"]["value"] == 4.0
    assert {m["start"] for m in found["glances_down"]["moments"]} == {10.0, 20.0, 40.0, 50.0, 54.0}


def test_the_longest_look_away_ends_where_the_eyes_were_not_seen() -> None:
    unsure = faces(14, 15, on_camera=None)
    seen = [*looks(0, 10), *looks(10, 14, "down"), *unsure, *looks(15, 21, "down"), *looks(21, 30)]
    found = report(*seen, *looks(30, 33, "left"), *looks(33, 40), seconds=40)["indicators"]
    assert found["longest_look_away"]["value"] == 6.0
    assert found["longest_look_away"]["moments"] == [
        {"start": 15.0, "end": 21.0, "note": "Looking down for 6.0 s"}
    ]


def test_looks_that_go_everywhere_have_no_direction() -> None:
    ways = get_args(Direction)
    seen = [FaceSample(10 + i / 10, 1, on_camera=False, away=ways[i % 4]) for i in range(40)]
    moments = report(*looks(0, 10), *seen, *looks(14, 20), seconds=20)["indicators"]["eye_contact"]["moments"]
    assert moments == [{"start": 10.0, "end": 14.0, "note": "Looking away for 4.0 s"}]


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.data())
def test_longest_run_in_any_range(holds: list[bool], data: st.DataObject) -> None:
    edge = st.integers(0, len(holds))
    ranges = data.draw(st.lists(st.tuples(edge, edge).map(sorted), min_size=1, max_size=8))
    low, high = np.array(ranges).T
    expected = []
    for a, b in ranges:
        runs = "".join("x" if each else " " for each in holds[a:b]).split()
        expected.append(0.5 * max(map(len, runs), default=0))
    assert Runs(np.array(holds)).longest(low, high).tolist() == expected


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.data())
def test_largest_in_any_range(levels: list[float], data: st.DataObject) -> None:
    edge = st.integers(0, len(levels))
    ranges = data.draw(st.lists(st.tuples(edge, edge).map(sorted), min_size=1, max_size=8))
    low, high = np.array(ranges).T
    expected = [max(levels[a:b], default=0.0) for a, b in ranges]
    assert Maxima(np.array(levels)).within(low, high).tolist() == expected


def test_a_mirrored_picture_swaps_left_and_right_and_nothing_else() -> None:
    seen = [*looks(0, 10), *looks(10, 14, "left"), *looks(14, 16, "right"), *looks(16, 20, "down")]
    swapped: dict[Direction | None, Direction | None] = {"left": "right", "right": "left"}
    mirrored = [replace(s, away=swapped.get(s.away, s.away)) for s in seen if isinstance(s, FaceSample)]
    one, other = values(*seen, seconds=20), values(*mirrored, seconds=20)
    one["away_left"], one["away_right"] = one["away_right"], one["away_left"]
    assert one == other


def test_eye_contact_of_every_answer() -> None:
    seen = [*looks(0, 10), *looks(10, 20, "left"), *looks(20, 41), *looks(41, 42, "up")]
    heard = [*sounds(0, 42), *speech((5.0, 10.0), (15.0, 20.0), (22.0, 39.0))]
    asked = [question(0.0, "a"), question(20.5, "b"), question(40.5, "c")]
    answers = report(*asked, *in_order([*seen, *heard]), seconds=42)["questions"]
    told = [[answer[f"eye_contact{part}"] for part in ("", "_speaking", "_listening")] for answer in answers]
    # An answer's last half second is the next one's first.
    half = pytest.approx(50, abs=5)
    assert told == [[half, 50.0, half], [100.0, 100.0, 100.0], [None, None, None]]


# --- head and lids


def test_nods_and_shakes_a_minute() -> None:
    made = [HeadGesture(4.0, 5.2, "nod"), HeadGesture(9.0, 9.8, "nod"), HeadGesture(12.0, 13.0, "shake")]
    seen = [FaceSample(i / 10, 1, head_speed=2.0) for i in range(300)]
    found = report(*seen, *made, seconds=60)["indicators"]
    assert (found["nods"]["value"], found["shakes"]["value"]) == (4.0, 2.0)
    assert found["nods"]["moments"] == [
        {"start": 4.0, "end": 5.2, "note": "A nod for 1.2 s"},
        {"start": 9.0, "end": 9.8, "note": "A nod for 0.8 s"},
    ]
    again = report(*reversed(made), *reversed(seen), seconds=60)["indicators"]
    assert again["nods"] == found["nods"]


def test_lids_that_stay_down_are_no_blink() -> None:
    shut = [Blink(5.0, 5.2), Blink(8.0, 8.9), Blink(12.0, 13.0), Blink(20.0, 23.0)]
    found = report(*faces(0, 30), *shut, seconds=30)["indicators"]
    assert (found["blink_rate"]["value"], found["long_closures"]["value"]) == (4.0, 4.0)
    assert [m["start"] for m in found["long_closures"]["moments"]] == [12.0, 20.0]


def test_quick_head_movement() -> None:
    speeds = [60.0] * 30 + [29.0] * 70
    seen = [FaceSample(i / 10, 1, head_speed=speed) for i, speed in enumerate(speeds)]
    found = report(*seen, seconds=10)["indicators"]["restlessness"]
    assert found["value"] == 30.0
    assert found["moments"] == [{"start": 0.0, "end": 3.0, "note": "Head moving quickly for 3.0 s"}]


@pytest.mark.parametrize(
    ("path", "steady"),
    [
        (lambda i: 0.5, 100.0),
        # Within half a second by less, and by more, than a tenth of the face's height.
        (lambda i: 0.5 + 0.01 * (i // 5 % 2), 100.0),
        (lambda i: 0.5 + 0.05 * (i // 5 % 2), 0.0),
    ],
)
def test_a_face_at_one_place(path: Any, steady: float) -> None:
    seen = [FaceSample(i / 10, 1, x=path(i), y=0.4, size=0.3) for i in range(200)]
    assert values(*seen, seconds=20)["face_stability"] == steady


def test_a_face_that_comes_and_goes_is_not_at_one_place() -> None:
    seen = [FaceSample(i / 10, 1, x=0.5, y=0.4, size=0.3) for i in range(200)]
    lost = [replace(sample, faces=0, x=None) if i % 20 == 0 else sample for i, sample in enumerate(seen)]
    # In every two seconds the half second with a picture that has no face, and the one after it.
    assert values(*lost, seconds=20)["face_stability"] == pytest.approx(50, abs=2)


# --- posture


def test_slouch_and_hands_at_the_face() -> None:
    body = [
        PostureSample(i / 2, True, slouch=0.05 if i < 30 else 0.3, hand_at_face=i >= 36) for i in range(40)
    ]
    found = report(*body, seconds=20)["indicators"]
    assert (found["slouch"]["value"], found["hand_at_face"]["value"]) == (25.0, 10.0)
    assert [m["start"] for m in found["slouch"]["moments"]] == [15.0]
    assert [m["start"] for m in found["hand_at_face"]["moments"]] == [18.0]


def test_distance_is_how_much_of_the_picture_the_shoulders_take() -> None:
    body = [PostureSample(i / 2, True, distance=0.4 if i < 30 else 0.6) for i in range(40)]
    assert values(*body, seconds=20)["distance"] == 45.0


@pytest.mark.parametrize("problem", sorted(HIDES_BODY))
def test_posture_in_pictures_that_hide_the_body_is_not_judged(problem: PictureProblem) -> None:
    level = postures(0, 20)
    odd = [PostureSample(20 + i / 2, True, 30.0, 0.5, 0.4, False, 3.0, 0.5, 0.5, True) for i in range(40)]
    bad = [FaceSample(20 + i / 10, 1, problem=problem) for i in range(200)]
    for order in ([*level, *odd, *faces(0, 20), *bad], [*bad, *faces(0, 20), *odd, *level]):
        found = report(*order, seconds=40)["indicators"]
        assert (found["upright"]["value"], found["in_frame"]["value"]) == (100.0, 100.0)
        assert (found["fidgeting"]["value"], found["slouch"]["value"]) == (0.1, None)
        assert found["upright"]["coverage"] == 0.5


@pytest.mark.parametrize("problem", ["dark", "several faces", "small", None])
def test_posture_is_judged_where_the_body_can_be_seen(problem: PictureProblem | None) -> None:
    seen = [FaceSample(i / 10, 1, problem=problem) for i in range(200)]
    assert report(*seen, *postures(0, 20), seconds=20)["indicators"]["upright"]["coverage"] == 1.0


# --- coverage


def test_coverage_of_the_camera_is_what_could_be_judged() -> None:
    dark = [FaceSample(30 + i / 10, 1, problem="dark", brightness=0.02) for i in range(300)]
    camera = report(*faces(0, 30), *dark, seconds=60)["coverage"]["camera"]
    assert camera == {"observed_s": 30.0, "share": 0.5, "reason": WORDS["dark"].reason}


def test_coverage_says_that_the_face_was_away() -> None:
    gone = [FaceSample(30 + i / 10, 0, brightness=0.4) for i in range(300)]
    some = report(*faces(0, 30), *gone, seconds=60)["coverage"]["camera"]
    assert (some["share"], some["reason"]) == (0.5, "Your face could not be seen for part of the session")
    none = report(*gone, seconds=60)["coverage"]["camera"]
    assert (none["share"], none["reason"]) == (0.0, "Your face was not in the picture")


def test_coverage_names_the_gap_that_took_more_than_the_picture_problems() -> None:
    dark = [FaceSample(30 + i / 10, 1, problem="dark") for i in range(50)]
    off = Gap(35.0, 60.0, "camera", "camera off")
    assert report(*faces(0, 30), *dark, off, seconds=60)["coverage"]["camera"]["reason"] == "camera off"


def test_live_and_report_agree_on_what_could_be_judged() -> None:
    spoilt = [
        replace(o, on_camera=None, smile=None, yaw=None, problem="frozen")
        if isinstance(o, FaceSample) and o.t >= 30
        else o
        for o in whole(60)
    ]
    scorer = fold(spoilt, PRACTICE)
    live, final = scorer.snapshot(59.9), scorer.report(FACTS)
    assert final["coverage"]["camera"]["share"] == 0.5
    for name in ("confidence", "engagement"):
        for figure, within in (("score", 1.0), ("coverage", 0.01)):
            assert live["subscores"][name][figure] == pytest.approx(
                final["subscores"][name][figure], abs=within
            )


# --- nudges


def test_a_frozen_picture_is_no_reason_to_sit_up() -> None:
    slanted = [PostureSample(i / 2, True, 30.0, 0.5, 0.4, True, 0.1) for i in range(60)]
    nudged = fold([*faces(0, 30), *slanted], PRACTICE).nudge(30.0)
    assert nudged is not None
    assert nudged.id == "level_up"
    frozen = [FaceSample(i / 10, 1, problem="frozen") for i in range(300)]
    assert fold([*frozen, *slanted], PRACTICE).nudge(30.0) is None

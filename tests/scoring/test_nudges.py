from itertools import pairwise

from models.observations import NudgeGiven, Observation, time_of
from scoring import rubric
from scoring.scorer import Scorer
from tests.scoring.sessions import faces, in_order, postures, question, sounds, speech, utterance

PRACTICE = rubric.load()


def given(observations: list[Observation], seconds: float) -> list[NudgeGiven]:
    """The nudges of a session asked for one four times a second."""
    scorer = Scorer(PRACTICE)
    nudges = []
    waiting = in_order(observations)
    for step in range(int(seconds * 4)):
        t = step / 4
        while waiting and time_of(waiting[0]) <= t:
            scorer.add(waiting.pop(0))
        nudge = scorer.nudge(t)
        if nudge is not None:
            scorer.add(nudge)
            nudges.append(nudge)
    return nudges


def talking(start: float, end: float, rate: float, first_id: int = 0) -> list[Observation]:
    """Speech without a pause at so many words a minute, in utterances of 5 s."""
    said: list[Observation] = [
        utterance(first_id + i, start + 5 * i, start + 5 * i + 5, ["word"] * round(rate / 12))
        for i in range(int((end - start) / 5))
    ]
    return [*speech((start, end)), *sounds(start, end), *said]


def test_slow_down_names_the_figure_and_waits_for_the_cool_down() -> None:
    nudges = given(talking(0, 60, 240), 60)
    assert nudges[0].id == "slow_down"
    assert nudges[0].text == "Slow down a little: 240 words a minute in the last 20 s"
    # It was never slower in between, so the first nudge stays the only one.
    assert [nudge.id for nudge in nudges] == ["slow_down"]


def test_a_nudge_comes_again_after_the_measure_was_good() -> None:
    fast = talking(0, 30, 240) + talking(30, 60, 144, 10) + talking(60, 100, 240, 20)
    times = [nudge.t for nudge in given(fast, 100) if nudge.id == "slow_down"]
    assert len(times) == 2
    assert times[1] > 60


def test_all_is_well_no_nudge() -> None:
    well = talking(0, 60, 150) + faces(0, 60) + postures(0, 60)
    assert given(well, 60) == []


def test_never_two_within_eight_seconds() -> None:
    away = faces(0, 120, on_camera=False)
    tired = talking(0, 120, 240)
    times = [nudge.t for nudge in given(away + tired, 120)]
    assert len(times) >= 2
    assert all(later - earlier >= 8 for earlier, later in pairwise(times))


def test_fillers_are_counted_in_the_text() -> None:
    said = [
        utterance(0, 0, 10, ["word"] * 20),
        utterance(1, 10, 20, [*["word"] * 20, "um", "um", "uh", "er"]),
    ]
    nudges = given([*said, *speech((0.0, 20.0)), *sounds(0, 20)], 21)
    assert [nudge.text for nudge in nudges] == [
        "Try a short silence instead of a filler word: 4 in the last 30 s"
    ]


def test_an_answer_that_goes_on_far_beyond_its_time() -> None:
    nudges = given([question(0.0, seconds=20), *talking(0, 40, 150)], 40)
    assert [nudge.id for nudge in nudges] == ["wrap_up"]
    assert nudges[0].t >= 30

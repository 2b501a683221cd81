"""Points from the baseline to the score: their sum and their sign."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.observations import Observation, SessionEnded
from scoring import rubric
from scoring.scorer import fold
from scoring.waterfall import BASELINE, rounded
from tests.scoring.sessions import FACTS, SENTENCE, interview, question, sounds, utterance, whole

PRACTICE = rubric.load()


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    found: dict[str, Any] = fold(interview(480), PRACTICE).report(FACTS)
    return found


def scores(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [report["overall"], *report["subscores"].values()]


def test_steps_lead_from_the_baseline_to_the_score(report: dict[str, Any]) -> None:
    for part in scores(report):
        assert len(part["waterfall"]) > 3
        assert part["baseline"] == BASELINE
        total = part["baseline"] + sum(step["points"] for step in part["waterfall"])
        assert total == pytest.approx(part["score"], abs=1e-9)


def test_the_questions_points_add_up_to_the_indicators(report: dict[str, Any]) -> None:
    for part in scores(report):
        for step in part["waterfall"]:
            split = sum(each["points"] for each in step["questions"])
            assert split == pytest.approx(step["points"], abs=1e-9)
            assert {each["question"] for each in step["questions"]} <= {None, 0, 1, 2, 3}


def test_points_are_positive_where_an_indicator_scores_above_the_baseline(report: dict[str, Any]) -> None:
    signs = set()
    for part in scores(report):
        for step in part["waterfall"]:
            score = report["indicators"][step["indicator"]]["score"]
            if abs(step["points"]) > 1e-3:
                assert (step["points"] > 0) == (score > BASELINE), step
                signs.add(step["points"] > 0)
    assert signs == {True, False}


def test_the_question_in_which_it_went_wrong_bears_it() -> None:
    # No filler in the first answer, one in a sentence in the second, two in the third.
    report = fold(interview(360), PRACTICE).report(FACTS)
    step = next(s for s in report["overall"]["waterfall"] if s["indicator"] == "filler_rate")
    assert [each["question"] for each in step["questions"]] == [0, 1, 2]
    first, second, third = (each["points"] for each in step["questions"])
    assert first > second > third


def test_an_answer_too_short_to_be_judged_alone_bears_what_the_session_does() -> None:
    # Vocabulary is measured in 50 words: neither answer has as many, both together have.
    first, second = SENTENCE * 2, SENTENCE[:20]
    said: list[Observation] = [
        question(0, "a"),
        utterance(0, 1, 16, first[:40]),
        question(20, "b"),
        utterance(1, 21, 30, second),
    ]
    report = fold([*said, *sounds(0, 30), SessionEnded(30, "finished")], PRACTICE).report(FACTS)
    step = next(
        s for s in report["subscores"]["skill_relevance"]["waterfall"] if s["indicator"] == "vocabulary"
    )
    one, other = (each["points"] for each in step["questions"])
    assert one == pytest.approx(2 * other, abs=1e-3)


FILLERS = [*SENTENCE[:20], *["um"] * 5]


@settings(max_examples=20)
@given(st.integers(0, 5), st.integers(0, 5))
def test_a_better_value_never_has_fewer_points(one: int, other: int) -> None:
    points = {}
    for fillers in {one, other}:
        report = fold(whole(40, FILLERS[: 20 + fillers]), PRACTICE).report(FACTS)
        step = next(s for s in report["overall"]["waterfall"] if s["indicator"] == "filler_rate")
        points[fillers] = (report["indicators"]["filler_rate"]["score"], step["points"])
    (score, got), (better, more) = sorted(points.values())[0], sorted(points.values())[-1]
    assert better >= score
    assert more >= got


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=40))
def test_rounded_values_add_up(values: list[float]) -> None:
    total = round(sum(values), 4)
    found = rounded(values, total)
    assert sum(found) == pytest.approx(total, abs=1e-9)
    assert all(abs(a - b) < 1e-4 * len(values) for a, b in zip(found, values, strict=True))

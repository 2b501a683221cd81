"""What the overall score would be had all answers been like one of them."""

from typing import Any

import numpy as np
import pytest

from models.observations import Observation, SessionEnded, Utterance, VoiceActivity
from scoring import rubric
from scoring.indicators import PLACE
from scoring.judge import Judge
from scoring.scorer import fold
from scoring.what_if import GROUPS
from tests.scoring.sessions import FACTS, interview, whole

PRACTICE = rubric.load()


def report(timeline: list[Observation]) -> dict[str, Any]:
    found: dict[str, Any] = fold(timeline, PRACTICE).report(FACTS)
    return found


def group(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in found["what_if"]["groups"] if each["group"] == name)


def test_every_indicator_with_a_weight_is_in_one_group() -> None:
    grouped = [key for _, keys in GROUPS.values() for key in keys]
    weighted = {key for each in PRACTICE.subscores.values() for key, weight in each.weights.items() if weight}
    assert sorted(grouped) == sorted(weighted)


def test_one_respect_is_replaced_and_all_scored_again() -> None:
    # The first answer has no filler and as many repeats as the others.
    found = report(interview(480))
    assert found["indicators"]["filler_rate"]["value"] > 1
    assert found["indicators"]["repeat_rate"]["value"] == 0
    scores = {key: each["score"] for key, each in found["indicators"].items()} | {"filler_rate": 100.0}
    judge = Judge(PRACTICE)
    subscores = []
    for weights in judge.weights:
        seen = [
            (w, scores[key]) for key, w in zip(PLACE, weights, strict=True) if w and scores[key] is not None
        ]
        subscores.append(sum(w * score for w, score in seen) / sum(w for w, _ in seen))
    expected = float(np.average(subscores, weights=judge.subweights))
    assert group(found, "fillers")["overall"][0] == pytest.approx(expected, abs=0.01)


def test_best_are_the_largest_gains_from_own_answers() -> None:
    found = report(interview(480))
    best = found["what_if"]["best"]
    assert 1 <= len(best) <= 3
    assert [each["gain"] for each in best] == sorted((each["gain"] for each in best), reverse=True)
    for each in best:
        assert each["gain"] >= 1
        assert each["overall"] == pytest.approx(found["overall"]["score"] + each["gain"], abs=1e-3)
        assert each["overall"] == max(filter(None, group(found, each["group"])["overall"]))
        assert each["text"].startswith("With ")
        assert f"answer {each['question'] + 1} " in each["text"]


def test_one_answer_alone_gains_nothing_from_itself() -> None:
    found = report(whole(60))
    for each in found["what_if"]["groups"]:
        assert each["overall"] == [pytest.approx(found["overall"]["score"], abs=0.2)]
    assert found["what_if"]["best"] == []


def test_an_answer_that_shows_too_little_is_no_example() -> None:
    quiet = [
        each
        for each in interview(360)
        if not (
            isinstance(each, Utterance | VoiceActivity)
            and 120 <= getattr(each, "start", getattr(each, "t", 0)) < 240
        )
    ]
    found = report(quiet)
    assert group(found, "fillers")["overall"][1] is None
    assert group(found, "eye_contact")["overall"][1] is not None
    assert all(each["question"] != 1 for each in found["what_if"]["best"] if each["group"] == "fillers")


def test_without_an_overall_score_there_is_nothing_to_compare() -> None:
    assert report([SessionEnded(3.0, "finished")])["what_if"] == {"best": [], "groups": []}

"""What the report and the live page say of expressions, from made samples."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from models.observations import (
    ExpressionPicture,
    ExpressionSample,
    FaceSample,
    Observation,
    SessionEnded,
)
from scoring.expressions import MOST_STEPS, recent, section
from scoring.report import SCHEMA_FILE, SessionFacts
from scoring.rubric import load
from scoring.scorer import fold


def sample(t: float, happy: float = 0.0, sad: float = 0.0) -> ExpressionSample:
    return ExpressionSample(t, 1 - happy - sad, happy, 0.0, sad, 0.0, 0.0, 0.0)


PICTURE = ExpressionPicture(3.0, "happy", 0.9, "occlusion", "iVBORw0KGgo=")
TIMELINE: list[Observation] = [
    FaceSample(0.5, 1),
    sample(1.0),
    sample(3.0, happy=0.9),
    PICTURE,
    SessionEnded(12.0, "finished"),
]


def report(**facts: Any) -> dict[str, Any]:
    session = SessionFacts("s1", "Practice", "2026-01-02", "mixed", "live", "finished", {}, **facts)
    made = fold(TIMELINE, load(None)).report(session)
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8"))).validate(made)
    return made


def test_shares_are_means_and_steps_without_a_face_are_empty() -> None:
    found = section([sample(1.0), sample(11.0, happy=0.8), sample(12.0, happy=0.4)], [], 14.0)

    assert found["samples"] == 3
    assert found["shares"]["happy"] == pytest.approx(0.4)
    assert sum(found["shares"].values()) == pytest.approx(1, abs=1e-3)
    assert [step and step["happy"] for step in found["series"]] == [0, None, pytest.approx(0.6)]


@pytest.mark.parametrize(
    ("duration", "steps", "step"), [(0.0, 1, 5), (61.0, 13, 5), (3600.0, MOST_STEPS, 60)]
)
def test_long_sessions_have_longer_steps(duration: float, steps: int, step: float) -> None:
    found = section([sample(min(duration, 1.0)), sample(duration)], [], duration)

    assert (len(found["series"]), found["step_s"]) == (steps, step)
    assert found["series"][-1]


def test_live_says_the_likeliest_of_the_last_seconds() -> None:
    samples = [sample(1.0, sad=1.0), sample(5.0, happy=0.9), sample(5.5, happy=0.7)]

    assert recent(samples, 6.0) == {"name": "happy", "probability": 0.8, "method": "rules"}
    assert recent(samples, 9.0) is None


def test_only_a_session_that_switched_it_on_has_the_section() -> None:
    assert report()["expressions"] is None
    assert report(expressions=True)["expressions"]["samples"] == 2


@pytest.mark.parametrize(("keep", "pictures"), [("all", 1), ("scores", 0), ("none", 0)])
def test_pictures_only_where_everything_is_kept(keep: str, pictures: int) -> None:
    assert len(report(expressions=True, keep=keep)["expressions"]["pictures"]) == pictures


def test_scores_are_the_same_with_and_without() -> None:
    without = [each for each in TIMELINE if not isinstance(each, ExpressionSample | ExpressionPicture)]
    rubric, facts = load(None), SessionFacts("s1", "Practice", "2026-01-02", "mixed", "live", "finished", {})

    assert fold(TIMELINE, rubric).report(facts) == fold(without, rubric).report(facts)

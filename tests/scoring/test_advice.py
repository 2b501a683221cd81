"""Advice from rules: what is chosen, that nothing is said twice, and that exercises change."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from models.observations import Observation, SessionEnded, Utterance
from scoring.advice import MOST, SCHEMA_FILE, advise, theme_of, themes
from scoring.indicators import INDICATORS
from scoring.report import canonical_json
from scoring.rubric import load
from scoring.scorer import fold
from tests.scoring.sessions import FACTS, interview, split, whole

SCHEMA = Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8")))
RUBRIC = load(None)
Json = dict[str, Any]

score = st.one_of(st.none(), st.floats(0, 100).map(lambda x: round(x, 4)))


@st.composite
def reports(draw: st.DrawFn) -> Json:
    """A report with any scores of the rubric's indicators."""
    scores = {key: draw(score) for key in INDICATORS}
    subscores: Json = {}
    for name, rule in RUBRIC.subscores.items():
        seen = {key: weight for key, weight in rule.weights.items() if weight and scores[key] is not None}
        total = sum(seen.values())
        parts = [
            {
                "indicator": key,
                "score": scores[key],
                "points": weight / total * float(scores[key] or 0),
                "possible": 100 * weight / total,
            }
            for key, weight in seen.items()
        ]
        subscores[name] = {"score": 50.0 if parts else None, "contributions": parts}
    present = [name for name, part in subscores.items() if part["score"] is not None]
    share = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return {
        "versions": {"rubric": "practice 1"},
        "overall": {
            "contributions": [
                {"indicator": name, "points": 1.0, "possible": 100 / len(present)} for name in present
            ]
        },
        "subscores": subscores,
        "indicators": {
            key: {
                "score": scores[key],
                "value": None if scores[key] is None else draw(st.floats(0, 300)),
                "unit": "%",
                "norm": "60 or more",
                "coverage": draw(st.sampled_from([0.1, 0.5, 1.0])),
                "interval": draw(st.sampled_from([None, [40.0, 60.0]])),
                "explanation": f"{key} is so.",
                "moments": draw(st.sampled_from([[], [{"start": 1.0, "end": 2.0, "note": "There"}]])),
            }
            for key in INDICATORS
        },
        "strengths": [],
        "improvements": [],
        "questions": [],
        "transcript": [],
        "coverage": {"camera": {"share": share, "reason": "camera off" if share < 0.5 else None}},
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(reports(), st.lists(reports(), max_size=2))
def test_nothing_is_said_twice_or_without_evidence(report: Json, earlier: list[Json]) -> None:
    advice = advise(report, earlier)
    SCHEMA.validate(advice)
    both = [*advice["keep"], *advice["work_on"]]
    named = [theme_of(item["indicator"]) for item in both]
    assert len(named) == len(set(named))
    for item in both:
        indicator = report["indicators"][item["indicator"]]
        assert indicator["score"] is not None
        assert indicator["coverage"] >= 0.25
        assert item["moment"] in (None, *indicator["moments"])
    for side in ("keep", "work_on"):
        assert (len(advice[side]) < MOST) == bool(advice["missing"][side])
    assert canonical_json(advise(report, earlier)) == canonical_json(advice)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_worse_things_come_first(report: Json) -> None:
    advice = advise(report, [])
    for side in ("keep", "work_on"):
        points = [item["points"] for item in advice[side]]
        assert points == sorted(points, reverse=True)
    assert all(report["indicators"][item["indicator"]]["score"] < 85 for item in advice["work_on"])
    assert all(report["indicators"][item["indicator"]]["score"] >= 65 for item in advice["keep"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_the_next_session_gets_another_exercise(report: Json) -> None:
    """Even where nothing has changed."""
    first, second = advise(report, []), advise(report, [report])
    for side in ("keep", "work_on"):
        before = {item["indicator"]: item["exercise"] for item in first[side]}
        for item in second[side]:
            assert before.get(item["indicator"]) != item["exercise"]


def scored_by_hand(**changes: float) -> Json:
    """A report in which only filler rate, eye contact and pace were observed."""
    scores = {"filler_rate": 50.0, "eye_contact": 90.0, "speech_rate": 60.0, **changes}
    parts = [
        {"indicator": key, "score": of, "points": of / 3, "possible": 100 / 3} for key, of in scores.items()
    ]
    return {
        "versions": {"rubric": "practice 1"},
        "overall": {"contributions": [{"indicator": "confidence", "points": 1, "possible": 100.0}]},
        "subscores": {"confidence": {"score": 66.0, "contributions": parts}},
        "indicators": {
            key: {
                "score": of,
                "value": of,
                "unit": "per minute",
                "norm": "more",
                "coverage": 1.0,
                "interval": [max(of - 4, 0), min(of + 4, 100)],
                "explanation": "So.",
                "moments": [],
            }
            for key, of in scores.items()
        },
        "strengths": [],
        "improvements": [],
        "questions": [],
        "transcript": [],
        "coverage": {"camera": {"share": 1.0, "reason": None}},
    }


def test_what_became_better_is_kept_and_what_became_worse_comes_first() -> None:
    advice = advise(scored_by_hand(), [scored_by_hand(filler_rate=20.0, speech_rate=80.0)])
    assert [item["indicator"] for item in advice["keep"]] == ["eye_contact", "filler_rate"] or [
        item["indicator"] for item in advice["keep"]
    ] == ["filler_rate", "eye_contact"]
    fillers = next(item for item in advice["keep"] if item["indicator"] == "filler_rate")
    assert fillers["text"].endswith("Last time it was 20 per minute: better now.")
    assert fillers["change"] == 30
    [pace] = advice["work_on"]
    assert (pace["indicator"], pace["change"]) == ("speech_rate", -20)
    assert pace["text"].endswith("worse now.")
    assert advice["missing"]["work_on"] == "Nothing else falls short of what is good."


def test_a_session_of_seconds_is_told_so() -> None:
    report = fold(interview(3.0, every=3.0), load(None)).report(FACTS)
    advice = advise(report, [])
    assert advice["missing"]["keep"] == "Too little was observed: the session was too short."
    assert advice["missing"]["work_on"] == advice["missing"]["keep"]


def test_a_change_within_the_uncertainty_is_none() -> None:
    advice = advise(scored_by_hand(), [scored_by_hand(filler_rate=46.0, speech_rate=54.5)])
    fillers = next(item for item in advice["work_on"] if item["indicator"] == "filler_rate")
    assert fillers["text"].endswith("about the same.")
    pace = next(item for item in advice["work_on"] if item["indicator"] == "speech_rate")
    assert pace["text"].endswith("Last time it was 54.5 per minute, which may be chance.")


def test_what_an_answer_lacked_is_named() -> None:
    report = scored_by_hand(key_points=20.0, structure=30.0)
    points = [
        {"text": "Say what came of it.", "covered": 0.1, "start": None},
        {"text": "Say why.", "covered": 0.9, "start": 3.0},
    ]
    parts = [{"part": "situation", "start": 1.0, "end": 2.0}, {"part": "action", "start": 2.0, "end": 9.0}]
    quality = {"key_points": points, "structure": {"kind": "STAR", "parts": parts, "share": 0.5}}
    report["questions"] = [
        {"index": 0, "words": 0, "quality": None},
        {"index": 1, "words": 40, "quality": quality},
    ]
    said = {item["indicator"]: item["text"] for item in advise(report, [])["work_on"]}
    assert "Question 2 asked for this too: “Say what came of it”." in said["key_points"]
    assert "In question 2 there was no task and no result." in said["structure"]


def test_without_questions_there_is_still_something_to_listen_to() -> None:
    report = scored_by_hand()
    report["transcript"] = [
        {"start": start, "end": end} for start, end in [(1.0, 3.0), (5.0, 65.0), (70.0, 130.0)]
    ]
    report["indicators"]["filler_rate"]["moments"] = [{"start": 2.0, "end": 2.4, "note": "um"}]
    advice = advise(report, [])
    moments = {item["indicator"]: item["moment"] for side in ("keep", "work_on") for item in advice[side]}
    assert moments["filler_rate"]["note"] == "um"
    longest = {"start": 5.0, "end": 35.0, "note": "Where you spoke the longest"}
    assert moments["speech_rate"] == moments["eye_contact"] == longest


def test_another_rubric_is_no_comparison() -> None:
    before = scored_by_hand(filler_rate=20.0)
    before["versions"] = {"rubric": "practice 2"}
    advice = advise(scored_by_hand(), [before])
    assert all(item["change"] is None for item in [*advice["keep"], *advice["work_on"]])


def test_too_fast_and_too_slow_get_different_exercises() -> None:
    fast, slow = scored_by_hand(), scored_by_hand()
    fast["indicators"]["speech_rate"]["value"] = 230.0
    slow["indicators"]["speech_rate"]["value"] = 70.0
    pace = [
        next(item for item in advise(each, [])["work_on"] if item["indicator"] == "speech_rate")["exercise"]
        for each in (fast, slow)
    ]
    assert pace[0] in themes()["pace"].above
    assert pace[1] in themes()["pace"].below


def test_a_whole_session_gets_six_pieces_of_advice() -> None:
    """From observations to advice."""
    words = split("um so I think we maybe did it um and the the thing was like good and so on you know um")
    advice = advise(fold(whole(120, words), RUBRIC).report(FACTS), [])
    SCHEMA.validate(advice)
    assert (len(advice["keep"]), len(advice["work_on"])) == (3, 3)
    assert "fillers" in {theme_of(item["indicator"]) for item in advice["work_on"]}
    assert any(item["moment"] for item in advice["work_on"])
    assert all(item["moment"] for item in advice["keep"]), "at least the answer that was best in it"


def test_a_session_without_evidence_says_why() -> None:
    unseen: list[Observation] = [SessionEnded(30.0, "finished")]
    advice = advise(fold(unseen, RUBRIC).report(FACTS), [])
    assert (advice["keep"], advice["work_on"]) == ([], [])
    why = "Too little was observed. The camera was off. The microphone was off."
    assert advice["missing"] == {"keep": why, "work_on": why}


def test_without_a_camera_the_words_are_advised_on() -> None:
    heard = [each for each in whole(60) if not type(each).__name__.startswith(("Face", "Posture"))]
    assert any(isinstance(each, Utterance) for each in heard)
    advice = advise(fold(heard, RUBRIC).report(FACTS), [])
    seen = {item["indicator"] for item in [*advice["keep"], *advice["work_on"]]}
    assert seen
    assert all(INDICATORS[key].source != "camera" for key in seen)


@pytest.mark.parametrize("rubric", sorted({key for s in RUBRIC.subscores.values() for key in s.weights}))
def test_every_scored_indicator_has_a_theme(rubric: str) -> None:
    assert theme_of(rubric)


def test_themes_are_of_indicators_that_there_are() -> None:
    assert {key for theme in themes().values() for key in theme.indicators} <= set(INDICATORS)


def test_exercises_take_minutes() -> None:
    """One to five, said at the beginning of each; none stands twice."""
    every = [
        exercise
        for theme in themes().values()
        for exercise in (*theme.keep, *theme.work_on, *theme.above, *theme.below)
    ]
    assert len(every) == len(set(every))
    assert len(every) > 80
    for exercise in every:
        minutes, unit, _ = exercise.split(" ", 2)
        assert 1 <= int(minutes) <= 5
        assert unit in ("minute:", "minutes:")

import dataclasses
import json
import re

import jsonschema
import pytest

from models.observations import Gap, NudgeGiven, Observation, QuestionAsked, SentenceRead, SessionEnded
from scoring import rubric
from scoring.indicators import KEYS
from scoring.report import SCHEMA_FILE, canonical_json
from scoring.scorer import fold
from tests.scoring.sessions import FACTS, SENTENCE, faces, interview, question, utterance, whole

PRACTICE = rubric.load()
SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("seconds", [0.0, 0.3, 30.0, 60.0])
def test_report_keeps_its_schema(seconds: float) -> None:
    observations = whole(seconds) if seconds >= 10 else [SessionEnded(seconds, "abandoned")]
    report = fold(observations, PRACTICE).report(FACTS)
    jsonschema.validate(report, SCHEMA)
    assert report["session"]["duration_s"] == seconds
    assert report["indicators"].keys() == KEYS


def test_nothing_at_all_gives_no_number_and_says_why() -> None:
    report = fold([], PRACTICE).report(FACTS)
    jsonschema.validate(report, SCHEMA)
    assert report["overall"]["score"] is None
    for part in (report["overall"], *report["subscores"].values()):
        assert part["reason"]
        assert part["coverage"] == 0.0
        assert part["contributions"] == []
    assert report["strengths"] == report["improvements"] == []


def test_points_add_up_to_the_score_and_follow_the_rubric() -> None:
    report = fold(whole(60), PRACTICE).report(FACTS)
    for name, subscore in report["subscores"].items():
        parts = subscore["contributions"]
        assert sum(part["points"] for part in parts) == pytest.approx(subscore["score"], abs=1e-9)
        observed = sum(part["weight"] for part in parts)
        for part in parts:
            assert part["weight"] == PRACTICE.subscores[name].weights[part["indicator"]]
            # the largest bears what the rounding of all leaves
            assert part["points"] == pytest.approx(part["weight"] / observed * part["score"], abs=1e-3)
            assert part["score"] == report["indicators"][part["indicator"]]["score"]
    overall = report["overall"]
    assert sum(part["points"] for part in overall["contributions"]) == pytest.approx(
        overall["score"], abs=1e-9
    )


def test_the_last_live_snapshot_and_the_report_agree_on_a_minute() -> None:
    scorer = fold(whole(60), PRACTICE)
    live, report = scorer.snapshot(59.9), scorer.report(FACTS)
    # Content is left out: while the last answer runs, it is measured against the time it has taken so far.
    for name in ("confidence", "communication", "engagement"):
        assert live["subscores"][name]["score"] == pytest.approx(report["subscores"][name]["score"], abs=1.0)


def test_series_is_what_the_live_view_showed() -> None:
    observations = whole(90)
    scorer = fold(observations, PRACTICE)
    series = scorer.report(FACTS)["series"]
    assert series["t"] == list(range(1, 91))
    assert {len(line) for line in series.values()} == {90}
    # At the end of a second, just before the next row begins.
    live = scorer.snapshot(49.99)
    for name in ("confidence", "engagement"):
        assert series[name][49] == pytest.approx(live["subscores"][name]["score"], abs=0.1)
    assert series["eye_contact"][49] == live["live"]["eye_contact"]


def test_transcript_marks_and_questions() -> None:
    said = utterance(0, 1, 5, ["So,", "um,", "you", "know,", "we", "we", "left"])
    report = fold([question(0), said, SessionEnded(6, "finished")], PRACTICE).report(FACTS)
    marks = [word["mark"] for word in report["transcript"][0]["words"]]
    assert marks == [None, "filler", "filler", "filler", None, "repeat", None]
    answer = report["questions"][0]
    assert (answer["words"], answer["filler_words"], answer["answer_seconds"]) == (7, 2, 4.0)
    assert answer["answer"] == "So, um, you know, we we left"


def test_moments_point_to_the_place() -> None:
    looks = faces(0, 20, True) + faces(20, 24, False) + faces(24, 40, True)
    words = [*SENTENCE[:20], "um", "uh", *SENTENCE[20:]]
    said = [utterance(0, 1, 12, SENTENCE), utterance(1, 24, 36, words)]
    observations: list[Observation] = [*looks, *said, SessionEnded(40, "finished")]
    found = fold(observations, PRACTICE).report(FACTS)["indicators"]
    assert found["eye_contact"]["moments"] == [{"start": 20.0, "end": 24.0, "note": "Looking away for 4.0 s"}]
    fillers = found["filler_rate"]["moments"]
    assert [moment["note"] for moment in fillers] == ["um, uh"]
    assert 24 < fillers[0]["start"] < fillers[0]["end"] < 36


def test_strengths_are_strong_and_improvements_have_something_to_gain() -> None:
    words = [*SENTENCE[:12], *["um"] * 6]
    report = fold(whole(60, words), PRACTICE).report(FACTS)
    scores = {key: indicator["score"] for key, indicator in report["indicators"].items()}
    assert len(report["strengths"]) == 3
    assert all(scores[item["indicator"]] >= 65 for item in report["strengths"])
    assert all(scores[item["indicator"]] < 85 for item in report["improvements"])
    filler = next(item for item in report["improvements"] if item["indicator"] == "filler_rate")
    assert filler["moment"] is not None
    gains = [item["points"] for item in report["improvements"]]
    assert gains == sorted(gains, reverse=True)


def test_a_report_of_scores_alone_repeats_no_word() -> None:
    secret = ["xylophone", "um", "xylophone", "maybe", "I", "built", "xylophones", "twice"] * 4
    facts = dataclasses.replace(FACTS, keep="scores")
    asked = question(0, terms=("xylophone",))
    observations: list[Observation] = [asked, utterance(0, 1, 12, secret), SessionEnded(13, "finished")]
    report = fold(observations, PRACTICE).report(facts)
    jsonschema.validate(report, SCHEMA)
    assert "xylophone" not in canonical_json(report)
    assert report["transcript"] == []
    assert report["questions"][0]["words"] == 32


@pytest.mark.parametrize("points", [True, False])
def test_key_terms_and_key_points_stand_for_one_another(points: bool) -> None:
    timeline = interview(240)
    for n, each in enumerate(timeline if not points else []):
        match each:
            case QuestionAsked():
                timeline[n] = dataclasses.replace(each, key_points=())
            case SentenceRead():
                timeline[n] = dataclasses.replace(each, key_points=())
    report = fold(timeline, PRACTICE).report(FACTS)
    there, gone = ("key_points", "key_terms") if points else ("key_terms", "key_points")
    assert report["indicators"][there]["score"] is not None
    assert report["indicators"][gone]["score"] is None
    assert report["subscores"]["skill_relevance"]["coverage"] == pytest.approx(1.0, abs=0.01)


def test_nudges_and_gaps_are_told_in_order() -> None:
    report = fold(
        [
            NudgeGiven(20.0, "look_up", "Look up"),
            NudgeGiven(9.0, "slow_down", "Slow down"),
            Gap(8.0, 9.0, "microphone", "muted"),
            Gap(1.0, 2.0, "camera", "camera off"),
            SessionEnded(30, "finished"),
        ],
        PRACTICE,
    ).report(FACTS)
    assert [nudge["id"] for nudge in report["nudges"]] == ["slow_down", "look_up"]
    assert [gap["source"] for gap in report["gaps"]] == ["camera", "microphone"]


def test_no_sentence_judges_a_person() -> None:
    verdicts = re.compile(
        r"\b(hireable|honest|nervous|anxious|happy|sad|angry|lazy|stupid|boring|weak)\b", re.I
    )
    for rule in PRACTICE.indicators.values():
        for text in (rule.says, rule.strength, rule.improvement, rule.why):
            assert not verdicts.search(text), text


def test_canonical_json_has_sorted_keys_and_no_nan() -> None:
    assert canonical_json({"b": 1, "a": [0.5, None]}) == '{"a":[0.5,null],"b":1}'
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"a": float("nan")})

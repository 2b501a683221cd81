"""Series, bests, weeks and comparison over reports."""

import copy
import json
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scoring.growth import SCHEMA_FILE, certain, compare, growth
from scoring.rubric import load
from scoring.scorer import fold
from tests.scoring.sessions import FACTS, whole

SCHEMA = Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8")))
Json = dict[str, Any]
TODAY = date(2026, 1, 7)
"""A Wednesday."""
WHOLE: Json = fold(whole(60), load(None)).report(FACTS)


def report(id_: str = "s1", created: str = "2026-01-02T03:04:05+00:00", **overall: Any) -> Json:
    """The report of a whole session with another name, date and overall score."""
    changed = copy.deepcopy(WHOLE)
    changed["session"] |= {"id": id_, "created": created}
    changed["overall"] |= overall
    return changed


def test_no_session_is_no_growth() -> None:
    found = growth([], TODAY)
    SCHEMA.validate(found)
    assert (found["sessions"], found["bests"], found["weeks"]["current"]) == ([], [], 0)


def test_one_session_is_no_best() -> None:
    found = growth([report()], TODAY)
    SCHEMA.validate(found)
    assert found["bests"] == []
    assert found["scores"]["overall"]["points"][0]["score"] == WHOLE["overall"]["score"]
    assert found["indicators"]["filler_rate"]["points"][0]["value"] is not None
    assert found["asked_again"] == []
    assert found["indicators"]["blink_rate"]["points"][0]["score"] is None, "shown, not scored"


def test_a_best_needs_coverage_and_the_same_rubric() -> None:
    other = report("other", score=99.0)
    other["versions"]["rubric"] = "content-only 1"
    unseen = report("unseen", score=95.0, coverage=0.4)
    reports = [report("a", score=60.0), other, unseen, report("b", score=70.0), report("c", score=70.0)]
    found = growth(reports, TODAY)
    SCHEMA.validate(found)
    best = next(each for each in found["bests"] if each["of"] == "overall")
    assert (best["session"], best["score"]) == (3, 70.0)


def test_a_difference_within_the_uncertainty_is_not_certain() -> None:
    assert certain({"score": 50, "interval": [44, 56]}, {"score": 58, "interval": [52, 64]}) is False
    assert certain({"score": 50, "interval": [47, 53]}, {"score": 58, "interval": [55, 61]}) is True
    assert certain({"score": 50, "interval": None}, {"score": 58, "interval": [55, 61]}) is None
    assert certain(None, {"score": 58, "interval": [55, 61]}) is None


def test_two_sessions_side_by_side() -> None:
    a, b = report("a", score=60.0, interval=[58, 62]), report("b", score=66.5, interval=[64, 69])
    b["indicators"]["filler_rate"] |= {"value": 4.0, "score": 57.0}
    a["indicators"]["smile"] |= {"value": None, "score": None}
    found = compare(a, b)
    SCHEMA.validate(found)
    assert (found["scores"]["overall"]["score_difference"], found["scores"]["overall"]["certain"]) == (
        6.5,
        True,
    )
    assert (
        found["indicators"]["filler_rate"]["difference"] == 4.0 - WHOLE["indicators"]["filler_rate"]["value"]
    )
    assert (found["indicators"]["smile"]["a"], found["indicators"]["smile"]["difference"]) == (None, None)
    assert [each["id"] for each in found["questions"]] == ["q"]


def test_scores_of_two_rubrics_are_shown_and_not_compared() -> None:
    b = report("b")
    b["versions"]["rubric"] = "content-only 1"
    found = compare(report("a"), b)
    SCHEMA.validate(found)
    assert not found["comparable"]
    assert found["scores"]["overall"]["b"]["score"] == WHOLE["overall"]["score"]
    assert found["scores"]["overall"]["score_difference"] is None
    assert found["indicators"]["filler_rate"]["difference"] == 0


def test_the_same_question_is_the_one_with_the_same_words() -> None:
    again = report("b")
    again["questions"][0] |= {"id": "own-1", "text": "What  did you DO?", "answer_seconds": 33.0}
    other = report("c")
    other["questions"][0] |= {"text": "Why us?"}
    found = growth([report("a"), again, other], TODAY)
    SCHEMA.validate(found)
    [asked] = found["asked_again"]
    assert [each["session"] for each in asked["answers"]] == [0, 1]
    assert asked["answers"][1]["answer_seconds"] == 33.0


def weeks(*days: str) -> tuple[int, int]:
    found = growth([report(created=f"{day}T10:00:00+00:00") for day in days], TODAY)["weeks"]
    return found["current"], found["longest"]


def test_weeks_in_a_row() -> None:
    assert weeks("2026-01-05") == (1, 1)
    assert weeks("2025-12-30") == (1, 1), "this week is not over yet"
    assert weeks("2025-12-28") == (0, 1)
    assert weeks("2025-12-01", "2025-12-08", "2025-12-10", "2026-01-05") == (1, 2)
    assert weeks("2025-12-23", "2025-12-30", "2026-01-06") == (3, 3)


@given(st.lists(st.integers(0, 400), max_size=30))
def test_weeks_never_exceed_the_sessions(ages: list[int]) -> None:
    days = sorted(TODAY - timedelta(days=age) for age in ages)
    brief = [{**report(), "questions": [], "indicators": {}, "subscores": {}} for _ in days]
    for each, day in zip(brief, days, strict=True):
        each["session"]["created"] = f"{day}T00:00:00+00:00"
    found = growth(brief, TODAY)["weeks"]
    assert 0 <= found["current"] <= found["longest"] <= len(days)
    assert sum(each["sessions"] for each in found["practised"]) == len(days)


def test_reports_of_an_earlier_schema_have_no_intervals() -> None:
    old = report("old")
    for part in (old["overall"], *old["subscores"].values(), *old["indicators"].values()):
        part.pop("interval", None)
    found = growth([old, report("new")], TODAY)
    SCHEMA.validate(found)
    assert found["scores"]["overall"]["points"][0]["interval"] is None
    SCHEMA.validate(compare(old, report("new")))

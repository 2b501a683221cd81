"""Stored sessions scored again: what changes, what stays, and what can no longer be scored."""

from pathlib import Path

import pytest

from models.observations import SessionEnded, Utterance
from scoring import rubric
from scoring.report import canonical_json
from scoring.scorer import fold
from sessions.rescoring import NO_WORDS, NotRescored, rescore
from sessions.session import facts
from sessions.store import Keep, SessionRecord, Store
from tests.scoring.sessions import whole

PRACTICE = rubric.load()
CONTENT = rubric.load(rubric.BUNDLED["content-only"])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "rapport.db")


def stored(store: Store, keep: Keep = "all") -> SessionRecord:
    """A session that took place, with its report."""
    record = SessionRecord("s1", "Practice", "mixed", keep, "2026-01-02T03:04:05+00:00")
    store.create(record)
    store.append(record.id, whole(60))
    store.finalise(record, fold(whole(60), PRACTICE).report(facts(record, "finished", {"face": "1"})))
    return record


def test_the_same_rubric_gives_the_same_report(store: Store) -> None:
    stored(store)
    own = store.report("s1")
    assert own is not None
    assert canonical_json(rescore(store, "s1", PRACTICE)) == canonical_json(own)


def test_another_rubric_gives_another_and_the_old_one_stays(store: Store) -> None:
    stored(store)
    own = store.report("s1")
    again = rescore(store, "s1", CONTENT)
    assert again["overall"]["score"] != own["overall"]["score"] if own else False
    assert store.report("s1") == own
    assert store.report("s1", "content-only 1") == again
    assert store.report("s1", f"practice {PRACTICE.version}") == own
    assert store.report("s1", "content-only 0") is None
    rescore(store, "s1", CONTENT)
    listed = store.reports("s1")
    assert [(each["rubric"], each["own"]) for each in listed] == [
        (f"practice {PRACTICE.version}", True),
        ("content-only 1", False),
    ]
    assert listed[1]["overall"] == again["overall"]["score"]
    assert store.sessions()[0]["overall"] == listed[0]["overall"]
    assert store.delete("s1")
    assert store.reports("s1") == []
    assert store.report("s1", "content-only 1") is None


def test_of_scores_alone_the_words_are_missing_and_it_says_so(store: Store) -> None:
    stored(store, keep="scores")
    assert not any(isinstance(each, Utterance) for each in store.timeline("s1"))
    again = rescore(store, "s1", PRACTICE)
    assert again["subscores"]["confidence"]["score"] is not None
    assert again["subscores"]["skill_relevance"]["score"] is None
    assert NO_WORDS in again["subscores"]["skill_relevance"]["reason"]
    assert rescore(store, "s1", CONTENT)["overall"]["score"] is None


def test_what_cannot_be_scored_again_says_why(store: Store) -> None:
    with pytest.raises(NotRescored, match="no such session"):
        rescore(store, "s2", PRACTICE)
    record = SessionRecord.new("Practice", "mixed", "all")
    store.create(record)
    with pytest.raises(NotRescored, match="still going on"):
        rescore(store, record.id, PRACTICE)
    report = fold([SessionEnded(1.0, "finished")], PRACTICE).report(facts(record, "finished", {}))
    store.finalise(record, report)
    with pytest.raises(NotRescored, match="only the report was kept"):
        rescore(store, record.id, PRACTICE)


def test_a_report_under_the_own_rubric_made_later_is_beside_it(store: Store) -> None:
    stored(store)
    name = f"practice {PRACTICE.version}"
    later = rescore(store, "s1", PRACTICE) | {"strengths": []}
    store.keep_rescored("s1", later)
    assert store.report("s1", name) == later
    assert store.report("s1") != later
    assert [each["own"] for each in store.reports("s1")] == [True, False]


def test_nothing_is_kept_of_a_session_that_is_gone(store: Store) -> None:
    stored(store)
    report = store.report("s1")
    assert report is not None
    store.delete("s1")
    store.keep_rescored("s1", report)
    assert store.reports("s1") == []

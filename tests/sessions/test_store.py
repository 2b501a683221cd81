"""The database: what is kept, and what is not."""

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.observations import FaceSample, Observation, QuestionAsked, SentenceRead, Utterance, Word
from models.vision.neutral import Neutral
from sessions.questions import Question
from sessions.store import Keep, SessionRecord, Store


def record(name: str = "s1", keep: Keep = "all", created: str = "2026-01-02T03:04:05+00:00") -> SessionRecord:
    return SessionRecord(name, "Practice", "mixed", keep, created)


def a_report(name: str = "s1") -> dict[str, Any]:
    return {
        "session": {"id": name, "ended": "finished", "duration_s": 12.5},
        "overall": {"score": 61.5, "interval": [55.0, 68.0]},
        "subscores": {
            "confidence": {"score": 60.0, "interval": [52.0, 67.0]},
            "engagement": {"score": None, "interval": None},
        },
    }


TIMELINE: list[Observation] = [
    FaceSample(0.1, 1, yaw=1.5),
    QuestionAsked(0.0, "q", "Why?", "motivation", 90, ("team", "growth")),
    Utterance(
        0, 1.0, 2.0, "So, well.", (Word("So,", 1.0, 1.4, None, True), Word("well.", 1.5, 2.0)), 2, True
    ),
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "new folder" / "rapport.db")


def test_a_timeline_comes_back_as_it_went_in(store: Store) -> None:
    store.create(record())
    store.append("s1", TIMELINE[:1])
    store.append("s1", TIMELINE[1:])
    assert store.timeline("s1") == TIMELINE


def test_sessions_are_listed_newest_first(store: Store) -> None:
    store.create(record("old", created="2026-01-01T00:00:00+00:00"))
    store.create(record("new", created="2026-02-01T00:00:00+00:00"))
    store.finalise(record("old"), a_report("old"))
    new, old = store.sessions()
    assert (new["id"], new["ended"], new["overall"]) == ("new", None, None)
    assert (old["overall"], old["interval"]) == (61.5, [55.0, 68.0])
    assert old["subscores"] == {"confidence": 60.0, "engagement": None}
    assert old["intervals"] == {"confidence": [52.0, 67.0], "engagement": None}
    assert (new["subscores"], new["intervals"]) == ({}, {})
    assert [each.id for each in store.unfinished()] == ["new"]


def test_scores_only_keeps_no_words(store: Store, tmp_path: Path) -> None:
    read = SentenceRead(None, 0, 1.0, 2.0, "Hello there.", 2)
    store.create(record(keep="scores"))
    store.append("s1", [*TIMELINE, read])
    store.finalise(record(keep="scores"), a_report())
    assert store.timeline("s1") == TIMELINE[:2]
    files = (tmp_path / "new folder").iterdir()
    assert not any(b"Hello there." in file.read_bytes() for file in files)


def test_nothing_kept_leaves_nothing(store: Store) -> None:
    store.create(record(keep="none"))
    store.finalise(record(keep="none"), a_report())
    assert store.sessions() == []
    assert store.report("s1") is None


def test_delete_leaves_nothing(store: Store, tmp_path: Path) -> None:
    store.create(record())
    store.append("s1", TIMELINE)
    store.finalise(record(), a_report())
    assert store.delete("s1")
    assert not store.delete("s1")
    assert (store.timeline("s1"), store.report("s1"), store.record("s1")) == ([], None, None)


def test_old_sessions_are_purged(store: Store) -> None:
    for name, created in [("old", "2020-01-01T00:00:00+00:00"), ("new", "2999-01-01T00:00:00+00:00")]:
        store.create(record(name, created=created))
        store.finalise(record(name), a_report(name))
    assert store.purge(days=30) == 1
    assert [row["id"] for row in store.sessions()] == ["new"]


def test_another_process_reads_while_it_is_written(store: Store, tmp_path: Path) -> None:
    store.create(record())
    store.append("s1", TIMELINE)
    with sqlite3.connect(tmp_path / "new folder" / "rapport.db") as reader:
        assert reader.execute("pragma journal_mode").fetchone() == ("wal",)
        assert reader.execute("select count(*) from timeline").fetchone() == (3,)


def test_several_threads_append_without_loss(store: Store) -> None:
    names = [f"s{n}" for n in range(4)]

    def write(name: str) -> None:
        for _ in range(25):
            store.append(name, TIMELINE)

    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(store.timeline(name)) for name in names] == [75] * 4


def test_what_was_asked_for_comes_back(tmp_path: Path) -> None:
    question = Question("own-1", "motivation", "Why us?", 60.0, ("team", "product"))
    wanted = SessionRecord.new(
        "Practice",
        "mixed",
        "all",
        neutral=Neutral(yaw=3.5, shoulder_tilt=-2.0),
        rubric="content-only",
        recording=True,
        coach=True,
        questions=(question,),
    )
    store = Store(tmp_path / "rapport.db")
    store.create(wanted)
    store.create(record())
    store.close()
    store = Store(tmp_path / "rapport.db")
    assert store.record(wanted.id) == wanted
    assert store.unfinished() == [wanted, record()]
    assert [(row["own_questions"], row["calibrated"]) for row in store.sessions()] == [(1, True), (0, False)]
    store.close()


def test_sessions_of_an_earlier_version_open(tmp_path: Path) -> None:
    """Their table knows nothing of what came later."""
    later = ("expressions", "shared", "neutral", "rubric", "recording", "coach", "questions", "room")
    store = Store(tmp_path / "rapport.db")
    store.create(record("old"))
    store.close()
    with sqlite3.connect(tmp_path / "rapport.db") as database:
        for column in later:
            database.execute(f"alter table sessions drop column {column}")
    store = Store(tmp_path / "rapport.db")
    assert store.record("old") == record("old")
    new = replace(record("new"), expressions=True, room="r1")
    store.create(new)
    assert store.record("new") == new
    store.close()

"""Rooms on disk."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.observations import Choice
from sessions.questions import Question
from sessions.room_store import InvitationRecord, MarkMade, Ratings, RoomRecord, RoomStore
from sessions.rooms import Member, Role, RoomState
from sessions.tables import now


@pytest.fixture
def store(tmp_path: Path) -> RoomStore:
    """An empty store."""
    return RoomStore(tmp_path / "rapport.db")


RECORD = RoomRecord.new(
    "An interview", Role.INTERVIEWER, "own", keep="scores", questions=(Question("q", "own", "Why?", 60.0),)
)


def test_a_room_comes_back_as_it_was(store: RoomStore, tmp_path: Path) -> None:
    store.create(RECORD)
    owner = Member("1", "Owner", Role.INTERVIEWER, owner=True)
    gone = Member("2", "Candidate", Role.CANDIDATE, left=True)
    for member in (owner, Member("2", "Candidate", Role.CANDIDATE), gone):
        store.keep_member(RECORD.id, member)
    choices: tuple[Choice, ...] = ("everything", "none")
    for coached, choice in enumerate(choices):
        store.choose(RECORD.id, choice, bool(coached))
    store.move(RECORD.id, RoomState.OPEN, "ab")
    store.keep_agenda(RECORD.id, {"put": [2, 0]})
    store.close()
    found = RoomStore(tmp_path / "rapport.db").load(RECORD.id)
    assert found
    assert found.record == RECORD
    assert (found.room.state, found.session, found.choices) == (RoomState.OPEN, "ab", list(choices))
    assert (found.coached, found.agenda) == (True, {"put": [2, 0]})
    assert (found.room.choice, found.room.here) == ("none", set())
    assert list(found.room.members.values()) == [owner, gone]


def test_a_room_of_an_earlier_version_opens(store: RoomStore, tmp_path: Path) -> None:
    store.create(RECORD)
    store.choose(RECORD.id, "content", True)
    for column in ("rooms drop column agenda", "choices drop column coached"):
        store._db.execute(f"alter table {column}")
    store.close()
    found = RoomStore(tmp_path / "rapport.db").load(RECORD.id)
    assert found
    assert (found.choices, found.coached, found.agenda) == (["content"], False, None)


def test_one_invitation_holds_for_each_role(store: RoomStore) -> None:
    store.create(RECORD)
    for n, role in enumerate([Role.CANDIDATE, Role.CANDIDATE, Role.OBSERVER]):
        store.invite(InvitationRecord(f"i{n}", RECORD.id, role, 5))
    assert [each.id for each in store.invitations(RECORD.id)] == ["i1", "i2"]
    assert not store.holds(RECORD.id, "i0")
    assert store.revoke(RECORD.id, "i1")
    assert not store.revoke(RECORD.id, "i1")
    assert not store.revoke("other", "i2")
    assert store.holds(RECORD.id, "i2")


def test_marks_and_ratings(store: RoomStore) -> None:
    store.create(RECORD)
    mark = MarkMade("m", RECORD.id, 12.5, now(), "1", "follow up", "figures?")
    store.mark(mark)
    assert store.marks(RECORD.id) == [mark]
    store.rate(RECORD.id, "1", lambda none: replace(none, values=(("content", 0, 4),)))
    values = (("content", 0, 5), ("overall", None, 3))
    store.rate(RECORD.id, "1", lambda earlier: replace(earlier, values=values, note="Well.", handed_in=True))
    store.rate(RECORD.id, "1", lambda earlier: replace(earlier, share_marks=True))
    latest = Ratings(RECORD.id, "1", values, "Well.", True, True, False)
    assert store.ratings(RECORD.id) == {"1": latest}

    def refused(earlier: Ratings) -> Ratings:
        raise ValueError(earlier.note)

    with pytest.raises(ValueError, match="Well"):
        store.rate(RECORD.id, "1", refused)
    assert store.ratings(RECORD.id) == {"1": latest}
    assert store.ratings("other") == {}


def test_what_is_deleted_is_gone(store: RoomStore) -> None:
    store.create(RECORD)
    store.keep_member(RECORD.id, Member("1", "Zanzibar", Role.INTERVIEWER, owner=True))
    store.mark(MarkMade("m", RECORD.id, None, now(), "1", "note", "Zanzibar"))
    assert [room["members"] for room in store.rooms()] == [[{"name": "Zanzibar", "role": "interviewer"}]]
    assert store.purge(days=1) == 0
    assert store.purge(days=-1) == 1
    assert not store.delete(RECORD.id)
    assert store.load(RECORD.id) is None
    assert store.record(RECORD.id) is None
    assert store.rooms() == []
    files = list(Path(store._db.conn.execute("pragma database_list").fetchone()[2]).parent.iterdir())
    assert all(b"Zanzibar" not in file.read_bytes() for file in files)

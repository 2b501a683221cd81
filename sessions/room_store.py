"""What is kept of rooms: their members, invitations, marks and ratings."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from models.observations import Choice, MarkKind
from sessions.questions import Question
from sessions.rooms import Member, Role, Room, RoomState
from sessions.store import PRACTICE_RUBRIC, Keep
from sessions.tables import Tables, now

PARTS = ("members", "invitations", "marks", "ratings", "choices")
"""The tables beside that of the rooms, each with a column `room`."""


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """A room as it was asked for; does not change during its life."""

    id: str
    title: str
    created: str
    """ISO 8601, UTC."""
    owner_role: Role
    question_set: str
    keep: Keep = "all"
    """What is stored of the candidate's session."""
    rubric: str = PRACTICE_RUBRIC
    questions: tuple[Question, ...] | None = None
    """Own questions, instead of those of the set."""

    @classmethod
    def new(cls, title: str, owner_role: Role, question_set: str, **rest: Any) -> "RoomRecord":
        """A record that is created now; `rest` are further fields."""
        return cls(secrets.token_hex(8), title, now(), owner_role, question_set, **rest)


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """An invitation that was made."""

    id: str
    room: str
    role: Role
    expires: int
    """Unix time, s."""


@dataclass(frozen=True, slots=True)
class MarkMade:
    """A mark of an interviewer, as it is kept."""

    id: str
    room: str
    t: float | None
    """Session time, s; None where nothing was measured."""
    at: str
    """ISO 8601, UTC."""
    by: str
    mark: MarkKind
    text: str


@dataclass(frozen=True, slots=True)
class Ratings:
    """What one interviewer thinks, and what of it the candidate may see."""

    room: str
    member: str
    values: tuple[tuple[str, int | None, int], ...] = ()
    """Criterion, index of the question or None, value."""
    note: str = ""
    handed_in: bool = False
    share_marks: bool = False
    share_ratings: bool = False


@dataclass
class Kept:
    """A room as it was left."""

    record: RoomRecord
    room: Room
    session: str | None
    choices: list[Choice] = field(default_factory=list)
    """All that the candidate chose, in order."""
    coached: bool = False
    """With the last of them they agreed to suggestions by a language model."""
    agenda: dict[str, Any] | None = None
    """What `Agenda.to_json` said last."""


class RoomStore(Tables):
    """Rooms on disk. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the tables in the database at `path`."""
        super().__init__(path)
        columns: dict[str, dict[str, type]] = {
            "members": {"id": str, "name": str, "role": str, "owner": int, "left": int, "seq": int},
            "invitations": {"id": str, "role": str, "expires": int, "revoked": int},
            "marks": {"id": str, "t": float, "at": str, "by": str, "mark": str, "text": str},
            "choices": {"seq": int, "choice": str, "coached": int},
            "ratings": {
                "member": str,
                "values": str,
                "note": str,
                "handed_in": int,
                "share_marks": int,
                "share_ratings": int,
            },
        }
        keys = {"ratings": "member", "choices": "seq"}
        with self._writing():
            self._table("rooms").create(
                {
                    "id": str,
                    "title": str,
                    "created": str,
                    "owner_role": str,
                    "question_set": str,
                    "keep": str,
                    "rubric": str,
                    "questions": str,
                    "state": str,
                    "session": str,
                    "agenda": str,
                },
                pk="id",
                if_not_exists=True,
            )
            for name, of in columns.items():
                self._table(name).create(
                    {"room": str, **of}, pk=("room", keys.get(name, "id")), if_not_exists=True
                )
            self._add_missing_columns()

    def _add_missing_columns(self) -> None:
        """Bring the tables of an earlier version up to this one's."""
        if "agenda" not in self._table("rooms").columns_dict:
            self._table("rooms").add_column("agenda", str)
        if "coached" not in self._table("choices").columns_dict:
            self._table("choices").add_column("coached", int, not_null_default=0)

    # --- rooms

    def create(self, record: RoomRecord) -> None:
        """Note a new room."""
        with self._writing():
            self._table("rooms").insert({**asdict(record), "state": RoomState.WAITING, "session": None})

    def record(self, room: str) -> RoomRecord | None:
        """The room's record, or None when there is none of that id."""
        row = self._row("rooms", room)
        return _record(row) if row else None

    def load(self, room: str) -> Kept | None:
        """The room as it was left; None when there is none of that id."""
        with self._lock:
            row = self._row("rooms", room)
            if row is None:
                return None
            members = list(self._table("members").rows_where("room = ?", [room], order_by="seq"))
            chosen = list(self._table("choices").rows_where("room = ?", [room], order_by="seq"))
        choices: list[Choice] = [each["choice"] for each in chosen]
        found = Room(
            row["id"],
            row["title"],
            RoomState(row["state"]),
            {
                each["id"]: Member(
                    each["id"], each["name"], Role(each["role"]), bool(each["owner"]), bool(each["left"])
                )
                for each in members
            },
            choice=choices[-1] if choices else None,
        )
        return Kept(
            _record(row),
            found,
            row["session"],
            choices,
            bool(chosen and chosen[-1]["coached"]),
            json.loads(row["agenda"]) if row["agenda"] else None,
        )

    def rooms(self) -> list[dict[str, Any]]:
        """All rooms, newest first: id, title, created, state, owner_role, session, and the members' names."""
        with self._lock:
            rows = list(self._table("rooms").rows_where(order_by="created desc"))
            seats = list(self._table("members").rows_where("not left", order_by="seq"))
        shown = ("id", "title", "created", "state", "owner_role", "session")
        return [
            {name: row[name] for name in shown}
            | {
                "members": [
                    {"name": seat["name"], "role": seat["role"]}
                    for seat in seats
                    if seat["room"] == row["id"]
                ]
            }
            for row in rows
        ]

    def move(self, room: str, state: RoomState, session: str | None) -> None:
        """Keep how far a room has come."""
        with self._writing():
            self._db.execute("update rooms set state = ?, session = ? where id = ?", [state, session, room])

    def keep_agenda(self, room: str, agenda: Mapping[str, Any]) -> None:
        """Keep what was asked, in place of what was kept before."""
        with self._writing():
            self._db.execute("update rooms set agenda = ? where id = ?", [json.dumps(agenda), room])

    def delete(self, room: str) -> bool:
        """Delete all that is kept of a room but its session; false when there was nothing."""
        return self._delete("rooms", room, PARTS, "room")

    def purge(self, days: float) -> int:
        """Delete the rooms older than `days`; how many."""
        return sum(self.delete(room) for room in self._older("rooms", days))

    # --- who

    def keep_member(self, room: str, member: Member) -> None:
        """Keep a member, new or changed."""
        with self._writing():
            self._db.execute(
                "insert into members (room, id, name, role, owner, left, seq)"
                " values (?, ?, ?, ?, ?, ?, (select count(*) from members where room = ?))"
                " on conflict (room, id) do update set left = excluded.left",
                [room, member.id, member.name, member.role, member.owner, member.left, room],
            )

    def invite(self, invitation: InvitationRecord) -> None:
        """Note an invitation; earlier ones for the same role hold no longer."""
        with self._writing():
            self._db.execute(
                "update invitations set revoked = 1 where room = ? and role = ?",
                [invitation.room, invitation.role],
            )
            self._table("invitations").insert({**asdict(invitation), "revoked": 0})

    def invitations(self, room: str) -> list[InvitationRecord]:
        """Those that were not revoked."""
        with self._lock:
            rows = list(self._table("invitations").rows_where("room = ? and not revoked", [room]))
        return [InvitationRecord(row["id"], row["room"], Role(row["role"]), row["expires"]) for row in rows]

    def revoke(self, room: str, invitation: str) -> bool:
        """Let an invitation hold no longer; false when none did."""
        with self._writing():
            done = self._db.execute(
                "update invitations set revoked = 1 where room = ? and id = ? and not revoked",
                [room, invitation],
            )
            return done.rowcount > 0

    def holds(self, room: str, invitation: str) -> bool:
        """The invitation was made and not revoked."""
        return any(each.id == invitation for each in self.invitations(room))

    # --- what was said and thought

    def choose(self, room: str, choice: Choice, coached: bool) -> None:
        """Keep what the candidate chose, and whether a language model may suggest what to ask."""
        with self._writing():
            self._db.execute(
                "insert into choices (room, seq, choice, coached)"
                " values (?, (select count(*) from choices where room = ?), ?, ?)",
                [room, room, choice, coached],
            )

    def forget_choices(self, room: str) -> None:
        """Somebody else will sit on the candidate's seat."""
        with self._writing():
            self._table("choices").delete_where("room = ?", [room])

    def mark(self, mark: MarkMade) -> None:
        """Keep a mark."""
        with self._writing():
            self._table("marks").insert(asdict(mark))

    def marks(self, room: str) -> list[MarkMade]:
        """In the order in which they were made."""
        with self._lock:
            return [MarkMade(**row) for row in self._table("marks").rows_where("room = ?", [room], "at, id")]

    def rate(self, room: str, member: str, change: Callable[[Ratings], Ratings]) -> None:
        """Keep what an interviewer's ratings change to; nothing else changes them meanwhile.

        What `change` raises is raised, and the ratings stay as they were.
        """
        with self._writing():
            ratings = change(self.ratings(room).get(member, Ratings(room, member)))
            row = {**asdict(ratings), "values": json.dumps(ratings.values)}
            self._table("ratings").upsert(row, pk=("room", "member"))

    def ratings(self, room: str) -> Mapping[str, Ratings]:
        """By member."""
        with self._lock:
            rows = list(self._table("ratings").rows_where("room = ?", [room], order_by="member"))
        return {
            row["member"]: Ratings(
                room,
                row["member"],
                tuple(
                    (criterion, question, value) for criterion, question, value in json.loads(row["values"])
                ),
                row["note"],
                bool(row["handed_in"]),
                bool(row["share_marks"]),
                bool(row["share_ratings"]),
            )
            for row in rows
        }


def _record(row: Mapping[str, Any]) -> RoomRecord:
    return RoomRecord(
        row["id"],
        row["title"],
        row["created"],
        Role(row["owner_role"]),
        row["question_set"],
        row["keep"],
        row["rubric"],
        tuple(map(Question.from_json, json.loads(row["questions"]))) if row["questions"] else None,
    )

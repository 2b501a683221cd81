"""What is kept on disk: one SQLite database in the data folder."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from models.observations import Observation, OtherSpeech, SentenceRead, Utterance, from_json, to_json
from models.vision.neutral import Neutral
from scoring.report import canonical_json
from sessions.questions import Question
from sessions.tables import Tables, now

Keep: TypeAlias = Literal["all", "scores", "none"]
"""What the candidate lets be stored: everything, no words, or nothing."""
PRACTICE_RUBRIC = "practice"


class NotPrivate(ValueError):
    """A session that others take part in was to do what is for private practice; says so in a sentence."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as it was asked for; does not change during its life."""

    id: str
    title: str
    question_set: str
    keep: Keep
    created: str
    """ISO 8601, UTC."""
    source: Literal["live", "file"] = "live"
    expressions: bool = False
    """The candidate switched the estimate of their expressions on."""
    shared: bool = False
    """An interviewer takes part or reads along."""
    neutral: Neutral | None = None
    """What was measured in the device check."""
    rubric: str = PRACTICE_RUBRIC
    """Which of the rubrics that come along scores it."""
    recording: bool = False
    """The candidate consents to sound and picture being kept."""
    coach: bool = False
    """The candidate lets the transcript and the figures go to the configured language model."""
    questions: tuple[Question, ...] | None = None
    """The candidate's own questions, instead of those of the set."""
    room: str | None = None
    """The room that it is held in."""

    @classmethod
    def new(cls, title: str, question_set: str, keep: Keep, **rest: Any) -> "SessionRecord":
        """A record that is created now; `rest` are further fields."""
        return cls(secrets.token_hex(8), title, question_set, keep, now(), **rest)

    def __post_init__(self) -> None:
        """Raises NotPrivate: whoever decides about a candidate must not be told what their face shows."""
        if self.expressions and self.shared:
            raise NotPrivate(
                "Expressions are estimated in private practice only, never in a session shared with an"
                " interviewer: leave out expressions, or practise alone."
            )


class Store(Tables):
    """Sessions, their timelines and their reports. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the database at `path`; its folder is made when missing."""
        super().__init__(path)
        with self._writing():
            self._table("sessions").create(
                {
                    "id": str,
                    "title": str,
                    "question_set": str,
                    "keep": str,
                    "created": str,
                    "source": str,
                    "expressions": int,
                    "shared": int,
                    "neutral": str,
                    "rubric": str,
                    "recording": int,
                    "coach": int,
                    "questions": str,
                    "room": str,
                    "ended": str,
                    "duration_s": float,
                    "scores": str,
                },
                pk="id",
                if_not_exists=True,
            )
            self._add_missing_columns()
            self._table("timeline").create(
                {"session": str, "seq": int, "observation": str},
                pk=("session", "seq"),
                if_not_exists=True,
            )
            self._table("reports").create({"session": str, "report": str}, pk="session", if_not_exists=True)
            self._table("rescored").create(
                {"session": str, "rubric": str, "created": str, "report": str},
                pk=("session", "rubric"),
                if_not_exists=True,
            )
            self._table("advice").create({"session": str, "advice": str}, pk="session", if_not_exists=True)

    def create(self, record: SessionRecord) -> None:
        """Note a new session. One that keeps nothing is not noted."""
        if record.keep != "none":
            with self._writing():
                self._table("sessions").insert(asdict(record))

    def append(self, session: str, observations: Iterable[Observation]) -> None:
        """Add to the end of a session's timeline."""
        with self._writing():
            first = self._db.execute(
                "select coalesce(max(seq) + 1, 0) from timeline where session = ?", [session]
            ).fetchone()[0]
            self._table("timeline").insert_all(
                {"session": session, "seq": seq, "observation": json.dumps(to_json(observation))}
                for seq, observation in enumerate(observations, first)
            )

    def timeline(self, session: str) -> list[Observation]:
        """The session's observations in the order they came; kinds that are not known are left out."""
        with self._lock:
            rows = self._table("timeline").rows_where(
                "session = ?", [session], order_by="seq", select="observation"
            )
            read = (from_json(json.loads(row["observation"])) for row in rows)
            return [observation for observation in read if observation is not None]

    def finalise(self, record: SessionRecord, report: dict[str, Any]) -> None:
        """Store the report and the session's end. Of one that keeps scores only, the words are removed."""
        if record.keep == "none":
            return
        overall = report["overall"]
        scores = {"overall": overall["score"], "interval": overall.get("interval")}
        scores |= {name: part["score"] for name, part in report["subscores"].items()}
        scores["intervals"] = {name: part.get("interval") for name, part in report["subscores"].items()}
        with self._writing():
            stored = {"session": record.id, "report": canonical_json(report)}
            self._table("reports").upsert(stored, pk="session")
            self._table("sessions").update(
                record.id,
                {
                    "ended": report["session"]["ended"],
                    "duration_s": report["session"]["duration_s"],
                    "scores": json.dumps(scores),
                },
            )
            if record.keep == "scores":
                self._db.execute(
                    "delete from timeline where session = ?"
                    " and json_extract(observation, '$.kind') in (?, ?, ?)",
                    [record.id, Utterance.kind, SentenceRead.kind, OtherSpeech.kind],
                )
        if record.keep == "scores":
            self._forget_writes()

    def unfinished(self) -> list[SessionRecord]:
        """Sessions that a server left without a report."""
        with self._lock:
            return [_record(row) for row in self._table("sessions").rows_where("ended is null")]

    def sessions(self) -> list[dict[str, Any]]:
        """All sessions, newest first: the record's fields with ended, duration_s, overall and subscores,
        with the overall score's interval and the subscores' intervals, which earlier versions did not keep.

        Of the neutral only whether there is one, as `calibrated`; of own questions their number.
        """
        with self._lock:
            rows = list(self._table("sessions").rows_where(order_by="created desc"))
        for row in rows:
            subscores = json.loads(row.pop("scores") or "{}")
            row["overall"] = subscores.pop("overall", None)
            row["interval"] = subscores.pop("interval", None)
            row["intervals"] = subscores.pop("intervals", {})
            row["subscores"] = subscores
            row["calibrated"] = row.pop("neutral") is not None
            row["own_questions"] = len(json.loads(row.pop("questions") or "[]"))
        return rows

    def record(self, session: str) -> SessionRecord | None:
        """The session's record, or None when there is none of that id."""
        row = self._row("sessions", session)
        return _record(row) if row else None

    def report(self, session: str, rubric: str | None = None) -> dict[str, Any] | None:
        """The session's own report, or the newest under a rubric (id and version); None without one."""
        with self._lock:
            rows = self._db.execute(
                "select 1, report from rescored where session = :session and rubric = :rubric union all"
                " select 2, report from reports where session = :session"
                " and (:rubric is null or json_extract(report, '$.versions.rubric') = :rubric) order by 1",
                {"session": session, "rubric": rubric},
            ).fetchall()
        report: dict[str, Any] | None = json.loads(rows[0][1]) if rows else None
        return report

    def reports(self, session: str) -> list[dict[str, Any]]:
        """The session's reports, its own first, then by when they were made: their rubric and scores."""
        with self._lock:
            rows = self._db.execute(
                "select true, created, report from reports join sessions on id = session where id = :session"
                " union all select false, created, report from rescored where session = :session"
                " order by 1 desc, 2",
                {"session": session},
            ).fetchall()
        read = ((bool(own), created, json.loads(report)) for own, created, report in rows)
        return [
            {
                "rubric": report["versions"]["rubric"],
                "own": own,
                "created": created,
                "overall": report["overall"]["score"],
                "subscores": {name: part["score"] for name, part in report["subscores"].items()},
            }
            for own, created, report in read
        ]

    def keep_rescored(self, session: str, report: dict[str, Any]) -> None:
        """Keep a further report of a stored session; an earlier one under the same rubric gives way."""
        with self._writing():
            self._db.execute(
                "insert or replace into rescored (session, rubric, created, report)"
                " select id, ?, ?, ? from sessions where id = ?",
                [
                    report["versions"]["rubric"],
                    now(),
                    canonical_json(report),
                    session,
                ],
            )

    def brief_reports(self, before: str | None = None) -> list[dict[str, Any]]:
        """Reports of private practices, oldest first, without what was said, what was seen, and the series.

        Of those created earlier than `before` (ISO 8601) alone where that is given. Left out are files and
        what is shared with an interviewer: they may show anybody.
        """
        with self._lock:
            rows = self._db.execute(
                "select json_remove(report, '$.transcript', '$.series', '$.expressions') from reports"
                " join sessions on sessions.id = session"
                " where source = 'live' and not shared and (? is null or created < ?) order by created, id",
                [before, before],
            ).fetchall()
        return [json.loads(report) for (report,) in rows]

    def advice(self, session: str) -> dict[str, Any] | None:
        """What a language model advised, as kept by `keep_advice`."""
        row = self._row("advice", session)
        advice: dict[str, Any] | None = json.loads(row["advice"]) if row else None
        return advice

    def keep_advice(self, session: str, advice: dict[str, Any]) -> None:
        """Keep what a language model advised on a stored session; of one deleted meanwhile nothing is."""
        with self._writing():
            self._db.execute(
                "insert or replace into advice (session, advice) select id, ? from sessions where id = ?",
                [json.dumps(advice), session],
            )

    def delete(self, session: str) -> bool:
        """Delete all that is stored of a session; false when there was nothing."""
        return self._delete("sessions", session, ("timeline", "reports", "rescored", "advice"), "session")

    def purge(self, days: float) -> int:
        """Delete ended sessions older than `days`; how many."""
        return sum(self.delete(session) for session in self._older("sessions", days, "ended is not null"))

    def _add_missing_columns(self) -> None:
        """Bring the table of an earlier version up to this one's."""
        sessions = self._table("sessions")
        there = set(sessions.columns_dict)
        for name in sorted({"expressions", "shared", "recording", "coach"} - there):
            sessions.add_column(name, int, not_null_default=0)
        for name in sorted({"neutral", "questions", "room"} - there):
            sessions.add_column(name, str)
        if "rubric" not in there:
            sessions.add_column("rubric", str, not_null_default=PRACTICE_RUBRIC)


def _record(row: dict[str, Any]) -> SessionRecord:
    return SessionRecord(
        row["id"],
        row["title"],
        row["question_set"],
        row["keep"],
        row["created"],
        row["source"],
        bool(row["expressions"]),
        bool(row["shared"]),
        Neutral.from_json(json.loads(row["neutral"])) if row["neutral"] else None,
        row["rubric"],
        bool(row["recording"]),
        bool(row["coach"]),
        tuple(map(Question.from_json, json.loads(row["questions"]))) if row["questions"] else None,
        row["room"],
    )

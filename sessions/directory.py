"""Who holds which session: the live ones of this process, and the stored ones.

The narrow interface behind which a registry shared by several workers can come later.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from models.observations import EndReason, SessionEnded, time_of
from scoring.rubric import Rubric
from scoring.scorer import fold
from sessions import metrics
from sessions.perception import Perception
from sessions.recording import Recordings
from sessions.session import LiveSession, facts
from sessions.state import State
from sessions.store import SessionRecord, Store

log = structlog.get_logger()
REMEMBERED_S = 600.0
"""An ended session stays in memory this long, so that its candidate's token still opens its report."""


class Full(Exception):
    """The machine has no room for one more session."""


class Directory:
    """Admits, finds and ends the sessions of this process."""

    def __init__(
        self,
        store: Store,
        recordings: Recordings,
        perception: Perception,
        rubrics: Mapping[str, Rubric],
        max_sessions: int,
        wait_s: float,
    ) -> None:
        """`rubrics` by the names that records use."""
        self.store, self.recordings = store, recordings
        self._perception, self.rubrics = perception, rubrics
        self._max_sessions, self._wait_s = max_sessions, wait_s
        self._sessions: dict[str, LiveSession] = {}

    def admit(self, record: SessionRecord, wait_s: float | None = None) -> LiveSession:
        """Begin a new session, whose candidate is waited for as usual or for `wait_s`.

        Raises Full when as many as the machine can serve well are going on.
        """
        if sum(not session.over for session in self._sessions.values()) >= self._max_sessions:
            metrics.REFUSED.inc()
            raise Full
        self.store.create(record)
        session = LiveSession(
            record,
            self._perception,
            self.rubrics[record.rubric],
            self.store,
            self.recordings,
            self._wait_s if wait_s is None else wait_s,
            self._remember_for_a_while,
        )
        self._sessions[record.id] = session
        log.info("session admitted", session=record.id)
        return session

    def find(self, session: str) -> LiveSession | None:
        """The session if this process holds it."""
        return self._sessions.get(session)

    def report(self, session: str, rubric: str | None = None) -> dict[str, Any] | None:
        """The report of an ended session, from memory or the store; or that under another rubric."""
        held = self.find(session)
        own = held.report if held and rubric is None else None
        return own or self.store.report(session, rubric)

    async def delete(self, session: str) -> bool:
        """End the session if it goes on, and delete all that there is of it; false when there was nothing."""
        held = self.find(session)
        if held:
            await held.end("finished")
            self._forget(held)
        deleted = await asyncio.to_thread(self.store.delete, session)
        await asyncio.to_thread(self.recordings.delete, session)
        return deleted or held is not None

    async def delete_recording(self, session: str) -> bool:
        """Delete a session's recording alone, and record no more of it; false when there was none."""
        held = self.find(session)
        if held:
            await held.stop_recording()
        return await asyncio.to_thread(self.recordings.delete, session)

    def purge(self, days: float) -> int:
        """Delete ended sessions older than `days`, and recordings without a session; how many sessions."""
        purged = self.store.purge(days)
        for session in self.recordings.sessions():
            if session not in self._sessions and self.store.record(session) is None:
                self.recordings.delete(session)
        return purged

    async def end_all(self, reason: EndReason) -> None:
        """End every session that goes on, each with its report."""
        going = [session for session in self._sessions.values() if session.state is not State.ENDED]
        await asyncio.gather(*(session.end(reason) for session in going))

    def recover(self) -> int:
        """Write the reports of sessions that an earlier server was killed in; how many."""
        recovered = 0
        for record in self.store.unfinished():
            try:
                self._finalise_interrupted(record)
                recovered += 1
            except Exception:
                # what cannot be read must not keep the server from starting; it stays for a later version
                log.exception("interrupted session could not be finalised", session=record.id)
        self.recordings.finish_in_background(*self.recordings.unfinished())
        return recovered

    def _finalise_interrupted(self, record: SessionRecord) -> None:
        observations = self.store.timeline(record.id)
        end = max(map(time_of, observations), default=0.0)
        ended = SessionEnded(round(end, 3), "interrupted")
        self.store.append(record.id, [ended])
        scorer = fold([*observations, ended], self.rubrics[record.rubric])
        report = scorer.report(facts(record, "interrupted", self._perception.versions))
        self.store.finalise(record, report)
        log.info("interrupted session finalised", session=record.id)

    def _remember_for_a_while(self, session: LiveSession) -> None:
        # a server that stops leaves that to its next start
        if session.report and session.report["session"]["ended"] != "shutdown":
            self.recordings.finish_in_background(session.record.id)
        asyncio.get_running_loop().call_later(REMEMBERED_S, self._forget, session)

    def _forget(self, session: LiveSession) -> None:
        if self._sessions.pop(session.record.id, None):
            metrics.SESSIONS.labels(session.state).dec()

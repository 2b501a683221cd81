"""A live session: what arrives is analysed, folded into scores, told to the candidate and kept."""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any, Protocol

import av
import structlog

from models import memory
from models.observations import (
    EndReason,
    FaceSample,
    NudgeGiven,
    Observation,
    QuestionAsked,
    SessionEnded,
    Utterance,
    VoiceActivity,
)
from models.stage import AudioChunk
from scoring.answers import listen
from scoring.report import SessionFacts
from scoring.rubric import Rubric
from scoring.scorer import Scorer
from sessions import metrics
from sessions.clock import SessionClock
from sessions.gaps import Attendance
from sessions.intake import Cadence
from sessions.lanes import SoundLane, VisionLane
from sessions.perception import Perception, Vision
from sessions.questions import Question, question_sets
from sessions.reading import ReadingLane
from sessions.recording import Recordings
from sessions.remux import Packet
from sessions.second_pass import PATIENCE_S
from sessions.state import State, move
from sessions.store import SessionRecord, Store
from sessions.wire import message

log = structlog.get_logger()
SCORED_EVERY_S = 0.2
"""Time between scorings. A face result or a change of voice is told at once, with the latest scores."""
FLUSH_EVERY_S = 0.5
"""How often observations go to disk, and so the most that a killed server loses of what was seen."""
LISTENING_BOUND = 50
"""Blocks of 100 ms that may wait for the listening lane."""
TRANSCRIPTION_BOUND = 200
"""Blocks of 100 ms that may wait for the transcription lane."""


class Viewer(Protocol):
    """The candidate's end of the wire."""

    def snapshot(self, message: str) -> None:
        """Send on the `metrics` channel; may be dropped."""

    def event(self, message: str) -> None:
        """Send on the `events` channel."""


class Watcher(Protocol):
    """Whoever looks on from a room. Told after the candidate."""

    def told(self, type_: str, data: dict[str, Any]) -> None:
        """The candidate's page was told this; see client/wire.json."""

    def observed(self, observation: Observation) -> None:
        """This was added to the timeline."""


class LiveSession:
    """One candidate's session, from admission to report. Lives on the event loop; lanes do the work."""

    def __init__(
        self,
        record: SessionRecord,
        perception: Perception,
        rubric: Rubric,
        store: Store,
        recordings: Recordings,
        wait_s: float,
        ended: Callable[["LiveSession"], None],
    ) -> None:
        """`wait_s` is how long a lost candidate is waited for; `ended` is called once there is a report."""
        self.record = record
        self.token = secrets.token_urlsafe(24)
        self.clock = SessionClock()
        self.questions = record.questions or question_sets()[record.question_set].questions
        self.report: dict[str, Any] | None = None
        self.state = State.CREATED
        self.watcher: Watcher | None = None
        self._perception, self._rubric, self._store = perception, rubric, store
        self._wait_s, self._ended = wait_s, ended
        self._loop = asyncio.get_running_loop()
        self._scorer = Scorer(rubric)
        self._viewer: Viewer | None = None
        self._resumed = False
        self._asked = -1
        self._asked_at = 0.0
        self._seq = 0
        self._frame_age_ms: float | None = None
        self._scored: dict[str, Any] = {}
        self._scored_at = 0.0
        self._pending: list[Observation] = []
        self._flushing = asyncio.Lock()
        self._camera = Attendance("camera", "no picture")
        self._microphone = Attendance("microphone", "no sound")
        self._camera_on = self._microphone_on = True
        self._cadence = Cadence(Vision.fps)
        self._rereading = perception.rereading(lambda better: self._from_lane(better, time.monotonic()))
        self._vision = VisionLane(
            lambda: perception.vision(
                record.expressions, keep_pictures=record.keep == "all", neutral=record.neutral
            ),
            self._from_lane,
        )
        self._listening = SoundLane(
            "listening", perception.listening, self._from_lane, "microphone", LISTENING_BOUND
        )
        self._transcription = SoundLane(
            "transcription",
            lambda: perception.transcription(True, self._rereading.put if self._rereading else None),
            self._from_lane,
            "transcription",
            TRANSCRIPTION_BOUND,
        )
        # what is not kept whole is not kept as sound and picture either
        self._recorder = (
            recordings.recorder(record.id, self._recording_stopped)
            if record.recording and record.keep == "all"
            else None
        )
        self._reading = ReadingLane(perception.reading, self._from_lane)
        self._lanes = (self._vision, self._listening, self._transcription)
        self._tasks: list[asyncio.Task[None]] = []
        self._patience: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[dict[str, Any]] | None = None
        metrics.SESSIONS.labels(self.state).inc()
        self._be_patient("abandoned")

    @property
    def t(self) -> float:
        """Session time now, s."""
        return self.clock.at(time.monotonic())

    @property
    def recording(self) -> bool:
        """Sound and picture are being kept."""
        return self._recorder is not None and self._recorder.running

    @property
    def over(self) -> bool:
        """The session takes no more media."""
        return self.state in (State.ENDING, State.ENDED)

    # --- the candidate comes and goes

    def attach(self, viewer: Viewer) -> None:
        """A candidate's events channel is open; from now on it hears about the session.

        Raises IllegalMove when the session is over.
        """
        self._resumed = self.state is State.WAITING or self._viewer is not None
        if self._patience:
            self._patience.cancel()
            self._patience = None
        if self.state is State.CREATED:
            for lane in (*self._lanes, self._reading):
                lane.start()
            self._tasks = [
                asyncio.create_task(self._keep_telling()),
                asyncio.create_task(self._keep_flushing()),
            ]
        self._viewer = viewer
        if self.state is not State.LIVE:
            self._move(State.LIVE)
        else:
            self._tell_state()
        if self._asked >= 0:
            self._tell_question()
        elif self.record.room is None:
            self.next_question(0)

    def detach(self, viewer: Viewer, reason: str) -> None:
        """The connection behind `viewer` is gone; wait for the candidate to come back."""
        if viewer is not self._viewer or self.state is not State.LIVE:
            return
        log.info("candidate away", session=self.record.id, reason=reason)
        self._viewer = None
        self._camera.blame(reason)
        self._microphone.blame(reason)
        self._move(State.WAITING)
        self._be_patient("abandoned")

    def next_question(self, index: int) -> None:
        """Ask question `index` (from 0); anything but the one after the current is ignored.

        In a room so is everything: there it is the interviewers who ask.
        """
        if index != self._asked + 1 or index >= len(self.questions) or self.over or self.record.room:
            return
        self._ask(index)

    def ask(self, question: Question, t: float | None = None, by: str | None = None) -> None:
        """Ask a question out of turn; one that was not planned is added to those that were.

        It was put at `t` (s), now unless that is given, in the speech of the room's member `by`.
        """
        if self.over:
            return
        if question not in self.questions:
            self.questions = (*self.questions, question)
        self._ask(self.questions.index(question), t, by)

    def _ask(self, index: int, t: float | None = None, by: str | None = None) -> None:
        asked = self.questions[index].asked(self.t if t is None else t, by)
        self._asked, self._asked_at = index, asked.t
        self._observe(asked)
        self._tell_question()

    def switch(self, camera: bool, microphone: bool) -> None:
        """The candidate switched tracks on or off; what is off is not looked at."""
        self._camera_on, self._microphone_on = camera, microphone
        if not camera:
            self._camera.blame("camera off")
        if not microphone:
            self._microphone.blame("microphone off")

    def note(self, observation: Observation) -> None:
        """Add what happened in the room to the timeline."""
        if not self.over:
            self._observe(observation)

    # --- media

    def video(self, frame: av.VideoFrame, t: float, arrived: float) -> None:
        """A received picture at session time `t` (s), arrived at `arrived` (monotonic s)."""
        if self.over or not self._camera_on:
            return
        self._note(self._camera.seen(t, t))
        if self._cadence.due(t):
            self._vision.put((frame, t, arrived))

    def audio(self, chunk: AudioChunk, arrived: float) -> None:
        """A received chunk of sound that arrived at `arrived` (monotonic s)."""
        if self.over or not self._microphone_on:
            return
        self._note(self._microphone.seen(chunk.t, chunk.end))
        self._listening.put((chunk, arrived))
        self._transcription.put((chunk, arrived))

    def encoded(self, packet: Packet, source: object) -> bool:
        """A received packet of the connection `source`, for the recording; whether that asks for a key frame.

        Nothing is kept of it without consent, nor of what the candidate has switched off.
        """
        if self._recorder is None or self.over:
            return False
        if packet.codec == "opus":
            if self._microphone_on:
                self._recorder.sound(packet)
            return False
        if not self._camera_on:
            self._recorder.miss_picture()
            return False
        return self._recorder.picture(packet, source)

    async def stop_recording(self) -> None:
        """Record no more; what was recorded stays."""
        if self._recorder:
            await self._recorder.close()
            self._tell_state()

    def _recording_stopped(self, sentence: str) -> None:
        self._tell_state(sentence)

    # --- the end

    async def end(self, reason: EndReason) -> dict[str, Any]:
        """End the session if it has not ended; its report."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._finalise(reason))
        return await asyncio.shield(self._ending)

    async def _finalise(self, reason: EndReason) -> dict[str, Any]:
        began = time.monotonic()
        connected = self.state is State.LIVE
        end = self.t if connected else max(self._camera.until, self._microphone.until)
        started = self.state is not State.CREATED
        self._move(State.ENDING)
        if self._patience:
            self._patience.cancel()
        if self._recorder:
            await self._recorder.close()
        if started:
            for lane in self._lanes:
                lane.close()
            for lane in self._lanes:
                await asyncio.to_thread(lane.join)
            if self._rereading:
                patience = 0.0 if reason == "shutdown" else PATIENCE_S
                await asyncio.to_thread(self._rereading.finish, patience)
            self._reading.close()
            await asyncio.to_thread(self._reading.join)
        self._note(self._camera.finish(end))
        self._note(self._microphone.finish(end))
        self._observe(SessionEnded(round(end, 3), reason))
        await self._flush()
        for task in self._tasks:
            task.cancel()
        self.report = await asyncio.to_thread(self._write_report, reason)
        self._move(State.ENDED)
        metrics.REPORT.observe(time.monotonic() - began)
        log.info("session ended", session=self.record.id, reason=reason, duration_s=round(end, 1))
        if self._viewer:
            url = f"/sessions/{self.record.id}"
            self._viewer.event(message("report", {"session": self.record.id, "url": url}))
        # the session is remembered for a while; what it was made with, and its connection, are not
        del self._scorer, self._lanes, self._vision, self._listening, self._transcription, self._reading
        del self._rereading, self._tasks
        self._recorder = self._viewer = None
        self._ended(self)
        self._loop.run_in_executor(None, memory.give_back)
        return self.report

    def _write_report(self, reason: EndReason) -> dict[str, Any]:
        report = self._scorer.report(facts(self.record, reason, self._perception.versions))
        self._store.finalise(self.record, report)
        return report

    def _be_patient(self, reason: EndReason) -> None:
        def give_up() -> None:
            self._ending = self._ending or asyncio.create_task(self._finalise(reason))

        self._patience = self._loop.call_later(self._wait_s, give_up)

    def _move(self, wanted: State) -> None:
        before, self.state = self.state, move(self.state, wanted)
        metrics.SESSIONS.labels(before).dec()
        metrics.SESSIONS.labels(wanted).inc()
        self._tell_state()

    # --- observations

    def _from_lane(self, observation: Observation, arrived: float) -> None:
        self._loop.call_soon_threadsafe(self._arrive, observation, arrived)

    def _arrive(self, observation: Observation, arrived: float) -> None:
        if self.state is State.ENDED:
            return
        self._observe(observation)
        age = time.monotonic() - arrived
        if isinstance(observation, FaceSample):
            self._frame_age_ms = age * 1000
            metrics.FRAME_AGE.observe(age)
        if isinstance(observation, FaceSample | VoiceActivity):
            self._tell_snapshot()
            metrics.FEEDBACK.observe(time.monotonic() - arrived)
        if isinstance(observation, Utterance):
            self._tell_caption(observation)

    def _note(self, observation: Observation | None) -> None:
        if observation is not None:
            self._observe(observation)

    def _observe(self, observation: Observation) -> None:
        self._scorer.add(observation)
        if isinstance(observation, QuestionAsked | Utterance):
            self._reading.put((observation, time.monotonic()))
        if self.record.keep != "none":
            self._pending.append(observation)
        if self.watcher:
            self.watcher.observed(observation)

    async def _flush(self) -> None:
        async with self._flushing:
            pending, self._pending = self._pending, []
            if pending:
                began = time.perf_counter()
                await asyncio.to_thread(self._store.append, self.record.id, pending)
                metrics.FLUSH.observe(time.perf_counter() - began)

    async def _keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            await self._flush()

    # --- telling the candidate

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(SCORED_EVERY_S)
            if time.monotonic() - self._scored_at >= SCORED_EVERY_S:
                self._tell_snapshot()

    def _tell_snapshot(self) -> None:
        if self._viewer is None or self.state is not State.LIVE:
            return
        t, now = self.t, time.monotonic()
        if now - self._scored_at >= SCORED_EVERY_S:
            self._scored_at = now
            nudge = self._scorer.nudge(t)
            if nudge:
                self._give(nudge)
            self._scored = self._scorer.snapshot(t)
        age = None if self._frame_age_ms is None else round(self._frame_age_ms, 1)
        data = {"seq": self._seq, **self._scored, **self._scorer.presence(t), "frame_age_ms": age}
        self._viewer.snapshot(message("snapshot", data))
        if self.watcher:
            self.watcher.told("snapshot", data)
        self._seq += 1

    def drivers(self) -> dict[str, Any]:
        """What moved the subscores that were told last, see `scoring.drivers`; costs some 0.1 ms."""
        return {} if self.over else self._scorer.drivers()

    def _give(self, nudge: NudgeGiven) -> None:
        self._observe(nudge)
        if self._viewer:
            self._viewer.event(message("nudge", {"t": nudge.t, "id": nudge.id, "text": nudge.text}))

    def _tell_caption(self, utterance: Utterance) -> None:
        self._tell("caption", caption(utterance))

    def _tell(self, type_: str, data: dict[str, Any]) -> None:
        if self._viewer:
            self._viewer.event(message(type_, data))
        if self.watcher:
            self.watcher.told(type_, data)

    def _tell_state(self, sentence: str | None = None) -> None:
        data = {
            "state": self.state,
            "t": round(self.t, 3),
            "resumed": self._resumed,
            "recording": self.recording,
            "message": sentence,
        }
        self._tell("state", data)

    def _tell_question(self) -> None:
        if self._viewer:
            question = self.questions[self._asked]
            data = {
                "index": self._asked,
                "count": len(self.questions),
                "id": question.id,
                "text": question.text,
                "topic": question.topic,
                "seconds": question.seconds,
                "asked_at": self._asked_at,
            }
            self._viewer.event(message("question", data))


def caption(utterance: Utterance) -> dict[str, Any]:
    """The utterance as the `caption` message's data."""
    words = utterance.words
    said = listen(utterance)
    marks = said.marks if words else []
    committed = len(words) if utterance.final else utterance.committed
    return {
        "utterance": utterance.id,
        "start": utterance.start,
        "end": utterance.end,
        "final": utterance.final,
        "words": [
            {"text": word.text, "committed": n < committed, "mark": mark}
            for n, (word, mark) in enumerate(zip(words, marks, strict=True))
        ],
        "filled_pauses": [
            {
                "start": pause.start,
                "end": pause.end,
                "sound": pause.sound,
                "before": said.shown_before(pause),
            }
            for pause in said.pauses
        ],
    }


def facts(record: SessionRecord, ended: EndReason, models: dict[str, str]) -> SessionFacts:
    """What a report says about the session beside its observations."""
    return SessionFacts(
        id=record.id,
        title=record.title,
        created=record.created,
        question_set=record.question_set,
        source=record.source,
        ended=ended,
        versions={name: of for name, of in models.items() if name != "expression" or record.expressions},
        keep=record.keep,
        expressions=record.expressions,
        calibrated=record.neutral is not None,
    )

"""A media file as a session that runs faster: the same stages, the same fold, the same report."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog

from models.language.reading import ReadingStage
from models.observations import (
    Gap,
    NudgeGiven,
    Observation,
    QuestionAsked,
    SessionEnded,
    Utterance,
    time_of,
)
from models.registry import ModelError
from scoring.rubric import Rubric
from scoring.scorer import Scorer
from sessions.gaps import Attendance
from sessions.intake import AudioIntake, Cadence, video_chunk
from sessions.media import MediaFile
from sessions.perception import Perception, Vision
from sessions.session import caption, facts
from sessions.store import SessionRecord

log = structlog.get_logger()
SNAPSHOT_EVERY_S = 0.25
PICTURES_AHEAD = 8
"""Pictures that may wait for the posture, which is seen beside the face."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came out of a file."""

    timeline: list[Observation]
    snapshots: list[dict[str, Any]]
    """As in the wire's `snapshot`, four for each second of the file."""
    events: list[dict[str, Any]]
    """Captions and nudges as `{"type": …, "data": …}`, as in the wire."""
    report: dict[str, Any]


def analyse(
    media: MediaFile,
    perception: Perception,
    rubric: Rubric,
    record: SessionRecord,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Analysis:
    """Analyse a whole file; `on_progress` hears the seconds analysed so far, by pictures or sound.

    Where the record has questions, the file is taken for the answer to the first of them. Pictures and sound
    are worked on side by side in two threads, each as fast as it goes.
    """
    tracks = [_Pictures(media, perception), _Sound(media, perception)]
    wanted = [track for track, there in zip(tracks, (media.has_video, media.has_audio), strict=True) if there]
    for track in wanted:
        track.start()
    while any(track.is_alive() for track in wanted):
        for track in wanted:
            track.join(0.1)
        on_progress(min(track.reached for track in wanted))
    for track in wanted:
        if track.error:
            raise track.error
    end = max(track.reached for track in wanted)
    found = [observation for track in tracks for observation in track.finish(end)]
    # stable for one file, however the two threads ran
    found.sort(key=lambda observation: (time_of(observation), observation.kind))
    if record.questions:
        found.insert(0, record.questions[0].asked(0.0))
    return _fold(found, end, perception, rubric, record)


def _fold(
    found: list[Observation], end: float, perception: Perception, rubric: Rubric, record: SessionRecord
) -> Analysis:
    scorer = Scorer(rubric)
    timeline: list[Observation] = []
    snapshots: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []

    def tell(t: float) -> None:
        nudge = scorer.nudge(t)
        if nudge:
            add(nudge)
        snapshots.append({"seq": len(snapshots), **scorer.snapshot(t), "frame_age_ms": None})

    def add(observation: Observation) -> None:
        scorer.add(observation)
        timeline.append(observation)
        if isinstance(observation, Utterance):
            events.append({"type": "caption", "data": caption(observation)})
        elif isinstance(observation, NudgeGiven):
            data = {"t": observation.t, "id": observation.id, "text": observation.text}
            events.append({"type": "nudge", "data": data})

    due = SNAPSHOT_EVERY_S
    reading = _reading(perception)
    for observation in found:
        while time_of(observation) > due:
            tell(due)
            due = round(due + SNAPSHOT_EVERY_S, 6)
        add(observation)
        if reading and isinstance(observation, QuestionAsked | Utterance):
            for sentence in reading.feed(observation):
                add(sentence)
    tell(end)
    add(SessionEnded(round(end, 3), "finished"))
    report = scorer.report(facts(record, "finished", perception.versions))
    return Analysis(timeline, snapshots, events, report)


def _reading(perception: Perception) -> ReadingStage | None:
    try:
        return perception.reading()
    except ModelError as error:
        log.warning("the answers are not read", reason=str(error))
        return None


class _Track(threading.Thread):
    """One track's way through its stages."""

    def __init__(self, media: MediaFile, perception: Perception, attendance: Attendance) -> None:
        super().__init__(daemon=True)
        self.media, self.perception = media, perception
        self.attendance = attendance
        self.observations: list[Observation] = []
        self.reached = 0.0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.analyse()
        except Exception as error:
            self.error = error

    def analyse(self) -> None:
        raise NotImplementedError

    def seen(self, start: float, end: float) -> None:
        """Note that the track was there."""
        self.take([gap] if (gap := self.attendance.seen(start, end)) else [])
        self.reached = end

    def take(self, observations: Iterable[Observation]) -> None:
        self.observations.extend(observations)

    def finish(self, end: float) -> list[Observation]:
        """All observations, with the gap at the end if there is one."""
        gap: Gap | None = self.attendance.finish(end)
        return [*self.observations, *([gap] if gap else [])]


class _Pictures(_Track):
    def __init__(self, media: MediaFile, perception: Perception) -> None:
        super().__init__(media, perception, Attendance("camera", "no picture in the file"))

    def analyse(self) -> None:
        vision, cadence = self.perception.vision(), Cadence(Vision.fps)
        postures: deque[Future[list[Observation]]] = deque()
        with ThreadPoolExecutor(1) as beside:
            for frame, t in self.media.video():
                self.seen(t, t)
                if not cadence.due(t):
                    continue
                chunk = video_chunk(frame, t)
                if vision.posture_cadence.due(t):
                    postures.append(beside.submit(lambda seen: list(vision.posture.feed(seen)), chunk))
                self.take(vision.face.feed(chunk))
                if len(postures) > PICTURES_AHEAD:
                    self.take(postures.popleft().result())
            for posture in postures:
                self.take(posture.result())
        self.take(vision.finish())


class _Sound(_Track):
    def __init__(self, media: MediaFile, perception: Perception) -> None:
        super().__init__(media, perception, Attendance("microphone", "no sound in the file"))
        self.better: list[Observation] = []

    def analyse(self) -> None:
        rereading = self.perception.rereading(self.better.append, waits=True)
        finished = rereading.put if rereading else None
        stages = self.perception.listening(), self.perception.transcription(False, finished)
        intake = AudioIntake()
        for frame, t in self.media.heard():
            for chunk in intake.add(frame, t):
                self.seen(chunk.t, chunk.end)
                for stage in stages:
                    self.take(stage.feed(chunk))
        for chunk in intake.flush():
            for stage in stages:
                self.take(stage.feed(chunk))
        for stage in stages:
            self.take(stage.finish())
        if rereading:
            rereading.finish(None)
            # after the first readings, which they replace
            self.take(self.better)

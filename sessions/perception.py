"""Which stages analyse a session, with the models that they share."""

import os
import threading
from collections.abc import Callable, Iterator
from functools import partial

import structlog

from models.hearing.moonshine import MoonshineRecogniser
from models.hearing.prosody import ProsodyStage
from models.hearing.sound_quality import SoundQualityStage
from models.hearing.transcription import Finished, Recogniser, TranscriptionStage
from models.hearing.voice_activity import (
    Detector,
    Overheard,
    SileroDetector,
    VoiceActivityStage,
    WebRtcDetector,
)
from models.hearing.whisper import WhisperRecogniser
from models.language.grammar import LanguageToolChecker
from models.language.reading import Reader, ReadingStage
from models.observations import FaceSample, Observation, Utterance
from models.registry import ModelChoice, ModelError, versions
from models.stage import AudioChunk, Stage, VideoChunk
from models.vision.expression import ExpressionStage
from models.vision.expression_model import ExpressionModel
from models.vision.face import FIELD_OF_VIEW, FaceStage
from models.vision.neutral import Neutral
from models.vision.posture import PostureStage
from sessions.intake import Cadence
from sessions.second_pass import Rereading, SecondPass
from sessions.words import WordProcesses

log = structlog.get_logger()


class Vision:
    """Face, then posture at its lower rate: one stage for the vision lane.

    The face comes out before the slower posture is begun, so feedback does not wait for it.
    """

    fps = FaceStage.fps

    def __init__(
        self,
        expressions: Callable[[FaceStage], ExpressionStage] | None = None,
        neutral: Neutral | None = None,
        field_of_view: float = FIELD_OF_VIEW,
    ) -> None:
        """`expressions` makes the stage for them; None: they are not looked at.

        `neutral` is this person's, where it was measured; `field_of_view` the camera's in degrees.
        """
        self.face, self.posture = FaceStage(neutral, field_of_view), PostureStage(neutral)
        self.expression = expressions(self.face) if expressions else None
        self.posture_cadence = Cadence(PostureStage.fps)
        self._expression_cadence = Cadence(ExpressionStage.fps)

    def feed(self, chunk: VideoChunk) -> Iterator[Observation]:
        """See `Stage`."""
        face = None
        for observation in self.face.feed(chunk):
            if isinstance(observation, FaceSample):
                face = observation
            yield observation
        if self.expression and self._expression_cadence.due(chunk.t):
            yield from self.expression.feed(chunk)
        if self.posture_cadence.due(chunk.t):
            yield from self.posture.feed(chunk, face)

    def finish(self) -> Iterator[Observation]:
        """See `Stage`."""
        yield from self.face.finish()
        yield from self.posture.finish()
        if self.expression:
            yield from self.expression.finish()


class Listening:
    """Voice activity, sound quality and prosody: one stage for the listening lane."""

    def __init__(self, detector: Detector) -> None:
        overheard = Overheard(detector)
        self._stages: tuple[Stage[AudioChunk], ...] = (
            VoiceActivityStage(overheard),
            SoundQualityStage(overheard.again),
            ProsodyStage(),
        )

    def feed(self, chunk: AudioChunk) -> Iterator[Observation]:
        """See `Stage`."""
        for stage in self._stages:
            yield from stage.feed(chunk)

    def finish(self) -> Iterator[Observation]:
        """See `Stage`."""
        for stage in self._stages:
            yield from stage.finish()


BEAM = 5
"""Readings that the second pass follows side by side, Whisper's own number."""


def _better(choice: ModelChoice, model: str) -> Callable[[], Recogniser]:
    """What makes the second recogniser, in whichever process it is called."""
    if model == MoonshineRecogniser.name:
        return MoonshineRecogniser
    return partial(
        WhisperRecogniser,
        model,
        device=choice.whisper_device,
        compute_type=choice.whisper_compute_type,
        language=choice.language,
        beam_size=BEAM,
    )


class Perception:
    """Makes the stages of each session; what is heavy is loaded once and shared by all of them."""

    def __init__(self, choice: ModelChoice) -> None:
        """Begin to load the shared models. Raises models.registry.ModelError for one that cannot be."""
        self._choice = choice
        self._expression = ExpressionModel(choice.expression) if choice.expression else None
        self._words = WordProcesses(max(1, (os.cpu_count() or 1) // 2), recognise=not choice.whisper)
        self._recogniser: Recogniser = (
            WhisperRecogniser(
                choice.whisper,
                device=choice.whisper_device,
                compute_type=choice.whisper_compute_type,
                language=choice.language,
            )
            if choice.whisper
            else self._words
        )
        self._grammar = LanguageToolChecker(choice.languagetool) if choice.languagetool else None
        self._reader: Reader | None = None
        self._loading = threading.Lock()
        self._second = SecondPass(_better(choice, choice.second_pass)) if choice.second_pass else None
        self.versions = {**versions(), "transcription": self._recogniser.name}
        """Models in use, for reports."""
        if choice.languagetool:
            self.versions["grammar"] = "LanguageTool"
        if choice.expression:
            self.versions["expression"] = choice.expression.name

    def warm(self) -> None:
        """Return when a session can begin at once: the first stage of each kind loads and compiles much.

        Raises models.registry.ModelError when a model cannot be loaded.
        """
        for stage in (self.vision(), self.listening()):
            list(stage.finish())
        self._wait()
        try:
            self.reading()
        except ModelError as error:
            log.warning("answers will not be read", reason=str(error))

    def close(self) -> None:
        """Let go of the shared models."""
        self._words.close()
        if self._second:
            self._second.close()

    def face(self) -> FaceStage:
        """A stage for the face alone."""
        return FaceStage(field_of_view=self._choice.camera_fov)

    def vision(
        self, expressions: bool = False, keep_pictures: bool = False, neutral: Neutral | None = None
    ) -> Vision:
        """A stage for pictures; building it takes some 100 ms.

        Expressions are looked at only with `expressions`; with `keep_pictures` some of the face come at the
        end. `neutral` is this person's, where it was measured.
        """
        fov = self._choice.camera_fov
        if not expressions:
            return Vision(neutral=neutral, field_of_view=fov)
        return Vision(lambda face: ExpressionStage(face, self._expression, keep_pictures), neutral, fov)

    def listening(self) -> Stage[AudioChunk]:
        """A stage for sound."""
        return Listening(self._detector())

    def transcription(self, provisional: bool, finished: Finished | None = None) -> Stage[AudioChunk]:
        """A stage for words; with `provisional` also while an utterance is still open.

        Raises models.registry.ModelError when a model cannot be loaded.
        """
        self._wait()
        return TranscriptionStage(self._recogniser, SileroDetector(), self._words, provisional, finished)

    def reading(self) -> ReadingStage:
        """A stage that reads what was said. Raises models.registry.ModelError when a model is missing."""
        with self._loading:
            if self._reader is None:
                self._reader = Reader(self._grammar)
        return ReadingStage(self._reader)

    def rereading(self, sink: Callable[[Utterance], None], waits: bool = False) -> Rereading | None:
        """A session's part in the second pass, see `SecondPass.session`; None when there is none."""
        return self._second.session(sink, waits) if self._second else None

    def _wait(self) -> None:
        self._words.wait()
        if self._second:
            self.versions["second-pass"] = self._second.wait()

    def _detector(self) -> Detector:
        return WebRtcDetector() if self._choice.voice_activity == "webrtc" else SileroDetector()

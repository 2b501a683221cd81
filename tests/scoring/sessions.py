"""Made-up sessions: observations with figures that can be worked out by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from models.observations import (
    STAR,
    Direction,
    FaceSample,
    Observation,
    PostureSample,
    ProsodySample,
    QuestionAsked,
    SentenceRead,
    SessionEnded,
    SoundProblem,
    SoundQuality,
    Utterance,
    VoiceActivity,
    Word,
    time_of,
)
from scoring.report import SessionFacts
from scoring.rubric import load
from scoring.scorer import fold

FACTS = SessionFacts(
    id="s1",
    title="Practice",
    created="2026-01-02T03:04:05Z",
    question_set="mixed",
    source="live",
    ended="finished",
    versions={"face": "1"},
)


def split(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


SENTENCE = split(
    "I led a team of four people and we moved the shop to a new database before the busy season "
    "because the old one lost two orders every single day"
)


def faces(
    start: float, end: float, on_camera: bool | None = True, smile: float = 0.5, fps: float = 10
) -> list[Observation]:
    """One face in every picture."""
    return [
        FaceSample(
            start + i / fps,
            1,
            yaw=float(i % 3),
            pitch=0.0,
            on_camera=on_camera,
            eye_openness=0.3,
            smile=smile,
            brightness=0.5,
        )
        for i in range(round((end - start) * fps))
    ]


def looks(start: float, end: float, away: Direction | None = None) -> list[Observation]:
    """Eyes on the camera, or off it in a direction, ten times a second."""
    return [
        FaceSample(start + i / 10, 1, on_camera=away is None, away=away)
        for i in range(round((end - start) * 10))
    ]


def postures(start: float, end: float) -> list[Observation]:
    """Level, upright, in frame and calm, twice a second."""
    return [
        PostureSample(start + i / 2, True, 1.0, 0.0, 0.4, True, 0.1) for i in range(round((end - start) * 2))
    ]


def sounds(start: float, end: float, pitches: Sequence[float] = (110.0, 130.0)) -> list[Observation]:
    """Half-second samples whose pitch goes round the given ones."""
    return [
        ProsodySample(
            start + i / 2, start + i / 2 + 0.5, -20.0 - 6 * (i % 2), 0.8, pitches[i % len(pitches)], 0
        )
        for i in range(round((end - start) * 2))
    ]


def sound_quality(
    start: float, end: float, problem: SoundProblem | None, snr_db: float = 25.0
) -> list[Observation]:
    """A verdict on every second of sound."""
    return [
        SoundQuality(start + i, start + i + 1, -22.0, snr_db, 0.0, problem) for i in range(round(end - start))
    ]


def speech(*spans: tuple[float, float]) -> list[Observation]:
    """Voice activity of the given stretches."""
    return [VoiceActivity(t, i == 0) for span in spans for i, t in enumerate(span)]


def utterance(id_: int, start: float, end: float, words: Sequence[str], final: bool = True) -> Utterance:
    """Words evenly spread."""
    step = (end - start) / max(len(words), 1)
    timed = tuple(
        Word(text, start + i * step, start + (i + 1) * step, aligned=True) for i, text in enumerate(words)
    )
    return Utterance(id_, start, end, " ".join(words), timed, len(words), final)


def question(t: float, id_: str = "q", seconds: float = 60.0, terms: Iterable[str] = ()) -> QuestionAsked:
    """A question with key terms."""
    return QuestionAsked(t, id_, "What did you do?", "behavioural", seconds, tuple(terms))


def in_order(observations: Iterable[Observation]) -> list[Observation]:
    """By time, as one lane would deliver them."""
    return sorted(observations, key=time_of)


def report(*observations: Observation, seconds: float) -> dict[str, Any]:
    """The report of a session in which nothing else was observed, by the rubric for practice."""
    return fold([*observations, SessionEnded(seconds, "finished")], load()).report(FACTS)


def whole(seconds: float = 60.0, words: Sequence[str] = tuple(SENTENCE)) -> list[Observation]:
    """A session with a face, speech of 9 s in every 10, and the same words in each."""
    starts = [10.0 * i for i in range(int(seconds / 10))]
    said: list[Observation] = []
    for i, start in enumerate(starts):
        said += [*speech((start + 0.5, start + 9.5)), utterance(i, start + 0.5, start + 9.5, words)]
    observations = faces(0, seconds) + postures(0, seconds) + sounds(0, seconds) + said
    asked = question(0.0, terms=("team", "database", "deadline", "customers"))
    return [asked, *in_order(observations), SessionEnded(seconds, "finished")]


def interview(seconds: float, every: float = 120.0) -> list[Observation]:
    """A long session of questions and answers that differ in pace, fillers, looks, voice and pauses."""
    count = int(seconds / every)
    made: list[Observation] = []
    for n in range(count):
        start = every * n
        asked = question(start, f"q{n}", every * 0.75, ("team", "database", "deadline", "customers"))
        made.append(replace(asked, key_points=("We moved the shop.", "Fewer orders were lost.")))
        made += faces(start, start + every, on_camera=n % 3 != 1, smile=0.2 + 0.1 * (n % 4))
        made += faces(start, start + every, on_camera=True, smile=0.5, fps=2)
        made += postures(start, start + every)
        made += sounds(start, start + every, (110.0, 112.0 + 8 * (n % 4), 130.0, 104.0))
        words = [*SENTENCE[: len(SENTENCE) - n % 5], *["um"] * (n % 3)]
        for i in range(int(every / 10)):
            began, ended = start + 10 * i + 0.5 + n % 3, start + 10 * i + 9.5 - (n + i) % 2
            said = utterance(1000 * n + i, began, ended, words)
            made += [*speech((began, ended)), said]
            made.append(
                SentenceRead(
                    *(start, i, began, ended, said.text, len(words), 0.5 + 0.1 * ((n + i) % 5)),
                    *((0.1 * n % 1, 0.4), 0.3 if i else None, STAR[(n + i) % 4]),
                )
            )
    return [*in_order(made), SessionEnded(seconds, "finished")]

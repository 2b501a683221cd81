"""Questions in what an interviewer says."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from models.observations import QuestionAsked, Utterance, Word
from models.stage import SAMPLE_RATE, AudioChunk
from sessions.agenda import question_of
from sessions.other_speaker import Interviewing
from sessions.own_questions import MAX_LETTERS

SILENCE = np.zeros(SAMPLE_RATE // 10, np.float32)


def said(id_: int, start: float, text: str) -> Utterance:
    """Three words a second."""
    texts = text.split()
    words = tuple(Word(each, start + n / 3, start + (n + 1) / 3) for n, each in enumerate(texts))
    return Utterance(id_, start, start + len(texts) / 3, text, words, final=True)


class Written:
    """What was written down already, each while it is said and when it has been."""

    def __init__(self, *utterances: Utterance) -> None:
        self.left = list(utterances)

    def feed(self, chunk: AudioChunk) -> Iterator[Utterance]:
        while self.left and self.left[0].end <= chunk.end:
            yield self.left.pop(0)
        if self.left and self.left[0].start + 0.6 <= chunk.end:
            yield replace(self.left[0], final=False)

    def finish(self) -> Iterator[Utterance]:
        yield from self.left


def asked(*utterances: Utterance, until: float = 60.0) -> list[QuestionAsked]:
    stage = Interviewing(Written(*utterances))
    found = [each for n in range(int(10 * until)) for each in stage.feed(AudioChunk(n / 10, SILENCE))]
    return [each for each in [*found, *stage.finish()] if isinstance(each, QuestionAsked)]


def test_a_question_is_put_where_it_ends() -> None:
    last = said(1, 5.0, "Why did you leave your last job? Take your time.")
    (question,) = asked(said(0, 1.0, "We are a small company."), last)
    assert question.text == "Why did you leave your last job?"
    assert question.t == round(last.words[6].end, 3)


def test_what_is_said_in_one_go_is_one_question() -> None:
    (question,) = asked(
        said(0, 1.0, "So, tell me about a time when."),
        said(1, 4.0, "You missed a deadline. What did you do?"),
        said(2, 7.5, "Right."),
    )
    assert question.text == "Tell me about a time when. You missed a deadline. What did you do?"
    assert question.topic == "behavioural"


def test_after_a_silence_another_is_asked() -> None:
    found = asked(said(0, 1.0, "What did you study?"), said(1, 10.0, "And why did you choose that?"))
    assert [each.text for each in found] == ["What did you study?", "Why did you choose that?"]


def test_who_goes_on_has_not_finished() -> None:
    (question,) = asked(said(0, 1.0, "What did you study,"), said(1, 3.2, "and what would you study today?"))
    assert question.text == "What did you study, and what would you study today?"


def test_a_nod_asks_nothing() -> None:
    assert asked(said(0, 1.0, "Right? So that was the first part."), said(1, 9.0, "Really?")) == []


def test_an_end_of_the_sound_is_an_end_of_the_question() -> None:
    (question,) = asked(said(0, 1.0, "What motivates you most?"), until=2.4)
    assert question.t == 2.333


def test_of_a_long_question_the_end_is_kept() -> None:
    question = question_of("very " * 200 + "much?")
    assert question
    assert question.text.endswith("much?")
    assert MAX_LETTERS - 10 < len(question.text) <= MAX_LETTERS
    assert question_of("…") is None

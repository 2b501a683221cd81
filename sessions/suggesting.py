"""What an interviewer might ask next: by rules at once, by a language model where the candidate agreed."""

import asyncio
from collections.abc import Callable

import structlog

from models.observations import QuestionAsked, SentenceRead
from scoring.follow_up import LEAST_WORDS, Suggestion, suggest
from sessions.coach import Coach, NoAdvice

log = structlog.get_logger()
MORE_WORDS = 40
"""By which an answer must have grown for the model to be asked again."""
PAUSE_S = 15.0
"""Seconds between two requests at least."""
Told = Callable[[str, list[Suggestion]], None]
"""Hears the whole list, by "rules" or by "gemini", when it changes."""


class Suggesting:
    """Follows the current answer. Lives on the event loop."""

    def __init__(self, coach: Coach | None, told: Told) -> None:
        """Without a `coach` all is by rules."""
        self._coach, self._told = coach, told
        self._agreed = False
        self._asked: dict[float, QuestionAsked] = {}
        """By when they were put."""
        self._read: dict[float, dict[int, SentenceRead]] = {}
        """Of each question's answer, by index."""
        self._shown: tuple[str, list[Suggestion]] = ("rules", [])
        self._by_model: list[Suggestion] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._words_asked = 0
        self._may_ask_at = 0.0

    def agree(self, agreed: bool) -> None:
        """Whether the candidate lets their answers go to the language model, from now on."""
        self._agreed = agreed
        if not agreed:
            self.stop()
            self._by_model = None
            self._tell()

    def ask(self, question: QuestionAsked) -> None:
        """A question was put, or one was taken back: then the one before it holds again."""
        before = self._current
        if question.text:
            self._asked[question.t] = question
        else:
            self._asked.pop(question.t, None)
        if self._current != before:
            self.stop()
            self._by_model, self._words_asked = None, 0
            self._tell()

    def read(self, sentence: SentenceRead) -> None:
        """A sentence of an answer was read, or read anew."""
        if sentence.asked is None:
            return
        self._read.setdefault(sentence.asked, {})[sentence.index] = sentence
        question = self._current
        if question and sentence.asked == question.t:
            self._tell()
            self._ask_model(question)

    @property
    def _current(self) -> QuestionAsked | None:
        return self._asked[max(self._asked)] if self._asked else None

    def _answer(self, question: QuestionAsked) -> list[SentenceRead]:
        read = self._read.get(question.t, {})
        return [read[index] for index in sorted(read)]

    def stop(self) -> None:
        """Wait for no answer of the model."""
        if self._asking:
            self._asking.cancel()
            self._asking = None

    def _tell(self) -> None:
        if self._by_model is not None:
            found = "gemini", self._by_model
        else:
            question = self._current
            found = "rules", suggest(question, self._answer(question)) if question else []
        if found != self._shown:
            self._shown = found
            self._told(*found)

    def _ask_model(self, question: QuestionAsked) -> None:
        answer = self._answer(question)
        words = sum(sentence.words for sentence in answer)
        grown = words - self._words_asked
        now = asyncio.get_running_loop().time()
        if self._coach is None or not self._agreed or self._asking or now < self._may_ask_at:
            return
        if words < LEAST_WORDS or (self._words_asked and grown < MORE_WORDS):
            return
        self._words_asked, self._may_ask_at = words, now + PAUSE_S
        self._asking = asyncio.create_task(self._ask(self._coach, question, answer))

    async def _ask(self, coach: Coach, question: QuestionAsked, answer: list[SentenceRead]) -> None:
        try:
            self._by_model = await coach.follow_up(question, answer)
        except NoAdvice as error:
            # the rules go on
            log.info("no follow-up from the language model", reason=str(error))
            self._by_model = None
        self._asking = None
        self._tell()

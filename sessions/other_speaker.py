"""An interviewer's voice, written down in a lane of its own, and the questions in it; it touches no score."""

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from models.language import tagger
from models.language.asking import Asking
from models.observations import Observation, QuestionAsked, Utterance, Word, spread_words
from models.stage import AudioChunk, Stage
from sessions.agenda import question_of
from sessions.lanes import SoundLane

BOUND = 100
"""Blocks of 100 ms that may wait; the candidate's words come first."""
QUIET_S = 1.8
"""Silence after which what was said is looked through for a question. Most who go on do so within 1.2 s, and
what they say is read 0.6 s later."""


class Interviewing:
    """A stage: what an interviewer says, and behind all that they say in one go what they asked in it."""

    def __init__(self, transcription: Stage[AudioChunk]) -> None:
        self._transcription = transcription
        self._asking = Asking(tagger.shared())
        self._said: list[Utterance] = []
        self._speaking = False

    def feed(self, chunk: AudioChunk) -> Iterator[Observation]:
        """See `Stage`."""
        yield from self._follow(self._transcription.feed(chunk))
        if not self._speaking:
            yield from self._look(chunk.end)

    def finish(self) -> Iterator[Observation]:
        """See `Stage`."""
        yield from self._follow(self._transcription.finish())
        yield from self._look(math.inf)

    def _follow(self, told: Iterable[Observation]) -> Iterator[Observation]:
        for each in told:
            yield each
            if isinstance(each, Utterance):
                yield from self._look(each.start)
                self._speaking = not each.final
                if each.final and each.text:
                    self._said.append(each)

    def _look(self, t: float) -> Iterator[Observation]:
        """What was asked, if it has been quiet since and until `t`."""
        if not self._said or t - self._said[-1].end < QUIET_S:
            return
        words = [word for each in self._said for word in each.words or spread_words(each)]
        self._said = []
        sentences = self._asking.find(words)
        question = question_of(" ".join(_text(sentence) for sentence in sentences))
        if question:
            yield question.asked(sentences[-1][-1].end)


def _text(sentence: tuple[Word, ...]) -> str:
    text = " ".join(word.text for word in sentence)
    return text[:1].upper() + text[1:]


class OtherSpeaker:
    """Sound in, utterances and questions out. Lives on the event loop; a lane does the work."""

    def __init__(
        self,
        make: Callable[[], Stage[AudioChunk]],
        said: Callable[[Utterance], None],
        asked: Callable[[QuestionAsked], None],
        number: Callable[[], int],
    ) -> None:
        """`make` makes the transcription stage; `said` and `asked` hear all that comes, on the event loop.

        `number` gives each utterance an id that none had before: a stage begins to count anew.
        """
        self._said, self._asked, self._number = said, asked, number
        self._id: tuple[int, int] | None = None
        """Of the utterance that is being said: the stage's, and the one that it was given."""
        self._loop = asyncio.get_running_loop()
        self._lane = SoundLane(
            "interviewer", lambda: Interviewing(make()), self._from_lane, "transcription", BOUND
        )
        self._lane.start()

    def hear(self, chunk: AudioChunk, arrived: float) -> None:
        """A chunk of sound at its session time, arrived at `arrived` (monotonic s)."""
        self._lane.put((chunk, arrived))

    async def close(self) -> None:
        """Write down what was heard so far, and nothing more."""
        self._lane.close()
        await asyncio.to_thread(self._lane.join)

    def _from_lane(self, observation: Observation, arrived: float) -> None:
        if isinstance(observation, Utterance):
            self._loop.call_soon_threadsafe(self._say, observation)
        elif isinstance(observation, QuestionAsked):
            self._loop.call_soon_threadsafe(self._asked, observation)

    def _say(self, utterance: Utterance) -> None:
        if self._id is None or self._id[0] != utterance.id:
            self._id = utterance.id, self._number()
        self._said(replace(utterance, id=self._id[1]))

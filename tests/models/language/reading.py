"""A reader for all tests, and what a stage has in the end."""

from collections.abc import Iterable
from functools import cache

from models.language.reading import Reader, ReadingStage
from models.observations import QuestionAsked, SentenceRead, Utterance

reader = cache(Reader)


def read(observations: Iterable[QuestionAsked | Utterance]) -> list[SentenceRead]:
    """The sentences as they stand after all observations, answer by answer."""
    stage = ReadingStage(reader())
    last: dict[tuple[float, int], SentenceRead] = {}
    for observation in observations:
        for sentence in stage.feed(observation):
            last[-1.0 if sentence.asked is None else sentence.asked, sentence.index] = sentence
    return [last[key] for key in sorted(last) if last[key].words]

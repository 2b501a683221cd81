"""The lane that reads, with the real reader."""

from dataclasses import replace
from pathlib import Path

from models.language.meaning import Meaning
from models.language.reading import ReadingStage
from models.observations import Observation, QuestionAsked, SentenceRead, Utterance
from sessions.reading import BOUND, ReadingLane
from tests.models.language.reading import reader

QUESTION = QuestionAsked(0.5, "slow", "Why is a web page slow?", "technical", 60.0)


def said(id_: int, text: str) -> Utterance:
    return Utterance(id_, 1.0 + 2 * id_, 2.0 + 2 * id_, text, final=True)


def lane(told: list[Observation]) -> ReadingLane:
    return ReadingLane(lambda: ReadingStage(reader()), lambda observation, _: told.append(observation))


def test_at_the_end_all_that_was_said_is_read() -> None:
    told: list[Observation] = []
    reading = lane(told)
    reading.start()
    reading.put((QUESTION, 0.0))
    reading.put((replace(said(0, "The page"), final=False), 0.0))
    for n in range(20):
        reading.put((said(n, f"I would look at request number {n}."), 0.0))
    reading.close()
    reading.join()

    sentences = [each for each in told if isinstance(each, SentenceRead)]
    assert [each.index for each in sentences] == list(range(20))
    assert all(each.asked == 0.5 and each.relevance is not None for each in sentences)


def test_without_the_model_the_session_goes_on(tmp_path: Path) -> None:
    told: list[Observation] = []

    def make() -> ReadingStage:
        Meaning(tmp_path)
        raise AssertionError("there is a model")

    reading = ReadingLane(make, lambda observation, _: told.append(observation))
    reading.start()
    for n in range(3):
        reading.put((said(n, "Nobody reads this sentence."), 0.0))
    reading.close()
    reading.join()

    assert told == []


def test_past_the_bound_utterances_go_unread_and_questions_do_not() -> None:
    told: list[Observation] = []
    reading = lane(told)
    reading.put((QUESTION, 0.0))
    for n in range(BOUND + 1):
        reading.put((said(n, "This waits for too long to be read."), 0.0))
    reading.start()
    reading.close()
    reading.join()

    standing = {(each.asked, each.index): each.words for each in told if isinstance(each, SentenceRead)}
    assert {key for key, words in standing.items() if words} == {(0.5, 0), (0.5, 1)}

"""Answers are read sentence by sentence: what each says about its question, and how it says it.

The stage is fed with questions and utterances, in whichever order they become known, rather than with media.
Whatever the order, what it has said in the end is what reading the final text at once would say.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.language import names, skills
from models.language.grammar import Checker, Finding, GrammarChecker
from models.language.meaning import Array, Meaning
from models.language.relevance import DECIMALS, TOGETHER, Follower, Subject, unit
from models.language.sentences import cut, has_letters
from models.language.sentiment import polarity
from models.language.skills import Named
from models.language.structure import Structure
from models.observations import (
    AnswerPart,
    GrammarError,
    QuestionAsked,
    SentenceRead,
    SkillNamed,
    Utterance,
    Word,
    is_hesitation,
    parts_of,
    spread_words,
)
from models.stage import Spoken


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence says by itself."""

    text: str
    vector: Array
    """Its meaning, hesitations left out."""
    sentiment: float
    errors: tuple[Finding, ...]
    skills: tuple[Named, ...]
    names: int


class Reader:
    """What reads sentences; loaded once in a process and shared by its sessions."""

    def __init__(self, grammar: GrammarChecker | None = None) -> None:
        """Load the models; without `grammar` this process's own rules check it.

        Raises models.registry.ModelError when a model cannot be loaded.
        """
        self.meaning = Meaning()
        self.structure = Structure(self.meaning)
        self._grammar = grammar or Checker()

    def read(self, words: Sequence[Word]) -> Reading:
        """Read one sentence; takes some 11 ms of processor time."""
        texts = [word.text for word in words]
        fluent = " ".join(text for text in texts if not is_hesitation(text))
        return Reading(
            " ".join(texts),
            self.meaning.vector(fluent),
            round(polarity(fluent), DECIMALS),
            tuple(self._grammar.check(texts)),
            tuple(skills.find(texts)),
            len(names.find(texts)),
        )


@dataclass(slots=True)
class _Answer:
    """What was said to one question, as far as it was read."""

    question: QuestionAsked | None = None
    subject: Subject | None = None
    utterances: list[Utterance] = field(default_factory=list)
    """In order of time."""
    sentences: list[tuple[Word, ...]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    told: list[SentenceRead] = field(default_factory=list)


class ReadingStage:
    """Reads one session's answers. Holds its text, as the fold of the session does."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._answers = [_Answer()]
        self._asked: list[float] = []
        self._home: dict[int, _Answer] = {}

    def feed(self, chunk: Spoken) -> list[SentenceRead]:
        """The sentences that are new or changed by a question, or by an utterance, new or again.

        What an utterance says before it is final is not read.
        """
        if isinstance(chunk, QuestionAsked):
            changed = self._ask(chunk)
        elif chunk.final:
            changed = self._say(chunk)
        else:
            changed = []
        return [sentence for answer in changed for sentence in self._read(answer)]

    def finish(self) -> list[SentenceRead]:
        """See `models.stage.Stage`; all was said already."""
        return []

    def _ask(self, question: QuestionAsked) -> list[_Answer]:
        place = bisect_right(self._asked, question.t)
        if not question.text:
            return self._take_back(place, question.t)
        earlier = self._answers[place]
        if earlier.question == question:
            return []
        later = _Answer(question, Subject(self._reader.meaning, question.text, question.key_points))
        self._asked.insert(place, question.t)
        self._answers.insert(place + 1, later)
        moved = [utterance for utterance in earlier.utterances if _middle(utterance) >= question.t]
        for utterance in moved:
            earlier.utterances.remove(utterance)
            later.utterances.append(utterance)
            self._home[utterance.id] = later
        return [earlier, later]

    def _take_back(self, place: int, t: float) -> list[_Answer]:
        if not place or self._asked[place - 1] != t:
            return []
        del self._asked[place - 1]
        gone, earlier = self._answers.pop(place), self._answers[place - 1]
        for utterance in gone.utterances:
            insort(earlier.utterances, utterance, key=lambda each: (each.start, each.id))
            self._home[utterance.id] = earlier
        gone.utterances = []
        return [gone, earlier]

    def _say(self, utterance: Utterance) -> list[_Answer]:
        before = self._home.get(utterance.id)
        if before is not None:
            before.utterances = [each for each in before.utterances if each.id != utterance.id]
        home = self._answers[bisect_right(self._asked, _middle(utterance))]
        insort(home.utterances, utterance, key=lambda each: (each.start, each.id))
        self._home[utterance.id] = home
        return [home] if before in (None, home) else [before, home]

    def _read(self, answer: _Answer) -> Iterator[SentenceRead]:
        """Bring an answer up to date with its utterances; what changed."""
        words = [word for each in answer.utterances for word in each.words or spread_words(each)]
        sentences = list(cut(words))
        known = {reading.text: reading for reading in answer.readings}
        same = _alike(answer.sentences, sentences)
        answer.sentences = sentences
        del answer.readings[same:]
        for sentence in sentences[same:]:
            reading = known.get(" ".join(word.text for word in sentence))
            answer.readings.append(reading or self._reader.read(sentence))
        told = [*answer.told[:same], *self._tell(answer, same)]
        before, answer.told = answer.told, told
        for n, sentence_read in enumerate(told):
            if n >= len(before) or before[n] != sentence_read:
                yield sentence_read
        for gone in before[len(told) :]:
            yield SentenceRead(gone.asked, gone.index, gone.start, gone.end, "", 0)

    def _tell(self, answer: _Answer, first: int) -> Iterator[SentenceRead]:
        """What was read of the sentences from `first` on."""
        question = answer.question
        follower = Follower(answer.subject) if answer.subject else None
        vectors = [reading.vector for reading in answer.readings]
        if follower:
            for vector in vectors[max(first - TOGETHER + 1, 0) : first]:
                follower.read(vector)
        for n in range(first, len(vectors)):
            words, reading = answer.sentences[n], answer.readings[n]
            relevance, points = follower.read(reading.vector) if follower else (None, ())
            yield SentenceRead(
                asked=question.t if question else None,
                index=n,
                start=words[0].start,
                end=words[-1].end,
                text=reading.text,
                words=sum(map(has_letters, words)),
                relevance=relevance,
                key_points=points,
                continuity=_continuity(vectors[max(n - TOGETHER + 1, 0) : n], reading.vector),
                part=self._part(question, reading),
                sentiment=reading.sentiment,
                errors=tuple(
                    GrammarError(
                        *(words[each.first].start, words[each.last].end),
                        *(each.rule, each.message, each.suggestion),
                    )
                    for each in reading.errors
                ),
                skills=tuple(
                    SkillNamed(each.name, words[each.first].start, words[each.last].end)
                    for each in reading.skills
                ),
                names=reading.names,
            )

    def _part(self, question: QuestionAsked | None, reading: Reading) -> AnswerPart | None:
        if question is None:
            return None
        return self._reader.structure.part(reading.text, reading.vector, parts_of(question.topic))


def _middle(utterance: Utterance) -> float:
    """Session time that decides which answer it belongs to."""
    return (utterance.start + utterance.end) / 2


def _alike(before: Sequence[tuple[Word, ...]], after: Sequence[tuple[Word, ...]]) -> int:
    """How many leading sentences are the same."""
    for n, (one, other) in enumerate(zip(before, after, strict=False)):
        if one != other:
            return n
    return min(len(before), len(after))


def _continuity(before: Sequence[Array], vector: Array) -> float | None:
    return round(float(unit(np.sum(before, axis=0)) @ vector), DECIMALS) if before else None

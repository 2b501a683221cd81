"""Questions and what was answered to them."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import NamedTuple

from models.observations import (
    FilledPause,
    QuestionAsked,
    SentenceRead,
    Utterance,
    Word,
    is_hesitation,
    spread_words,
)
from scoring.evidence import Span
from scoring.gist import Gist
from scoring.language import (
    BLOCK,
    Hit,
    Mark,
    Phrase,
    buzzwords,
    hits,
    is_specific,
    plain,
    stems,
    terms_said,
    variety,
)
from scoring.phrasing import Saying, WordPause, closings, saying, silences

FEW_WORDS = 20
"""An answer that still runs is not held against its key terms before it has this many words."""
SHORT_ANSWER = 5
"""A finished answer with fewer words is taken for a false start, not for an answer."""
LONG_ENOUGH = 75.0
"""Percent of the question's time from which on the length of an answer that still runs counts."""


class Filler(NamedTuple):
    """A filler word or phrase, or a filled pause, to be listened to."""

    start: float
    end: float
    label: str
    """The words in lower case, or how the pause sounded: "um", "uh", "drawn out"."""


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance with what its words say about themselves."""

    utterance: Utterance
    shown: tuple[Word, ...]
    """The words as displayed."""
    words: tuple[Word, ...]
    """The words as recognised: "twenty five" where "25" is shown. What is measured is measured on these."""
    homes: tuple[int, ...]
    """For each of them, the index of the word shown for it."""
    hits: tuple[Hit, ...]
    buzzwords: tuple[Phrase, ...]
    specific: tuple[bool, ...]
    stems: tuple[str, ...]
    plain: tuple[str, ...]
    """The words as they are compared; empty where there is no letter or figure."""
    count: int
    pauses: tuple[FilledPause, ...] = ()
    """Filled pauses that are heard but not among the words, in order."""
    heard: tuple[Word, ...] = ()
    """The words as displayed and the filled pauses, in order."""
    sayings: tuple[Saying, ...] = ()
    """What saying each of the words as recognised took."""
    silences: tuple[WordPause, ...] = ()
    """Between what was heard."""
    closed: bool = False
    """A sentence is over at its end."""
    terms: set[str] = field(default_factory=set)
    """Key terms of its question that it says; filled in by the answer."""

    @property
    def middle(self) -> float:
        """Session time that decides which answer it belongs to."""
        return (self.utterance.start + self.utterance.end) / 2

    @property
    def fillers(self) -> list[Filler]:
        """All that fills, of the words and of the sound, in order of time; each once."""
        written = (
            Filler(
                self.words[hit.first].start,
                self.words[hit.last].end,
                " ".join(self.plain[hit.first : hit.last + 1]),
            )
            for hit in self.hits
            if hit.mark == "filler"
        )
        return sorted([*written, *(Filler(pause.start, pause.end, pause.sound) for pause in self.pauses)])

    def shown_before(self, pause: FilledPause) -> int:
        """How many of the words shown lie before a filled pause."""
        return sum(word.start + word.end < pause.start + pause.end for word in self.shown)

    @property
    def marks(self) -> list[Mark | None]:
        """One mark, or None, for each word shown."""
        marks: list[Mark | None] = [None] * len(self.shown)
        for hit in self.hits:
            for home in self.homes[hit.first : hit.last + 1]:
                marks[home] = hit.mark
        return marks


def listen(utterance: Utterance) -> Said:
    """Measure an utterance. Without word times, its words are spread evenly over it."""
    shown = utterance.words or spread_words(utterance)
    words, homes = recognised(shown)
    texts = [word.text for word in words]
    pauses = tuple(pause for pause in utterance.filled_pauses if not _written(pause, words))
    heard = (*shown, *(Word("um", pause.start, pause.end) for pause in pauses)) if shown else ()
    heard = tuple(sorted(heard, key=lambda word: word.start))
    closed = closings(heard)
    return Said(
        utterance=utterance,
        shown=shown,
        words=words,
        homes=homes,
        hits=tuple(hits(texts)),
        buzzwords=tuple(buzzwords(texts)),
        specific=tuple(is_specific(texts)),
        stems=tuple(stems(texts)),
        plain=(bare := tuple(plain(text) for text in texts)),
        count=sum(map(bool, bare)),
        pauses=pauses,
        heard=heard,
        sayings=saying(words),
        silences=silences(heard, closed),
        closed=bool(closed) and closed[-1],
    )


def _written(pause: FilledPause, words: Sequence[Word]) -> bool:
    """Whether the text has the hesitation as a word, as a second reading of the sound may."""
    return any(
        is_hesitation(word.text) and word.start < pause.end and pause.start < word.end for word in words
    )


def recognised(shown: Sequence[Word]) -> tuple[tuple[Word, ...], tuple[int, ...]]:
    """The words as recognised, and for each the index of the word shown for it.

    Several that are shown as one share its time by their letters.
    """
    words: list[Word] = []
    homes: list[int] = []
    for index, word in enumerate(shown):
        texts = word.raw.split() if word.raw else [word.text]
        letters = list(accumulate(map(len, texts), initial=0))
        edges = [word.start + (word.end - word.start) * at / max(letters[-1], 1) for at in letters]
        edges[-1] = word.end
        words += [
            replace(word, text=text, start=start, end=end, raw=None)
            for text, (start, end) in zip(texts, pairwise(edges), strict=True)
        ]
        homes += [index] * len(texts)
    return tuple(words), tuple(homes)


class Shares(NamedTuple):
    """How much of what was expected of an answer was said, 0..1; None for what was not looked for."""

    points: float | None
    parts: float | None
    terms: float | None


@dataclass(slots=True)
class Answer:
    """What was said to one question; without a question, what was said before any."""

    question: QuestionAsked | None
    said: dict[int, Said] = field(default_factory=dict)
    words: int = 0
    found: Counter[str] = field(default_factory=Counter)
    gist: Gist = field(default_factory=Gist)
    """What reading it found."""
    _span: Span | None = None
    _shares: Shares | None = None

    def add(self, said: Said, sign: int = 1) -> None:
        """Take an utterance in, or out again with sign -1."""
        self.words += sign * said.count
        self._span = self._shares = None
        if sign > 0:
            said.terms.clear()
            said.terms.update(terms_said(said.stems, self.question.key_terms) if self.question else ())
            self.said[said.utterance.id] = said
        else:
            del self.said[said.utterance.id]
        for term in said.terms:
            self.found[term] += sign

    def read(self, sentence: SentenceRead) -> SentenceRead | None:
        """Take a sentence of it, new or again; returns what it replaces."""
        self._shares = None
        return self.gist.add(sentence)

    @property
    def shares(self) -> Shares:
        """How much of what was expected was said."""
        if self._shares is None:
            points, question = self.gist.points, self.question
            terms = set(question.key_terms) if question and not points else set()
            self._shares = Shares(
                sum(points) / len(points) if points else None,
                self.gist.structure(question.topic) if question and self.gist else None,
                sum(number > 0 for number in self.found.values()) / len(terms) if terms else None,
            )
        return self._shares

    @property
    def terms_found(self) -> list[str]:
        """The question's key terms that were said."""
        return [term for term in self.question.key_terms if self.found[term] > 0] if self.question else []

    @property
    def span(self) -> Span | None:
        """From the first word to the last; None before anything was said."""
        if self._span is None:
            utterances = [said.utterance for said in self.said.values() if said.words]
            if utterances:
                self._span = Span(min(u.start for u in utterances), max(u.end for u in utterances))
        return self._span

    @property
    def seconds(self) -> float:
        """Length of the span."""
        return self.span.length if self.span else 0.0

    @property
    def percent(self) -> float | None:
        """How much of the question's time it takes; None where the question gives less than a second."""
        if self.question is None or self.question.seconds < 1.0:
            return None
        return 100 * self.seconds / self.question.seconds

    def in_order(self) -> list[Said]:
        """Its utterances in order of time."""
        return sorted(self.said.values(), key=lambda said: (said.utterance.start, said.utterance.id))


def _when(said: Said) -> tuple[float, int]:
    return said.utterance.start, said.utterance.id


class Content(NamedTuple):
    """Measures of the answers so far, each with its evidence; a value without evidence is 0 of 0."""

    key_points: tuple[float, float] = (0.0, 0.0)
    """Percent of the key points, each as likely as it was made; words of the answers looked at."""
    structure: tuple[float, float] = (0.0, 0.0)
    """Percent of the parts of an answer; words of the answers looked at."""
    key_terms: tuple[float, float] = (0.0, 0.0)
    """Percent of the key terms, where no key points were looked for; words of the answers looked at."""
    answer_length: tuple[float, float] = (0.0, 0.0)
    """Percent of the questions' time; answers looked at."""
    vocabulary: tuple[float, float] = (0.0, 0.0)
    """Percent of different words; words looked at."""


class Answers:
    """Questions and utterances of a session, in whichever order they become known."""

    def __init__(self) -> None:
        self.all = [Answer(None)]
        self._asked: list[float] = []
        self._home: dict[int, Answer] = {}
        self._early: defaultdict[float, Gist] = defaultdict(Gist)
        self.spoken: list[Said] = []
        """Utterances that have words, in order of time."""

    @property
    def asked(self) -> list[float]:
        """Times of the questions, ascending."""
        return self._asked

    @property
    def written_until(self) -> float:
        """End of the last words known; 0 without any."""
        return next((answer.span.end for answer in reversed(self.all) if answer.span), 0.0)

    @property
    def given(self) -> int:
        """Answers in which something was said."""
        return sum(1 for answer in self.all if answer.words)

    @property
    def current(self) -> Answer:
        """The answer to the last question."""
        return self.all[-1]

    def at(self, t: float) -> Answer:
        """The answer that a session time belongs to."""
        return self.all[bisect_right(self._asked, t)]

    def said(self) -> Iterator[Said]:
        """All utterances, answer by answer."""
        for answer in self.all:
            yield from answer.in_order()

    def ask(self, question: QuestionAsked) -> None:
        """A question was put. What was said after it moves to its answer; a repeated message does nothing."""
        place = bisect_right(self._asked, question.t)
        if place and self.all[place].question == question:
            return
        earlier = self.all[place]
        self._asked.insert(place, question.t)
        self.all.insert(place + 1, Answer(question, gist=self._early.pop(question.t, Gist())))
        for said in [said for said in earlier.said.values() if said.middle >= question.t]:
            earlier.add(said, -1)
            self._give(said)

    def take_back(self, t: float) -> list[SentenceRead]:
        """The question put at `t`, if there is one, was none; returns the sentences read of its answer."""
        place = bisect_right(self._asked, t)
        if not place or self._asked[place - 1] != t:
            return []
        del self._asked[place - 1]
        gone = self.all.pop(place)
        for said in gone.said.values():
            self._give(said)
        return gone.gist.sentences

    def say(self, said: Said) -> Said | None:
        """An utterance, new or again; returns what it replaces."""
        id_ = said.utterance.id
        home = self._home.get(id_)
        replaced = home.said[id_] if home else None
        if home and replaced:
            home.add(replaced, -1)
            if replaced.words:
                del self.spoken[bisect_left(self.spoken, _when(replaced), key=_when)]
        self._give(said)
        if said.words:
            insort(self.spoken, said, key=_when)
        return replaced

    def read(self, sentence: SentenceRead) -> SentenceRead | None:
        """A sentence of an answer, new or again; returns what it replaces."""
        asked = sentence.asked
        answer = self.all[0] if asked is None else self.at(asked)
        if asked is None or (answer.question and answer.question.t == asked):
            return answer.read(sentence)
        return self._early[asked].add(sentence)

    def _give(self, said: Said) -> None:
        home = self._home[said.utterance.id] = self.at(said.middle)
        home.add(said)

    def alone(self, answer: Answer) -> "Answers":
        """One of the answers as if it were all."""
        one = Answers()
        one.all = [Answer(None), answer] if answer.question else [answer]
        return one

    def content(self, ended: bool) -> Content:
        """The measures of all answers; while the session runs, the last answer still counts as running."""
        running = None if ended else self.current
        return Content(
            self._mean(running, lambda shares: shares.points),
            self._mean(running, lambda shares: shares.parts),
            self._mean(running, lambda shares: shares.terms),
            self._lengths(running),
            self._vocabulary(ended),
        )

    def _mean(self, running: Answer | None, share: Callable[[Shares], float | None]) -> tuple[float, float]:
        """Mean percent of one of the answers' `Shares`, and the words of the answers that have it."""
        shares: list[float] = []
        words = 0
        for answer in self.all:
            if answer.question is None or answer.words < (FEW_WORDS if answer is running else SHORT_ANSWER):
                continue
            told = share(answer.shares)
            if told is None:
                continue
            # While an answer runs only the part is expected that fits the time it took so far.
            due = 1.0
            if answer is running and answer.percent is not None:
                due = min(max(answer.percent / 100, 0.25), 1.0)
            shares.append(min(told / due, 1.0))
            words += answer.words
        return (100 * sum(shares) / len(shares), float(words)) if shares else (0.0, 0.0)

    def _lengths(self, running: Answer | None) -> tuple[float, float]:
        shares = [
            share
            for answer in self.all
            if (share := answer.percent) is not None and answer.words >= SHORT_ANSWER
            if share >= LONG_ENOUGH or answer is not running
        ]
        return (sum(shares) / len(shares), float(len(shares))) if shares else (0.0, 0.0)

    def _vocabulary(self, whole: bool) -> tuple[float, float]:
        words = self._all_words() if whole else self._last_words(BLOCK)
        share = variety(words)
        return (0.0, float(len(words))) if share is None else (100 * share, float(len(words)))

    def _all_words(self) -> list[str]:
        return [word for said in self.said() for word in said.plain if word]

    def _last_words(self, number: int) -> list[str]:
        words: list[str] = []
        for id_ in reversed(self._home):
            words[:0] = filter(None, self._home[id_].said[id_].plain)
            if len(words) >= number:
                break
        return words[-number:]

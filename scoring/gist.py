"""What reading an answer found, added up sentence by sentence."""

from collections.abc import Iterable

from models.observations import ARGUMENT, STAR, AnswerPart, SentenceRead, parts_of

MADE = 0.5
"""A key point is taken for made from so likely on."""


class Gist:
    """The sentences of one answer, in whichever order they become known."""

    def __init__(self) -> None:
        self._sentences: dict[int, SentenceRead] = {}
        self._forget()

    def _forget(self) -> None:
        self._points: tuple[float, ...] = ()
        self._runs: dict[AnswerPart, int] = {}

    def __bool__(self) -> bool:
        return bool(self._sentences)

    @property
    def sentences(self) -> list[SentenceRead]:
        """In order."""
        return [self._sentences[index] for index in sorted(self._sentences)]

    def add(self, sentence: SentenceRead) -> SentenceRead | None:
        """Take a sentence, new or again; returns what it replaces."""
        replaced = self._sentences.pop(sentence.index, None)
        last = max(self._sentences, default=-1)
        if sentence.words:
            self._sentences[sentence.index] = sentence
        if replaced is not None or sentence.index < last:
            self._forget()
            self._count(self.sentences)
        elif sentence.words:
            self._count([sentence])
        return replaced

    def _count(self, sentences: Iterable[SentenceRead]) -> None:
        for sentence in sentences:
            if len(self._points) != len(sentence.key_points):
                self._points = (0.0,) * len(sentence.key_points)
            self._points = tuple(map(max, self._points, sentence.key_points))
            part = sentence.part
            if part is not None:
                order = STAR if part in STAR else ARGUMENT
                before = (self._runs.get(each, 0) for each in order[: order.index(part)])
                self._runs[part] = max(self._runs.get(part, 0), 1 + max(before, default=0))

    @property
    def points(self) -> tuple[float, ...]:
        """How likely each key point was made, by the sentence that comes nearest; 0..1."""
        return self._points

    def structure(self, topic: str) -> float:
        """Share 0..1 of the parts that an answer on this topic has; one out of its order counts half."""
        parts = parts_of(topic)
        there = [part for part in parts if part in self._runs]
        in_order = max((self._runs[part] for part in there), default=0)
        return (in_order + len(there)) / (2 * len(parts))

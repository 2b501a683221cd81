"""Whether a sentence belongs to an answer to its question, and whether it makes one of its key points.

Likenesses in meaning are no probabilities: fluent talk about something else has a cosine of 0.1 to a question
and a paraphrase of what it expects 0.3. Logistic curves turn them into some, fitted to questions, answers and
paraphrases written for that (`python -m models.training.relevance`).
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from models.language.meaning import Array, Meaning

TOGETHER = 3
"""Sentences that are looked at together: many a sentence of a good answer says little by itself."""
DECIMALS = 4

# As the script prints them: constant, then the weight of each likeness.
MAKES_POINT = (-1.64, 8.94)
"""To the key point."""
BELONGS = (-3.14, 3.33, 2.01, 7.55)
"""To the question; to the nearest key point; of the last sentences together to both."""
BELONGS_WITHOUT_POINTS = (-2.35, 3.99, 7.66)
"""To the question; of the last sentences together to it: for a question that has no key points."""


def unit(vector: Array) -> Array:
    """The vector at length 1."""
    scaled: Array = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return scaled


class Subject:
    """What a question is about."""

    def __init__(self, meaning: Meaning, question: str, points: Sequence[str]) -> None:
        self.question = meaning.vector(question)
        self.points = [meaning.vector(point) for point in points]
        middle = unit(np.sum(self.points, axis=0)) if points else self.question
        self.whole = unit(self.question + middle)

    def likenesses(self, recent: Sequence[Array]) -> tuple[list[float], list[float]]:
        """Of the last of `recent` sentences to each key point, and what `BELONGS` weighs."""
        sentence, together = recent[-1], unit(np.sum(recent, axis=0))
        points = [float(sentence @ point) for point in self.points]
        nearest = [max(points)] if points else []
        return points, [float(sentence @ self.question), *nearest, float(together @ self.whole)]


class Follower:
    """Follows one answer, sentence by sentence."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._recent: deque[Array] = deque(maxlen=TOGETHER)

    def read(self, sentence: Array) -> tuple[float, tuple[float, ...]]:
        """How likely the next sentence belongs to the answer, and makes each key point; 0..1."""
        self._recent.append(sentence)
        points, likenesses = self._subject.likenesses(self._recent)
        weights = BELONGS if points else BELONGS_WITHOUT_POINTS
        return _logistic(weights, likenesses), tuple(_logistic(MAKES_POINT, [point]) for point in points)


def _logistic(weights: Sequence[float], likenesses: Iterable[float]) -> float:
    z = weights[0] + sum(weight * x for weight, x in zip(weights[1:], likenesses, strict=True))
    return round(1 / (1 + math.exp(-z)), DECIMALS)

"""Fits the curves of models.language.relevance to relevance.toml and says how well they tell classes apart.

    python -m models.training.relevance

Each question is left out once while the others are fitted; what is said about it then is counted.
"""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from models.language.meaning import Meaning
from models.language.relevance import TOGETHER, Subject

FILE = Path(__file__).with_name("relevance.toml")
PENALTY = 1e-3
"""On squared weights, for a fit to so little: hardly more than keeps them finite."""
Floats: TypeAlias = npt.NDArray[np.float64]


class Examples(NamedTuple):
    """Likenesses, shape (n, features), each with its class and the question that it is about."""

    x: Floats
    y: npt.NDArray[np.bool_]
    about: npt.NDArray[np.int64]


def fit(x: Floats, y: npt.NDArray[np.bool_]) -> Floats:
    """Constant and weights of a logistic regression, both classes weighing alike, by Newton's method."""
    design = np.column_stack([np.ones(len(x)), x])
    balance = np.where(y, 0.5 / y.sum(), 0.5 / (~y).sum())
    weights = np.zeros(design.shape[1])
    ridge = PENALTY * np.diag([0.0] + [1.0] * x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (balance * (p - y)) + ridge @ weights
        weights -= np.linalg.solve((design.T * (balance * p * (1 - p))) @ design + ridge, slope)
    return weights


def left_out(examples: Examples) -> float:
    """The chance that one that belongs gets more than one that does not, about questions not fitted to."""
    z = np.empty(len(examples.y))
    for question in np.unique(examples.about):
        test = examples.about == question
        weights = fit(examples.x[~test], examples.y[~test])
        z[test] = weights[0] + examples.x[test] @ weights[1:]
    return float((z[examples.y][:, None] > z[~examples.y][None]).mean())


def points(meaning: Meaning, data: dict[str, Any]) -> Examples:
    """Paraphrases and other sentences against key points."""
    found = []
    for about, question in enumerate(data["question"]):
        for n, point in enumerate(question["points"]):
            vector = meaning.vector(point)
            for other in data["question"]:
                for m, sentences in enumerate(other["paraphrases"]):
                    makes = other is question and m == n
                    found += [([vector @ meaning.vector(text)], makes, about) for text in sentences]
            for talk in data["talk"]:
                found += [([vector @ meaning.vector(text)], False, about) for text in talk["sentences"]]
    return _examples(found)


def sentences(meaning: Meaning, data: dict[str, Any], with_points: bool) -> Examples:
    """Sentences of answers, told in order, against questions."""
    found = []
    for about, question in enumerate(data["question"]):
        subject = Subject(meaning, question["text"], question["points"] if with_points else [])
        told = [([first for first, _ in question["paraphrases"]], True), (question["answer"], True)]
        told += [(other["answer"], False) for other in data["question"] if other is not question]
        told += [(talk["sentences"], False) for talk in data["talk"]]
        for texts, belongs in told:
            vectors = [meaning.vector(text) for text in texts]
            for n in range(len(vectors)):
                _, likenesses = subject.likenesses(vectors[max(n + 1 - TOGETHER, 0) : n + 1])
                found.append((likenesses, belongs, about))
    return _examples(found)


def _examples(found: list[tuple[list[Any], bool, int]]) -> Examples:
    x, y, about = zip(*found, strict=True)
    return Examples(np.array(x, dtype=float), np.array(y), np.array(about))


def curves(meaning: Meaning) -> dict[str, Examples]:
    """What each constant of models.language.relevance is fitted to."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        "MAKES_POINT": points(meaning, data),
        "BELONGS": sentences(meaning, data, with_points=True),
        "BELONGS_WITHOUT_POINTS": sentences(meaning, data, with_points=False),
    }


def main() -> None:
    """Print the constants."""
    for name, examples in curves(Meaning()).items():
        weights = ", ".join(f"{weight:.2f}" for weight in fit(examples.x, examples.y))
        print(f"{name} = ({weights})  # told apart: {left_out(examples):.3f} of pairs, n = {len(examples.y)}")


if __name__ == "__main__":
    main()

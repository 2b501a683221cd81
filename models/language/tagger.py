"""Parts of speech: a linear tagger for English that takes recognised speech as well as written text.

Tags are those of the Penn Treebank (Santorini, "Part-of-speech tagging guidelines for the Penn Treebank
project", 1990), which tell a verb's form and a noun's number. An averaged perceptron decides from left to
right (Collins, "Discriminative training methods for hidden Markov models", EMNLP 2002) on the word, its
ending, its neighbours and the two tags before it. Weights are whole numbers, so tags are the same on every
machine. `tagger.md` says what the weights were made of and how good they are.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DATA = Path(__file__).with_suffix(".npz")
START = "-start-"
END = "-end-"

_CONTRACTION = re.compile(r"(?P<word>.+?)(?P<rest>n't|'(?:s|m|d|re|ve|ll))", re.IGNORECASE)
_GLUED = {
    "cannot": ("can", "not"),
    "gonna": ("gon", "na"),
    "gotta": ("got", "ta"),
    "wanna": ("wan", "na"),
}
_PARTS = re.compile(r"(?P<before>[^\w$€£%']*)(?P<bare>.*?)(?P<after>[^\w%]*)", re.DOTALL)
_NUMBERS = frozenset(
    ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
) | frozenset(
    (
        *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty"),
        *("fifty", "sixty", "seventy", "eighty", "ninety"),
    )
)
"""Always numbers; the treebank writes most of them as figures."""
_DIGITS = re.compile(r"\d")


class Token(NamedTuple):
    """A word, a part of a contraction ("do" and "n't"), or the punctuation behind a word."""

    word: int
    """Index of the word that it is from."""
    text: str
    """In lower case."""
    tag: str
    """Penn Treebank tag, such as "VBZ" or "NNS"; of punctuation, "." at a sentence's end and "," else."""


class Tagger:
    """Tags words; loads in some 0.1 s and is shared between threads."""

    def __init__(self, path: Path = DATA) -> None:
        with np.load(path, allow_pickle=False) as data:
            self._tags, features, words = (_lines(data[name]) for name in ("tags", "features", "words"))
            self._weights = data["weights"].astype(np.int32)
        self._rows = {feature: row for row, feature in enumerate(features)}
        self._known = {word: tuple(tags.split()) for word, tags in (line.split("\t") for line in words)}

    def tag(self, words: Sequence[str]) -> list[str]:
        """The tag of each word, of a contraction that of its first part: "don't" is a verb.

        `words` are as recognised or as displayed, with or without punctuation and capitals.
        """
        found = ["SYM"] * len(words)
        for token in reversed(self.tokens(words)):
            if token.tag not in (".", ","):
                found[token.word] = token.tag
        return found

    def tokens(self, words: Sequence[str]) -> list[Token]:
        """The words taken apart and tagged, with the punctuation between them."""
        split = list(pieces(words))
        tags = self.decide([text for _, text in split])
        return [Token(at, text.lower(), tag) for (at, text), tag in zip(split, tags, strict=True)]

    def possible(self, word: str) -> tuple[str, ...]:
        """The tags that a word, in lower case, had in training, the most frequent first; none if unknown."""
        return self._known.get(word, ())

    def decide(self, texts: Sequence[str]) -> list[str]:
        """The tags of a sentence that is taken apart already."""
        rows = self._rows
        previous, before = START, START
        found = []
        for fixed, word, after in zip(*context(texts), strict=True):
            if word == "," or word == ".":
                tag = word
            elif word in _NUMBERS:
                tag = "CD"
            else:
                names = [*fixed, *moving(previous, before, word, after)]
                at = [row for name in names if (row := rows.get(name)) is not None]
                tag = self._tags[int(self._weights[at].sum(axis=0).argmax())]
            found.append(tag)
            before, previous = previous, tag
        return found


@cache
def shared() -> Tagger:
    """The tagger that comes along, loaded at the first call."""
    return Tagger()


def pieces(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Index and text of what words are made of, as the treebank separates it."""
    for at, word in enumerate(words):
        parts = _PARTS.fullmatch(word.replace("’", "'"))
        assert parts is not None
        bare, after = parts["bare"], parts["after"]
        if bare.lower() in _GLUED:
            for piece in _GLUED[bare.lower()]:
                yield at, piece
        elif contraction := _CONTRACTION.fullmatch(bare):
            yield at, contraction["word"]
            yield at, contraction["rest"]
        elif bare:
            yield at, bare
        if mark := after.strip("'\"”’)"):
            yield at, "." if mark[-1] in ".?!…" else ","


def _lines(encoded: npt.NDArray[np.uint8]) -> list[str]:
    return encoded.tobytes().decode().split("\n")


def context(texts: Sequence[str]) -> tuple[list[list[str]], list[str], list[str]]:
    """Features that rest on the words alone, the words as compared, and the word after each."""
    words = [START, START, *(_DIGITS.sub("0", text.lower()) for text in texts), END, END]
    fixed = []
    for i, text in enumerate(texts, 2):
        word, left, right = words[i], words[i - 1], words[i + 1]
        features = [
            "b",
            f"w {word}",
            f"1 {word[-1:]}",
            f"2 {word[-2:]}",
            f"3 {word[-3:]}",
            f"4 {word[-4:]}",
            f"f {word[:2]}",
            f"l {left}",
            f"r {right}",
            f"L {words[i - 2]}",
            f"R {words[i + 2]}",
            f"e {left[-3:]}",
            f"E {right[-3:]}",
            f"lw {left} {word}",
            f"wr {word} {right}",
            f"lr {left} {right}",
        ]
        if text[:1].isupper():
            features.append("c start" if left in (START, ".") else "c")
            features.append(f"c {word[-2:]}")
        if "-" in text:
            features.append("-")
        fixed.append(features)
    return fixed, words[2:-2], words[3:-1]


def moving(previous: str, before: str, word: str, after: str) -> tuple[str, ...]:
    """Features that rest on the two tags before."""
    return (
        f"t {previous}",
        f"tt {before} {previous}",
        f"tw {previous} {word}",
        f"tr {previous} {after}",
        f"ttw {before} {previous} {word}",
        f"T {before}",
    )

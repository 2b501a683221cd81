"""How words follow each other: syllables, the time that saying them takes, the silences between them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from models.observations import Word, ends_sentence, is_hesitation
from scoring.evidence import SHORTEST_PAUSE

LONGEST_WORD = 3.0
"""Seconds that a word may take: a longer one has no true times."""

_LETTERS = re.compile(r"[^a-z]")
_VOWELS = re.compile(r"[aeiouy]+")
# Vowels that stand together and are yet two syllables: "create", "idea", "area", "science", "being", "doing".
_APART = re.compile(
    r"eate|ia(?!l\b|n\b)|eo|io(?!u|n)|iu|ua(?=l|t)|ea\b|ie(?=n|t)|ei(?=ng)|oi(?=ng)|yi|ui(?=ng)"
)


class WordPause(NamedTuple):
    """A silence between two words."""

    start: float
    end: float
    inside: bool
    """It interrupts a sentence; else it stands between two."""


class Saying(NamedTuple):
    """What saying a word takes."""

    syllables: int
    seconds: float


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """About how many syllables an English word has, 0 for none; figures count one for each digit.

    By its vowels: right for most common words, and over some dozens of words right to a few percent, which
    is all that a rate needs.
    """
    digits = sum(map(str.isdigit, word))
    letters = _LETTERS.sub("", word.lower())
    if not letters:
        return digits
    if not _VOWELS.search(letters):
        # "Mr", "TV": spelt out.
        return digits + len(letters)
    count = len(_VOWELS.findall(letters)) + len(_APART.findall(letters))
    if count > 1 and _silent_end(letters):
        count -= 1
    return digits + count


def _silent_end(letters: str) -> bool:
    stem = letters.removesuffix("s") if letters.endswith("es") else letters.removesuffix("d")
    if not stem.endswith("e") or len(stem) < 2:
        return False
    before, last = stem[-2], letters[-1]
    if before == "l":
        # "whole" and "called", but not "table", "tables" and "doubled".
        return len(stem) > 2 and stem[-3] in "aeiouyl"
    if last == "d" and before in "td":
        return False
    if last == "s" and (before in "sxzcg" or stem.endswith(("she", "che"))):
        return False
    return before not in "aeiouy"


def saying(words: Sequence[Word]) -> tuple[Saying, ...]:
    """Syllables and seconds of each word, with the silence after it unless that is a pause.

    Filled pauses take neither. Without times that were measured no word takes any.
    """
    if not any(word.aligned for word in words):
        return (Saying(0, 0.0),) * len(words)
    found = []
    for i, word in enumerate(words):
        count = 0 if is_hesitation(word.text) else syllables(word.text)
        following = words[i + 1].start if i + 1 < len(words) else word.end
        until = following if following - word.end < SHORTEST_PAUSE else word.end
        seconds = min(max(until - word.start, 0.0), LONGEST_WORD) if count else 0.0
        # Binary fractions: what is taken out of a sum again leaves nothing behind.
        found.append(Saying(count, round(1024 * seconds) / 1024))
    return tuple(found)


def closings(words: Sequence[Word]) -> list[bool]:
    """For each word, whether a sentence is over after it; after a filled pause, what is before decides."""
    found: list[bool] = []
    spoken = False
    for word in words:
        hesitation = is_hesitation(word.text)
        found.append(found[-1] if hesitation and spoken else ends_sentence(word.text))
        spoken = spoken or not hesitation
    return found


def silences(words: Sequence[Word], closed: Sequence[bool]) -> tuple[WordPause, ...]:
    """The pauses between words as displayed of one utterance; `closed` as from `closings`."""
    pauses = (between(words[i - 1], words[i], closed[i - 1]) for i in range(1, len(words)))
    return tuple(pause for pause in pauses if pause)


def between(before: Word, after: Word, closed: bool) -> WordPause | None:
    """The pause from a word, which may close a sentence, to the next, if it is long enough for one."""
    if after.start - before.end < SHORTEST_PAUSE:
        return None
    return WordPause(before.end, after.start, inside=not closed)


def asked_within(asked: Sequence[float], pause: WordPause) -> bool:
    """Whether a question was put during a pause; `asked` are the questions' times, ascending."""
    return bisect_left(asked, pause.start) < bisect_right(asked, pause.end)

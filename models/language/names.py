"""Names of things, people and places in what somebody says, recognised in lower case or written."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from models.language import skills, tagger
from models.language.clause import MONTHS

_TIMES = MONTHS | frozenset(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
"""What the treebank tags as names."""


class Name(NamedTuple):
    """A stretch of words that name something."""

    first: int
    """Index of the first word."""
    last: int
    """Index of the last word, inclusive."""


def find(words: Sequence[str]) -> list[Name]:
    """The names in a sentence, in order and apart: runs of proper nouns, and tools by models.language.skills.

    `words` are as recognised or as displayed. Where some have capitals, names do; else only what is a name
    most of the time counts. Days and months are times and no names.
    """
    named = _proper(words)
    ends = [word.endswith((",", ".", "?", "!", ";", ":")) for word in words]
    for first, last, name in skills.find(words):
        if skills.kind(name) == "tool":
            named[first : last + 1] = [True] * (last + 1 - first)
            ends[last] = True
    found: list[Name] = []
    for at, (before, here) in enumerate(pairwise([False, *named])):
        if here and before and not ends[at - 1]:
            found[-1] = Name(found[-1].first, at)
        elif here:
            found.append(Name(at, at))
    return found


def _proper(words: Sequence[str]) -> list[bool]:
    """Of each word, whether it is a proper noun, or part of one."""
    known = tagger.shared()
    cased = any(word[:1].isupper() for word in words)
    found = []
    starts = True
    for word, tag in zip(words, known.tag(words), strict=True):
        plain = word.lower().strip(".,?!;:\"'")
        mostly = (known.possible(plain.removesuffix("'s")) or ("",))[0] in ("NNP", "NNPS")
        capital = word[:1].isupper() and not starts
        time = plain in _TIMES or plain.removesuffix("s") in _TIMES
        found.append(tag in ("NNP", "NNPS") and not time and (capital or (mostly and (starts or not cased))))
        starts = word.endswith((".", "?", "!"))
    return found

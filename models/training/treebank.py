"""Reads treebanks in CoNLL-U, the format of Universal Dependencies (https://universaldependencies.org/format.html)."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Token(NamedTuple):
    """A syntactic word."""

    form: str
    lemma: str
    upos: str
    """Universal part of speech, such as "VERB"."""
    xpos: str
    """The Penn Treebank's tag, such as "VBZ"."""
    head: int
    """Number of the word that this one depends on, from 1; 0 for the root."""
    relation: str
    glued: bool
    """Written together with the word before, as "n't" is in "don't"."""


def sentences(path: Path) -> Iterator[list[Token]]:
    """The sentences of a CoNLL-U file, without its empty nodes."""
    sentence: list[Token] = []
    first = glued_until = 0
    with path.open(encoding="utf-8") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 10 and "-" in fields[0]:
                glued_until = int(fields[0].split("-")[1])
                first = int(fields[0].split("-")[0])
            elif len(fields) == 10 and "." not in fields[0]:
                number = int(fields[0])
                glued = number <= glued_until and number > first
                head = int(fields[6])
                sentence.append(Token(fields[1], fields[2], fields[3], fields[4], head, fields[7], glued))
            elif sentence and not line.strip():
                yield sentence
                sentence, first, glued_until = [], 0, 0
    if sentence:
        yield sentence

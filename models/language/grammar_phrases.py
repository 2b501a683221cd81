"""Rules of grammar: prepositions and words in fixed phrases."""

from collections.abc import Iterator
from typing import NamedTuple

from models.language.clause import BE, Clause, Fault
from models.observations import word_set


class _Phrase(NamedTuple):
    words: str
    """Its words, alternatives by "|"."""
    rule: str
    message: str
    next: tuple[str, ...] = ()
    """Tags, one of which must follow; none where it does not matter."""


_PERSON = "me|us|him|them"
_ALL = (
    _Phrase("depend|depends|depended|depending of", "preposition", "“depend” goes with “on”"),
    _Phrase("depend|depends|depended from", "preposition", "“depend” goes with “on”", ("DT", "PRP", "PRP$")),
    _Phrase("responsible of", "preposition", "“responsible” goes with “for”"),
    _Phrase("interested on", "preposition", "“interested” goes with “in”"),
    _Phrase("consist|consists|consisted from", "preposition", "“consist” goes with “of”"),
    _Phrase("discuss|discussed|discusses|discussing about", "preposition", "“discuss” needs no “about”"),
    _Phrase("learned|learnt me|us|him|them to|how|that|a", "word choice", "Whoever gives a lesson teaches"),
    _Phrase("married with", "preposition", "“married” goes with “to”"),
    _Phrase("participate|participated to", "preposition", "“participate” goes with “in”"),
    _Phrase(
        "am|'m|is|are|was|were|very|really|quite good in", "preposition", "“good” goes with “at”", ("VBG",)
    ),
    _Phrase(
        f"explain|explains|explained|explaining {_PERSON}",
        "preposition",
        "“explain” has “to” before a person",
        ("DT", "WRB", "WP", "PRP$"),
    ),
    _Phrase(f"said|say|says {_PERSON} that|what|how", "word choice", "Before a person it is “tell”"),
    _Phrase(
        f"suggest|suggests|suggested|propose|proposed {_PERSON} to",
        "verb form",
        "Usual is “that” and who does it",
    ),
    _Phrase(f"let|lets|make|makes|made {_PERSON} to", "verb form", "This verb has no “to”", ("VB",)),
    _Phrase(
        "do|did|doing|done a|the|this|that|some|many|few|big mistake|mistakes",
        "word choice",
        "One makes mistakes",
    ),
    _Phrase(
        "do|did|doing|done a|an|the|this|some decision|decisions|effort|efforts",
        "word choice",
        "One makes these",
    ),
    _Phrase(
        "do|did|doing|done a|an|some big|huge|great|good|hard effort|mistake|decision",
        "word choice",
        "One makes these",
    ),
    _Phrase("make|makes|made|making my|our|their|his|her|the homework", "word choice", "One does homework"),
)


def phrases(clause: Clause) -> Iterator[Fault]:
    """ "Depends of", "responsible of", "explained him the problem", "did a mistake"."""
    for phrase in _ALL:
        parts = [part.split("|") for part in phrase.words.split()]
        for at in range(len(clause) - len(parts) + 1):
            last = at + len(parts) - 1
            said = all(clause.text(at + i) in part for i, part in enumerate(parts))
            if said and (not phrase.next or clause.tag(last + 1) in phrase.next):
                yield Fault(at, last, phrase.rule, phrase.message, "")


def interesting(clause: Clause) -> Iterator[Fault]:
    """ "I'm very interesting in this"."""
    for at in range(1, len(clause) - 1):
        said = clause.text(at) == "interesting" and clause.text(at + 1) == "in"
        felt = clause.text(at - 1) in BE | word_set("very really so more") and clause.is_near(
            at, word_set("i we"), 4
        )
        if said and felt:
            yield Fault(at, at, "word choice", "Whoever feels it is “interested”", "interested")

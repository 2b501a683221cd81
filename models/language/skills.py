"""Skills that somebody names: tools, practices and ways of working, by a taxonomy.

A form is found whatever its case, hyphens, plural or articles ("led a team", "leading teams"), whether a
long word is written as one or two ("java script") and whether an acronym is spelled out ("s q l"), since that
is how recognised speech looks. The longest form wins. A form that is an everyday word as well ("react", "go",
"excel") counts where what stands around it says that it is a name: a capital inside a sentence, words such as
"in" or "using" before it, "code" or "developer" after it, or another tool beside it.
"""

import csv
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from models.observations import word_set

DATA = Path(__file__).with_suffix(".csv")
EVERYDAY = "~"
"""Stands in DATA before forms that are everyday words as well."""

LONGEST_FORM = 10
"""Words, articles included."""
LONG = 10
"""Letters from which a form may be split in other places than its own: "type script", but not "no sql"."""
_ARTICLES = word_set("a an the my our your their his her its")
_NAMING = word_set("using use used uses know knows knew learn learned learnt learning wrote writing coding")
"""What stands before a tool's name, with "to" behind it or without: "used react to build"."""
_NAMING_WEAKLY = word_set("in with via")
_NAMING_OF = word_set("knowledge experience command use understanding")
_NAMING_ON = word_set("slack zoom oracle notion android azure sap workday epic figma")
"""Tools that people are on."""
_TOOLS = word_set("tool language framework stack technology software program editor database platform")
_SWITCHED = word_set("switched moved migrated ported converted changed switch move migrate")
_VERBS = word_set("go excel react")
"""These are verbs, so with "is" behind them they are names."""
_AFTER_NAME = word_set(
    "and or but for in on at as is was so because which where when then i we since from while though um uh "
    "very well really pretty quite every last this now too"
)
_NOUN_AFTER_NAME = word_set(
    "developer engineer programming programmer code codebase script hook component app apps application "
    "macro formula spreadsheet job jobs cluster query database framework library sheet service server "
    "backend frontend playbook language skill skills expert channel"
)
_MARKS = ".,;:?!\"')"
_SIGNS = str.maketrans({"+": "plus", "#": "sharp", "&": "and", "’": "'"})
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_SENTENCE_END = re.compile(r"[.?!][\"')\]]*$")
_BREAK = re.compile(r"[.?!,;:][\"')\]]*$")


class Named(NamedTuple):
    """A skill and the words that name it."""

    first: int
    """Index of the first word."""
    last: int
    """Index of the last word, inclusive."""
    name: str


class _Entry(NamedTuple):
    name: str
    kind: str
    everyday: bool
    plural: bool
    """Whether it needs its -s: "Teams" is no "team"."""
    spellings: set[str]
    """The forms that have the same letters, as `pieces` gives them."""


def find(words: Sequence[str]) -> list[Named]:
    """The skills that a sentence names, in order, at most one at any word.

    `words` are as recognised or as displayed, with or without punctuation and capitals.
    """
    bare = [_plain(word) for word in words]
    tops = [_longest(i, bare, words) for i in range(len(words))]
    found: list[Named] = []
    tool_end = -9
    i = 0
    while i < len(words):
        longest = tops[i]
        if longest is None:
            i += 1
            continue
        last, entry = longest
        missing_s = entry.plural and not words[last].lower().rstrip(_MARKS).endswith("s")
        if entry.everyday and (missing_s or not _is_name(i, last, words, bare, tops, tool_end)):
            i += 1
            continue
        found.append(Named(i, last, entry.name))
        if entry.kind == "tool":
            tool_end = last
        i = last + 1
    return found


def names() -> list[str]:
    """All names that `find` gives, in the order of the taxonomy."""
    return list(_kinds())


def kind(name: str) -> str:
    """ "tool", "practice" or "soft" for a skill's name as `find` gives it. KeyError for any other name."""
    return _kinds()[name]


def _longest(i: int, bare: list[str], words: Sequence[str]) -> tuple[int, _Entry] | None:
    """The last word and the entry of the longest form that begins at word `i`."""
    if not bare[i]:
        return None
    entries, starts = _taxonomy()
    best = None
    said = ""
    for j in range(i, min(i + LONGEST_FORM, len(words))):
        if j > i and _SENTENCE_END.search(words[j - 1]):
            break
        if j > i and bare[j] in _ARTICLES and not _spelled(i, j, bare):
            continue
        said = f"{said} {bare[j]}" if said else bare[j]
        joined = said.replace(" ", "")
        if joined[:4] not in starts:
            if len(joined) >= 4:
                break
            continue
        for candidate in (_singular(joined), joined):
            entry = entries.get(candidate)
            if entry is not None and _same_pieces(said, entry.spellings):
                best = j, entry
    return best


def _spelled(i: int, j: int, bare: list[str]) -> bool:
    """Whether the "a" at word `j` is a letter among letters."""
    return len(bare[j - 1]) == 1 or (j + 1 < len(bare) and len(bare[j + 1]) == 1)


def _same_pieces(said: str, spellings: set[str]) -> bool:
    """Whether words may stand for a form of the same letters: "s q l" for "sql", not "no sql" for "nosql"."""
    if " " not in said or len(said) >= LONG + said.count(" "):
        return True
    # letters spelled out are put together before the words are compared
    together = re.sub(r"\b(\w) (?=\w\b)", r"\1", said)
    return not {said, together, _singular(together)}.isdisjoint(spellings)


def _is_name(
    first: int,
    last: int,
    words: Sequence[str],
    bare: list[str],
    tops: list[tuple[int, _Entry] | None],
    tool_end: int,
) -> bool:
    """Whether an everyday word at `first` to `last` is the name of a skill here."""
    before = bare[first - 1] if first else ""
    before2 = bare[first - 2] if first > 1 else ""
    ends = last + 1 == len(words) or bool(_BREAK.search(words[last]))
    after = "" if ends else bare[last + 1]
    if _capital_inside(first, words) and len(bare[first]) > 1:
        return True
    if after in _NOUN_AFTER_NAME:
        return True
    # one of a list: "Python and Go", "Go, Python"
    gap = first - tool_end
    if gap == 1 or (gap == 2 and before in ("and", "or")):
        return ends or after in _AFTER_NAME or after == "to"
    following = last + 2 if last + 1 < len(words) and bare[last + 1] in ("and", "or") else last + 1
    neighbour = tops[following] if following < len(words) else None
    if neighbour is not None and neighbour[1].kind == "tool" and not neighbour[1].everyday:
        return True
    if bare[first] in _VERBS and after in ("is", "was", "has"):
        return True
    if not ends and after not in _AFTER_NAME:
        return after == "to" and before in _NAMING
    return (
        before in _NAMING
        or before in _NAMING_WEAKLY
        or (before == "of" and before2 in _NAMING_OF)
        or (before == "on" and bare[first] in _NAMING_ON)
        or (before == "is" and before2 in _TOOLS)
        or (before == "as" and before2 == "such")
        or (before == "like" and before2 in _TOOLS)
        or (before == "to" and not _SWITCHED.isdisjoint(bare[max(0, first - 4) : first]))
    )


def _capital_inside(i: int, words: Sequence[str]) -> bool:
    """Whether word `i` has a capital that a sentence's start or a title does not explain."""
    if not i or not words[i][:1].isupper() or _SENTENCE_END.search(words[i - 1]):
        return False
    return 2 * sum(word[:1].isupper() for word in words) <= len(words)


def pieces(form: str) -> str:
    """A form's words as they are compared: in lower case, without signs, plurals and the articles inside."""
    first, *others = _plain(form).split() or [""]
    return " ".join((first, *(word for word in others if word not in _ARTICLES)))


def _plain(text: str) -> str:
    return " ".join(map(_singular, _NOT_LETTERS.sub(" ", text.lower().translate(_SIGNS)).split()))


def _singular(word: str) -> str:
    if len(word) <= 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


@cache
def _taxonomy() -> tuple[dict[str, _Entry], frozenset[str]]:
    """The entries by the keys of their forms, and how these begin (their first 1 to 4 letters)."""
    entries: dict[str, _Entry] = {}
    for row in _rows():
        for form in row["forms"].split("; "):
            said = pieces(form.removeprefix(EVERYDAY))
            entry = _Entry(row["name"], row["kind"], form.startswith(EVERYDAY), form.endswith("s"), set())
            entries.setdefault(said.replace(" ", ""), entry).spellings.add(said)
    return entries, frozenset(each[:length] for each in entries for length in range(1, 5))


@cache
def _kinds() -> dict[str, str]:
    return {row["name"]: row["kind"] for row in _rows()}


def _rows() -> list[dict[str, str]]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))

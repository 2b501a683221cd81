"""Recognised words as people write them: capitals, "I", marks once, and spelled-out numbers as figures.

What is shown keeps the recognised words beside it (`Word.raw`), for measures count what was said. Figures
follow the usual newspaper rule: words up to nine, figures from ten on and before units, "5 million" from a
million on. What can be read in two ways ("two three people", "a twenty second pause") is left as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from models.observations import Word

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {
    **{word: value for value, word in enumerate(_UNITS)},
    **{word: 10 * place for place, word in enumerate(_TENS, 2)},
}
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_LARGE = ("million", "billion")
_ORDINALS = {
    **{
        word: value
        for value, word in enumerate(
            (
                *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
                *("tenth", "eleventh", "twelfth", *(f"{word}th" for word in _UNITS[13:])),
            ),
            1,
        )
    },
    **{f"{word[:-1]}ieth": 10 * place for place, word in enumerate(_TENS, 2)},
}
_NUMBER = frozenset((*_SMALL, *_SCALES, *_ORDINALS, "hundred", "point", "oh"))
_CURRENCY = {"dollar": "$", "dollars": "$", "euro": "€", "euros": "€"}
_CENTURIES = {"eighteen": range(10, 100), "nineteen": range(10, 100), "twenty": range(10, 30)}
"""How the first half of a year is said, and which second halves leave no doubt that it is one."""
FIGURES_FROM = 10

_PARTS = re.compile(r"(?P<before>[^\w$€£-]*)(?P<bare>.*?)(?P<after>[^\w%]*)", re.DOTALL)
_FIGURE = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?")
_SENTENCE_END = re.compile(r"[.?!][\"'”’)\]]*")
_ABBREVIATION = re.compile(r"(mr|mrs|ms|dr|prof|st|vs|etc|no|inc|ltd|jr|sr|\w)\.|\w+\..+", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"i('\w+)?")
_REPEATED = re.compile(r"([,;:])\1+")
"""Recognisers stammer in marks, too."""


class _Token(NamedTuple):
    """A recognised word taken apart."""

    before: str
    """Punctuation in front of it."""
    bare: str
    after: str
    """Punctuation behind it."""
    parts: tuple[str, ...]
    """In lower case, at hyphens: "twenty-five" is two."""
    number: bool
    """A part of a number that is spelled out."""


def displayed(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words as shown. Several may become one, which spans their times and is as sure as the least sure.

    What a word shows depends on those after it only within a number. Displaying twice changes nothing.
    """
    tokens = [_token(word) for word in words]
    shown: list[Word] = []
    at = 0
    while at < len(words):
        figures = _figures_at(at, tokens)
        for text, end in figures or [(words[at].text, at + 1)]:
            shown.append(_merged(words[at:end], _REPEATED.sub(r"\1", text)))
            at = end
    return _capitalised(shown)


def unchanging(words: Sequence[Word], count: int) -> int:
    """How many displayed words stay as they are whatever follows the first `count` recognised ones."""
    tokens = [_token(word) for word in words[:count]]
    while count and (
        tokens[count - 1].number
        or _FIGURE.fullmatch(tokens[count - 1].bare)
        or (count > 1 and tokens[count - 1].parts == ("and",) and tokens[count - 2].number)
    ):
        if tokens[count - 1].after:
            break
        count -= 1
    return len(displayed(words[:count]))


def _token(word: Word) -> _Token:
    match = _PARTS.fullmatch(word.text)
    assert match, "the pattern takes any text"
    parts = tuple(match["bare"].lower().split("-"))
    number = all(part in _NUMBER for part in parts)
    return _Token(match["before"], match["bare"], match["after"], parts, number)


def _merged(words: Sequence[Word], text: str) -> Word:
    raw = " ".join(word.raw or word.text for word in words)
    confidences = [word.confidence for word in words if word.confidence is not None]
    return Word(
        text,
        words[0].start,
        words[-1].end,
        min(confidences, default=None),
        all(word.aligned for word in words),
        None if raw == text else raw,
    )


def _capitalised(words: Sequence[Word]) -> tuple[Word, ...]:
    shown: list[Word] = []
    begins = True
    for word in words:
        token = _token(word)
        text, bare = word.text, token.bare.replace("’", "'")
        if bare.islower() and (_FIRST_PERSON.fullmatch(bare) or (begins and bare[0].isalpha())):
            text = token.before + token.bare[0].upper() + token.bare[1:] + token.after
        shown.append(word if text == word.text else replace(word, text=text, raw=word.raw or word.text))
        if bare:
            end = _SENTENCE_END.fullmatch(token.after) is not None
            begins = end and not _ABBREVIATION.fullmatch(token.bare + token.after.rstrip("\"'”’)]"))
    return tuple(shown)


def _figures_at(at: int, tokens: Sequence[_Token]) -> list[tuple[str, int]]:
    """The number that begins at a word, as texts, each with the place where its words end; [] for none."""
    if _FIGURE.fullmatch(tokens[at].bare) and not tokens[at].after:
        return _with_unit(tokens[at].bare, None, at, at + 1, tokens)
    if not tokens[at].number or (at and _goes_on(at - 1, tokens)) or _after_a_hundred_and(at, tokens):
        return []
    end = _run_end(at, tokens)
    joined = end
    # "between two hundred and three hundred" are two numbers, "two hundred and three" is one
    while _joins(joined, tokens) and not (at and tokens[at - 1].parts == ("between",)):
        joined = _run_end(joined + 1, tokens)
    for stop in (joined, end):
        parts = [part for token in tokens[at:stop] for part in token.parts]
        if stop == joined > end and not {"hundred", "thousand"} & set(tokens[end - 1].parts):
            continue
        figures = _figures(parts)
        if figures is not None:
            return _with_unit(*figures, at, stop, tokens)
    return []


def _goes_on(at: int, tokens: Sequence[_Token]) -> bool:
    """The number word at a place is followed directly by another of the same number."""
    return tokens[at].number and not tokens[at].after and not tokens[at + 1].before


def _after_a_hundred_and(at: int, tokens: Sequence[_Token]) -> bool:
    """The words before are "a hundred and" or such, which stay words, and so does what belongs to them."""
    return (
        at > 1
        and tokens[at - 1].parts == ("and",)
        and tokens[at - 2].parts[-1] in ("hundred", *_SCALES)
        and not (tokens[at - 2].after or tokens[at - 1].after)
        and not (at > 2 and _goes_on(at - 3, tokens))
    )


def _run_end(at: int, tokens: Sequence[_Token]) -> int:
    end = at + 1
    while end < len(tokens) and tokens[end].number and _goes_on(end - 1, tokens):
        end += 1
    return end


def _joins(at: int, tokens: Sequence[_Token]) -> bool:
    """There is an "and" at a place, with parts of numbers on both sides."""
    return (
        at + 1 < len(tokens)
        and tokens[at].parts == ("and",)
        and not (tokens[at - 1].after or tokens[at].before or tokens[at].after or tokens[at + 1].before)
        and tokens[at + 1].number
    )


def _with_unit(
    figure: str, scale: str | None, at: int, end: int, tokens: Sequence[_Token]
) -> list[tuple[str, int]]:
    """The figure with its sign, if it is to be written as one; a scale such as "million" is a word apart."""
    before, last = tokens[at].before, tokens[end - 1]
    unit = tokens[end] if end < len(tokens) and not last.after and not tokens[end].before else None
    name = unit.bare.lower() if unit else ""
    plain = scale is None and _FIGURE.fullmatch(figure) is not None
    if unit and name == "percent" and plain:
        return [(f"{before}{figure}%{unit.after}", end + 1)]
    if unit and name in _CURRENCY and (plain or scale):
        sign = f"{before}{_CURRENCY[name]}{figure}"
        if scale:
            return [(sign, end - 1), (f"{scale}{unit.after}", end + 1)]
        return [(f"{sign}{unit.after}", end + 1)]
    if not tokens[at].number:
        return []
    if scale:
        return [(f"{before}{figure}", end - 1), (f"{scale}{last.after}", end)]
    small = plain and "." not in figure and int(figure.replace(",", "")) < FIGURES_FROM
    return [] if small else [(f"{before}{figure}{last.after}", end)]


def _figures(parts: Sequence[str]) -> tuple[str, str | None] | None:
    """Number words in figures, and the scale that stays a word; None where they are not one clear number."""
    words = [part for part in parts if part != "and"]
    if words[-1] in _LARGE and len(words) > 1 and "and" not in parts:
        figure = _decimal(words[:-1])
        return (figure, words[-1]) if figure is not None else None
    if words[-1] in _ORDINALS:
        return _ordinal(words)
    if (year := _year(words)) is not None and "and" not in parts:
        return str(year), None
    figure = _decimal(words)
    return None if figure is None else (figure, None)


def _decimal(words: Sequence[str]) -> str | None:
    if "point" in words:
        place = words.index("point")
        whole = _whole(words[:place])
        digits = [_SMALL.get(word, 10) for word in words[place + 1 :]]
        if whole is None or not digits or max(digits) > 9:
            return None
        return f"{_grouped(whole)}.{''.join(map(str, digits))}"
    value = _whole(words)
    return None if value is None else _grouped(value)


def _grouped(value: int) -> str:
    """Thousands apart from five digits on, so that a year looks like one."""
    return f"{value:,}" if value >= 10_000 else str(value)


def _ordinal(words: Sequence[str]) -> tuple[str, None] | None:
    last = _ORDINALS[words[-1]]
    if len(words) == 1:
        value = last
    elif len(words) == 2 and words[0] in _TENS and last < 10 and words[1] != "second":
        value = _SMALL[words[0]] + last
    else:
        return None
    if value < FIGURES_FROM:
        return None
    ending = {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th") if value // 10 != 1 else "th"
    return f"{value}{ending}", None


def _year(words: Sequence[str]) -> int | None:
    """A year said in two halves: "nineteen ninety nine", "twenty nineteen", "nineteen oh five"."""
    if len(words) < 2 or words[0] not in _CENTURIES:
        return None
    century = 100 * _SMALL[words[0]]
    if len(words) == 3 and words[1] == "oh" and 0 < _SMALL.get(words[2], 10) < 10:
        return century + _SMALL[words[2]]
    rest = _below_hundred(words[1:])
    return None if rest is None or rest not in _CENTURIES[words[0]] else century + rest


def _below_hundred(words: Sequence[str]) -> int | None:
    values = [_SMALL[word] for word in words if word in _SMALL]
    if not words or len(words) > 2 or len(values) < len(words):
        return None
    if len(values) == 1:
        return values[0]
    tens, unit = values
    return tens + unit if tens >= 20 and 0 < unit < 10 else None


def _below_thousand(words: Sequence[str]) -> int | None:
    if "hundred" not in words:
        return _below_hundred(words)
    place = words.index("hundred")
    hundreds, behind = _below_hundred(words[:place]), words[place + 1 :]
    rest = _below_hundred(behind) if behind else 0
    # "fifteen hundred" is said, "twenty hundred" is not
    if hundreds is None or rest is None or hundreds % 10 == 0:
        return None
    return 100 * hundreds + rest


def _whole(words: Sequence[str]) -> int | None:
    """A whole number of thousands, hundreds and so on, each at most once and the largest first."""
    total, least = 0, 10**12
    rest = list(words)
    while scale := next((word for word in rest if word in _SCALES), None):
        place = rest.index(scale)
        times = _below_thousand(rest[:place])
        if times is None or times == 0 or times > 999 or _SCALES[scale] >= least:
            return None
        total, least, rest = total + times * _SCALES[scale], _SCALES[scale], rest[place + 1 :]
    if not rest:
        return total if words else None
    last = _below_thousand(rest)
    if last is None:
        return None
    return total + last if not total or 0 < last < 1000 else None

"""A candidate's own questions, from what they paste or upload: text, CSV or JSON."""

import csv
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sessions.questions import LONGEST, SHORTEST, TOPICS, Question

MAX_QUESTIONS = 50
MAX_LETTERS = 500
"""Of a question or a key point."""
MAX_KEY_POINTS = 8
MAX_BYTES = 64 * 1024
MAX_PROBLEMS = 20
"""Told at a time."""
USUAL_SECONDS = 120.0
"""Time for an answer where the list gives none: the bank's most frequent."""
FIELDS = ("question", "seconds", "kind", "key_points")
_SYNONYMS = {"text": "question", "topic": "kind"}
_JSON = re.compile(r"""\s*(\[\s*["{\]\[]|\{\s*")""")
_BULLET = re.compile(r"^(?:[-*•–]|\d{1,3}[.)])\s+")
_TIME = re.compile(r"(\d+)\s*(s|sec|seconds|min|minutes?)?", re.IGNORECASE)
_BEHAVIOURAL = re.compile(
    r"(tell me about|describe|think of|give (me )?an example|when (did|have|were|was)\b|share)", re.IGNORECASE
)
_SITUATIONAL = re.compile(
    r"(imagine|suppose|what would you do|how would you (react|respond|handle|deal)|what do you do)",
    re.IGNORECASE,
)
_MOTIVATION = re.compile(
    r"\b(yourself|your (career|strengths?|weakness(es)?|goals?)|why (do you|this|us|should we)|motivates)\b",
    re.IGNORECASE,
)


class Problem(NamedTuple):
    """What is wrong with a list, and what to do."""

    place: str
    """"Line 3", "Question 2"; empty where it is the whole."""
    sentence: str
    line: int | None = None
    """Of the text, from 1."""

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}" if self.place else self.sentence


class BadList(ValueError):
    """A list that cannot be asked; says everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)[:MAX_PROBLEMS]
        super().__init__(" ".join(map(str, self.problems)))


class Entry(NamedTuple):
    """A question as it was given."""

    problem: Callable[[str], Problem]
    """Makes a sentence a problem of this place."""
    fields: dict[str, Any]


def parse(data: bytes) -> tuple[Question, ...]:
    """The questions of a pasted or uploaded list in UTF-8, at most `MAX_BYTES`.

    A list in JSON begins with a bracket. A CSV file begins with its header: `question` and, if wanted,
    `seconds`, `kind` and `key_points` (separated by semicolons), between commas, semicolons or tabs. All
    else is text with a question on each line, the time after a bar where wanted: "Why us? | 90 s". Raises
    BadList.
    """
    if len(data) > MAX_BYTES:
        sentence = f"The list is too long; leave some out, so that it has at most {MAX_BYTES // 1024} kB."
        raise BadList([Problem("", sentence)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        sentence = "This is no text in UTF-8; save the file as “UTF-8” or “CSV UTF-8”, or paste the text."
        raise BadList([Problem("", sentence)]) from None
    if _JSON.match(text):
        return _questions(_from_json(text))
    lines = re.split(r"\r\n|\r|\n", text)
    delimiter = _delimiter(next(filter(str.strip, lines), ""))
    return _questions(_from_csv(lines, delimiter) if delimiter else _from_text(lines))


def read(items: Sequence[Any]) -> tuple[Question, ...]:
    """The questions of a list out of JSON: texts, or objects with the `FIELDS`. Raises BadList."""
    return _questions(_from_items(items))


# --- the three ways to write a list


def _from_text(lines: Sequence[str]) -> Iterator[Entry]:
    for number, line in enumerate(lines, 1):
        text = _BULLET.sub("", line.strip())
        if not text:
            continue
        question, bar, time = text.rpartition("|")
        if bar and time.strip()[:1].isdigit():
            yield Entry(_line(number), {"question": question, "seconds": time.strip()})
        else:
            yield Entry(_line(number), {"question": text})


def _delimiter(header: str) -> str | None:
    for delimiter in ",;\t":
        names = [_name(name) for name in header.split(delimiter)]
        if "question" in names and set(names) <= set(FIELDS):
            return delimiter
    return None


def _from_csv(lines: Sequence[str], delimiter: str) -> Iterator[Entry]:
    rows = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            sentence = (
                'a quotation mark is missing or too many; write "…" around a text and "" for one inside.'
            )
            yield Entry(_line(number), {"problem": sentence})
            return
        if not any(map(str.strip, row)):
            continue
        if names is None:
            names = [_name(name) for name in row]
        elif len(row) > len(names):
            sentence = f'there are more columns than in the header; write a text with “{delimiter}” in "…".'
            yield Entry(_line(number), {"problem": sentence})
        else:
            given = {name: cell for name, cell in zip(names, row, strict=False) if cell.strip()}
            yield Entry(_line(number), {"question": "", **given})


def _from_json(text: str) -> Iterator[Entry]:
    try:
        items = json.loads(text)
    except json.JSONDecodeError as error:
        sentence = f"this is no JSON ({error.msg.lower()}); correct it, or write one question on each line."
        raise BadList([_line(error.lineno)(sentence)]) from None
    except (ValueError, RecursionError):
        raise BadList([Problem("", 'This is no list in JSON; write ["…", "…"].')]) from None
    if isinstance(items, dict) and isinstance(items.get("questions"), list):
        items = items["questions"]
    if not isinstance(items, list):
        raise BadList([Problem("", 'This is no list in JSON; write ["…", "…"].')])
    return _from_items(items)


def _from_items(items: Sequence[Any]) -> Iterator[Entry]:
    for number, item in enumerate(items, 1):
        if isinstance(item, str):
            yield Entry(_item(number), {"question": item})
        elif isinstance(item, dict):
            yield Entry(
                _item(number), {_name(key): value for key, value in item.items() if value is not None}
            )
        else:
            sentence = 'this is neither a text nor an object with a question; write it in "…".'
            yield Entry(_item(number), {"problem": sentence})


def _name(text: str) -> str:
    name = re.sub(r"[\s-]+", "_", text.strip().strip('"').lower())
    return _SYNONYMS.get(name, name)


def _line(number: int) -> Callable[[str], Problem]:
    return lambda sentence: Problem(f"Line {number}", sentence, number)


def _item(number: int) -> Callable[[str], Problem]:
    return lambda sentence: Problem(f"Question {number}", sentence)


# --- what a question may be


class _Refused(Exception):
    """What is wrong with a field, as a sentence."""


def _questions(entries: Iterable[Entry]) -> tuple[Question, ...]:
    problems: list[Problem] = []
    found: dict[str, Question] = {}
    places: dict[str, str] = {}
    for entry in entries:
        if len(places) >= MAX_QUESTIONS:
            sentence = f"this is one question too many; a list has at most {MAX_QUESTIONS}."
            problems.append(entry.problem(sentence))
            break
        try:
            question = _question(entry.fields)
        except _Refused as refused:
            problems.append(entry.problem(str(refused)))
            continue
        place = places.setdefault(question.id, entry.problem("").place)
        if question.id in found:
            problems.append(entry.problem(f"this was asked before, see {place.lower()}; leave one out."))
        found[question.id] = question
    if problems:
        raise BadList(problems)
    if not found:
        raise BadList([Problem("", "There is no question in it yet; write one on each line.")])
    return tuple(found.values())


def _question(fields: dict[str, Any]) -> Question:
    if "problem" in fields:
        raise _Refused(fields["problem"])
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise _Refused(f"“{unknown[0][:40]}” is not known; there are {', '.join(FIELDS)}.")
    text = _text(fields.get("question"), "the question")
    return Question(
        own_id(text),
        _kind(fields.get("kind"), text),
        text,
        _seconds(fields.get("seconds")),
        key_points=_key_points(fields.get("key_points")),
    )


def own_id(text: str) -> str:
    """The same for the same words, so that a question that is asked again is known again."""
    words = "".join(letter for letter in text.casefold() if letter.isalnum())
    return f"own-{hashlib.sha256(words.encode()).hexdigest()[:12]}"


def _text(value: Any, what: str) -> str:
    if value is None or value == "":
        raise _Refused(f"{what} is missing; write it, or leave the line out.")
    if not isinstance(value, str):
        raise _Refused(f'{what} is no text; write it in "…".')
    text = " ".join(value.split())
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        raise _Refused(f"{what} has signs that are no letters; write it again by hand.")
    if not any(map(str.isalpha, text)):
        raise _Refused(f"{what} has no words; write it out, or leave it out.")
    if len(text) > MAX_LETTERS:
        raise _Refused(f"{what} has {len(text)} letters; shorten it to {MAX_LETTERS}.")
    return text


def _kind(value: Any, text: str) -> str:
    if value is not None:
        kind = str(value).strip().lower()
        if kind not in TOPICS:
            raise _Refused(f"there is no kind “{kind[:40]}”; write {', '.join(TOPICS)}, or nothing.")
        return kind
    if _SITUATIONAL.search(text):
        return "situational"
    if _MOTIVATION.search(text):
        return "motivation"
    return "behavioural" if _BEHAVIOURAL.match(text) else "technical"


def _seconds(value: Any) -> float:
    if value is None:
        return USUAL_SECONDS
    number: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and (match := _TIME.fullmatch(value.strip())) and len(match[1]) < 7:
        number = float(match[1]) * (60 if (match[2] or "s")[0].lower() == "m" else 1)
    if number is None or not SHORTEST <= number <= LONGEST:
        raise _Refused(
            f"“{str(value)[:40]}” is no time for an answer; write {SHORTEST:.0f} to {LONGEST:.0f} seconds,"
            " for instance 90 s, or leave it out."
        )
    return round(float(number), 1)


def _key_points(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    listed = [part for part in value.split(";") if part.strip()] if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise _Refused("key_points are no texts; write them with a semicolon in between.")
    points = list(dict.fromkeys(_text(point, "a key point") for point in listed))
    if len(points) > MAX_KEY_POINTS:
        raise _Refused(f"there are {len(points)} key points; keep the {MAX_KEY_POINTS} that matter most.")
    return tuple(points)

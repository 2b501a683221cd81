"""The interview questions, the sets that they are asked in, and the choice of them for a role."""

import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from models.observations import QuestionAsked

FOLDER = Path(__file__).with_name("question_bank")
SETS_FILE = FOLDER / "sets.toml"
TOPICS = ("behavioural", "motivation", "situational", "technical")
DIFFICULTIES = ("easy", "medium", "hard")
GENERAL = "general"
SHORTEST, LONGEST = 10.0, 600.0
"""Seconds that a question may give for an answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the bank, or of a candidate's own list."""

    id: str
    topic: str
    """One of `TOPICS`."""
    text: str
    seconds: float
    """Time that a good answer takes."""
    key_terms: tuple[str, ...] = ()
    """Words that a relevant answer is likely to contain."""
    key_points: tuple[str, ...] = ()
    """What a good answer says, a short sentence each."""
    role: str = GENERAL
    """Id of the role that it is for."""
    difficulty: str = "medium"
    """One of `DIFFICULTIES`."""
    probes: str = ""
    """What it is for, a short phrase."""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Question":
        """The question that `dataclasses.asdict` made JSON of.

        Raises TypeError when a field is missing or not known.
        """
        known: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**known)

    def asked(self, t: float, by: str | None = None) -> QuestionAsked:
        """The observation that it was put to the candidate at `t` (s), in the speech of member `by`."""
        return QuestionAsked(
            round(t, 3), self.id, self.text, self.topic, self.seconds, self.key_terms, self.key_points, by
        )


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody applies for."""

    id: str
    title: str
    questions: tuple[Question, ...]
    """Those for this role alone."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions asked one after another in a session."""

    id: str
    title: str
    description: str
    questions: tuple[Question, ...]

    @property
    def minutes(self) -> int:
        """Time for good answers to all of them, rounded up."""
        return minutes(self.questions)


def minutes(questions: Collection[Question]) -> int:
    """Time for good answers to the questions, rounded up."""
    return -int(-sum(question.seconds for question in questions) // 60)


DEFAULT_SET = "mixed"
FREE = QuestionSet("free", "Free talk", "No questions: speak about what you like.", ())


# --- the bank


@cache
def roles() -> dict[str, Role]:
    """Every role by its id, the general one first. Raises ValueError when a data file does not hold."""
    files = set(FOLDER.glob("*.toml")) - {SETS_FILE}
    in_order = sorted(files, key=lambda file: (file.stem != GENERAL, file.stem))
    found = {role.id: role for role in map(read_role, in_order)}
    ids = [question.id for role in found.values() for question in role.questions]
    twice = {id_ for id_ in ids if ids.count(id_) > 1}
    if twice or GENERAL not in found:
        raise ValueError(f"questions that stand twice: {sorted(twice)}; roles: {list(found)}")
    return found


@cache
def bank() -> dict[str, Question]:
    """Every question by its id."""
    return {question.id: question for role in roles().values() for question in role.questions}


@cache
def question_sets() -> dict[str, QuestionSet]:
    """Every set that has a name, by its id. Raises ValueError when the data file contradicts itself."""
    sets: dict[str, QuestionSet] = {}
    for entry in tomllib.loads(SETS_FILE.read_text("utf-8"))["set"]:
        unknown = set(entry["questions"]) - set(bank())
        if unknown:
            raise ValueError(f"the set {entry['id']!r} has questions that nobody wrote: {sorted(unknown)}")
        questions = tuple(bank()[id_] for id_ in entry["questions"])
        sets[entry["id"]] = QuestionSet(entry["id"], entry["title"], entry["description"], questions)
    if DEFAULT_SET not in sets:
        raise ValueError(f"the set {DEFAULT_SET!r} is missing")
    return {**sets, FREE.id: FREE}


def read_role(file: Path) -> Role:
    """The role of a data file. Raises ValueError, with the file and the question, when it does not hold."""
    try:
        data = tomllib.loads(file.read_text("utf-8"))
        questions = [replace(Question.from_json(entry), role=data["role"]) for entry in data["question"]]
        wrong = next((f"{each.id}: {what}" for each in questions for what in _faults(each)), None)
        if wrong or data["role"] != file.stem:
            raise ValueError(wrong or f"the role {data['role']!r} is not the file's name")
        return Role(data["role"], data["title"], tuple(questions))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file.name}: {error}") from None


def _faults(question: Question) -> Iterator[str]:
    for name in ("id", "text", "probes"):
        if not isinstance(value := getattr(question, name), str) or not value.strip():
            yield f"{name} is not a text"
    for name in ("key_terms", "key_points"):
        listed = getattr(question, name)
        if not isinstance(listed, tuple) or not listed or not all(isinstance(each, str) for each in listed):
            yield f"{name} is not a list of texts"
    if question.topic not in TOPICS:
        yield f"there is no topic {question.topic!r}"
    if question.difficulty not in DIFFICULTIES:
        yield f"there is no difficulty {question.difficulty!r}"
    if not isinstance(question.seconds, int | float) or not SHORTEST <= question.seconds <= LONGEST:
        yield f"seconds are not between {SHORTEST:g} and {LONGEST:g}"


# --- questions for a role

_ORDER = {
    True: ("behavioural", "situational", "motivation"),
    False: ("technical", "behavioural", "technical", "situational", "technical", "motivation"),
}
"""Topics in the order in which they take turns, for anybody (True) and for a role (False)."""


def questions_for(
    role: str, length: int, difficulty: str = "medium", avoid: Collection[str] = ()
) -> tuple[Question, ...]:
    """Questions for a role that take about `length` minutes to answer, at least one.

    The first is an easy one about the candidate; then the topics take turns. Of a topic come first the
    questions whose id is not in `avoid`, then those of the wished `difficulty` or next to it, then those for
    the role alone, then those that stand first in the bank: the same wish always gives the same questions.
    Raises KeyError for a role that there is not.
    """
    pool = [*roles()[role].questions, *(roles()[GENERAL].questions if role != GENERAL else ())]
    level = DIFFICULTIES.index(difficulty)
    avoided = frozenset(avoid)

    def how_far(question: Question) -> tuple[bool, int, bool]:
        distance = abs(DIFFICULTIES.index(question.difficulty) - level)
        return question.id in avoided, distance, question.role == GENERAL

    left = sorted(pool, key=how_far)
    opening = [each for each in pool if each.topic == "motivation" and each.difficulty == "easy"]
    chosen = sorted(opening, key=lambda each: each.id in avoided)[:1]
    seconds = 60.0 * length - sum(each.seconds for each in chosen)
    turns = _ORDER[role == GENERAL]
    missed = 0
    for topic in cycle(turns):
        left = [each for each in left if each not in chosen]
        found = next((each for each in left if each.topic == topic and each.seconds <= seconds), None)
        missed = 0 if found else missed + 1
        if found:
            chosen.append(found)
            seconds -= found.seconds
        if missed == len(turns):
            break
    return tuple(chosen or left[:1])

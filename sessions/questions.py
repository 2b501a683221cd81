"""The interview questions and the sets that they are asked in."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.observations import QuestionAsked

FILE = Path(__file__).with_name("questions.toml")
TOPICS = ("behavioural", "technical", "motivation")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the bank."""

    id: str
    topic: str
    """One of `TOPICS`."""
    text: str
    seconds: float
    """Time that a good answer takes."""
    key_terms: tuple[str, ...]
    """Words that a relevant answer is likely to contain."""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Question":
        """The question that `dataclasses.asdict` made JSON of."""
        known: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**known)

    def asked(self, t: float) -> QuestionAsked:
        """The observation that it was put to the candidate at `t` (s)."""
        return QuestionAsked(round(t, 3), self.id, self.text, self.topic, self.seconds, self.key_terms)


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
        return -int(-sum(question.seconds for question in self.questions) // 60)


DEFAULT_SET = "mixed"
FREE = QuestionSet("free", "Free talk", "No questions: speak about what you like.", ())


@cache
def question_sets() -> dict[str, QuestionSet]:
    """Every set by its id. Raises ValueError when the data file contradicts itself."""
    with FILE.open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)
    bank: dict[str, Question] = {}
    for entry in data["question"]:
        question = Question(**{**entry, "key_terms": tuple(entry["key_terms"])})
        if question.id in bank or question.topic not in TOPICS:
            raise ValueError(f"question {question.id!r} stands twice or has no known topic")
        bank[question.id] = question
    sets = {
        entry["id"]: QuestionSet(
            entry["id"],
            entry["title"],
            entry["description"],
            tuple(bank[name] for name in entry["questions"]),
        )
        for entry in data["set"]
    }
    if DEFAULT_SET not in sets:
        raise ValueError(f"the set {DEFAULT_SET!r} is missing")
    return {**sets, FREE.id: FREE}

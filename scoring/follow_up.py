"""What might be asked next: what a good answer says and this one did not, and what stayed vague."""

from collections.abc import Sequence
from typing import NamedTuple

from models.observations import AnswerPart, QuestionAsked, SentenceRead, parts_of
from scoring.gist import MADE, Gist
from scoring.language import is_specific

MOST = 3
LEAST_WORDS = 15
"""Words of an answer below which nothing is suggested: it has hardly begun."""
LONG_SENTENCE = 8
"""Words from which on a sentence without anything that can be checked is vague."""
BELONGS = 0.5
"""Relevance below which a sentence is none of the answer."""
QUOTED_WORDS = 12
ASKS: dict[AnswerPart, str] = {
    "situation": "When and where was that?",
    "task": "What was yours to do in it?",
    "action": "What did you do yourself?",
    "result": "What came of it?",
    "reason": "Why is that so?",
    "example": "Can you give an example?",
}
"""What to ask for a part of an answer that is missing; a claim is never asked for, the last first."""


class Suggestion(NamedTuple):
    """Something to ask, and what in the answer, or missing from it, it rests on."""

    text: str
    because: str


def suggest(question: QuestionAsked, sentences: Sequence[SentenceRead]) -> list[Suggestion]:
    """At most `MOST` suggestions after an answer so far, the most useful first.

    `sentences` are those read of the answer, in any order; a later one with the same index replaces the
    earlier. The same answer always gives the same suggestions.
    """
    gist = Gist()
    for sentence in sentences:
        gist.add(sentence)
    answer = gist.sentences
    if sum(sentence.words for sentence in answer) < LEAST_WORDS:
        return []
    points, parts, spots = _points(question, gist), _parts(question, answer), _vague(answer)
    # one of each kind before a second of any
    turns = [group[n : n + 1] for n in range(MOST) for group in (points, parts, spots)]
    return [suggestion for turn in turns for suggestion in turn][:MOST]


def _points(question: QuestionAsked, gist: Gist) -> list[Suggestion]:
    made = gist.points
    return [
        Suggestion(f"Ask about this: “{point}”", "A good answer says so; this one has not yet.")
        for point, likely in zip(question.key_points, made, strict=False)
        if likely < MADE
    ]


def _parts(question: QuestionAsked, answer: list[SentenceRead]) -> list[Suggestion]:
    there = {sentence.part for sentence in answer}
    missing = [part for part in parts_of(question.topic) if part in ASKS and part not in there]
    return [Suggestion(ASKS[part], f"No {part} was heard in the answer.") for part in reversed(missing)]


def _vague(answer: list[SentenceRead]) -> list[Suggestion]:
    vague = [
        sentence
        for sentence in answer
        if sentence.words >= LONG_SENTENCE
        and (sentence.relevance is None or sentence.relevance >= BELONGS)
        and not sentence.names
        and not sentence.skills
        and not any(is_specific(sentence.text.split()))
    ]
    vague.sort(key=lambda sentence: (-sentence.words, sentence.index))
    return [
        Suggestion(
            f"“{_quoted(sentence.text)}” What exactly?",
            "No name, figure or action of the candidate’s own in it.",
        )
        for sentence in vague
    ]


def _quoted(text: str) -> str:
    words = text.split()
    return text if len(words) <= QUOTED_WORDS else f"{' '.join(words[:QUOTED_WORDS])} …"

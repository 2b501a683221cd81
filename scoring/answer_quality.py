"""What one answer says, and how: the part of the report that stands beside each question."""

from typing import Any

from models.observations import STAR, SentenceRead, parts_of
from scoring.answers import Answer
from scoring.gist import MADE
from scoring.language import variety
from scoring.rounding import number


def quality(answer: Answer, quote: bool) -> dict[str, Any]:
    """`$defs/quality` of report.schema.json for an answer to a question.

    What nothing was read or said for is None. Without `quote` nothing repeats the candidate's words.
    """
    question, sentences = answer.question, answer.gist.sentences
    assert question is not None
    words = sum(sentence.words for sentence in sentences)
    said = answer.in_order()
    spoken = [word for each in said for word in each.plain if word]
    specifics = sum(sum(each.specific) for each in said) + sum(sentence.names for sentence in sentences)
    different = variety(spoken)
    return {
        "relevance": _mean([(each.relevance, each.words) for each in sentences]),
        "key_points": _key_points(question.key_points, sentences) if sentences else None,
        "structure": _structure(answer, sentences) if sentences else None,
        "coherence": _mean([(each.continuity, 1) for each in sentences]),
        "specificity": number(100 * specifics / len(spoken), 2) if spoken else None,
        "names": sum(each.names for each in sentences) if sentences else None,
        "skills": [
            {"name": skill.name if quote else None, "start": number(skill.start, 3)}
            for each in sentences
            for skill in each.skills
        ]
        if sentences
        else None,
        "buzzwords": [
            {
                "word": " ".join(each.plain[phrase.first : phrase.last + 1]) if quote else None,
                "start": number(each.words[phrase.first].start, 3),
            }
            for each in said
            for phrase in each.buzzwords
        ]
        if spoken
        else None,
        "grammar": {
            "errors": [error for each in sentences for error in _errors(each, quote)],
            "per_100_words": number(100 * sum(len(each.errors) for each in sentences) / words, 2),
        }
        if sentences
        else None,
        "sentiment": _mean([(each.sentiment, each.words) for each in sentences]),
        "vocabulary": None if different is None else number(100 * different, 1),
    }


def _mean(values: list[tuple[float | None, int]]) -> float | None:
    """The weighted mean of those that are known."""
    known = [(value, weight) for value, weight in values if value is not None]
    return number(sum(v * w for v, w in known) / sum(w for _, w in known)) if known else None


def _key_points(points: tuple[str, ...], sentences: list[SentenceRead]) -> list[dict[str, Any]]:
    found = []
    for n, text in enumerate(points):
        best = max(sentences, key=lambda each: (each.key_points[n : n + 1], -each.index))
        covered = best.key_points[n] if n < len(best.key_points) else 0.0
        start = number(best.start, 3) if covered >= MADE else None
        found.append({"text": text, "covered": number(covered), "start": start})
    return found


def _structure(answer: Answer, sentences: list[SentenceRead]) -> dict[str, Any]:
    """The parts in the order in which they came, sentences in a row that are the same part as one."""
    assert answer.question is not None
    topic = answer.question.topic
    parts: list[dict[str, Any]] = []
    for each in sentences:
        if each.part is not None:
            if parts and parts[-1]["part"] == each.part:
                parts[-1]["end"] = number(each.end, 3)
            else:
                start, end = number(each.start, 3), number(each.end, 3)
                parts.append({"part": each.part, "start": start, "end": end})
    return {
        "kind": "STAR" if parts_of(topic) == STAR else "claim",
        "parts": parts,
        "share": number(answer.gist.structure(topic)),
    }


def _errors(sentence: SentenceRead, quote: bool) -> list[dict[str, Any]]:
    return [
        {
            "start": number(error.start, 3),
            "end": number(error.end, 3),
            "rule": error.rule,
            "message": error.message if quote else None,
            "suggestion": error.suggestion if quote else None,
            "sentence": sentence.text if quote else None,
        }
        for error in sentence.errors
    ]

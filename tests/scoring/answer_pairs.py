"""Written answers of known class (`answer_pairs.json`), scored as if they were spoken.

Every second question's texts were read while turns of phrase and buzzwords were collected, the others never.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from models.language.reading import ReadingStage
from models.observations import Observation, QuestionAsked, SessionEnded, VoiceActivity
from scoring.rubric import load
from scoring.scorer import fold
from tests.models.language.reading import reader
from tests.scoring.sessions import FACTS, utterance

PAIRS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))["questions"]
CLASSES = ("strong", "weak", "off_topic", "paraphrase")
ON_TOPIC = ("strong", "weak", "paraphrase")


def told(question: QuestionAsked, text: str) -> Iterator[Observation]:
    """A question and its answer, in utterances of 20 words at 150 words a minute, read as in a session."""
    stage = ReadingStage(reader())
    yield question
    yield from stage.feed(question)
    words, t = text.split(), question.t + 1.0
    for n in range(0, len(words), 20):
        part = words[n : n + 20]
        said = utterance(n // 20, t, t + 0.4 * len(part), part)
        yield from (VoiceActivity(said.start, True), VoiceActivity(said.end, False), said)
        yield from stage.feed(said)
        t = said.end + 0.5
    yield SessionEnded(t, "finished")


@cache
def reports() -> dict[str, list[dict[str, Any]]]:
    """The report on each answer, class by class, in the order of the questions."""
    found: dict[str, list[dict[str, Any]]] = {each: [] for each in CLASSES}
    rubric = load()
    for pair in PAIRS:
        question = QuestionAsked(
            *(1.0, pair["id"], pair["text"], pair["topic"], float(pair["seconds"])),
            *(tuple(pair["key_terms"]), tuple(pair["key_points"])),
        )
        for each in CLASSES:
            found[each].append(fold(told(question, pair["answers"][each]), rubric).report(FACTS))
    return found


def strong_above_weak(half: slice = slice(None)) -> float:
    """Share of the questions whose strong answer has the better skill relevance."""
    strong, weak = (
        [report["subscores"]["skill_relevance"]["score"] for report in reports()[each]][half]
        for each in ("strong", "weak")
    )
    return float(np.mean([one > other for one, other in zip(strong, weak, strict=True)]))


def off_topic_below_p10() -> float:
    """Share of the off-topic answers whose relevance is below the tenth percentile of all others'."""
    relevance = {
        each: [report["questions"][0]["quality"]["relevance"] for report in reports()[each]]
        for each in CLASSES
    }
    tenth = np.percentile([value for each in ON_TOPIC for value in relevance[each]], 10)
    return float(np.mean(relevance["off_topic"] < tenth))

"""What the answers say: on written pairs of known class, and on made-up sentences."""

import json
from dataclasses import replace
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.observations import (
    AnswerPart,
    GrammarError,
    Observation,
    QuestionAsked,
    SentenceRead,
    SessionEnded,
    SkillNamed,
    VoiceActivity,
)
from scoring.gist import Gist
from scoring.language import buzzwords
from scoring.report import SCHEMA_FILE, canonical_json
from scoring.rubric import load
from scoring.scorer import fold
from tests.scoring.answer_pairs import CLASSES, PAIRS, off_topic_below_p10, reports, strong_above_weak
from tests.scoring.sessions import FACTS, in_order, split, utterance

PRACTICE = load()
QUESTION = QuestionAsked(
    *(1.0, "q", "How did you make it faster?", "behavioural", 60.0, ("faster",)),
    key_points=("Measured first.", "Changed one thing at a time."),
)


def test_there_are_enough_pairs() -> None:
    assert len(PAIRS) * (len(CLASSES) - 1) >= 60
    assert all(len(set(pair["answers"].values())) == len(CLASSES) for pair in PAIRS)


@pytest.mark.parametrize("first", [0, 1], ids=["looked at", "held out"])
def test_strong_answers_score_above_weak_ones(first: int) -> None:
    assert strong_above_weak(slice(first, None, 2)) >= 0.9


def test_off_topic_talk_is_less_relevant_than_nearly_every_answer() -> None:
    assert off_topic_below_p10() == 1.0


def test_a_paraphrase_makes_the_key_points_and_other_talk_does_not() -> None:
    made = {
        each: [report["indicators"]["key_points"]["value"] for report in reports()[each]] for each in CLASSES
    }

    above = [one > other for one, other in zip(made["paraphrase"], made["off_topic"], strict=True)]
    assert sum(above) >= 0.9 * len(above)
    assert np.median(made["paraphrase"]) > 70 > 60 > np.median(made["off_topic"])


def test_every_report_keeps_the_schema() -> None:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    for class_ in CLASSES:
        jsonschema.validate(reports()[class_][0], schema)


def sentence(
    index: int,
    part: AnswerPart | None = None,
    points: tuple[float, ...] = (0.2, 0.1),
    asked: float | None = 1.0,
    words: int = 10,
) -> SentenceRead:
    start = 2.0 + 5 * index
    text = f"Sentence number {index}."
    return SentenceRead(
        *(asked, index, start, start + 4, text, words, 0.75, points, 0.3 if index else None, part)
    )


def answered(*sentences: SentenceRead) -> list[Observation]:
    words = split(
        "We measured it and then we changed a very simple thing in our database so that the page was faster "
        "and after that I wrote down what we had found for the next time"
    )
    said = utterance(0, 2.0, 34.0, words)
    speaking = (VoiceActivity(said.start, True), VoiceActivity(said.end, False))
    return [QUESTION, *in_order([*speaking, said, *sentences]), SessionEnded(34.0, "finished")]


def report(*sentences: SentenceRead, keep: str = "all") -> dict[str, Any]:
    return fold(answered(*sentences), PRACTICE).report(replace(FACTS, keep=keep))


RICH = (
    replace(sentence(0, "situation", (0.9, 0.1)), names=1, sentiment=-0.5),
    replace(sentence(1, "action", (0.3, 0.4)), skills=(SkillNamed("PostgreSQL", 8.0, 8.5),)),
    replace(
        sentence(2, "action", (0.8, 0.2)),
        errors=(GrammarError(12.0, 12.5, "agreement", "“It” befits “was”.", "was"),),
        sentiment=0.5,
    ),
)


def test_quality_says_what_was_read() -> None:
    quality = report(*RICH)["questions"][0]["quality"]

    assert quality["relevance"] == 0.75
    assert quality["key_points"] == [
        {"text": "Measured first.", "covered": 0.9, "start": 2.0},
        {"text": "Changed one thing at a time.", "covered": 0.4, "start": None},
    ]
    assert quality["structure"] == {
        "kind": "STAR",
        "parts": [
            {"part": "situation", "start": 2.0, "end": 6.0},
            {"part": "action", "start": 7.0, "end": 16.0},
        ],
        "share": 0.5,
    }
    assert quality["coherence"] == 0.3
    assert quality["names"] == 1
    assert quality["skills"] == [{"name": "PostgreSQL", "start": 8.0}]
    assert [each["word"] for each in quality["buzzwords"]] == ["very"]
    assert quality["grammar"]["per_100_words"] == pytest.approx(3.33)
    assert quality["grammar"]["errors"][0]["sentence"] == "Sentence number 2."
    assert quality["sentiment"] == 0.0
    assert quality["vocabulary"] is None


def test_what_nothing_was_read_for_is_null() -> None:
    quality = report()["questions"][0]["quality"]

    unread = ("relevance", "key_points", "structure", "coherence", "names", "skills", "grammar", "sentiment")
    assert all(quality[name] is None for name in unread)
    assert quality["specificity"] is not None


def test_where_only_scores_are_kept_no_word_is_left() -> None:
    kept = canonical_json(report(*RICH, keep="scores"))

    for words in ("Sentence number", "PostgreSQL", '"very"', "befits"):
        assert words in canonical_json(report(*RICH))
        assert words not in kept


def test_without_reading_key_terms_count_and_the_report_says_why() -> None:
    indicators = report()["indicators"]

    assert indicators["key_terms"]["value"] is not None
    assert indicators["relevance"]["value"] is None
    assert "was not read" in indicators["relevance"]["explanation"]


def test_with_key_points_key_terms_do_not_count() -> None:
    indicators = report(*(sentence(n) for n in range(6)))["indicators"]

    assert indicators["key_points"]["value"] == 15.0
    assert indicators["key_terms"]["value"] is None
    assert "Key points" in indicators["key_terms"]["explanation"]


def test_moments_are_where_the_sentences_are() -> None:
    indicators = report(*RICH, *(sentence(n) for n in range(3, 6)))["indicators"]

    assert [each["note"] for each in indicators["structure"]["moments"]] == ["Situation", "Action", "Action"]
    assert indicators["key_points"]["moments"] == [{"start": 2.0, "end": 6.0, "note": "Measured first."}]
    assert indicators["grammar"]["moments"][0]["start"] == 12.0


def test_sentences_of_a_question_that_is_told_later_find_their_answer() -> None:
    timeline = answered(*RICH)
    late = [*timeline[1:-1], timeline[0], timeline[-1]]

    assert fold(late, PRACTICE).report(FACTS)["questions"] == report(*RICH)["questions"]


parts: st.SearchStrategy[AnswerPart | None] = st.sampled_from([None, "situation", "task", "action", "result"])
sentences = st.lists(
    st.tuples(st.integers(0, 5), parts, st.floats(0, 1), st.integers(0, 9)).map(
        lambda told: sentence(told[0], told[1], (round(told[2], 4), 0.1), words=told[3])
    ),
    max_size=25,
)


@given(sentences)
def test_replacing_sentences_leaves_nothing_behind(said: list[SentenceRead]) -> None:
    last = {each.index: each for each in said}
    standing = [last[index] for index in sorted(last) if last[index].words]

    replaced, at_once = fold(answered(*said), PRACTICE), fold(answered(*standing), PRACTICE)

    assert (replaced.record.evidence._rows == at_once.record.evidence._rows).all()
    assert replaced.record.answers.content(True) == at_once.record.answers.content(True)


@given(sentences)
def test_a_gist_is_the_same_whatever_was_replaced(said: list[SentenceRead]) -> None:
    gist, at_once = Gist(), Gist()
    for each in said:
        gist.add(each)
    for each in gist.sentences:
        at_once.add(each)

    assert (gist.points, gist.structure("behavioural")) == (at_once.points, at_once.structure("behavioural"))


@pytest.mark.parametrize(
    ("order", "share"),
    [
        (("situation", "task", "action", "result"), 1.0),
        (("situation", "action", "situation", "result"), 0.75),
        (("result", "action", "task", "situation"), 0.625),
        (("claim", "reason"), 0.0),
        ((), 0.0),
    ],
)
def test_parts_count_in_their_order(order: tuple[AnswerPart, ...], share: float) -> None:
    gist = Gist()
    for index, part in enumerate(order):
        gist.add(sentence(index, part))

    assert gist.structure("behavioural") == share


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I am a passionate team player.", ["passionate", "team player."]),
        ("We think outside the box, and go the extra mile!", ["outside the box,", "extra mile!"]),
        ("I'm results-driven and very motivated.", ["results-driven", "very motivated."]),
        ("It was a dynamic programming problem with a key in the box.", []),
    ],
)
def test_buzzwords(text: str, found: list[str]) -> None:
    words = text.split()

    assert [" ".join(words[each.first : each.last + 1]) for each in buzzwords(words)] == found

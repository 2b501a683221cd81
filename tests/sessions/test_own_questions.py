"""A candidate's own list, written in three ways and in wrong ways."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.own_questions import MAX_BYTES, MAX_QUESTIONS, USUAL_SECONDS, BadList, own_id, parse, read
from sessions.questions import LONGEST, SHORTEST, TOPICS, Question


def parsed(text: str) -> list[Question]:
    return list(parse(text.encode()))


def problems(data: bytes | str) -> list[tuple[int | None, str]]:
    """The lines and sentences that a list is refused with."""
    with pytest.raises(BadList) as caught:
        parse(data.encode() if isinstance(data, str) else data)
    return [(problem.line, str(problem)) for problem in caught.value.problems]


def test_a_question_on_each_line() -> None:
    found = parsed(
        "\ufeff1. Why us? | 90 s\r\n\r\n- Tell me about a risk you took.|2 min\r• What is a || b?\n"
    )
    assert [(each.text, each.seconds) for each in found] == [
        ("Why us?", 90.0),
        ("Tell me about a risk you took.", 120.0),
        ("What is a || b?", USUAL_SECONDS),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table(delimiter: str) -> None:
    rows = [
        ["Question", "Key points", "Seconds", "Kind"],
        ['What does "done" mean,\nto you?', "It is tested; It is used", "60", "Motivation"],
        ["", "", "", ""],
        ["How do you index a table?", "", "", ""],
    ]
    sheet = io.StringIO()
    csv.writer(sheet, delimiter=delimiter).writerows(rows)
    first, second = parsed(sheet.getvalue())
    assert (first.text, first.topic, first.seconds) == ('What does "done" mean, to you?', "motivation", 60)
    assert first.key_points == ("It is tested", "It is used")
    assert (second.text, second.topic, second.seconds) == (
        "How do you index a table?",
        "technical",
        USUAL_SECONDS,
    )


def test_json_of_texts_and_objects() -> None:
    given = ["Why?", {"text": "How?", "seconds": 45.5, "kind": "technical", "key_points": ["So.", "And so."]}]
    found = parsed(json.dumps(given))
    assert [(each.text, each.seconds, each.key_points) for each in found] == [
        ("Why?", USUAL_SECONDS, ()),
        ("How?", 45.5, ("So.", "And so.")),
    ]
    assert tuple(found) == read(given) == parse(json.dumps({"questions": given}).encode())


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Tell me about a time you failed.", "behavioural"),
        ("When did you last learn something?", "behavioural"),
        ("What would you do if the building burned?", "situational"),
        ("Imagine your flight is cancelled.", "situational"),
        ("Why do you want to work here?", "motivation"),
        ("Tell me about yourself.", "motivation"),
        ("How does a hash table work?", "technical"),
    ],
)
def test_the_kind_is_guessed_from_the_words(text: str, topic: str) -> None:
    assert parsed(text)[0].topic == topic


def test_the_same_question_is_known_again() -> None:
    assert own_id("Why us?") == own_id("  why US ") != own_id("Why me?")


@pytest.mark.parametrize(
    ("given", "line", "words"),
    [
        ("", None, "no question in it yet"),
        (" \n\r\n", None, "no question in it yet"),
        (b"\xff\xfeW\x00", None, "UTF-8"),
        (b"x" * (MAX_BYTES + 1), None, "64 kB"),
        ("Why?\nHow? | 5 s", 2, "10 to 600"),
        ("Why?\nHow? | 3 hours", 2, "90 s"),
        ("Why?\n\nwhy", 3, "line 1"),
        ("Why?\n???", 2, "no words"),
        ("Why\x00?", 1, "no letters"),
        ("Why?\n" + "x" * 501, 2, "shorten"),
        ("\n".join(f"Why {n}?" for n in range(MAX_QUESTIONS + 1)), MAX_QUESTIONS + 1, "at most 50"),
        ("question,seconds\nWhy?,60\nHow?,soon", 3, "no time"),
        ("question,kind\nWhy?,rhetorical", 2, "behavioural"),
        ("question,seconds\nWhy, me?,60", 2, "more columns"),
        ('question\n"Why?\nHow?', 2, "quotation mark"),
        ("question,seconds\n,60", 2, "missing"),
        ('["Why?",\n"How?"', 2, "no JSON"),
        ("[" * 60_000, None, "no list"),
        ('{"a": 1}', None, "no list"),
        ('[{"question": "Why?", "time": 3}]', None, "“time” is not known"),
        ('["Why?", 3]', None, "Question 2"),
        ('[{"question": 3}]', None, "no text"),
        ('[{"question": "Why?", "seconds": NaN}]', None, "no time"),
        ('[{"question": "Why?", "seconds": true}]', None, "no time"),
        ('[{"question": "Why?", "key_points": {"a": "b"}}]', None, "semicolon"),
        ('["\\ud800 why"]', None, "no letters"),
        ('[{"question": "Why?", "key_points": "a;b;c;d;e;f;g;h;i"}]', None, "keep the 8"),
    ],
)
def test_what_is_wrong_is_said(given: bytes | str, line: int | None, words: str) -> None:
    (found,) = problems(given)
    assert found[0] == line
    assert words in found[1]


def test_everything_wrong_is_said_at_once() -> None:
    assert [line for line, _ in problems("Why?\n!\nHow? | 1 s\nWho?\n?")] == [2, 3, 5]


def read_or_refused(reading: Callable[[Any], tuple[Question, ...]], given: Any) -> tuple[Question, ...]:
    """The questions; none when the list is refused, which has to have reasons."""
    try:
        return reading(given)
    except BadList as error:
        reasons = error.problems
    assert reasons
    assert all(problem.sentence.endswith(".") for problem in reasons)
    return ()


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_anything_is_read_or_refused_with_reasons(data: bytes) -> None:
    found = read_or_refused(parse, data)
    assert len(found) <= MAX_QUESTIONS
    for question in found:
        assert question.text == " ".join(question.text.split())
        assert question.topic in TOPICS
        assert SHORTEST <= question.seconds <= LONGEST


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=20))
def test_any_json_is_read_or_refused(data: Any) -> None:
    questions = [
        data,
        {"question": "Why?", "seconds": data},
        {"question": data, "key_points": data, "kind": data},
    ]
    assert len(read_or_refused(read, questions)) <= len(questions)


letters = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs"))
texts = st.text(letters, max_size=80).map(lambda text: f"Why {text}?")
own = st.builds(
    lambda text, topic, seconds, points: Question(
        own_id(text), topic, text, seconds, key_points=tuple(points)
    ),
    texts,
    st.sampled_from(TOPICS),
    st.integers(10, 600).map(float),
    st.lists(texts.filter(lambda text: ";" not in text), max_size=8, unique=True),
)


@given(st.lists(own, min_size=1, max_size=8, unique_by=lambda question: question.id))
def test_what_is_written_is_read(given: list[Question]) -> None:
    fields = [
        {"question": q.text, "seconds": q.seconds, "kind": q.topic, "key_points": list(q.key_points)}
        for q in given
    ]
    assert list(read(fields)) == given
    assert parsed(json.dumps(fields)) == given
    sheet = io.StringIO()
    table = csv.writer(sheet)
    table.writerow(["question", "seconds", "kind", "key_points"])
    table.writerows([q.text, f"{q.seconds:.0f}", q.topic, "; ".join(q.key_points)] for q in given)
    assert parsed(sheet.getvalue()) == given
    lines = "\n".join(f"{q.text} | {q.seconds:.0f} s" for q in given)
    plain = [
        replace(q, key_points=(), topic=each.topic) for q, each in zip(given, parsed(lines), strict=True)
    ]
    assert parsed(lines) == plain

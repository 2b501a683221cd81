"""The question bank, its sets, and the sets put together for a role."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.observations import from_json, to_json
from sessions.questions import (
    DEFAULT_SET,
    DIFFICULTIES,
    FREE,
    GENERAL,
    TOPICS,
    bank,
    minutes,
    question_sets,
    questions_for,
    read_role,
    roles,
)


def test_a_bank_for_many_roles() -> None:
    assert len(bank()) >= 150
    assert len({question.text for question in bank().values()}) == len(bank())
    assert {question.topic for question in roles()[GENERAL].questions} == set(TOPICS) - {"technical"}
    technical = [role for role in roles().values() if any(q.topic == "technical" for q in role.questions)]
    assert len(technical) >= 8
    for question in bank().values():
        assert question.text.strip()[-1] in "?."
        assert 30 <= question.seconds <= 300
        assert 6 <= len(set(question.key_terms)) == len(question.key_terms)
        assert 3 <= len(set(question.key_points)) == len(question.key_points) <= 6
        assert all(point[-1] in ".?" and len(point.split()) <= 22 for point in question.key_points)


GOOD = """
role = "baker"
title = "Baker"

[[question]]
id = "crust"
topic = "technical"
difficulty = "easy"
seconds = 90
text = "How do you get a crust?"
probes = "craft"
key_points = ["I make it hot."]
key_terms = ["hot"]
"""


def test_a_data_file_is_read(tmp_path: Path) -> None:
    (file := tmp_path / "baker.toml").write_text(GOOD)
    assert [(each.id, each.role) for each in read_role(file).questions] == [("crust", "baker")]


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ('"easy"', '"steep"', "crust: there is no difficulty 'steep'"),
        ('"technical"', '"gossip"', "no topic 'gossip'"),
        ("90", "9", "between 10 and 600"),
        ("90", '"long"', "between 10 and 600"),
        ('["hot"]', '"hot"', "key_terms"),
        ('["I make it hot."]', "[]", "key_points"),
        ('probes = "craft"', "", "probes"),
        ('text = "How do you get a crust?"', "", "text"),
        ('"How do you get a crust?"', '" "', "text"),
        ('probes = "craft"', "smell = 3", "smell"),
        ('role = "baker"', 'role = "cook"', "the file's name"),
        ('title = "Baker"', "", "title"),
        ("[[question]]", "[[question", "baker.toml"),
    ],
)
def test_a_faulty_data_file_is_refused(tmp_path: Path, good: str, bad: str, words: str) -> None:
    (file := tmp_path / "baker.toml").write_text(GOOD.replace(good, bad, 1))
    with pytest.raises(ValueError, match=re.escape(words)):
        read_role(file)


def test_sets_can_be_asked() -> None:
    assert DEFAULT_SET in question_sets()
    for each in question_sets().values():
        if each is FREE:
            continue
        assert len({question.id for question in each.questions}) == len(each.questions) >= 3
        assert 0 < each.minutes <= 45


def test_what_is_asked_is_known_to_the_timeline() -> None:
    question = bank()["disagreement"]
    asked = question.asked(1.0)
    assert asked.key_points == question.key_points
    assert from_json(to_json(asked)) == asked


wishes = {
    "role": st.sampled_from(list(roles())),
    "length": st.integers(1, 60),
    "difficulty": st.sampled_from(DIFFICULTIES),
    "avoid": st.sets(st.sampled_from(sorted(bank()))),
}


@given(**wishes)
def test_questions_keep_to_the_wish(role: str, length: int, difficulty: str, avoid: set[str]) -> None:
    made = questions_for(role, length, difficulty, avoid)
    assert made == questions_for(role, length, difficulty, sorted(avoid))
    assert len({question.id for question in made}) == len(made) >= 1
    assert {question.role for question in made} <= {role, GENERAL}
    assert minutes(made) <= length or len(made) == 1
    assert (made[0].topic, made[0].difficulty) == ("motivation", "easy")


@pytest.mark.parametrize("role", [role for role in roles() if role != GENERAL])
@pytest.mark.parametrize("length", [15, 30])
def test_half_an_hour_is_balanced(role: str, length: int) -> None:
    made = questions_for(role, length)
    assert length - 3 <= minutes(made) <= length
    assert {question.topic for question in made} == set(TOPICS)
    assert sum(question.role == role for question in made) >= 3


def test_difficulty_is_felt() -> None:
    def hard(wish: str) -> int:
        return sum(each.difficulty == "hard" for each in questions_for("software-engineer", 30, wish))

    assert hard("hard") > hard("medium") >= hard("easy") == 0


def test_what_was_asked_lately_comes_last() -> None:
    asked = {question.id for question in questions_for(GENERAL, 15)}
    again = questions_for(GENERAL, 15, avoid=asked)
    assert not asked & {question.id for question in again}

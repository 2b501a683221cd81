"""What is recognised, as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.language.display import displayed, unchanging
from models.observations import Word

VOCABULARY = """
    zero one two five ten twelve twenty twenty-five ninety hundred thousand million and a point oh first
    second third tenth percent dollars dollars, between i i'm it. it ended. then, 25 2,500 3.5 people “so
    e.g. Mr. — twenty, five,, five. hundred? £5 $7 per
"""
SAID = st.lists(st.sampled_from(VOCABULARY.split()), max_size=12)


def words(texts: list[str]) -> tuple[Word, ...]:
    return tuple(Word(text, float(n), n + 0.9, 0.5 + n / 100) for n, text in enumerate(texts))


def shown(text: str) -> str:
    return " ".join(word.text for word in displayed(words(text.split())))


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("it fell by twenty five percent.", "It fell by 25%."),
        (
            "i joined in two thousand and nineteen, and i'm still there",
            "I joined in 2019, and I'm still there",
        ),
        ("about three hundred people", "About 300 people"),
        ("between two hundred and three hundred people", "Between 200 and 300 people"),
        ("between one hundred and five hundred", "Between 100 and 500"),
        ("two hundred and fifty thousand dollars", "$250,000"),
        ("five million dollars a year", "$5 million a year"),
        ("two point five percent", "2.5%"),
        ("nineteen ninety-nine or twenty nineteen or nineteen oh five", "1999 or 2019 or 1905"),
        ("twelve thousand three hundred and five", "12,305"),
        ("fifteen hundred in the twenty-first century", "1500 in the 21st century"),
        ("one million and two million", "1 million and 2 million"),
        ("ten to fifteen", "10 to 15"),
        ("up 25 percent", "Up 25%"),
    ],
)
def test_numbers_become_figures(said: str, written: str) -> None:
    assert shown(said) == written


@pytest.mark.parametrize(
    "text",
    [
        "One of the two",
        "Two three people",
        "Twenty thirty people",
        "A twenty second pause",
        "A hundred and twenty",
        "First of all, the point is",
        "Five six seven",
        "Hundreds of thousands",
        "Mr. smith, e.g. here",
        "Well... maybe",
        "The iPhone cost £5",
    ],
)
def test_what_is_small_or_unsure_stays(text: str) -> None:
    assert shown(text) == text


def test_sentences_begin_with_capitals() -> None:
    assert shown("it ended. then “we won?” yes") == "It ended. Then “we won?” Yes"


def test_marks_stand_once() -> None:
    assert shown("in short,, the end ... well") == "In short, the end ... well"


def test_a_merged_word_spans_what_was_said() -> None:
    first, second, _ = displayed(words(["about", "twenty", "five", "people"]))
    assert (first.text, first.raw) == ("About", "about")
    assert (second.text, second.raw) == ("25", "twenty five")
    assert (second.start, second.end, second.confidence) == (1.0, 2.9, 0.51)


@given(SAID)
def test_nothing_said_is_lost_and_twice_is_once(texts: list[str]) -> None:
    once = displayed(words(texts))
    assert " ".join(word.raw or word.text for word in once) == " ".join(texts)
    assert displayed(once) == once
    assert [word.start for word in once] == sorted(word.start for word in once)
    assert all(word.raw != word.text for word in once)


@given(SAID, SAID)
def test_what_is_committed_does_not_change(texts: list[str], more: list[str]) -> None:
    now = words(texts)
    for count in range(len(now) + 1):
        kept = unchanging(now, count)
        assert kept <= count
        later = words([*texts[:count], *more])
        assert [word.text for word in displayed(later)[:kept]] == [
            word.text for word in displayed(now)[:kept]
        ]
        assert unchanging(now, count) >= max((unchanging(now, less) for less in range(count)), default=0)

"""Sentiment of sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.language.sentiment import polarity


@pytest.mark.parametrize(
    ("said", "sign"),
    [
        ("i really loved working with that team", 1),
        ("it was a disaster and everybody was angry", -1),
        ("it was not good", -1),
        ("we met on tuesday", 0),
        ("", 0),
    ],
)
def test_sign(said: str, sign: int) -> None:
    assert (polarity(said) > 0) - (polarity(said) < 0) == sign


@given(st.text(max_size=40))
def test_range(text: str) -> None:
    assert -1 <= polarity(text) <= 1

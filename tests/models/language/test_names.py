"""Names of things, people and places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.language.names import find


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("i worked at google in berlin with jira", ["google", "berlin", "jira"]),
        ("I asked Anna Schmidt, Microsoft and London.", ["Anna Schmidt,", "Microsoft", "London."]),
        ("we moved to amazon web services on a monday in march", ["amazon web services"]),
        ("Python is nice. Contrast is too.", ["Python"]),
        ("i have nineteen colleagues and a plan", []),
        ("I had an idea on Fridays.", []),
        ("", []),
    ],
)
def test_names(said: str, names: list[str]) -> None:
    words = said.split()
    assert [" ".join(words[first : last + 1]) for first, last in find(words)] == names


@given(
    st.lists(
        st.sampled_from(
            ["I", "i", "Python", "google", "in", "London,", "monday", "—", "and", ".", "java", "script"]
        )
        | st.text(max_size=6)
    )
)
def test_names_are_in_order_and_apart(words: list[str]) -> None:
    end = -1
    for first, last in find(words):
        assert end < first <= last < len(words)
        end = last

"""Agreement of raters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.agreement import alpha

# Krippendorff 2011, example C: four observers, twelve units, values 1 to 5, missing where nothing was noted.
PUBLISHED = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]

ratings = st.dictionaries(st.integers(0, 8), st.integers(1, 5), max_size=9)


def read(lines: list[str]) -> list[dict[int, int]]:
    return [{n: int(each) for n, each in enumerate(line.split()) if each != "."} for line in lines]


def test_the_published_example() -> None:
    assert alpha(read(PUBLISHED)) == pytest.approx(0.815, abs=5e-4)


def test_agreement_is_one_and_its_opposite_below_zero() -> None:
    assert alpha(read(["1 2 3 4 5", "1 2 3 4 5"])) == 1
    opposite = alpha(read(["1 2 3 4 5", "5 4 3 2 1"]))
    assert opposite is not None
    assert opposite < -0.5


@pytest.mark.parametrize("lines", [[], ["1 2 3"], ["1 . .", ". 2 3"], ["3 3 3", "3 3 3"]])
def test_nothing_to_compare(lines: list[str]) -> None:
    assert alpha(read(lines)) is None


@given(st.lists(ratings, max_size=4))
def test_at_most_one_and_the_same_in_any_order(raters: list[dict[int, int]]) -> None:
    found = alpha(raters)
    again = alpha(raters[::-1])
    assert (found is None) == (again is None)
    if found is not None and again is not None:
        assert found <= 1 + 1e-9
        assert found == pytest.approx(again)

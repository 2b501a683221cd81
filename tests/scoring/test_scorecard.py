"""The interviewers' scorecard."""

import pytest

from scoring.scorecard import Unit, agreement, criteria, fault


def test_it_has_both_kinds_and_describes_every_value() -> None:
    assert {each.of for each in criteria()} == {"question", "end"}
    assert all(len(set(each.anchors)) == 5 and all(each.anchors) for each in criteria())
    assert len({each.id for each in criteria()}) == len(criteria())


@pytest.mark.parametrize("unit", [Unit("content", 0), Unit("structure", 2), Unit("overall", None)])
def test_what_can_be_rated(unit: Unit) -> None:
    assert fault(unit, 3) is None


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        (Unit("charm", None), "There are"),
        (Unit("content", None), "each question"),
        (Unit("overall", 0), "at the end"),
        (Unit("content", 3), "no question 3"),
        (Unit("content", -1), "no question -1"),
    ],
)
def test_what_cannot(unit: Unit, words: str) -> None:
    assert words.lower() in (fault(unit, 3) or "").lower()


def test_agreement_in_the_scorecards_order() -> None:
    one = {Unit("overall", None): 4, Unit("structure", 0): 3, Unit("content", 0): 5}
    other = {Unit("overall", None): 3, Unit("content", 0): 4}
    found = agreement([one, other])
    assert [(each["criterion"], each["question"]) for each in found["units"]] == [
        ("content", 0),
        ("structure", 0),
        ("overall", None),
    ]
    assert found["units"][0] == {
        "criterion": "content", "question": 0, "mean": 4.5, "low": 4, "high": 5, "count": 2,
    }  # fmt: skip
    assert found["raters"] == 2
    assert agreement([])["alpha"] is None

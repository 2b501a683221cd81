"""What moves the live scores."""

import pytest

from scoring import drivers
from scoring.rubric import SUBSCORES, load
from scoring.scorer import Scorer, fold
from tests.scoring.sessions import whole

RUBRIC = load(None)


def test_the_largest_first_and_few() -> None:
    scorer = fold(whole(60)[:-1], RUBRIC)
    snapshot = scorer.snapshot(59.0)
    found = scorer.drivers()
    assert set(found) == {name for name in SUBSCORES if snapshot["subscores"][name]["score"] is not None}
    for name, moved in found.items():
        points = [abs(each["points"]) for each in moved.values()]
        assert points == sorted(points, reverse=True)
        assert 1 <= len(points) <= drivers.MOST
        assert set(moved) <= set(RUBRIC.subscores[name].weights)
    rate = found["communication"]["speech_rate"]
    assert rate["value"] == pytest.approx(snapshot["live"]["speech_rate"], rel=0.1)
    assert (rate["label"], rate["unit"]) == ("Speech rate", "words/min")


def test_all_points_lead_from_the_baseline_to_the_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "MOST", 100)
    monkeypatch.setattr(drivers, "LEAST_POINTS", 0.0)
    scorer = fold(whole(60)[:-1], RUBRIC)
    snapshot = scorer.snapshot(59.0)
    for name, moved in scorer.drivers().items():
        score = 50 + sum(each["points"] for each in moved.values())
        assert score == pytest.approx(snapshot["subscores"][name]["score"], abs=0.06 * len(moved))


def test_before_there_is_a_score_nothing_moves_it() -> None:
    scorer = Scorer(RUBRIC)
    assert scorer.drivers() == {}
    scorer.snapshot(1.0)
    assert scorer.drivers() == {}

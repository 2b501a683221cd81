from pathlib import Path

import numpy as np
import pytest

from scoring import rubric
from scoring.rubric import PRACTICE, RubricError

TEXT = PRACTICE.read_text(encoding="utf-8")


def test_practice_is_whole_and_every_norm_has_its_source() -> None:
    loaded = rubric.load()
    for rule in loaded.indicators.values():
        assert rule.source
        assert rule.why
    assert loaded.subscores.keys() == set(rubric.SUBSCORES)


def test_published_order_of_weights_is_kept() -> None:
    weights = rubric.load().subscores["communication"].weights
    published = ["speech_rate", "mean_pause", "filler_rate", "longest_pause", "pause_share"]
    assert sorted(published, key=lambda key: -weights[key]) == published
    weights = rubric.load().subscores["engagement"].weights
    published = ["intensity_variety", "speech_rate", "smile", "pause_share", "pitch_variety"]
    assert sorted(published, key=lambda key: -weights[key]) == published


def test_norm_is_piecewise_linear_and_level_beyond_its_ends() -> None:
    rule = rubric.load().indicators["eye_contact"]
    values = np.array([-5.0, 0.0, 10.0, 20.0, 65.0, 100.0, 120.0, np.nan])
    np.testing.assert_allclose(rule.scores(values), [10, 10, 25, 40, 97.5, 100, 100, np.nan])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[rubric]", "[rubric", "not TOML"),
        ('id = "practice"', 'id = ""', "rubric.id must not be empty"),
        ("window = 60", 'window = "long"', "rubric.window must be a number"),
        ("window = 60", "window = 5", "rubric.window must be from 15 to 600"),
        ("live_share", "live_part", "rubric.live_share is missing"),
        ("[[0, 10], [20, 40]", "[[0, 10], [0, 40]", "indicators.eye_contact.norm: values must rise"),
        ("[[0, 10], [20, 40]", "[[0, 10], [20, 140]", "indicators.eye_contact.norm: the score 140"),
        ("[[0, 10], [20, 40]", "[[0, 10], 20", r"indicators.eye_contact.norm must hold \[value, score\]"),
        ("[indicators.smile]", "[indicators.grin]", "indicators.grin is not an indicator"),
        ("eye_contact = 0.2", "eyes = 0.2", "subscores.confidence.weights.eyes is not among"),
        ("eye_contact = 0.2", "eye_contact = -1", "subscores.confidence.weights.eye_contact must be from 0"),
        ("[subscores.engagement]", "[subscores.charm]", "subscores"),
        ("A smile could be seen {value} %", "A smile {amount} %", r"may only use \{value\}"),
        ('measure = "brightness"', 'measure = "mood"', "nudges.more_light.measure is 'mood'"),
        ("clear = 165", "clear = 185", "nudges.slow_down.clear must lie on the good side"),
        ("above = 180", "above = 180\nbelow = 90", "needs either above or below"),
        (
            'label = "Smile"',
            'label = "Smile"\ncolour = "red"',
            "indicators.smile has the unknown entry 'colour'",
        ),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TEXT
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RubricError, match=message) as caught:
        rubric.load(path)
    assert str(caught.value).startswith("mine.toml: ")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RubricError, match="UTF-8"):
        rubric.load(path)

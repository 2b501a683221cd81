import contextlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.observations import FaceSample, PostureSample
from scoring import rubric
from scoring.indicators import INDICATORS
from scoring.report import canonical_json
from scoring.rubric import BUNDLED, PRACTICE, RubricError
from scoring.scorer import fold
from tests.scoring.sessions import FACTS, whole

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


PUBLISHED = {
    "confidence": (
        "RecommendHiring",
        {"wpsec": "speech_rate", "Fillers": "filler_rate", "PercentBreaks": "pause_share"},
    ),
    "communication": (
        "Overall",
        {
            "wpsec": "speech_rate",
            "avgDurPause": "mean_pause",
            "Fillers": "filler_rate",
            "maxDurPause": "longest_pause",
            "PercentBreaks": "pause_share",
        },
    ),
    "skill_relevance": (
        "Overall",
        {"Quantifiers": "specificity", "upsec": "vocabulary", "wc": "answer_length"},
    ),
    "engagement": (
        "Engagement",
        {
            "diffIntMaxMin": "intensity_variety",
            "wpsec": "speech_rate",
            "smile": "smile",
            "PercentBreaks": "pause_share",
            "max pitch": "pitch_variety",
        },
    ),
}
"""Which trait's weights each subscore has, and which indicator stands for a feature."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_weights_are_the_published_ones_with_their_signs(shared_data: Path, name: str) -> None:
    published = json.loads((shared_data / "norms" / "naim2015_published_weights.json").read_text())
    trait, features = PUBLISHED[name]
    loaded = rubric.load()
    for feature, key in features.items():
        weight = published["svr_top20"][trait][feature]
        assert loaded.subscores[name].weights[key] == abs(weight), feature
        scores = [score for _, score in loaded.indicators[key].norm]
        assert scores[0 if weight > 0 else -1] < max(scores), feature


def test_content_only_scores_no_camera_and_no_voice() -> None:
    loaded = rubric.load(BUNDLED["content-only"])
    practice = rubric.load()
    for subscore in loaded.subscores.values():
        for key in subscore.weights:
            assert INDICATORS[key].source == "transcription", key
            assert key not in (
                "speech_rate",
                "articulation_rate",
                "filler_rate",
                "repeat_rate",
                "pauses_inside",
            )
    assert loaded.indicators == practice.indicators
    weights = {**loaded.subscores["skill_relevance"].weights, **loaded.subscores["communication"].weights}
    in_practice = {**practice.subscores["skill_relevance"].weights, "hedge_rate": 0.03}
    assert weights == in_practice
    assert [nudge.id for nudge in loaded.nudges] == ["wrap_up"]
    report = fold(whole(60), loaded).report(FACTS)
    assert report["overall"]["score"] is not None
    assert report["subscores"]["confidence"]["reason"] == "This rubric does not score it"
    assert fold(whole(60), loaded).snapshot(60)["subscores"]["engagement"]["reason"]
    seen = [o for o in whole(60) if not isinstance(o, FaceSample | PostureSample)]
    assert fold(seen, loaded).report(FACTS)["overall"]["score"] == report["overall"]["score"]


def test_what_extends_another_says_only_what_differs() -> None:
    own = rubric.parse("""
        rubric = {extends = "practice", id = "mine", version = "1"}
        [subscores.engagement.weights]
        smile = 1
        [indicators.smile]
        norm = [[0, 0], [50, 100]]
    """)
    practice = rubric.load()
    assert (own.id, own.nudges) == ("mine", practice.nudges)
    assert own.subscores["engagement"].weights == {"smile": 1.0}
    assert own.subscores["engagement"].label == practice.subscores["engagement"].label
    assert list(own.indicators["smile"].norm) == [(0, 0), (50, 100)]
    assert own.indicators["smile"].says == practice.indicators["smile"].says
    assert own.subscores["confidence"] == practice.subscores["confidence"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('rubric = {extends = "mine"}', "rubric.extends is 'mine'; there are practice, content-only"),
        ("rubric = {extends = 3}", "rubric.extends is 3"),
        ('rubric = {extends = "practice", nudges = ["shout"]}', "rubric.nudges names 'shout'"),
        ('rubric = {extends = "practice", nudges = [[]]}', r"rubric.nudges names \[\]"),
        ('rubric = {extends = "practice"}\nsubscores = 3', "subscores must be a table"),
        ('rubric = {extends = "practice"}\n[subscores.engagement.weights]', "at least one weight above 0"),
        ("a = " + "[" * 100_000, "lists too deep"),
        ("a = " + "9" * 100_000, "too long"),
        (f"# {'x' * 200_000}", "at most 200,000 characters"),
        (
            'rubric = {extends = "practice"}\nindicators.smile.says = "{value:>999999999999}"',
            r"indicators.smile.says may only use \{value\}",
        ),
        ('rubric = {extends = "practice"}\nindicators.smile.says = "{value.__class__}"', "may only use"),
        ('rubric = {extends = "practice"}\nindicators.smile.says = "{value"', "may only use"),
        ('rubric = {extends = "practice"}\nindicators.smile.norm = [[0, 0], [inf, 1]]', "the value inf"),
        (
            f'rubric = {{extends = "practice"}}\nindicators.smile.evidence_live = {"9" * 400}',
            "indicators.smile.evidence_live must be from 0 to 1e.09, not 999",
        ),
    ],
)
def test_mistakes_of_a_pasted_rubric(text: str, message: str) -> None:
    with pytest.raises(RubricError, match=message) as caught:
        rubric.parse(text)
    assert len(str(caught.value)) < 300


toml = st.recursive(
    st.integers() | st.floats() | st.text(max_size=8) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3),
)


def written(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "")
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return str(value)


LINES = [n for n, line in enumerate(TEXT.splitlines()) if " = " in line and not line.startswith("#")]


@settings(max_examples=60)
@given(st.sampled_from(LINES), toml)
def test_any_value_anywhere_is_taken_or_named(line: int, value: object) -> None:
    lines = TEXT.splitlines()
    key = lines[line].partition(" = ")[0]
    lines[line] = f"{key} = {written(value)}"
    text = "\n".join(lines)
    try:
        taken = rubric.parse(text)
    except RubricError:
        with pytest.raises(RubricError, match=f"{re.escape(key)}|not TOML|weight"):
            rubric.parse(text)
    else:
        canonical_json(fold(whole(10), taken).report(FACTS))


@settings(max_examples=100)
@given(st.text(max_size=300) | st.integers(0, len(TEXT)).map(lambda cut: TEXT[:cut]))
def test_any_text_is_a_rubric_or_a_sentence_about_it(text: str) -> None:
    with contextlib.suppress(RubricError):
        rubric.parse(text)


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
        ("[[0, 10], [20, 40]", "[[0, 10], [1e-320, 40]", "indicators.eye_contact.norm: values must rise"),
        ("[[0, 10], [20, 40]", "[[0, 10], [20, 140]", "indicators.eye_contact.norm: the score 140"),
        ("[[0, 10], [20, 40]", "[[0, 10], 20", r"indicators.eye_contact.norm must hold \[value, score\]"),
        ("[indicators.smile]", "[indicators.grin]", "indicators.grin is not an indicator"),
        ("eye_contact = 0.2", "eyes = 0.2", "subscores.confidence.weights.eyes is not among"),
        ("eye_contact = 0.2", "eye_contact = -1", "subscores.confidence.weights.eye_contact must be from 0"),
        ("[subscores.engagement]", "[subscores.charm]", "subscores.charm is not a subscore"),
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


def test_what_nobody_measures_is_named_before_what_is_missing_of_it() -> None:
    head = '[rubric]\nextends = "practice"\nid = "mine"\nversion = "1"\n'
    with pytest.raises(RubricError, match=r"^indicators.grin is not an indicator; there are answer_length"):
        rubric.parse(f"{head}[indicators.grin]\nnorm = [[0, 10], [20, 40]]")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RubricError, match="UTF-8"):
        rubric.load(path)


@pytest.mark.parametrize(("name", "message"), [("missing.toml", "No such file"), ("", "Is a directory")])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(RubricError, match=f"^{tmp_path / name}: {message}"):
        rubric.load(tmp_path / name)

"""Intervals: what they hold, and that less evidence never makes them narrower."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.observations import FaceSample, Gap, Observation, PostureSample, SessionEnded, time_of
from scoring import rubric
from scoring.evidence import ROW, C, Floats
from scoring.indicators import CONTENT, EXTREMES, PLACE, measure
from scoring.judge import Judge
from scoring.scorer import fold
from scoring.uncertainty import BLOCK_S, SPREAD, Z, half_widths, interval
from tests.scoring.sessions import FACTS, faces, interview, whole

PRACTICE = rubric.load()
JUDGE = Judge(PRACTICE)
BLOCK = int(BLOCK_S / ROW)


def half_of_eye_contact(shares: list[float], seen: int = BLOCK) -> float:
    """The half width of eye contact from blocks with these shares of looks, in `seen` rows of each."""
    rows = np.zeros((BLOCK * len(shares), len(C)))
    for n, share in enumerate(shares):
        block = rows[BLOCK * n : BLOCK * n + seen]
        block[:, C.GAZE], block[:, C.GAZE_ON], block[:, C.GAZE_S] = 10.0, 10 * share, ROW
    return eye_contact(rows)[1]


def eye_contact(rows: Floats) -> tuple[float, float]:
    """Its score and half width from rows of looks alone."""
    content = np.zeros((1, len(CONTENT), 2))
    measured = measure(rows.sum(axis=0)[None], np.array([len(rows)]), np.zeros((1, len(EXTREMES))), content)
    scored = JUDGE.score(measured, report=True)
    halves = half_widths(JUDGE, measured, scored, rows, 0).indicators
    return scored.indicator("eye_contact"), float(halves[PLACE["eye_contact"]])


looks = st.lists(st.sampled_from([0.0, 0.2, 0.35, 0.5, 0.55, 1.0]), min_size=1, max_size=12)


@settings(max_examples=60)
@given(looks, st.integers(2, 4))
def test_more_of_the_same_never_makes_it_wider(shares: list[float], times: int) -> None:
    assert half_of_eye_contact(shares * times) <= half_of_eye_contact(shares) + 1e-9


@settings(max_examples=60)
@given(looks, st.integers(1, BLOCK - 1))
def test_what_was_not_observed_never_makes_it_narrower(shares: list[float], seen: int) -> None:
    assume(seen * ROW * len(shares) >= PRACTICE.indicators["eye_contact"].evidence_report)
    assert half_of_eye_contact(shares, seen) >= half_of_eye_contact(shares) - 1e-9


def test_what_varies_is_less_certain_than_what_does_not() -> None:
    assert half_of_eye_contact([0.1, 0.5] * 6) > 1.5 * half_of_eye_contact([0.3] * 12)


def test_one_block_has_the_usual_spread() -> None:
    # whatever the block holds
    assert half_of_eye_contact([0.3]) == pytest.approx(Z * SPREAD)


def test_eight_in_ten_intervals_hold_the_truth() -> None:
    """Of people who look more and less, five minutes each; a look or a look away lasts 3 s on average."""
    rng = np.random.default_rng(1)
    rule = PRACTICE.indicators["eye_contact"]
    held = 0
    for _ in range(400):
        share = rng.uniform(0.1, 0.65)
        rows = np.zeros((15 * BLOCK, len(C)))
        n = np.arange(len(rows))
        since = np.maximum.accumulate(np.where(rng.random(len(rows)) < ROW / 3, n, 0))
        looks = (rng.random(len(rows)) < share)[since]
        rows[:, C.GAZE], rows[:, C.GAZE_ON], rows[:, C.GAZE_S] = 10.0, 10 * looks, ROW
        score, half = eye_contact(rows)
        held += abs(score - float(rule.scores(np.array(100 * share)))) <= half
    assert 0.75 < held / 400 < 0.95


@given(st.floats(0, 100), st.floats(0, 80))
def test_an_interval_holds_its_score_within_bounds(score: float, half: float) -> None:
    found = interval(round(score, 4), half)
    assert found is not None
    assert 0 <= found[0] <= score + 0.0051
    assert score - 0.0051 <= found[1] <= 100
    assert interval(None, half) is None


def widths(timeline: list[Observation]) -> dict[str, float]:
    report = fold(timeline, PRACTICE).report(FACTS)
    parts: dict[str, Any] = {"overall": report["overall"], **report["subscores"], **report["indicators"]}
    return {key: p["interval"][1] - p["interval"][0] for key, p in parts.items() if p["interval"]}


def test_half_a_camera_is_less_certain_than_a_whole_one() -> None:
    full = whole(120)
    half = [o for o in full if not (isinstance(o, FaceSample | PostureSample) and time_of(o) >= 60)]
    half.insert(-1, Gap(60.0, 120.0, "camera", "camera off"))
    more, less = widths(full), widths(half)
    for key in ("confidence", "engagement", "overall", "eye_contact", "upright", "smile"):
        assert less[key] > more[key], key
    assert less["communication"] == pytest.approx(more["communication"])


def test_a_shorter_session_of_the_same_kind_is_less_certain() -> None:
    longer, shorter = widths(interview(720)), widths(interview(240))
    assert all(shorter[key] >= longer[key] for key in ("overall", *rubric.SUBSCORES))


def test_the_live_interval_closes_as_evidence_comes_in() -> None:
    scorer = fold([], PRACTICE)
    found = []
    for observation in [*faces(0, 60), SessionEnded(60, "finished")]:
        scorer.add(observation)
        if isinstance(observation, FaceSample) and round(10 * observation.t) in (150, 350, 590):
            low, high = scorer.snapshot(observation.t)["subscores"]["confidence"]["interval"]
            found.append(high - low)
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1] + 2

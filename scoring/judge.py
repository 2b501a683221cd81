"""From measured indicators to scores: norms, then weighted means over what was observed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from scoring.evidence import Floats
from scoring.indicators import INDICATORS, PLACE, Measured
from scoring.rubric import SUBSCORES, Rubric


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of n windows; nan where too little was observed."""

    indicators: Floats
    """Shape (indicators, n)."""
    subscores: Floats
    """Shape (4, n), in the order of `SUBSCORES`."""
    coverage: Floats
    """Shape (4, n)."""
    overall: Floats
    overall_coverage: Floats

    def indicator(self, key: str, window: int = 0) -> float:
        """The score of an indicator in a window; nan when too little was observed."""
        return float(self.indicators[PLACE[key], window])


_TERMS, _POINTS = PLACE["key_terms"], PLACE["key_points"]
Bools: TypeAlias = npt.NDArray[np.bool_]


class Judge:
    """A rubric, laid out for scoring many windows at once."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.rules = [rubric.indicators[key] for key in INDICATORS]
        self.weights = np.array(
            [[rubric.subscores[name].weights.get(key, 0.0) for key in INDICATORS] for name in SUBSCORES]
        )
        self.subweights = np.array([rubric.subscores[name].weight for name in SUBSCORES])
        self._norms = _Norms([rule.norm for rule in self.rules])
        self._live = np.array([rule.evidence_live for rule in self.rules])
        self._report = np.array([rule.evidence_report for rule in self.rules])

    def weighs(self, key: str) -> bool:
        """Whether an indicator is part of any score."""
        return bool(self.weights[:, PLACE[key]].any())

    def norms(self, values: Floats) -> Floats:
        """Scores 0..100 of values of the first m indicators, shape (m, n); nan stays nan."""
        return self._norms(values)

    def shares(self, scored: Scored) -> tuple[Floats, Floats]:
        """What part of each score in the first window every indicator is, of subscores and of the overall.

        Shapes (4, indicators) and (indicators,); each sums to 1, and is 0 throughout where there is no score.
        """
        there = ~np.isnan(scored.indicators[:, 0])
        known = ~np.isnan(scored.subscores[:, 0])
        weights = self.weights * there * known[:, None]
        subscores = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
        subweights = self.subweights * known * (not np.isnan(scored.overall[0]))
        return subscores, subweights / max(subweights.sum(), 1e-300) @ subscores

    def enough(self, measured: Measured, report: bool) -> Bools:
        """Which indicators have enough evidence for a score, shape (indicators, n)."""
        least = self._report if report else self._live
        # Evidence in seconds is a sum of rows: allow for its rounding.
        there: Bools = measured.evidence + 1e-6 >= least[:, None]
        return there & ~np.isnan(measured.values)

    def score(self, measured: Measured, report: bool) -> Scored:
        """Values to scores: norm by norm, then weighted means over what was observed."""
        scores = np.where(self.enough(measured, report), self.norms(measured.values), np.nan)
        share = self.rubric.report_share if report else self.rubric.live_share
        subscores, coverage = _weighted(self.weights, scores, measured.coverage, share, _due(scores))
        least_overall = self.rubric.report_overall_share if report else 0.0
        every = np.ones(subscores.shape, bool)
        overall, overall_coverage = _weighted(
            self.subweights[None, :], subscores, coverage, least_overall, every
        )
        return Scored(scores, subscores, coverage, overall[0], overall_coverage[0])


class _Norms:
    """Piecewise-linear curves, all at once: one numpy call where np.interp takes one for each."""

    def __init__(self, curves: Sequence[Sequence[tuple[float, float]]]) -> None:
        most = max(map(len, curves))
        self._at = np.full((most, len(curves), 1), np.inf)
        self._slope = np.zeros((most + 1, len(curves)))
        self._from = np.zeros((most + 1, len(curves)))
        self._score = np.zeros((most + 1, len(curves)))
        for i, curve in enumerate(curves):
            at, score = np.array(curve).T
            n = len(at)
            self._at[:n, i, 0] = at
            self._slope[1:n, i] = np.diff(score) / np.diff(at)
            self._from[: n + 1, i] = at[[0, *range(n)]]
            self._score[: n + 1, i] = score[[0, *range(n)]]

    def __call__(self, values: Floats) -> Floats:
        """Scores of values of the first m curves, shape (m, n)."""
        m = len(values)
        piece = (values >= self._at[:, :m]).sum(axis=0), np.arange(m)[:, None]
        scores: Floats = self._score[piece] + self._slope[piece] * (values - self._from[piece])
        return scores


def _due(scores: Floats) -> Bools:
    """Which indicators are missed where they have no score, shape (indicators, n).

    Key terms and key points stand for one another: where one is there, the other is not missed.
    """
    due = np.ones(scores.shape, bool)
    due[_TERMS] = ~np.isnan(scores[_TERMS])
    due[_POINTS] = ~np.isnan(scores[_POINTS]) | ~due[_TERMS]
    return due


def _weighted(
    weights: Floats, scores: Floats, coverage: Floats, least: float, due: Bools
) -> tuple[Floats, Floats]:
    """Weighted means (m, n) over the scores that are there, and the observed share of the weight due."""
    there = ~np.isnan(scores)
    observed = weights @ there
    total = np.maximum(weights @ due, 1e-300)
    enough = (observed > 0) & (observed >= least * total - 1e-9)
    points = weights @ np.where(there, scores, 0.0)
    means = np.where(enough, points / np.where(observed > 0, observed, 1.0), np.nan)
    covered = np.clip(weights @ np.where(there, coverage, 0.0) / total, 0.0, 1.0)
    return means, covered

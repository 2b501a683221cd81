"""From measured indicators to scores: norms, then weighted means over what was observed."""

import math
from collections.abc import Callable, Sequence
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

    def indicator(self, key: str) -> float:
        """The score of an indicator in the first window; nan when too little was observed."""
        return float(self.indicators[PLACE[key], 0])


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
        self.weighed = frozenset(key for key in INDICATORS if self.weights[:, PLACE[key]].any())
        """The indicators that are part of any score."""
        self.subweights = np.array([rubric.subscores[name].weight for name in SUBSCORES])
        self._norms = _Norms([rule.norm for rule in self.rules])
        # Evidence in seconds is a sum of rows: allow for its rounding.
        self._live = np.array([[rule.evidence_live - 1e-6] for rule in self.rules])
        self._report = np.array([[rule.evidence_report - 1e-6] for rule in self.rules])

    def norms(self, values: Floats) -> Floats:
        """Scores 0..100 of values of the first m indicators, shape (m, n); nan stays nan."""
        return self._norms(values)

    def shares(self, scored: Scored) -> tuple[Floats, Floats]:
        """What part of each score in the first window every indicator is, of subscores and of the overall.

        Shapes (4, indicators) and (indicators,); each sums to 1, and is 0 throughout where there is no score.
        """
        weights = self.weights * ~np.isnan(scored.indicators[:, 0])
        known = ~np.isnan(scored.subscores[:, 0])
        subscores = weights / np.where(known, weights.sum(axis=1), np.inf)[:, None]
        if math.isnan(scored.overall[0]):
            return subscores, np.zeros(len(INDICATORS))
        subweights = self.subweights * known
        return subscores, np.einsum("s,sk->k", subweights / subweights.sum(), subscores)

    def enough(self, measured: Measured, report: bool) -> Bools:
        """Which indicators have enough evidence for a score, shape (indicators, n)."""
        return self._there(measured, report) & ~np.isnan(measured.values)

    def _there(self, measured: Measured, report: bool) -> Bools:
        there: Bools = measured.evidence >= (self._report if report else self._live)
        return there

    def score(self, measured: Measured, report: bool) -> Scored:
        """Values to scores: norm by norm, then weighted means over what was observed."""
        scores = self.norms(np.where(self._there(measured, report), measured.values, np.nan))
        share = self.rubric.report_share if report else self.rubric.live_share
        subscores, coverage = _weighted(self.weights, scores, measured.coverage, share, _due)
        least_overall = self.rubric.report_overall_share if report else 0.0
        overall, overall_coverage = _weighted(self.subweights[None, :], subscores, coverage, least_overall)
        return Scored(scores, subscores, coverage, overall[0], overall_coverage[0])


class _Norms:
    """Piecewise-linear curves, all at once: one numpy call where np.interp takes one for each."""

    def __init__(self, curves: Sequence[Sequence[tuple[float, float]]]) -> None:
        most = max(map(len, curves))
        self._at = np.full((most, len(curves), 1), np.inf)
        self._slope = np.zeros((len(curves), most + 1))
        self._from = np.zeros((len(curves), most + 1))
        self._score = np.zeros((len(curves), most + 1))
        self._first = (most + 1) * np.arange(len(curves))[:, None]
        """Where each curve begins in the three above."""
        for i, curve in enumerate(curves):
            at, score = np.array(curve).T
            n = len(at)
            self._at[:n, i, 0] = at
            self._slope[i, 1:n] = np.diff(score) / np.diff(at)
            self._from[i, : n + 1] = at[[0, *range(n)]]
            self._score[i, : n + 1] = score[[0, *range(n)]]

    def __call__(self, values: Floats) -> Floats:
        """Scores of values of the first m curves, shape (m, n)."""
        m = len(values)
        piece = (values >= self._at[:, :m]).sum(axis=0) + self._first[:m]
        scores: Floats = self._score.take(piece) + self._slope.take(piece) * (values - self._from.take(piece))
        return scores


def _due(there: Bools) -> Bools:
    """Which indicators are missed where they have no score, shape (indicators, n) as of those `there`.

    Key terms and key points stand for one another: where one is there, the other is not missed.
    """
    due = np.ones(there.shape, bool)
    due[_TERMS] = there[_TERMS]
    due[_POINTS] = there[_POINTS] | ~there[_TERMS]
    return due


def _weighted(
    weights: Floats,
    scores: Floats,
    coverage: Floats,
    least: float,
    due: Callable[[Bools], Bools] = np.ones_like,
) -> tuple[Floats, Floats]:
    """Weighted means (m, n) over the scores that are there, and the observed share of the weight due."""
    there = ~np.isnan(scores)
    summed = np.concatenate((there, due(there), np.where(there, scores, 0.0), coverage * there), axis=1)
    # No matrix product: the threads that it may take cost more than it does, and round as they please.
    sums = np.einsum("sk,kn->sn", weights, summed).reshape(len(weights), 4, -1)
    observed, total, points, covered = sums.swapaxes(0, 1)
    total = np.maximum(total, 1e-300)
    enough = (observed > 0) & (observed >= least * total - 1e-9)
    return points / np.where(enough, observed, np.nan), np.minimum(covered / total, 1.0)

"""From measured indicators to scores: norms, then weighted means over what was observed."""

from dataclasses import dataclass

import numpy as np

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


class Judge:
    """A rubric, laid out for scoring many windows at once."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.rules = [rubric.indicators[key] for key in INDICATORS]
        self.weights = np.array(
            [[rubric.subscores[name].weights.get(key, 0.0) for key in INDICATORS] for name in SUBSCORES]
        )
        self.subweights = np.array([rubric.subscores[name].weight for name in SUBSCORES])
        self._norms = [tuple(np.array(side) for side in zip(*rule.norm, strict=True)) for rule in self.rules]
        self._live = np.array([rule.evidence_live for rule in self.rules])
        self._report = np.array([rule.evidence_report for rule in self.rules])

    def score(self, measured: Measured, report: bool) -> Scored:
        """Values to scores: norm by norm, then weighted means over what was observed."""
        least = self._report if report else self._live
        # Evidence in seconds is a sum of rows: allow for its rounding.
        enough = (measured.evidence + 1e-6 >= least[:, None]) & ~np.isnan(measured.values)
        scores = np.array(
            [np.interp(row, at, score) for row, (at, score) in zip(measured.values, self._norms, strict=True)]
        )
        scores[~enough] = np.nan
        share = self.rubric.report_share if report else self.rubric.live_share
        subscores, coverage = _weighted(self.weights, scores, measured.coverage, share)
        least_overall = self.rubric.report_overall_share if report else 0.0
        overall, overall_coverage = _weighted(self.subweights[None, :], subscores, coverage, least_overall)
        return Scored(scores, subscores, coverage, overall[0], overall_coverage[0])


def _weighted(weights: Floats, scores: Floats, coverage: Floats, least: float) -> tuple[Floats, Floats]:
    """Weighted means (m, n) over the scores that are there, and the observed share of the weight."""
    there = ~np.isnan(scores)
    observed = weights @ there
    total = weights.sum(axis=1, keepdims=True)
    enough = (observed > 0) & (observed >= least * total - 1e-9)
    points = weights @ np.where(there, scores, 0.0)
    means = np.where(enough, points / np.where(observed > 0, observed, 1.0), np.nan)
    covered = np.clip(weights @ np.where(there, coverage, 0.0) / total, 0.0, 1.0)
    return means, covered

"""How far off a score may be: an interval that grows with what varied and with what was not observed.

An indicator's score θ is looked at in blocks of `BLOCK_S`, long enough to be nearly independent of one
another: the block jackknife (Künsch, "The jackknife and the bootstrap for general stationary observations",
Annals of Statistics 17(3), 1989). With θ(j) the score, through its norm, from all but block j, and n the
blocks that hold evidence, the variance between blocks is

    s² = (n - 1) Σ (θ(j) - θ)²

Few blocks tell little about it, and a level stretch of a norm nothing, so it is drawn towards a usual
spread s0 as if `PRIOR_BLOCKS` = ν further blocks had shown that (an inverse chi-square prior: Smyth,
Statistical Applications in Genetics and Molecular Biology 3(1), 2004):

    standard error² = (ν s0² + (n - 1) s²) / (ν + n - 1) / n

Extremes, which leaving out blocks tells nothing about, and the answers' content, which has the answers for
blocks, few as they are, have s = s0. What was not observed, a share 1 - c of the evidence, is taken to
differ from what was by s0, since nothing says that it was alike (Rubin, "Formalizing subjective notions
about the effect of nonrespondents in sample surveys", JASA 72(359), 1977):

    half width = 1.645 √(standard error² + ((1 - c) s0)²)

which would hold nine in ten of normal errors of known size. A subscore's and the overall score's standard
errors follow from the weights and the deviations θ(j) - θ block by block, so that what varies together
counts as such, and c is their coverage. s0, ν and twenty seconds are own judgement, tried on made-up looks
at the camera and away: where these last 3 s on average, the interval about eye contact holds the score of
the true share in about eight of ten sessions of five minutes (tests/scoring/test_uncertainty.py), and in
fewer where a look lasts as long as a block.
"""

from dataclasses import dataclass

import numpy as np

from scoring.evidence import ROW, Floats
from scoring.indicators import CONTENT, EVIDENCE, INDICATORS, RATIOS, Measured, ratios
from scoring.judge import Judge, Scored
from scoring.rounding import number

BLOCK_S = 20.0
PRIOR_BLOCKS = 2.0
SPREAD = 25.0
"""Points."""
Z = 1.645


@dataclass(frozen=True, slots=True)
class HalfWidths:
    """Points either side of a score, for those that there are."""

    indicators: Floats
    """Shape (indicators,)."""
    subscores: Floats
    """Shape (4,)."""
    overall: float


def half_widths(judge: Judge, measured: Measured, scored: Scored, rows: Floats, answers: int) -> HalfWidths:
    """The half widths of the scores of the first window.

    `rows` are its rows of evidence, one or more, and `answers` the number of answers that its content is of.
    """
    blocks = np.add.reduceat(rows, np.arange(0, len(rows), int(BLOCK_S / ROW)), axis=0)
    counts = (blocks[:, EVIDENCE] > 0).sum(axis=0)
    counts[-len(CONTENT) :] = answers
    n = np.maximum(counts, 1)
    score = scored.indicators[:, 0]
    away = judge.norms(ratios(blocks.sum(axis=0) - blocks)) - score[: len(RATIOS), None]
    away[np.isnan(away)] = 0.0
    known = n[: len(RATIOS)]
    seen = PRIOR_BLOCKS + known - 1
    away *= ((known - 1) / np.sqrt(seen * known))[:, None]
    usual = SPREAD**2 / n
    usual[: len(RATIOS)] *= PRIOR_BLOCKS / seen
    shares = np.vstack(judge.shares(scored))
    together = np.einsum("sk,kb->sb", shares[:, : len(RATIOS)], away)
    squares = np.concatenate((usual, np.einsum("sk,sk,k->s", shares, shares, usual)))
    squares[: len(RATIOS)] += np.einsum("kb,kb->k", away, away)
    squares[len(INDICATORS) :] += np.einsum("sb,sb->s", together, together)
    coverage = np.concatenate((measured.coverage[:, 0], scored.coverage[:, 0], scored.overall_coverage[:1]))
    widths = Z * np.sqrt(squares + ((1 - coverage) * SPREAD) ** 2)
    return HalfWidths(widths[: len(INDICATORS)], widths[len(INDICATORS) : -1], float(widths[-1]))


def interval(score: float | None, half: float) -> list[float] | None:
    """The interval about a score 0..100, within its bounds; None where there is no score."""
    if score is None:
        return None
    return [number(max(score - half, 0.0), 2), number(min(score + half, 100.0), 2)]

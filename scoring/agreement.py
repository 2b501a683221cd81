"""How far several raters agree: Krippendorff's alpha for ordinal ratings.

Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania, 2011 (ASC
Departmental Papers 43): coincidences of pairable values, and the ordinal difference function.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from itertools import permutations
from typing import TypeVar

Unit = TypeVar("Unit", bound=Hashable)


def alpha(raters: Iterable[Mapping[Unit, int]]) -> float | None:
    """Krippendorff's alpha, ordinal: 1 is full agreement, 0 what chance would give, below 0 worse than that.

    Of each rater what they gave to each unit that they rated. Units that fewer than two rated say nothing.
    None where no unit was rated twice, or where all that was rated is one and the same value: then there is
    nothing to disagree about.
    """
    units: defaultdict[Unit, list[int]] = defaultdict(list)
    for ratings in raters:
        for unit, value in ratings.items():
            units[unit].append(value)
    coincidences: defaultdict[tuple[int, int], float] = defaultdict(float)
    for values in units.values():
        for pair in permutations(values, 2):
            coincidences[pair] += 1 / (len(values) - 1)
    often: defaultdict[int, float] = defaultdict(float)
    for (value, _), count in coincidences.items():
        often[value] += count
    total = sum(often.values())
    differences = _ordinal(often)
    expected = sum(often[c] * often[k] * difference for (c, k), difference in differences.items())
    if not expected:
        return None
    observed = sum(coincidences[pair] * difference for pair, difference in differences.items())
    return 1 - (total - 1) * observed / expected


def _ordinal(often: Mapping[int, float]) -> dict[tuple[int, int], float]:
    """Squared differences of pairs of values: how many values lie from one to the other, each end by half."""
    ranks = sorted(often)
    return {
        (c, k): (sum(often[g] for g in ranks if min(c, k) <= g <= max(c, k)) - (often[c] + often[k]) / 2) ** 2
        for c in ranks
        for k in ranks
    }

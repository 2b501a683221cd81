"""Sums of evidence over windows of time, as many at once as are wanted."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from scoring.evidence import ROW, C, Evidence, Floats, Span, row_of

Rows: TypeAlias = npt.NDArray[np.int64]


LONGEST_LATENCY = 60.0
"""Seconds after a question beyond which speech is no longer its prompt answer but a new start."""


FEW = 4
"""Up to so many windows are summed one by one, which is quicker than running sums of all rows."""


class Windows:
    """A range of rows, to be summed over any windows in it."""

    def __init__(
        self, evidence: Evidence, asked: Sequence[float], first: int, last: int, until: float, written: float
    ) -> None:
        """Rows first..last-1; `until` and `written` as in `Evidence.rows`, `asked` the questions' times."""
        self.first = first
        self.last = last
        self.rows = evidence.rows(first, last, until, written)
        add_latencies(self.rows, first, last, asked, evidence.onsets)
        self._longest = self._longest_by_row(evidence.pauses)

    def sums(self, starts: Rows, ends: Rows) -> Floats:
        """Column sums of the windows of rows starts..ends-1, shape (n, len(C))."""
        low, high = (np.clip(edge, self.first, self.last) - self.first for edge in (starts, ends))
        if 0 < len(low) <= FEW:
            return np.array([self.rows[a:b].sum(axis=0) for a, b in zip(low, high, strict=True)])
        sums: Floats = self._running[high] - self._running[low]
        return sums

    @cached_property
    def _running(self) -> Floats:
        return np.vstack([np.zeros((1, self.rows.shape[1])), np.cumsum(self.rows, axis=0)])

    def longest_pause(self, starts: Rows, ends: Rows) -> Floats:
        """Seconds of the longest pause that ended in each window, shape (n,); 0 without one."""
        low, high = (np.clip(edge, self.first, self.last) - self.first for edge in (starts, ends))
        return np.array([self._longest[a:b].max(initial=0.0) for a, b in zip(low, high, strict=True)])

    def _longest_by_row(self, pauses: Sequence[Span]) -> Floats:
        longest = np.zeros(self.last - self.first)
        for pause in pauses[bisect_left(pauses, ROW * self.first, key=lambda pause: pause.end) :]:
            row = row_of(pause.end) - self.first
            if row < len(longest):
                longest[row] = max(longest[row], pause.length)
        return longest


def add_latencies(
    rows: Floats, first: int, last: int, asked: Sequence[float], onsets: Sequence[float]
) -> None:
    """Enter the time from each question to the first word after it, in the row of that word."""
    # A question longer ago has its answer by now, or gets none.
    recent = asked[bisect_left(asked, ROW * first - LONGEST_LATENCY) :]
    for latency in latencies(recent, onsets):
        row = row_of(latency.end)
        if first <= row < last:
            rows[row - first, C.LATENCIES] += 1
            rows[row - first, C.LATENCY] += latency.length


def latencies(asked: Sequence[float], onsets: Sequence[float]) -> list[Span]:
    """From each question to the onset of speech after it; left out where none came in time."""
    spans = []
    for i, t in enumerate(asked):
        place = bisect_left(onsets, t)
        following = asked[i + 1] if i + 1 < len(asked) else float("inf")
        if place < len(onsets) and onsets[place] < min(following, t + LONGEST_LATENCY):
            spans.append(Span(t, onsets[place]))
    return spans

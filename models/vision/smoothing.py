"""Steadying what is measured in every picture, with as little lag as can be had."""

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence

CUTOFF, CUTOFF_OF_SPEED = 3.0, 2.0
"""Of a signal at rest, and of its speed, Hz."""
GAIN = 0.1
"""By how much the cut-off rises with speed, Hz by unit a second."""


class OneEuro:
    """The one-euro filter (Casiez, Roussel and Vogel, CHI 2012) of several signals at once.

    A low pass whose cut-off rises with the signal's speed: what stands still is held steady, what moves is
    hardly delayed. The lag is about 1 / (2 pi cut-off): at most 53 ms at rest, and
    under 20 ms from a speed of 50 a second on.
    """

    def __init__(self) -> None:
        self._t: float | None = None
        self._values: list[float] = []
        self._speeds: list[float] = []

    def add(self, t: float, values: Sequence[float]) -> list[float]:
        """Take the values at a time in seconds; return the smoothed ones. A second without begins anew."""
        if self._t is None or not 0 < t - self._t <= 1.0:
            self._speeds = [0.0] * len(values)
            self._values = [*values]
        else:
            step = t - self._t
            share = _share(CUTOFF_OF_SPEED, step)
            for n, (value, before, speed) in enumerate(zip(values, self._values, self._speeds, strict=True)):
                self._speeds[n] = speed = speed + share * ((value - before) / step - speed)
                self._values[n] += _share(CUTOFF + GAIN * abs(speed), step) * (value - before)
        self._t = t
        return [*self._values]

    def restart(self) -> None:
        """Forget: the next values have nothing to do with the last."""
        self._t = None


def _share(cutoff: float, step: float) -> float:
    """What a new value counts in a low pass of first order."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff * step))


class Held:
    """A state that begins and ends only once it has been seen, or not been seen, for a while."""

    def __init__(self, after: float, until: float) -> None:
        """Seconds that it is seen before it begins, and not seen before it is over."""
        self._delays = {True: after, False: until}
        self._since: float | None = None
        self.on = False

    def add(self, t: float, seen: bool) -> bool:
        """Take what is seen at a time; return whether the state holds."""
        if seen is self.on:
            self._since = None
            return self.on
        if self._since is None:
            self._since = t
        # Times of pictures are not exact: a millisecond must not cost a whole picture.
        if t - self._since >= self._delays[seen] - 0.005:
            self.on = seen
            self._since = None
        return self.on


CALIBRATED = 120
"""How many samples a value that was measured beforehand counts as; a usual one counts as 30."""


class RunningQuantile:
    """A quantile of the last values of a signal, beginning from what is usual in people."""

    def __init__(self, quantile: float, prior: float, *, window: float = 60.0, weight: int = 30) -> None:
        self._quantile = quantile
        self._window = window
        self._times: deque[tuple[float, float]] = deque()
        self._ordered = [prior] * weight

    def add(self, t: float, value: float) -> float:
        """Take a value at a session time; return the quantile. Values closer than 0.1 s are left out."""
        if not self._times or t - self._times[-1][0] >= 0.095:
            self._times.append((t, value))
            insort(self._ordered, value)
        while t - self._times[0][0] > self._window:
            _, old = self._times.popleft()
            del self._ordered[bisect_left(self._ordered, old)]
        return self._ordered[round(self._quantile * (len(self._ordered) - 1))]


def running(quantile: float, measured: float | None, usual: float) -> RunningQuantile:
    """A quantile that begins from what was measured of this person, else from what is usual."""
    if measured is None:
        return RunningQuantile(quantile, usual)
    return RunningQuantile(quantile, measured, weight=CALIBRATED)

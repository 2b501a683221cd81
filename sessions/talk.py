"""How long somebody has spoken, up to any moment."""

from bisect import bisect_right


class Talk:
    """Adds up speech as voice activity tells of it."""

    def __init__(self) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []
        self._before: list[float] = []
        """Seconds of speech before each start."""

    def change(self, t: float, speaking: bool) -> None:
        """Speech began or ended at session time `t` (s); kept in order of time."""
        going = len(self._starts) > len(self._ends)
        if speaking == going:
            return
        if going:
            self._ends.append(max(t, self._starts[-1]))
        else:
            self._before.append(self.until(t))
            self._starts.append(max(t, self._ends[-1] if self._ends else t))

    def until(self, t: float) -> float:
        """Seconds of speech before session time `t`."""
        place = bisect_right(self._starts, t) - 1
        if place < 0:
            return 0.0
        end = self._ends[place] if place < len(self._ends) else t
        return self._before[place] + min(t, end) - self._starts[place]

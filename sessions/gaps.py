"""What was not there to observe: gaps of a source, found from the times at which it was there."""

from models.observations import Gap, Source

SHORTEST_S = 1.0
"""Shorter silences of a track are jitter, not gaps."""


class Attendance:
    """Notes when a source was there and yields a gap when it comes back after an absence."""

    def __init__(self, source: Source, missing: str) -> None:
        """`missing` is the reason given when nothing else explains an absence ("no picture")."""
        self._source = source
        self._missing = missing
        self._until = 0.0
        self._reason: str | None = None

    @property
    def until(self) -> float:
        """Session time up to which the source is accounted for, s."""
        return self._until

    def blame(self, reason: str) -> None:
        """Say why the source is away; the first reason of an absence stands."""
        self._reason = self._reason or reason

    def seen(self, start: float, end: float) -> Gap | None:
        """The source was there from `start` to `end` (s); the gap before that, if there was one."""
        gap = self._close(start)
        self._until = max(self._until, end)
        return gap

    def finish(self, end: float) -> Gap | None:
        """The session is over at `end` (s); the gap at its end, if there is one."""
        gap = self._close(end)
        self._until = max(self._until, end)
        return gap

    def _close(self, start: float) -> Gap | None:
        away = start - self._until
        reason, self._reason = self._reason or self._missing, None
        if away < SHORTEST_S:
            return None
        return Gap(round(self._until, 3), round(start, 3), self._source, reason)

"""Session time: one axis, in seconds since the session's first media arrived."""

JUMP_S = 1.0
"""A track whose own time and arrival part by more than this is aligned anew."""


class SessionClock:
    """Turns arrival times (seconds of any monotonic clock) into session time."""

    def __init__(self) -> None:
        self._origin: float | None = None

    def start(self, arrived: float) -> None:
        """First media: session time 0. Later calls change nothing."""
        if self._origin is None:
            self._origin = arrived

    def at(self, arrived: float) -> float:
        """Session time of an arrival; 0 before the first media."""
        return 0.0 if self._origin is None else arrived - self._origin


class TrackClock:
    """Session time of one track of one connection, from the times stamped on its frames.

    Each track's stamps begin at an arbitrary value, so a track is laid on the session's axis by arrival: by
    that of its promptest frame so far, since a frame may be late (the first ones often are, while a sender's
    encoder starts) but never early. Stamps are trusted over arrivals, which jitter, unless they fall behind
    by more than `JUMP_S` (a sender that was suspended). Times never go back while stamps do not.
    """

    def __init__(self, clock: SessionClock) -> None:
        self._clock = clock
        self._offset: float | None = None

    def at(self, stamp: float, arrived: float) -> float:
        """Session time of a frame stamped `stamp` seconds that arrived at `arrived`."""
        self._clock.start(arrived)
        now = self._clock.at(arrived)
        if self._offset is None or not 0 <= now - self._offset - stamp <= JUMP_S:
            self._offset = now - stamp
        return max(0.0, self._offset + stamp)

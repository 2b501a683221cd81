"""Nods and shakes of the head."""

from typing import Literal, TypeAlias

from models.observations import HeadGesture

SWING = 4.0
"""Degrees that the head moves at least before it turns back."""
SWING_S = 0.8
"""Seconds between two turns at most."""
LEAST_TURNS = 3
"""Turns to and fro that make a gesture: one alone is a glance, or the head that goes with a word."""


Gesture: TypeAlias = Literal["nod", "shake"]


class Turns:
    """When a signal turns back, each time after it has moved by `SWING` at least."""

    def __init__(self) -> None:
        self._rising: bool | None = None
        self._low: tuple[float, float] | None = None
        self._high: tuple[float, float] | None = None

    def add(self, t: float, value: float) -> float | None:
        """Take the signal at a time; return the time of a turn that has just become plain."""
        here = (value, t)
        low, high = min(self._low or here, here), max(self._high or here, here)
        self._low, self._high = low, high
        if self._rising is not False and high[0] - value >= SWING:
            turned = high[1] if self._rising else None
            self._rising, self._low = False, here
            return turned
        if self._rising is not True and value - low[0] >= SWING:
            turned = None if self._rising is None else low[1]
            self._rising, self._high = True, here
            return turned
        return None


class Gestures:
    """Finds `LEAST_TURNS` turns or more of pitch (a nod) or yaw (a shake) that follow one another quickly."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget: the head was not seen for a while."""
        self._turns: dict[Gesture, Turns] = {"nod": Turns(), "shake": Turns()}
        self._times: dict[Gesture, list[float]] = {"nod": [], "shake": []}

    def add(self, t: float, yaw: float, pitch: float) -> HeadGesture | None:
        """Take the head's angles in degrees at a time; return a gesture that is over.

        Of a nod and a shake at once, a head that goes round, neither is told.
        """
        over: dict[Gesture, HeadGesture] = {}
        angles: dict[Gesture, float] = {"nod": pitch, "shake": yaw}
        for gesture, angle in angles.items():
            times = self._times[gesture]
            turn = self._turns[gesture].add(t, angle)
            if times and (t if turn is None else turn) - times[-1] > SWING_S:
                if len(times) >= LEAST_TURNS:
                    over[gesture] = HeadGesture(times[0], times[-1], gesture)
                times.clear()
            if turn is not None:
                times.append(turn)
        return over.popitem()[1] if len(over) == 1 else None

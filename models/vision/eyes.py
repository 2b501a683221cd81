"""What the eyes do: where they look, and when the lids close."""

import math

from models.observations import Blink, Direction
from models.vision.neutral import Neutral
from models.vision.smoothing import running

DEGREES_PER_GAZE = 75.0
"""Turn of the eye for an iris at the corner: the eyeball's radius is about 12 mm, half an eye's width 15 mm,
and an offset g turns it by about g * 15 / 12 radians."""
YAW_LIMIT, PITCH_LIMIT = 11.5, 14.0
"""Degrees from the lens, across and up, within which a look counts as eye contact."""
VERTICAL_GAZE_SHARE = 0.4
"""The lids follow the eye up and down and hide part of its turn, so the iris says less than across."""
LARGEST_OFFSET = 12.0
"""Degrees by which a neutral look may miss the lens."""
AT_LENS = 1.6
"""`off_lens` up to which a look may be told of somebody who looks into the lens: 18 degrees across and 22 up,
for cameras stand beside screens, and faces differ. Whoever looks further off did not look at it."""
PLAIN = 0.25
"""How far beyond the limit a look changes the verdict at once, as a fraction of the limit."""
DOUBTFUL_S = 0.09
"""Seconds that a look nearer the limit must last before the verdict changes: one more picture at 10 fps."""

OPEN_EYE = 0.29
"""Eye aspect ratio of an open eye before this speaker's own is known."""
CLOSED, REOPENED = 0.70, 0.80
"""Shares of the speaker's open eye below which the lids are shut, and above which they are open again."""
UNSEEN_S = 0.6
"""Seconds without a picture, or more, in which lids that were shut may have opened: no closure lasts through
them."""
DIP, DIP_S = 0.80, 0.25
"""Share of the sample before below which lids are half-way shut, and seconds in which they must be as open
again for that to be a blink: few pictures a second catch many blinks only on their way."""


def aim(yaw: float, pitch: float, gaze_x: float, gaze_y: float) -> tuple[float, float]:
    """Where head and eyes point, degrees across and up from the lens; arguments as in `FaceSample`."""
    return yaw + DEGREES_PER_GAZE * gaze_x, pitch + DEGREES_PER_GAZE * VERTICAL_GAZE_SHARE * gaze_y


def neutral_aim(neutral: Neutral) -> tuple[float, float]:
    """`aim` of a person who looks into the lens; 0 and 0 where it is not known."""
    look = _told_aim(neutral)
    return (0.0, 0.0) if look is None else (_limited(look[0]), _limited(look[1]))


def at_lens(neutral: Neutral) -> bool:
    """Whether what is neutral can be the look of somebody who looks into the lens."""
    look = _told_aim(neutral)
    return look is not None and off_lens(*look) <= AT_LENS


def _told_aim(neutral: Neutral) -> tuple[float, float] | None:
    yaw, pitch, gaze_x, gaze_y = neutral.yaw, neutral.pitch, neutral.gaze_x, neutral.gaze_y
    if yaw is None or pitch is None or gaze_x is None or gaze_y is None:
        return None
    return aim(yaw, pitch, gaze_x, gaze_y)


def _limited(offset: float) -> float:
    return min(max(offset, -LARGEST_OFFSET), LARGEST_OFFSET)


def off_lens(across: float, up: float) -> float:
    """How far a look is off the lens; up to 1 it counts as eye contact."""
    return math.hypot(across / YAW_LIMIT, up / PITCH_LIMIT)


def direction(across: float, up: float) -> Direction:
    """Where a look goes that is off the lens by so many degrees."""
    if abs(across) / YAW_LIMIT >= abs(up) / PITCH_LIMIT:
        return "right" if across > 0 else "left"
    return "up" if up > 0 else "down"


class EyeContact:
    """Whether somebody looks into the lens, without flicker about the limit."""

    def __init__(self) -> None:
        self._on: bool | None = None
        self._doubtful_since: float | None = None

    def add(self, t: float, off: float) -> bool:
        """Take `off_lens` at a time; return the verdict. Plain changes count at once."""
        seen = off <= 1.0
        if self._on is None or seen is self._on or abs(off - 1.0) > PLAIN:
            self._on, self._doubtful_since = seen, None
        elif self._doubtful_since is None:
            self._doubtful_since = t
        elif t - self._doubtful_since >= DOUBTFUL_S:
            self._on, self._doubtful_since = seen, None
        return self._on

    def lost(self) -> None:
        """The eyes cannot be seen: what comes next is judged anew."""
        self._on, self._doubtful_since = None, None


class Lids:
    """Blinks from eye aspect ratios, relative to the speaker's own open eye and with hysteresis.

    One sample below the threshold suffices: at ten pictures a second most blinks are seen once. One that is
    only plainly lower than those before and after it does as well.
    """

    def __init__(self, open_eye: float | None = None) -> None:
        """`open_eye` is this speaker's own, where it was measured."""
        self._open = running(0.75, open_eye, OPEN_EYE)
        self._closed_at: float | None = None
        self._unseen = 0.0
        """Seconds of the closure under way in which no picture came."""
        self._dip: tuple[float, float] | None = None
        self._before: float | None = None
        self._last = 0.0

    def add(self, t: float, left: float, right: float) -> Blink | None:
        """Take both eyes' aspect ratios at a session time; return the blink that they end."""
        last, self._last = self._last, t
        openness = max(left, right)
        usual = self._open.add(t, openness)
        before, self._before = self._before, openness
        if self._closed_at is None:
            if openness < CLOSED * usual:
                start, self._dip = self._dip[0] if self._dip else t, None
                self._closed_at = start if t - start <= DIP_S else t
                return None
            return self._dipped(t, openness, before, usual)
        unseen = t - last if t - last > UNSEEN_S else 0.0
        if openness < REOPENED * usual:
            self._unseen += unseen
            return None
        return self._ended(last if unseen else t)

    def _dipped(self, t: float, openness: float, before: float | None, usual: float) -> Blink | None:
        """The blink that ends now, of lids that were not seen shut."""
        if self._dip is not None:
            start, lowest = self._dip
            if t - start > DIP_S:
                self._dip = None
            elif openness >= lowest / DIP:
                self._dip = None
                return Blink(start, t)
            return None
        if before is not None and openness < DIP * min(before, usual):
            self._dip = t, openness
        return None

    def end(self) -> Blink | None:
        """The blink under way, ending with the last sample; None while the lids are open."""
        return self._ended(self._last)

    def _ended(self, t: float) -> Blink | None:
        if self._closed_at is None:
            return None
        blink = Blink(round(self._closed_at + self._unseen, 3), t)
        self._closed_at, self._unseen = None, 0.0
        return blink

    @property
    def closed_for(self) -> float | None:
        """Seconds since the lids shut; None while they are open."""
        return None if self._closed_at is None else self._last - self._closed_at

    def lost(self) -> None:
        """The face is gone: a closure that was under way will never be known to end."""
        self._closed_at = self._dip = self._before = None
        self._unseen = 0.0

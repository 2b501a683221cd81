"""Stills of a camera, checked before there is a session: what of a request is taken, and how many at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.vision.neutral import Neutral
from sessions.device_check import PROBLEMS, Check, calibrate, look
from sessions.directory import Full
from sessions.perception import Perception

MAX_STILLS = 40
MAX_BYTES = 6 * 2**20
"""Of all stills; one of 640 × 480 has some 40 KB."""
MOST_WAITING = 4
"""Checks that are worked on or wait: one takes half a second at most, and live sessions come first."""

Degrees = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None
Gaze = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)] | None
Length = Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)] | None
Share = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None


class BadCheck(ValueError):
    """The request is none for a check; says so in a sentence."""


class TooMuch(ValueError):
    """More, or more bytes, than a check takes; says so in a sentence."""


class Measured(BaseModel):
    """A neutral as it comes over the wire: `models.vision.neutral.Neutral`, in bounds."""

    model_config = ConfigDict(extra="forbid")

    yaw: Degrees = None
    pitch: Degrees = None
    gaze_x: Gaze = None
    gaze_y: Gaze = None
    eye_openness: Share = None
    lip_corners: Length = None
    brow_height: Length = None
    shoulder_tilt: Degrees = None
    lean: Length = None
    head_y: Share = None
    distance: Share = None

    @property
    def known(self) -> Neutral | None:
        """The neutral; None if nothing of it is known."""
        return Neutral(**self.model_dump()) if self.model_dump(exclude_none=True) else None


class Wish(BaseModel):
    """Query of `POST /api/check`."""

    model_config = ConfigDict(extra="forbid")

    every: float = Field(ge=0.05, le=2)
    """Seconds from one still to the next."""
    calibrate: bool = False
    """Measure what is neutral, too."""


class Checks:
    """Works on one check at a time, beside the event loop."""

    def __init__(self, perception: Perception) -> None:
        self._perception = perception
        self._worker = ThreadPoolExecutor(1, "check")
        self._waiting = 0

    async def answer(self, request: web.Request) -> dict[str, Any]:
        """What the request's stills show: `{"picture": {problem, title, help}, "neutral": … or null}`.

        Raises BadCheck, TooMuch, Full or sessions.device_check.BadStill.
        """
        try:
            wish = Wish.model_validate(dict(request.query))
        except ValidationError as error:
            raise BadCheck("Say in `every` how many seconds lie between the stills, 0.05 to 2.") from error
        if self._waiting >= MOST_WAITING:
            raise Full
        self._waiting += 1
        try:
            stills = await _stills(request)
            run = calibrate if wish.calibrate else look
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._worker, run, stills, wish.every, self._perception)
        finally:
            self._waiting -= 1
        return _told(found)

    def close(self) -> None:
        """Wait for the check under way."""
        self._worker.shutdown(cancel_futures=True)


async def _stills(request: web.Request) -> list[bytes]:
    """The parts of a multipart body."""
    if not request.content_type.startswith("multipart/"):
        raise BadCheck("Send the stills as multipart/form-data.")
    stills: list[bytes] = []
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise BadCheck("A part of the body is no still.")
            stills.append(bytes(await part.read()))
            if len(stills) > MAX_STILLS or sum(map(len, stills)) > MAX_BYTES:
                raise TooMuch(f"A check takes {MAX_STILLS} stills of {MAX_BYTES >> 20} MB together at most.")
    except (BadCheck, TooMuch):
        raise
    except (HttpProcessingError, ValueError) as error:
        raise BadCheck("The body is no multipart/form-data.") from error
    if not stills:
        raise BadCheck("There is no picture to look at.")
    return stills


def _told(check: Check) -> dict[str, Any]:
    title, help_ = PROBLEMS[check.problem] if check.problem else (None, None)
    return {
        "picture": {"problem": check.problem, "title": title, "help": help_},
        "neutral": check.neutral and check.neutral.to_json(),
    }

"""An interviewer's voice, written down in a lane of its own; it never touches what is scored."""

import asyncio
from collections.abc import Callable

from models.observations import Observation, Utterance
from models.stage import AudioChunk, Stage
from sessions.lanes import SoundLane

BOUND = 100
"""Blocks of 100 ms that may wait; the candidate's words come first."""


class OtherSpeaker:
    """Sound in, utterances out. Lives on the event loop; a lane does the work."""

    def __init__(self, make: Callable[[], Stage[AudioChunk]], told: Callable[[Utterance], None]) -> None:
        """`make` makes the transcription stage; `told` hears every utterance so far, on the event loop."""
        self._told, self._loop = told, asyncio.get_running_loop()
        self._lane = SoundLane("interviewer", make, self._from_lane, "transcription", BOUND)
        self._lane.start()

    def hear(self, chunk: AudioChunk, arrived: float) -> None:
        """A chunk of sound at its session time, arrived at `arrived` (monotonic s)."""
        self._lane.put((chunk, arrived))

    async def close(self) -> None:
        """Write down what was heard so far, and nothing more."""
        self._lane.close()
        await asyncio.to_thread(self._lane.join)

    def _from_lane(self, observation: Observation, arrived: float) -> None:
        if isinstance(observation, Utterance):
            self._loop.call_soon_threadsafe(self._told, observation)

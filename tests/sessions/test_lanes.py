"""Worker lanes: bounds, order, and a stage that fails."""

import threading
from collections.abc import Iterator

import av
import numpy as np

from models.observations import FaceSample, Gap, Observation, VoiceActivity
from models.stage import AudioChunk, VideoChunk
from sessions.lanes import SoundLane, VisionLane


class Held:
    """A stage that notes what it is fed, and waits at each chunk until it is let go."""

    def __init__(self) -> None:
        self.fed: list[AudioChunk | VideoChunk] = []
        self.began = threading.Event()
        self.go = threading.Event()

    def feed(self, chunk: AudioChunk | VideoChunk) -> Iterator[Observation]:
        self.fed.append(chunk)
        self.began.set()
        assert self.go.wait(5)
        yield FaceSample(chunk.t, 1)

    def finish(self) -> Iterator[Observation]:
        yield VoiceActivity(99.0, False)


def block(n: int) -> AudioChunk:
    return AudioChunk(n * 0.1, np.full(1600, n / 100, np.float32))


def test_the_newest_picture_wins() -> None:
    stage, told = Held(), list[Observation]()
    lane = VisionLane(lambda: stage, lambda observation, _: told.append(observation))
    lane.start()
    frame = av.VideoFrame.from_ndarray(np.zeros((4, 4, 3), np.uint8), "rgb24")
    lane.put((frame, 0.0, 0.0))
    assert stage.began.wait(5)
    for n in range(1, 6):
        lane.put((frame, n / 10, 0.0))
    stage.go.set()
    lane.close()
    lane.join()
    assert [chunk.t for chunk in stage.fed] == [0.0, 0.5]
    assert told == [FaceSample(0.0, 1), FaceSample(0.5, 1), VoiceActivity(99.0, False)]


def test_sound_that_waits_is_merged_in_order_and_nothing_is_lost() -> None:
    stage = Held()
    lane = SoundLane("t", lambda: stage, lambda *_: None, "transcription", bound=100)
    lane.start()
    lane.put((block(0), 0.0))
    assert stage.began.wait(5)
    for n in [*range(1, 6), 20, 21]:
        lane.put((block(n), 0.0))
    stage.go.set()
    lane.close()
    lane.join()
    assert [
        (round(chunk.t, 3), round(chunk.end, 3)) for chunk in stage.fed if isinstance(chunk, AudioChunk)
    ] == [
        (0.0, 0.1),
        (0.1, 0.6),
        (2.0, 2.2),
    ]


def test_past_its_bound_a_sound_lane_skips_and_says_so() -> None:
    stage, told = Held(), list[Observation]()
    lane = SoundLane("t", lambda: stage, lambda observation, _: told.append(observation), "transcription", 10)
    lane.start()
    lane.put((block(0), 0.0))
    assert stage.began.wait(5)
    for n in range(1, 13):
        lane.put((block(n), 0.0))
    assert told == [Gap(0.1, 1.1, "transcription", "machine busy")]
    stage.go.set()
    lane.close()
    lane.join()
    assert [round(chunk.t, 3) for chunk in stage.fed] == [0.0, 1.1]


class Failing(Held):
    """Cannot stand the second chunk."""

    def feed(self, chunk: AudioChunk | VideoChunk) -> Iterator[Observation]:
        self.fed.append(chunk)
        if len(self.fed) == 2:
            raise ValueError("bad picture")
        yield FaceSample(chunk.t, 1)


def test_one_bad_chunk_does_not_end_the_lane() -> None:
    stage, told = Failing(), list[Observation]()
    fed = threading.Semaphore(0)

    def tell(observation: Observation, arrived: float) -> None:
        told.append(observation)
        fed.release()

    lane = SoundLane("t", lambda: stage, tell, "microphone", 99)
    lane.start()
    lane.put((block(0), 0.0))
    assert fed.acquire(timeout=5)
    lane.put((block(1), 0.0))
    while len(stage.fed) < 2:
        pass
    lane.put((block(2), 0.0))
    assert fed.acquire(timeout=5)
    lane.close()
    lane.join()
    assert [observation.t for observation in told if isinstance(observation, FaceSample)] == [0.0, 0.2]


def test_a_stage_that_cannot_be_made_leaves_the_rest_alone() -> None:
    def make() -> Held:
        raise OSError("no library")

    lane = SoundLane("t", make, lambda *_: None, "microphone", bound=2)
    lane.start()
    lane.join()
    for n in range(10):
        lane.put((block(n), 0.0))

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.hearing.voice_activity import Detector, SileroDetector, VoiceActivityStage, WebRtcDetector, clean
from models.observations import VoiceActivity
from models.stage import SAMPLE_RATE, AudioChunk
from tests.models.hearing.sounds import Samples, chunks, cut, two_cities

DETECTORS = (SileroDetector, WebRtcDetector)


def flips(samples: Samples, detector: Detector | None = None, size: int = 1600) -> list[VoiceActivity]:
    stage = VoiceActivityStage(detector or SileroDetector())
    found = [flip for chunk in chunks(samples, size) for flip in stage.feed(chunk)]
    return [*found, *stage.finish()]


def test_speech_is_announced_with_the_window_that_begins_it() -> None:
    stage = VoiceActivityStage(SileroDetector())
    for chunk in chunks(two_cities()):
        found = list(stage.feed(chunk))
        if found:
            break
    assert [flip.speaking for flip in found] == [True]
    assert 1.0 < found[0].t < 1.4
    assert chunk.end - found[0].t <= 0.1 + 2 * 512 / SAMPLE_RATE


def test_flips_alternate_in_order_and_cover_the_speech() -> None:
    found = flips(two_cities())
    assert [flip.speaking for flip in found] == [True, False] * (len(found) // 2)
    times = [flip.t for flip in found]
    assert times == sorted(times)
    spoken = sum(end.t - start.t for start, end in zip(found[::2], found[1::2], strict=True))
    assert 25 < spoken < 40


def test_the_end_is_dated_to_where_the_quiet_began() -> None:
    sound = np.concatenate((two_cities()[: int(2.6 * SAMPLE_RATE)], np.zeros(SAMPLE_RATE, np.float32)))
    stage = VoiceActivityStage(SileroDetector())
    for chunk in chunks(sound, 512):
        for flip in stage.feed(chunk):
            if not flip.speaking:
                assert 2.4 < flip.t < 2.8
                assert 0.2 < chunk.end - flip.t < 0.35
                return
    pytest.fail("the end of speech was not noticed")


@settings(max_examples=15)
@given(st.lists(st.integers(1, 5 * SAMPLE_RATE), max_size=40))
def test_chunk_lengths_do_not_matter(places: list[int]) -> None:
    sound = two_cities()[: 5 * SAMPLE_RATE]
    stage = VoiceActivityStage(SileroDetector())
    found = [flip for chunk in cut(sound, places) for flip in stage.feed(chunk)]
    assert [*found, *stage.finish()] == flips(sound, size=len(sound))


@pytest.mark.parametrize("detector", DETECTORS)
def test_silence_is_not_speech(detector: type[SileroDetector] | type[WebRtcDetector]) -> None:
    assert flips(np.zeros(5 * SAMPLE_RATE, np.float32), detector()) == []


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_hears_speech(detector: type[SileroDetector] | type[WebRtcDetector]) -> None:
    found = flips(two_cities()[: 10 * SAMPLE_RATE], detector())
    assert len(found) >= 2
    assert {flip.speaking for flip in found} == {True, False}


def test_white_noise_is_not_speech_to_silero() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 10 * SAMPLE_RATE).astype(np.float32)
    assert flips(noise) == []


def test_a_gap_closes_speech_and_time_goes_on_after_it() -> None:
    stage = VoiceActivityStage(SileroDetector())
    speech = two_cities()[SAMPLE_RATE : 2 * SAMPLE_RATE]
    before = [flip for chunk in chunks(speech) for flip in stage.feed(chunk)]
    assert [flip.speaking for flip in before] == [True]
    after = [flip for chunk in chunks(speech, t=21.0) for flip in stage.feed(chunk)]
    assert [flip.speaking for flip in after] == [False, True]
    assert 0.9 < after[0].t <= 1.0
    assert after[1].t == pytest.approx(before[0].t + 21.0)


def test_jitter_of_chunk_times_is_no_gap() -> None:
    stage = VoiceActivityStage(SileroDetector())
    found = []
    for number, chunk in enumerate(chunks(two_cities()[: 3 * SAMPLE_RATE])):
        found += list(stage.feed(AudioChunk(chunk.t + 0.02 * (number % 2), chunk.samples)))
    assert [flip.speaking for flip in found] == [True]


def test_samples_that_are_no_numbers_do_no_harm() -> None:
    sound = two_cities()[: 4 * SAMPLE_RATE].copy()
    sound[::1000] = np.nan
    sound[1::1000] = np.inf
    sound[2::1000] = -np.inf
    assert flips(sound)[0].speaking
    assert np.isfinite(clean(sound)).all()


def test_clipped_speech_is_speech() -> None:
    assert flips(np.clip(two_cities()[: 4 * SAMPLE_RATE] * 20, -3, 3))[0].speaking


def test_detectors_share_the_network_but_not_what_they_heard() -> None:
    one, other = SileroDetector(), SileroDetector()
    windows = two_cities()[SAMPLE_RATE : SAMPLE_RATE + 40 * 512].reshape(-1, 512)
    alone = [one.probability(window) for window in windows]
    one.reset()
    both = [(one.probability(window), other.probability(window[::-1].copy())) for window in windows]
    assert [probability for probability, _ in both] == alone


def test_no_sound_gives_nothing() -> None:
    stage = VoiceActivityStage(SileroDetector())
    assert list(stage.feed(AudioChunk(0.0, np.zeros(0, np.float32)))) == []
    assert list(stage.finish()) == []

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.observations import ProsodySample
from models.prosody import ProsodyStage, decibels, describe, semitones
from models.stage import SAMPLE_RATE, AudioChunk
from tests.models.hearing import Samples, chunks, cut, read, two_cities


def voice(hz: float, seconds: float = 0.5, level: float = 0.2) -> Samples:
    """A steady tone with falling harmonics, as the vocal folds make it."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(level * sum(np.sin(2 * np.pi * hz * h * t) / h for h in range(1, 8)), np.float32)


def samples_of(sound: Samples, size: int = 1600) -> list[ProsodySample]:
    stage = ProsodyStage()
    found = [sample for chunk in chunks(sound, size) for sample in stage.feed(chunk)]
    return [*found, *stage.finish()]


@pytest.mark.parametrize("hz", [75, 110, 160, 220, 330, 450])
def test_pitch_of_a_steady_voice(hz: float) -> None:
    sample = describe(voice(hz), 3.0)
    assert (sample.start, sample.end) == (3.0, 3.5)
    assert sample.pitch_hz == pytest.approx(hz, rel=0.01)
    assert sample.pitch_spread is not None
    assert sample.pitch_spread < 0.1
    assert sample.voiced > 0.95


def test_spread_of_a_gliding_voice() -> None:
    t = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    hz = 120 * 2 ** (t / 0.5 * 6 / 12)
    sample = describe(np.asarray(0.3 * np.sin(2 * np.pi * np.cumsum(hz) / SAMPLE_RATE), np.float32), 0.0)
    # Evenly spread over six semitones: standard deviation 6 / √12.
    assert sample.pitch_spread == pytest.approx(6 / np.sqrt(12), rel=0.15)


def test_intensity_is_relative_to_a_full_sine() -> None:
    t = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    full = np.sin(2 * np.pi * 200 * t).astype(np.float32)
    assert describe(full, 0.0).intensity_db == pytest.approx(0.0, abs=0.05)
    assert describe(full / 10, 0.0).intensity_db == pytest.approx(-20.0, abs=0.05)
    assert decibels(np.array(0.0)) == -90.0


def test_silence_and_noise_have_no_pitch() -> None:
    silence = describe(np.zeros(SAMPLE_RATE // 2, np.float32), 0.0)
    assert (silence.intensity_db, silence.voiced, silence.pitch_hz) == (-90.0, 0.0, None)
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE // 2).astype(np.float32)
    assert describe(noise, 0.0).pitch_hz is None


def test_a_strong_second_harmonic_does_not_halve_or_double_the_pitch() -> None:
    t = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    sound = 0.05 * np.sin(2 * np.pi * 120 * t) + 0.2 * np.sin(2 * np.pi * 240 * t + 1)
    sound += 0.1 * np.sin(2 * np.pi * 360 * t)
    assert describe(sound.astype(np.float32), 0.0).pitch_hz == pytest.approx(120, rel=0.02)


def test_real_speech_has_a_plausible_voice() -> None:
    found = samples_of(two_cities()[: 20 * SAMPLE_RATE])
    pitches = [sample.pitch_hz for sample in found if sample.pitch_hz is not None]
    assert len(found) == 40
    assert 90 < float(np.median(pitches)) < 140
    assert 0.2 < float(np.mean([sample.voiced for sample in found])) < 0.6


def test_agrees_with_a_slower_tracker(shared_data: Path) -> None:
    from librosa import pyin

    sound = read(shared_data / "speech" / "lj050_0131.wav")
    reference, _, _ = pyin(sound, fmin=65, fmax=500, sr=SAMPLE_RATE, frame_length=1024, hop_length=160)
    errors = []
    for sample in samples_of(sound):
        frames = reference[round(sample.start * 100) : round(sample.end * 100)]
        frames = frames[~np.isnan(frames)]
        if sample.pitch_hz is not None and sample.voiced > 0.2 and len(frames) > 10:
            errors.append(abs(float(semitones(np.array(sample.pitch_hz), float(np.median(frames))))))
    assert len(errors) > 8
    assert np.median(errors) < 0.5
    assert max(errors) < 3


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(1, 3 * SAMPLE_RATE), max_size=30))
def test_chunk_lengths_do_not_matter(places: list[int]) -> None:
    sound = two_cities()[: 3 * SAMPLE_RATE]
    stage = ProsodyStage()
    found = [sample for chunk in cut(sound, places) for sample in stage.feed(chunk)]
    assert [*found, *stage.finish()] == samples_of(sound, size=len(sound))


def test_a_gap_ends_a_stretch() -> None:
    stage = ProsodyStage()
    assert list(stage.feed(AudioChunk(0.0, voice(150, 0.3)))) == []
    found = [*stage.feed(AudioChunk(5.0, voice(150, 0.5))), *stage.finish()]
    assert [(sample.start, sample.end) for sample in found] == [(0.0, pytest.approx(0.3)), (5.0, 5.5)]


def test_samples_that_are_no_numbers_do_no_harm() -> None:
    sound = voice(150, 1.0)
    sound[::500] = np.nan
    sound[1::500] = np.inf
    assert all(np.isfinite(sample.intensity_db) for sample in samples_of(sound))

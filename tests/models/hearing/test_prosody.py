from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.hearing.prosody import FRAME, HOP, ProsodyStage, decibels, pitch_track, semitones
from models.hearing.prosody import describe as describe_track
from models.observations import PhraseEnd, ProsodySample
from models.stage import SAMPLE_RATE, AudioChunk
from tests.models.hearing.sounds import Samples, chunks, cut, read, two_cities


def voice(hz: float, seconds: float = 0.5, level: float = 0.2) -> Samples:
    """A steady tone with falling harmonics, as the vocal folds make it."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(level * sum(np.sin(2 * np.pi * hz * h * t) / h for h in range(1, 8)), np.float32)


def describe(sound: Samples, start: float) -> ProsodySample:
    return describe_track(sound, start, pitch_track(sound))


def heard(sound: Samples, size: int = 1600) -> list[ProsodySample | PhraseEnd]:
    stage = ProsodyStage()
    found = [each for chunk in chunks(sound, size) for each in stage.feed(chunk)]
    return [*found, *stage.finish()]


def samples_of(sound: Samples) -> list[ProsodySample]:
    return [each for each in heard(sound) if isinstance(each, ProsodySample)]


def phrase_ends(sound: Samples) -> list[PhraseEnd]:
    return [each for each in heard(sound) if isinstance(each, PhraseEnd)]


def glide(hz: npt.NDArray[np.float64], level: npt.NDArray[np.float64] | float = 0.2) -> Samples:
    """A voice whose pitch follows the given frequencies, one a sample, with falling harmonics."""
    phase = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE
    return np.asarray(level * sum(np.sin(h * phase) / h for h in range(1, 8)), np.float32)


def phrase(semitones_at_end: float, decibels_at_end: float = 0.0, hz: float = 140.0) -> Samples:
    """Two seconds of voice, the last 0.3 s of which glide and fade, then one second of silence."""
    t = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    late = np.clip((t - 1.7) / 0.2, 0, 1)
    sound = glide(hz * 2 ** (late * semitones_at_end / 12), 0.2 * 10 ** (late * decibels_at_end / 20))
    return np.concatenate((sound, np.zeros(SAMPLE_RATE, np.float32)))


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


@pytest.mark.parametrize("clip", ["lj050_0131", "jfk", "pslv_0880", "mfa_acoustic_corpus"])
def test_agrees_with_a_slower_tracker(shared_data: Path, clip: str) -> None:
    from librosa import pyin

    sound = read(shared_data / "speech" / f"{clip}.wav")[: 15 * SAMPLE_RATE]
    sound = sound[: len(sound) - (len(sound) - FRAME) % HOP]
    reference, _, _ = pyin(
        sound, fmin=65, fmax=500, sr=SAMPLE_RATE, frame_length=FRAME, hop_length=HOP, center=False
    )
    track = pitch_track(sound)
    assert len(track.pitch) == len(reference)
    both = ~np.isnan(track.pitch) & ~np.isnan(reference)
    errors = np.abs(semitones(track.pitch[both], 100.0) - semitones(reference[both], 100.0))
    assert both.mean() > 0.3
    assert np.median(errors) < 0.05
    assert (errors > 12 * np.log2(1.2)).mean() < 0.03


def test_phrases_of_a_fluent_reading() -> None:
    ends = phrase_ends(two_cities())
    fades = [end.fade for end in ends if end.fade is not None]
    rises = [end.rise for end in ends if end.rise is not None]
    assert 10 < len(ends) < 25
    assert len(fades) >= 8
    # The natural declination, and now and then a list whose items rise.
    assert all(-4 < fade < 10 for fade in fades)
    assert 0 < float(np.median(fades)) < 5
    assert float(np.median(rises)) < 0
    assert all(abs(rise) < 8 for rise in rises)


def test_vibrato_is_followed() -> None:
    t = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    hz = 200 * 2 ** (np.sin(2 * np.pi * 5 * t) / 12)
    track = pitch_track(glide(hz))
    at = np.rint(track.times * SAMPLE_RATE).astype(int)
    assert np.nanmax(np.abs(semitones(track.pitch, 200.0) - semitones(hz[at], 200.0))) < 0.3
    assert np.isnan(track.pitch).mean() < 0.02


def test_low_and_high_of_a_glide() -> None:
    sample = describe(glide(np.geomspace(120, 120 * 2 ** (10 / 12), SAMPLE_RATE // 2)), 0.0)
    assert sample.pitch_low_hz is not None
    assert sample.pitch_high_hz is not None
    span = semitones(np.array(sample.pitch_high_hz), sample.pitch_low_hz)
    # The middle four fifths of what the frames' middles cover.
    assert float(span) == pytest.approx(0.8 * 10 * (0.5 - FRAME / SAMPLE_RATE) / 0.5, rel=0.05)


@pytest.mark.parametrize("rise", [-6.0, -3.0, 0.0, 3.0, 6.0])
def test_a_phrase_that_rises_or_falls(rise: float) -> None:
    (end,) = phrase_ends(phrase(rise))
    assert end.t == pytest.approx(2.0, abs=0.06)
    assert end.rise == pytest.approx(rise, abs=0.5)
    assert end.fade == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("fade", [0.0, 6.0, 15.0])
def test_a_phrase_that_fades(fade: float) -> None:
    t = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    level = np.where(t < 1.5, 0.2, 0.2 * 10 ** (-fade / 20))
    level[t >= 2] = 0.0
    (end,) = phrase_ends(glide(np.full(len(t), 140.0), level))
    assert end.fade == pytest.approx(fade, abs=0.5)
    assert end.rise == pytest.approx(0.0, abs=0.2)


def test_a_creaky_end_is_no_rise_and_no_octave_jump() -> None:
    # Pulses that come irregularly and far below the pitch, as in vocal fry.
    rng = np.random.default_rng(4)
    pulse = (0.3 * np.exp(-np.arange(100) / 12) * np.sin(np.arange(100))).astype(np.float32)
    creak = np.zeros(SAMPLE_RATE // 2, np.float32)
    for at in np.cumsum(rng.integers(180, 420, 24)):
        creak[at : at + len(pulse)] += pulse[: len(creak) - at]
    first, *_ = phrase_ends(np.concatenate((voice(150, 1.5), creak, np.zeros(SAMPLE_RATE, np.float32))))
    assert first.rise is None or abs(first.rise) < 1


def test_a_phrase_ends_once_and_only_when_its_end_was_heard() -> None:
    two = np.concatenate((phrase(0.0), phrase(3.0)))
    assert [round(end.t) for end in phrase_ends(two)] == [2, 5]
    assert phrase_ends(voice(150, 2.0)) == []
    assert phrase_ends(np.zeros(5 * SAMPLE_RATE, np.float32)) == []


def test_a_second_speaker_an_octave_above_is_heard_as_such() -> None:
    pitches = [sample.pitch_hz for sample in samples_of(np.concatenate((voice(110, 15), voice(240, 5))))]
    assert pitches[-5:] == pytest.approx([240.0] * 5, rel=0.01)


@settings(max_examples=10)
@given(st.lists(st.integers(1, 3 * SAMPLE_RATE), max_size=30))
def test_chunk_lengths_do_not_matter(places: list[int]) -> None:
    sound = two_cities()[: 3 * SAMPLE_RATE]
    sound = np.concatenate((sound, phrase(2.0)))
    stage = ProsodyStage()
    found = [each for chunk in cut(sound, places) for each in stage.feed(chunk)]
    assert [*found, *stage.finish()] == heard(sound, size=len(sound))


def test_a_gap_ends_a_stretch() -> None:
    stage = ProsodyStage()
    assert list(stage.feed(AudioChunk(0.0, voice(150, 0.3)))) == []
    found = [*stage.feed(AudioChunk(5.0, voice(150, 0.5))), *stage.finish()]
    assert [(each.start, each.end) for each in found if isinstance(each, ProsodySample)] == [
        (0.0, pytest.approx(0.3)),
        (5.0, 5.5),
    ]


def test_samples_that_are_no_numbers_do_no_harm() -> None:
    sound = voice(150, 1.0)
    sound[::500] = np.nan
    sound[1::500] = np.inf
    assert all(np.isfinite(sample.intensity_db) for sample in samples_of(sound))

"""Sound that no recogniser hopes for: nothing is invented, nothing grows, and nothing falls over."""

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import jiwer
import numpy as np
import pytest
from scipy.signal import lfilter, resample_poly

from models.hearing.transcription import LONGEST, Recogniser, TranscriptionStage
from models.hearing.voice_activity import SileroDetector
from models.observations import Observation, Utterance
from models.stage import SAMPLE_RATE, AudioChunk, Stage
from sessions.intake import AudioIntake
from sessions.perception import Listening
from tests.bench.measure import Usage
from tests.fixtures import media
from tests.models.hearing.sounds import (
    TWO_CITIES,
    Samples,
    aligner,
    chunks,
    moonshine,
    plain_text,
    two_cities,
)
from tests.models.hearing.test_transcription import Loudness

MINUTE = 60 * SAMPLE_RATE
SPEECH_RMS = 0.05


def transcription(recogniser: Recogniser | None = None, provisional: bool = True) -> TranscriptionStage:
    return TranscriptionStage(recogniser or moonshine(), SileroDetector(), aligner(), provisional)


def listening() -> list[Stage[AudioChunk]]:
    """What hears a session."""
    return [transcription(), Listening(SileroDetector())]


def heard(sound: Iterable[AudioChunk], stages: list[Stage[AudioChunk]] | None = None) -> list[Observation]:
    """What all stages say of the sound, or those given."""
    stages = listening() if stages is None else stages
    found = [one for chunk in sound for stage in stages for one in stage.feed(chunk)]
    return found + [one for stage in stages for one in stage.finish()]


def text(observations: Iterable[Observation]) -> str:
    return " ".join(one.text for one in observations if isinstance(one, Utterance) and one.final and one.text)


def shown(observations: Iterable[Observation]) -> list[str]:
    return [one.text for one in observations if isinstance(one, Utterance) and one.text]


def at_speech_level(sound: Samples) -> Samples:
    level = float(np.sqrt(np.mean(np.square(sound))))
    return np.asarray(np.clip(sound * (SPEECH_RMS / level), -1, 1), np.float32)


def white(samples: int, rms: float = SPEECH_RMS) -> Samples:
    return np.random.default_rng(1).normal(0, rms, samples).astype(np.float32)


def music(seconds: float) -> Samples:
    """Chords of four notes with overtones, struck twice a second, over a beat."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    struck = np.exp(-4 * (t % 0.5))
    sound = np.zeros(len(t))
    for root, start in zip((220.0, 174.6, 261.6, 196.0), range(4), strict=True):
        playing = (t // 2 % 4 == start) * struck
        for third in (1, 1.26, 1.5, 2):
            sound += playing * sum(np.sin(2 * np.pi * root * third * n * t) / n for n in range(1, 6))
    sound += 0.5 * white(len(t), 1.0) * np.exp(-60 * (t % 0.25))
    return at_speech_level(sound.astype(np.float32))


def hum(samples: int) -> Samples:
    """The mains with its overtones."""
    t = np.arange(samples) / SAMPLE_RATE
    return at_speech_level(
        np.asarray(sum(np.sin(2 * np.pi * 50 * n * t) / n for n in range(1, 12)), np.float32)
    )


def red(samples: int) -> Samples:
    """Noise whose level falls by 6 dB an octave: wind, or a ventilator."""
    steps = lfilter([1], [1, -0.99], white(samples))
    return at_speech_level(np.asarray(steps, np.float32))


@pytest.mark.parametrize(
    "sound",
    [white(MINUTE, 0), white(MINUTE), white(MINUTE, 0.3), white(MINUTE, 1e-4), red(MINUTE), hum(MINUTE)],
    ids=["silence", "white", "loud", "faint", "red", "hum"],
)
def test_no_word_is_invented(sound: Samples) -> None:
    assert shown(heard(chunks(sound), [transcription()])) == []


def test_no_word_is_invented_in_background_noise(shared_data: Path) -> None:
    paths = sorted((shared_data / "speech" / "noise").glob("*.wav"))
    assert paths
    for path in paths:
        noise = media.samples(path, SAMPLE_RATE, seconds=60).astype(np.float32) / 32_768
        assert shown(heard(chunks(at_speech_level(noise)), [transcription()])) == [], path.name


def test_music_has_no_words() -> None:
    assert shown(heard(chunks(music(20)))) == []


def test_two_voices_at_once_are_read_as_words_without_loops() -> None:
    voice = two_cities()[: 20 * SAMPLE_RATE]
    other = resample_poly(two_cities()[20 * SAMPLE_RATE : 44 * SAMPLE_RATE], 5, 6)[: len(voice)]
    found = heard(chunks((voice + other).astype(np.float32) / 2))
    finals = [one for one in found if isinstance(one, Utterance) and one.final]
    assert all(one.end - one.start <= LONGEST + 0.5 for one in finals)
    words = plain_text(text(found)).split()
    assert 10 <= len(words) <= 6 * 20
    assert all(
        words[n : n + 3] != words[n + 3 : n + 6] or words[n + 3 : n + 6] != words[n + 6 : n + 9]
        for n in range(len(words) - 8)
    )


def test_ten_minutes_of_silence_leave_nothing_behind() -> None:
    stages = listening()
    usage = Usage(os.getpid())
    kinds: dict[str, int] = {}
    early = 0.0
    for n in range(600):
        quiet = white(SAMPLE_RATE, 1e-4)
        for stage in stages:
            for one in stage.feed(AudioChunk(float(n), quiet)):
                kinds[one.kind] = kinds.get(one.kind, 0) + 1
        if n == 60:
            early = usage.rss_mb()
    assert not {"utterance", "voice"} & set(kinds)
    assert kinds["prosody"] == 1200
    assert usage.rss_mb() - early < 10


def test_a_monologue_without_a_pause_is_cut_and_memory_stays() -> None:
    """Half an hour, with a recogniser that costs nothing: what may grow is the stage."""
    speech = two_cities()[round(4.3 * SAMPLE_RATE) : round(7.0 * SAMPLE_RATE)]
    stage, usage = transcription(Loudness(), provisional=False), Usage(os.getpid())
    early = 0.0
    utterances = []
    for n in range(1800):
        piece = np.take(speech, np.arange(n * SAMPLE_RATE, (n + 1) * SAMPLE_RATE), mode="wrap")
        utterances += list(stage.feed(AudioChunk(float(n), piece)))
        if n == 300:
            early = usage.rss_mb()
    assert len(utterances) >= 1800 / LONGEST
    assert max(one.end - one.start for one in utterances) <= LONGEST
    assert usage.rss_mb() - early < 10


def test_a_stream_cut_in_mid_word_keeps_what_was_said() -> None:
    found = heard(chunks(two_cities()[: round(3.35 * SAMPLE_RATE)]), [transcription()])
    assert isinstance(found[-1], Utterance)
    assert found[-1].final
    assert plain_text(text(found)).startswith("it was the best of")


def frames(sound: Samples, rate: int, layout: str) -> Iterable[tuple[av.AudioFrame, float]]:
    """The sound as a track of 20 ms frames gives it."""
    pcm = np.asarray(resample_poly(sound, *Fraction(rate, SAMPLE_RATE).as_integer_ratio()) * 32_767, np.int16)
    size = rate // 50
    channels = len(av.AudioLayout(layout).channels)
    for start in range(0, len(pcm) - size + 1, size):
        interleaved = np.repeat(pcm[start : start + size], channels)[None]
        frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
        frame.sample_rate = rate
        yield frame, start / rate


@pytest.mark.parametrize("layout", ["mono", "stereo"])
@pytest.mark.parametrize(("rate", "limit"), [(8_000, 0.2), (48_000, 0.1)])
def test_any_rate_and_layout_is_understood(rate: int, layout: str, limit: float) -> None:
    intake = AudioIntake()
    track = frames(two_cities()[: 17 * SAMPLE_RATE], rate, layout)
    given = [chunk for frame, t in track for chunk in intake.add(frame, t)]
    found = heard([*given, *intake.flush()], [transcription(provisional=False)])
    assert jiwer.wer(TWO_CITIES, plain_text(text(found))) <= limit


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_samples_that_are_no_sound_do_not_spoil_the_rest(bad: float) -> None:
    sound = two_cities()[: 6 * SAMPLE_RATE].copy()
    sound[5 * SAMPLE_RATE // 2 :: 4001] = bad
    found = heard(chunks(sound))
    assert "worst of times" in plain_text(text(found))
    for one in found:
        for value in (getattr(one, name) for name in one.__slots__):
            assert not isinstance(value, float) or np.isfinite(value), one


def test_nothing_but_no_numbers_is_silence() -> None:
    assert shown(heard(chunks(np.full(5 * SAMPLE_RATE, np.nan, np.float32)))) == []


def test_clipped_speech_is_still_read() -> None:
    sound = two_cities()[: 17 * SAMPLE_RATE]
    sound = np.clip(sound / np.percentile(np.abs(sound), 95), -1, 1)
    found = heard(chunks(sound), [transcription(provisional=False)])
    assert jiwer.wer(TWO_CITIES, plain_text(text(found))) <= 0.15


@pytest.mark.parametrize("samples", [0, 1, 100])
def test_chunks_next_to_nothing_are_taken(samples: int) -> None:
    given = [AudioChunk(n * samples / SAMPLE_RATE, np.zeros(samples, np.float32)) for n in range(20)]
    assert shown(heard(given)) == []

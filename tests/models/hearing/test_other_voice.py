import json
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, lfilter, resample_poly, sosfilt

from models.hearing.other_voice import FEWEST_OWN, LONGEST, OWN, RECENT, OtherVoice, rough_pitch
from models.hearing.sound_quality import SoundQualityStage
from models.hearing.voice_activity import SileroDetector, WebRtcDetector
from models.observations import SoundQuality
from models.registry import packaged
from models.stage import SAMPLE_RATE, AudioChunk
from tests.models.hearing.sounds import Samples, chunks, read, two_cities

TOLD = "other voice"


def judged(samples: Samples, t: float = 0.0, stage: SoundQualityStage | None = None) -> list[SoundQuality]:
    stage = stage or SoundQualityStage(SileroDetector())
    return [*stage.feed(AudioChunk(t, samples)), *stage.finish()]


def told(found: list[SoundQuality]) -> list[float]:
    """Ends of the windows in which another voice is told."""
    return [each.end for each in found if each.problem == TOLD]


def low(seconds: float, start: float = 1.2) -> Samples:
    """A man reading, at about 118 Hz."""
    return two_cities()[int(start * SAMPLE_RATE) : int((start + seconds) * SAMPLE_RATE)]


def high(seconds: float) -> Samples:
    """Another person speaking at about 200 Hz, as loud as `low`; repeated to length."""
    sound = read(packaged("moonshine_voice", "assets/clone-test.wav"))
    return np.resize(level(sound, low(40)), int(seconds * SAMPLE_RATE))


def level(sound: Samples, like: Samples) -> Samples:
    gain = np.percentile(np.abs(like), 98) / np.percentile(np.abs(sound), 98)
    return np.asarray(gain * sound, np.float32)


@pytest.mark.parametrize("detector", [SileroDetector, WebRtcDetector])
@pytest.mark.parametrize("db", [0, -6, -12])
def test_a_higher_voice_is_told_within_its_sentence_and_no_longer(
    db: int, detector: type[SileroDetector] | type[WebRtcDetector]
) -> None:
    sound = np.concatenate((low(25), high(6) * 10 ** (db / 20), low(15, 27)))
    ends = told(judged(sound, stage=SoundQualityStage(detector())))
    assert ends
    assert 27 < ends[0] < 31.5
    assert ends[-1] < 36


def test_a_lower_voice_is_told() -> None:
    assert 27 < told(judged(np.concatenate((high(25), low(8)))))[0] < 32


def test_live_and_at_once_are_the_same() -> None:
    sound = np.concatenate((low(22), high(6), low(8, 24)))
    stage = SoundQualityStage(SileroDetector())
    live = [each for chunk in chunks(sound) for each in stage.feed(chunk)]
    assert [*live, *stage.finish()] == judged(sound)
    assert told(live)


def test_a_cry_or_a_short_remark_is_not_told() -> None:
    assert not told(judged(np.concatenate((low(25), high(1.5), low(15, 27)))))


def test_nothing_is_told_before_the_candidate_is_known() -> None:
    assert not told(judged(np.concatenate((low(8), high(6), low(6, 10)))))


def turned_away(sound: Samples) -> Samples:
    away = sosfilt(butter(2, 1200, fs=SAMPLE_RATE, output="sos"), sound)
    return np.asarray(0.5 * away, np.float32)


def in_a_hall(sound: Samples) -> Samples:
    random = np.random.default_rng(0)
    tail = random.normal(0, 1, SAMPLE_RATE // 2) * 10 ** (-3 * np.linspace(0, 1, SAMPLE_RATE // 2))
    tail = np.concatenate(([1.0], tail / np.sqrt((tail**2).sum())))
    return np.asarray(0.5 * np.convolve(sound, tail)[: len(sound)], np.float32)


def beside_a_fan(sound: Samples) -> Samples:
    noise = lfilter([1], [1, -0.95], np.random.default_rng(0).normal(0, 0.001, len(sound)))
    return np.asarray(sound + noise, np.float32)


def lively(sound: Samples) -> Samples:
    """Three semitones higher."""
    return np.asarray(resample_poly(sound, 21, 25), np.float32)


def loud(sound: Samples) -> Samples:
    return np.clip(4 * sound, -1, 1)


@pytest.mark.parametrize("changed", [turned_away, in_a_hall, beside_a_fan, lively, loud])
@pytest.mark.parametrize("voice", [low, high])
def test_the_candidate_who_sounds_different_is_still_the_candidate(changed, voice) -> None:  # type: ignore[no-untyped-def]
    sound = voice(40)
    there = int(20 * SAMPLE_RATE)
    assert not told(judged(np.concatenate((sound[:there], changed(sound[there:])))))


@pytest.mark.parametrize("level", [0.005, 0.01, 0.02, 0.05])
def test_a_hum_is_no_voice(level: float) -> None:
    sound = high(40)
    t = np.arange(len(sound)) / SAMPLE_RATE
    hum = level * (np.sin(2 * np.pi * 100 * t) + np.sin(4 * np.pi * 100 * t) / 2)
    hum[: 20 * SAMPLE_RATE] = 0
    assert not told(judged(np.asarray(sound + hum, np.float32)))


def test_the_candidate_is_known_again_after_the_microphone_was_off() -> None:
    stage = SoundQualityStage(SileroDetector())
    assert not told(judged(low(22), 0.0, stage))
    assert not told(judged(low(10, 24), 60.0, stage))
    assert told(judged(high(6), 100.0, stage))


def test_who_goes_on_for_long_is_the_candidate() -> None:
    ends = told(judged(np.concatenate((low(22), high(80)))))
    assert ends[-1] - ends[0] > 20
    assert ends[-1] < 80


def test_little_is_kept() -> None:
    voice = OtherVoice()
    window = SileroDetector.window
    block = low(1)[: 31 * window]
    for _ in range(2 * (OWN + RECENT) // 15):
        voice.hears(block, np.ones(31, bool))
    assert len(voice._own) == OWN
    assert len(voice._recent) == RECENT
    assert FEWEST_OWN < OWN
    assert LONGEST < OWN


@pytest.mark.parametrize("window", [SileroDetector.window, WebRtcDetector.window])
@pytest.mark.parametrize("hertz", [80, 118, 210, 330])
def test_the_rough_pitch_of_a_tone(hertz: float, window: int) -> None:
    t = np.arange(20 * window) / SAMPLE_RATE
    sound = sum(np.sin(2 * np.pi * hertz * n * t) / n for n in range(1, 8))
    pitch = rough_pitch(np.asarray(0.1 * sound, np.float32), window)
    assert pitch.shape == (19,)
    assert pitch == pytest.approx(hertz, rel=0.01)


def test_noise_and_silence_have_no_rough_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 200 * 512).astype(np.float32)
    assert np.isnan(rough_pitch(noise, 512)).mean() > 0.95
    assert np.isnan(rough_pitch(np.zeros(5120, np.float32), 512)).all()


@pytest.fixture(scope="module")
def speakers(shared_data: Path) -> dict[str, Samples]:
    """What each speaker of the clips says, without the clips that are made for fillers."""
    folder = shared_data / "speech"
    voices: dict[str, list[Samples]] = {}
    for clip in json.loads((folder / "manifest.json").read_text("utf-8")):
        if clip["kind"] != "filler_probe":
            voices.setdefault(clip["speaker"], []).append(read(folder / clip["path"]))
    return {speaker: np.concatenate(clips) for speaker, clips in voices.items()}


def test_one_speaker_alone_is_one(speakers: dict[str, Samples]) -> None:
    for speaker, sound in speakers.items():
        assert not told(judged(np.resize(sound, max(len(sound), 40 * SAMPLE_RATE)))), speaker


def test_voices_that_differ_in_pitch_are_told(speakers: dict[str, Samples]) -> None:
    apart = [("librivox_2c", "spk1"), ("mcauliffe", "spk1"), ("spk1", "mcauliffe"), ("librivox_austen", "lj")]
    for one, other in apart:
        own = np.resize(speakers[one], 25 * SAMPLE_RATE)
        remark = np.resize(level(speakers[other], own), 6 * SAMPLE_RATE)
        assert told(judged(np.concatenate((own, remark, own[: 4 * SAMPLE_RATE])))), (one, other)

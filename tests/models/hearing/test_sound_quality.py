import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import wavfile

from models.hearing.sound_quality import SoundQualityStage
from models.hearing.voice_activity import (
    Detector,
    Overheard,
    SileroDetector,
    VoiceActivityStage,
    WebRtcDetector,
)
from models.observations import SOUND_PROBLEMS, SoundProblem, SoundQuality
from models.sound_problems import FILE, LIMITS, WORDS
from models.stage import SAMPLE_RATE, AudioChunk
from tests.models.hearing.sounds import Samples, chunks, cut, read, two_cities

DETECTORS = (SileroDetector, WebRtcDetector)


def judged(samples: Samples, detector: Detector | None = None, size: int = 1600) -> list[SoundQuality]:
    stage = SoundQualityStage(detector or SileroDetector())
    found = [each for chunk in chunks(samples, size) for each in stage.feed(chunk)]
    return [*found, *stage.finish()]


def share(problem: SoundProblem | None, samples: Samples, detector: Detector | None = None) -> float:
    found = judged(samples, detector, size=len(samples))
    return sum(each.problem == problem for each in found) / len(found)


def active_power(samples: Samples) -> float:
    """Mean power of the 20 ms frames within 30 dB of the loudest."""
    power = (samples[: len(samples) // 320 * 320].reshape(-1, 320) ** 2).mean(axis=1)
    return float(power[power > 1e-3 * power.max()].mean())


def mixed(speech: Samples, noise: Samples, snr: float) -> Samples:
    """Speech with noise so many dB below its active level; the noise is repeated as needed."""
    noise = np.resize(noise, len(speech))
    gain = np.sqrt(active_power(speech) / np.mean(noise**2) / 10 ** (snr / 10))
    return np.asarray(speech + gain * noise, np.float32)


def babble(voices: list[Samples], seconds: float) -> Samples:
    """Voices over one another, equally loud."""
    length = int(seconds * SAMPLE_RATE)
    return np.asarray(sum(np.resize(v, length) / np.sqrt(active_power(v)) for v in voices), np.float32)


def white(seconds: float, level: float = 0.1) -> Samples:
    return np.random.default_rng(0).normal(0, level, int(seconds * SAMPLE_RATE)).astype(np.float32)


def echoing(samples: Samples, delay: float, gain: float) -> Samples:
    later = np.zeros_like(samples)
    shift = int(delay * SAMPLE_RATE)
    later[shift:] = gain * samples[:-shift]
    return samples + later


@pytest.fixture(scope="module")
def clips(shared_data: Path) -> dict[str, tuple[str, str, Samples]]:
    """Kind, speaker and sound of each clip."""
    folder = shared_data / "speech"
    return {
        clip["id"]: (clip["kind"], clip["speaker"], read(folder / clip["path"]))
        for clip in json.loads((folder / "manifest.json").read_text("utf-8"))
    }


@pytest.mark.parametrize("detector", DETECTORS)
def test_clear_speech_has_no_problem(detector: type[SileroDetector] | type[WebRtcDetector]) -> None:
    found = judged(two_cities(), detector())
    assert {each.problem for each in found} == {None}
    assert found[-1].snr_db is not None
    assert found[-1].snr_db > 15
    assert found[-1].speech_db is not None
    assert -40 < found[-1].speech_db < -15


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("snr", [5, 0, -5])
def test_noise_at_five_db_and_below_is_noisy(
    detector: type[SileroDetector] | type[WebRtcDetector], snr: float
) -> None:
    assert share("noisy", mixed(two_cities(), white(10), snr), detector()) > 0.9


@pytest.mark.parametrize("snr", [20, 10, 5, 0])
def test_the_ratio_to_white_noise_is_estimated(snr: float) -> None:
    found = judged(mixed(two_cities(), white(10), snr))
    told = [each.snr_db for each in found[3:] if each.snr_db is not None]
    assert np.median(told) == pytest.approx(snr, abs=3)


def test_speech_without_a_pause_is_not_noisy() -> None:
    sound = two_cities()
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    power = (frames**2).mean(axis=1)
    without = frames[
        np.convolve(power, np.ones(9) / 9, "same") > 0.05 * np.median(power[power > power.mean()])
    ]
    assert share("noisy", without.ravel()) == 0


def test_noisy_begins_at_once_and_ends_after_a_while() -> None:
    speech = two_cities()
    noise = white(12, 0.05)
    sound = speech[SAMPLE_RATE:].copy()
    sound[10 * SAMPLE_RATE : 22 * SAMPLE_RATE] += noise
    problems = [each.problem for each in judged(sound)]
    flips = [i for i, (one, other) in enumerate(pairwise(problems), 1) if one != other]
    assert [problems[i] for i in flips] == ["noisy", None]
    assert 10 <= flips[0] <= 15
    assert 22 <= flips[1] <= 30


def test_loud_noise_is_noisy_before_anybody_speaks() -> None:
    assert share("noisy", white(10, 0.05)) == 1
    assert share(None, white(10, 0.0005)) == 1


def test_clipping() -> None:
    assert share("clipping", np.clip(two_cities() * 30, -1, 1)) > 0.9
    assert share("clipping", two_cities() / np.abs(two_cities()).max()) == 0


def test_faint_speech_is_quiet() -> None:
    assert share("quiet", two_cities() * 0.02) > 0.9


def test_no_signal_is_silent_at_last_and_not_in_a_pause() -> None:
    problems = [each.problem for each in judged(np.zeros(20 * SAMPLE_RATE, np.float32))]
    assert problems[:4] == [None] * 4
    assert set(problems[6:]) == {"silent"}
    pause = np.zeros(3 * SAMPLE_RATE, np.float32)
    speech = two_cities()[SAMPLE_RATE : 6 * SAMPLE_RATE]
    assert share("silent", np.concatenate((speech, pause, speech))) == 0


def test_sound_after_silence_is_heard_at_once() -> None:
    sound = np.concatenate((np.zeros(10 * SAMPLE_RATE, np.float32), two_cities()[2 * SAMPLE_RATE :]))
    problems = [each.problem for each in judged(sound)]
    assert "silent" in problems
    assert "silent" not in problems[11:]


@pytest.mark.parametrize(("delay", "gain"), [(0.05, 0.5), (0.12, 0.4), (0.3, 0.4)])
def test_a_copy_that_comes_later_is_an_echo(delay: float, gain: float) -> None:
    problems = [each.problem for each in judged(echoing(two_cities(), delay, gain))]
    assert "echo" in problems[:12]
    assert problems[12:].count("echo") > 0.8 * len(problems[12:])


@settings(max_examples=10)
@given(st.lists(st.integers(1, 6 * SAMPLE_RATE), max_size=30))
def test_chunk_lengths_do_not_matter(places: list[int]) -> None:
    sound = mixed(two_cities()[: 6 * SAMPLE_RATE], white(6), 10)
    stage = SoundQualityStage(SileroDetector())
    found = [each for chunk in cut(sound, places) for each in stage.feed(chunk)]
    assert [*found, *stage.finish()] == judged(sound, size=len(sound))


def test_observations_follow_one_another() -> None:
    found = judged(two_cities())
    assert all(one.end == pytest.approx(other.start) for one, other in pairwise(found))
    assert all(each.end - each.start == pytest.approx(1, abs=0.05) for each in found[:-1])
    assert found[-1].end == pytest.approx(len(two_cities()) / SAMPLE_RATE, abs=0.6)


def test_after_a_gap_all_begins_anew() -> None:
    stage = SoundQualityStage(SileroDetector())
    noisy = mixed(two_cities()[: int(4.7 * SAMPLE_RATE)], white(5), 0)
    before = [each for chunk in chunks(noisy) for each in stage.feed(chunk)]
    assert before[-1].problem == "noisy"
    speech = two_cities()[SAMPLE_RATE : 6 * SAMPLE_RATE]
    after = [each for chunk in chunks(speech, t=60.0) for each in stage.feed(chunk)]
    assert after[0].end == pytest.approx(4.7, abs=0.05)
    assert after[1].start == pytest.approx(60.0)
    assert {each.problem for each in after[1:]} == {None}


def test_samples_that_are_no_numbers_do_no_harm() -> None:
    sound = two_cities()[: 5 * SAMPLE_RATE].copy()
    sound[::1000] = np.nan
    sound[1::1000] = np.inf
    for each in judged(sound):
        assert each.speech_db is None or np.isfinite(each.speech_db)
        assert each.snr_db is None or np.isfinite(each.snr_db)


def test_no_sound_gives_nothing() -> None:
    stage = SoundQualityStage(SileroDetector())
    assert list(stage.feed(AudioChunk(0.0, np.zeros(0, np.float32)))) == []
    assert list(stage.finish()) == []


@pytest.mark.parametrize("size", [1600, 700, 40_000])
def test_two_stages_share_one_detector(size: int) -> None:
    overheard = Overheard(SileroDetector())
    voice, quality = VoiceActivityStage(overheard), SoundQualityStage(overheard.again)
    sound = two_cities()[: 8 * SAMPLE_RATE]
    found: list[SoundQuality] = []
    for t in (0.0, 30.0):
        for chunk in chunks(sound, size, t):
            list(voice.feed(chunk))
            found += quality.feed(chunk)
    alone = SoundQualityStage(SileroDetector())
    assert found == [e for t in (0.0, 30.0) for chunk in chunks(sound, size, t) for e in alone.feed(chunk)]


def test_every_problem_has_words_and_limits_leave_room() -> None:
    assert set(SOUND_PROBLEMS) == set(WORDS)
    assert LIMITS.noisy_below_db < LIMITS.noisy_until_db
    assert LIMITS.quiet_below_db < LIMITS.quiet_until_db
    assert FILE.suffix == ".json"


def test_clips_are_not_noisy_and_have_no_echo(clips: dict[str, tuple[str, str, Samples]]) -> None:
    spoken = [sound for kind, _, sound in clips.values() if kind != "filler_probe"]
    problems = [each.problem for sound in spoken for each in judged(sound)]
    assert problems.count("noisy") <= 0.05 * len(problems)
    assert "echo" not in problems
    assert "clipping" not in problems


@pytest.mark.parametrize("snr", [5, 0])
def test_clips_in_babble_are_noisy(clips: dict[str, tuple[str, str, Samples]], snr: float) -> None:
    by_speaker: dict[str, Samples] = {}
    for kind, speaker, sound in clips.values():
        if kind in ("read", "read_long"):
            by_speaker[speaker] = np.concatenate((by_speaker.get(speaker, sound[:0]), sound))
    problems: list[SoundProblem | None] = []
    for kind, speaker, sound in clips.values():
        if kind == "filler_probe":
            continue
        others = [voice for other, voice in by_speaker.items() if other != speaker][:5]
        noise = babble(others, len(sound) / SAMPLE_RATE)
        problems += [each.problem for each in judged(mixed(sound, noise, snr))]
    assert problems.count("noisy") >= 0.9 * len(problems)


def test_meetings_are_not_called_noisy(shared_data: Path) -> None:
    for path in (shared_data / "speech" / "meeting").glob("*.wav"):
        rate, sound = wavfile.read(path)
        assert rate == SAMPLE_RATE
        problems = [each.problem for each in judged(np.asarray(sound, np.float32))]
        assert problems.count("noisy") <= 0.05 * len(problems)
        assert "echo" not in problems

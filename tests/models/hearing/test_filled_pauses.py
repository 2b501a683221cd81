from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from models.hearing.filled_pauses import find
from models.hearing.transcription import RecognisedWord, TranscriptionStage
from models.hearing.voice_activity import SileroDetector
from models.observations import Utterance, Word, is_hesitation
from models.stage import SAMPLE_RATE, AudioChunk
from scoring.answers import listen
from tests.models.hearing.sounds import Samples, aligner, chunks, moonshine, read, two_cities

VOWELS = {"uh": (620, 1200, 2550), "ee": (300, 2300, 3000), "oo": (320, 800, 2300), "ah": (750, 1150, 2600)}


def voice(seconds: float, *formants: tuple[int, ...], pitch: tuple[float, float] = (120, 118)) -> Samples:
    """A buzz through resonances that move evenly from one set of frequencies to the next."""
    count = round(seconds * SAMPLE_RATE)
    phase = np.cumsum(np.linspace(*pitch, count) / SAMPLE_RATE)
    pulses = np.diff(np.floor(phase), prepend=0.0)
    block = SAMPLE_RATE // 100
    places = np.linspace(0, len(formants) - 1, -(-count // block))
    tracks = [np.interp(places, range(len(formants)), track) for track in zip(*formants, strict=True)]
    sound = pulses
    for track in tracks:
        state = np.zeros(2)
        out = []
        for at, hertz in enumerate(track):
            radius = np.exp(-np.pi * 80 / SAMPLE_RATE)
            poles = [1, -2 * radius * np.cos(2 * np.pi * hertz / SAMPLE_RATE), radius**2]
            piece, state = lfilter([sum(poles)], poles, sound[at * block : (at + 1) * block], zi=state)
            out.append(piece)
        sound = np.concatenate(out)
    return np.asarray(0.2 * sound / np.abs(sound).max(), np.float32)


def among(sound: Samples, seconds: float = 0.5) -> Samples:
    """The sound between silences with a little noise, at `seconds`."""
    rest = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    noise = np.random.default_rng(0).normal(0, 3e-4, len(sound) + 2 * len(rest))
    return np.asarray(np.concatenate((rest, sound, rest)) + noise, np.float32)


def word(text: str, start: float, end: float, confidence: float = 0.99) -> Word:
    return Word(text, start, end, confidence, aligned=True)


FAR = word("there", 0.0, 0.3)
"""A word elsewhere: sound without any is judged more strictly."""


@pytest.mark.parametrize("pitch", [(85, 84), (120, 118), (210, 205), (300, 290)])
@pytest.mark.parametrize("seconds", [0.25, 0.4, 1.0])
def test_a_held_vowel_where_no_word_is(pitch: tuple[float, float], seconds: float) -> None:
    (found,) = find(among(voice(seconds, VOWELS["uh"], pitch=pitch)), 10.0, [word("there", 10.0, 10.3)])
    assert found.sound == "uh"
    assert found.start == pytest.approx(10.5, abs=0.06)
    assert found.end == pytest.approx(10.5 + seconds, abs=0.06)


def test_a_vowel_closed_by_a_murmur_is_um() -> None:
    sound = np.concatenate((voice(0.2, VOWELS["uh"]), 0.5 * voice(0.3, (250, 260, 270))))
    (found,) = find(among(sound), 0.0, [FAR])
    assert found.sound == "um"
    assert found.end - found.start > 0.35


@pytest.mark.parametrize(
    "sound",
    [
        voice(0.5, *VOWELS.values()),
        voice(0.5, VOWELS["uh"], pitch=(110, 220)),
        np.random.default_rng(1).normal(0, 0.05, 8000).astype(np.float32),
        voice(0.06, VOWELS["uh"]),
        np.zeros(8000, np.float32),
    ],
    ids=["other vowels", "rising pitch", "noise", "short", "silence"],
)
def test_what_moves_or_has_no_pitch_is_none(sound: Samples) -> None:
    assert find(among(sound), 0.0, [FAR]) == []


@pytest.mark.parametrize(
    ("words", "sounds"),
    [
        ([word("um,", 0.5, 0.9)], []),
        ([word("home", 0.3, 0.9), word("early", 0.9, 1.3)], []),
        ([word("a", 0.3, 0.9)], ["uh"]),
        ([word("the", 0.4, 0.9), word("plan", 0.95, 1.3)], ["drawn out"]),
        ([word("home", 0.3, 0.9, confidence=0.3), word("early", 0.9, 1.3)], ["drawn out"]),
        ([word("home.", 0.3, 1.0, confidence=0.3)], []),
    ],
    ids=["told", "a word's own vowel", "taken for a word", "grammar", "doubtful", "end of a phrase"],
)
def test_a_word_accounts_for_a_vowel_that_is_not_too_long(words: list[Word], sounds: list[str]) -> None:
    found = find(among(voice(0.4, VOWELS["uh"])), 0.0, words)
    assert [each.sound for each in found] == sounds


def test_what_alignment_suspects() -> None:
    sound = among(voice(0.28, VOWELS["uh"]))
    around = [word("is", 0.1, 0.5), word("late", 0.78, 1.2)]
    (found,) = find(sound, 0.0, around, [(0.5, 0.78)])
    assert found.start == pytest.approx(0.5)
    assert found.end == pytest.approx(0.78)
    # the name was not in the dictionary: the sound may well be its own
    assert find(sound, 0.0, [Word("Tilney", 0.4, 1.0)], [(0.5, 0.78)]) == []


def test_alone_only_what_is_short() -> None:
    assert len(find(among(voice(0.5, VOWELS["uh"])), 0.0, [])) == 1
    assert find(among(voice(0.5, VOWELS["uh"]), seconds=1.0), 0.0, []) == []


@settings(max_examples=40)
@given(
    st.integers(0, 20_000),
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.floats(-1, 3), st.floats(0, 2), st.sampled_from(["a", "um", "plan", "the"]))),
    st.lists(st.tuples(st.floats(0, 1.5), st.floats(0, 1.5))),
)
def test_any_sound_and_words(
    count: int, seed: int, spans: list[tuple[float, float, str]], suspected: list[tuple[float, float]]
) -> None:
    random = np.random.default_rng(seed)
    held = np.sin(np.arange(count) * 2 * np.pi * 120 / SAMPLE_RATE) * random.integers(0, 2)
    sound = (held + random.normal(0, 0.1, count)).astype(np.float32)
    words = [Word(text, start, start + length) for start, length, text in spans]
    found = find(sound, 0.0, words, suspected)
    assert all(0 <= each.start < each.end <= count / SAMPLE_RATE + 0.02 for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def transcribed(samples: Samples, chunk: int | None = None) -> list[Utterance]:
    stage = TranscriptionStage(moonshine(), SileroDetector(), aligner(), provisional=chunk is not None)
    found = [each for part in chunks(samples, chunk or len(samples)) for each in stage.feed(part)]
    return [each for each in [*found, *stage.finish()] if each.final]


def test_none_in_fluent_reading() -> None:
    assert [each.filled_pauses for each in transcribed(two_cities()) if each.filled_pauses] == []


class Empty:
    name = "empty"

    def transcribe(self, samples: Samples, draft: object = ()) -> list[RecognisedWord]:
        return []

    def step(self, seconds: float) -> float:
        return 0.2


SAID = [(5.59, 5.85), (8.02, 8.57), (14.45, 14.95), (22.90, 23.53)]
"""The fillers of the spontaneous clip: "you know", "um", "uh", "um"."""


def test_fillers_of_spontaneous_speech_once_each(shared_data: Path) -> None:
    sound = read(shared_data / "speech" / "mfa_acoustic_corpus.wav")
    utterances = transcribed(sound)
    fillers = [filler for utterance in utterances for filler in listen(utterance).fillers]
    assert len(fillers) == len(SAID)
    for filler, (start, end) in zip(fillers, SAID, strict=True):
        assert filler.start < end
        assert start < filler.end
    live = transcribed(sound, SAMPLE_RATE // 10)
    assert [each.filled_pauses for each in live] == [each.filled_pauses for each in utterances]


def test_hesitations_that_the_text_leaves_out(shared_data: Path) -> None:
    folder = shared_data / "speech"
    spoken = read(folder / "mfa_acoustic_corpus.wav")[round(6.95 * SAMPLE_RATE) : round(13.9 * SAMPLE_RATE)]
    said = ["cares", "this", "is", "me", "talking", "really", "slow", "and", "slightly", "lower", "in"]
    said.append("intensity")
    found = aligner().alignment(spoken, said)
    assert None not in found.words
    ((start, end),) = found.hesitations
    assert 6.95 + start == pytest.approx(8.02, abs=0.05)
    assert 6.95 + end == pytest.approx(8.57, abs=0.05)
    told = aligner().alignment(spoken, [said[0], "um", *said[1:]])
    assert told.hesitations == []
    assert told.words[1] == pytest.approx((start, end), abs=0.05)


def test_a_hesitation_alone_is_an_utterance_without_words(shared_data: Path) -> None:
    sound = read(shared_data / "speech" / "mfa_acoustic_corpus.wav")
    alone = sound[round(22.6 * SAMPLE_RATE) : round(24.0 * SAMPLE_RATE)]
    stage = TranscriptionStage(Empty(), SileroDetector(), aligner())
    (utterance,) = [*stage.feed(AudioChunk(22.6, alone)), *stage.finish()]
    assert utterance.final
    assert utterance.words == ()
    (pause,) = utterance.filled_pauses
    assert pause.sound == "um"
    assert 22.85 < pause.start < 23.1
    assert 23.3 < pause.end < 23.7


@pytest.mark.parametrize(("clip", "start", "end"), [("x_mfa_um", 3.78, 5.05), ("x_mfa_uh", 2.42, 3.58)])
def test_probes(shared_data: Path, clip: str, start: float, end: float) -> None:
    utterances = transcribed(read(shared_data / "speech" / f"{clip}.wav"))
    (filler,) = [filler for utterance in utterances for filler in listen(utterance).fillers]
    assert filler.start == pytest.approx(start, abs=0.15)
    assert filler.end == pytest.approx(end, abs=0.35)


@pytest.mark.parametrize("text", ["um", "Um,", "UHH", "er", "(hmm)", "mm-hm", "erm...", "ah"])
def test_spellings(text: str) -> None:
    assert is_hesitation(text) == (text != "mm-hm")

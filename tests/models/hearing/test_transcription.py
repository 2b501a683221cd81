import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.hearing.transcription import (
    HOLD,
    LONGEST,
    UNSURE,
    UNSURE_HOLD,
    RecognisedWord,
    TranscriptionStage,
    continued,
    interpolated,
    settled,
    standing_since,
    without_loops,
)
from models.hearing.voice_activity import SileroDetector
from models.observations import Utterance
from models.stage import SAMPLE_RATE, AudioChunk
from tests.models.hearing.sounds import (
    TWO_CITIES,
    Samples,
    aligner,
    chunks,
    cut,
    moonshine,
    plain_text,
    read,
    two_cities,
)


def words(text: str) -> list[RecognisedWord]:
    return [RecognisedWord(word) for word in text.split()]


def stage(provisional: bool = True) -> TranscriptionStage:
    return TranscriptionStage(moonshine(), SileroDetector(), aligner(), provisional)


def transcribed(sound: Samples, provisional: bool = True, size: int = 1600) -> list[Utterance]:
    one = stage(provisional)
    found = [utterance for chunk in chunks(sound, size) for utterance in one.feed(chunk)]
    return [*found, *one.finish()]


def finals(utterances: Sequence[Utterance]) -> list[Utterance]:
    return [utterance for utterance in utterances if utterance.final and utterance.text]


class Loudness:
    """A recogniser that knows one word: as many as there are half seconds of sound."""

    name = "counter"

    def transcribe(self, samples: Samples, draft: Sequence[RecognisedWord] = ()) -> list[RecognisedWord]:
        return [RecognisedWord(f"w{number}") for number in range(len(samples) // 8000)]

    def step(self, seconds: float) -> float:
        return 0.3


class Empty(Loudness):
    """One that finds words at first, and none in the whole."""

    def __init__(self) -> None:
        self.longest = 0

    def transcribe(self, samples: Samples, draft: Sequence[RecognisedWord] = ()) -> list[RecognisedWord]:
        self.longest = max(self.longest, len(samples))
        return words("maybe") if len(samples) < 1.2 * SAMPLE_RATE else []


@pytest.mark.parametrize(
    ("earlier", "reading", "standing"),
    [
        ("", "it was", 0),
        ("it was", "It was, the", 2),
        ("it was the", "it is the", 1),
        ("nothing going on we're just", "nothing going else we're just you", 4),
        ("a b", "c d", 0),
    ],
)
def test_words_stand_since_the_reading_that_had_them_first(earlier: str, reading: str, standing: int) -> None:
    since = standing_since(words(earlier), [10] * len(words(earlier)), words(reading), 20)
    assert len(since) == len(words(reading))
    assert since.count(10) == standing
    assert since.count(20) == len(since) - standing


NOW = 10 * SAMPLE_RATE
OLD, UNSURELY_OLD, NEW = (NOW - round(s * SAMPLE_RATE) for s in (UNSURE_HOLD, HOLD, HOLD / 2))


@pytest.mark.parametrize(
    ("since", "count"),
    [
        ([], 0),
        ([OLD, OLD, NEW], 2),
        ([NEW, OLD], 0),
        ([OLD, NEW, OLD, OLD], 4),
        ([OLD, NEW, OLD], 1),
        ([NEW, NEW], 0),
    ],
)
def test_words_that_have_stood_long_enough_are_settled(since: list[int], count: int) -> None:
    reading = [RecognisedWord("w", confidence=1.0)] * len(since)
    assert settled(reading, since, NOW) == count


def test_an_unsure_word_has_to_stand_for_longer() -> None:
    for confidence, count in ((UNSURE, 1), (UNSURE - 0.01, 0), (None, 1)):
        assert settled([RecognisedWord("w", confidence=confidence)], [UNSURELY_OLD], NOW) == count
    assert settled([RecognisedWord("w", confidence=0.1)], [OLD], NOW) == 1


@pytest.mark.parametrize(
    ("committed", "reading", "together"),
    [
        ("it was", "it was the best", "it was the best"),
        ("any body can", "anybody can see this", "any body can see this"),
        ("this is", "well this is me", "this is me"),
        ("one two", "three four five", "one two five"),
        ("one two", "one", "one two"),
    ],
)
def test_continued(committed: str, reading: str, together: str) -> None:
    assert " ".join(word.text for word in continued(words(committed), words(reading))) == together


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_what_is_committed_stays(committed: list[str], reading: list[str]) -> None:
    together = continued(words(" ".join(committed)), words(" ".join(reading)))
    assert [word.text for word in together[: len(committed)]] == committed


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("I I think so", "I I think so"),
        ("no no no no no no no no", "no"),
        ("the age of. The age of, the age of", "the age of."),
        ("again and again and then", "again and again and then"),
        ("words words words words words", "words words words words words"),
    ],
)
def test_without_loops(said: str, kept: str) -> None:
    assert " ".join(word.text for word in without_loops(words(said))) == kept


@given(
    st.lists(st.tuples(st.text("ab", min_size=1, max_size=9), st.booleans()), max_size=12),
    st.floats(0, 5),
    st.floats(0.1, 5),
)
def test_interpolated_times_are_in_order_and_keep_the_known(
    said: list[tuple[str, bool]], start: float, length: float
) -> None:
    step = length / max(1, len(said))
    known = [
        (start + k * step, start + (k + 0.5) * step) if given_ else None for k, (_, given_) in enumerate(said)
    ]
    times = interpolated([text for text, _ in said], known, start, start + length)
    assert len(times) == len(said)
    flat = [edge for time in times for edge in time]
    assert all(a <= b + 1e-9 for a, b in pairwise(flat))
    assert all(time == one for time, one in zip(times, known, strict=True) if one is not None)


def test_speech_becomes_timed_words() -> None:
    found = transcribed(two_cities()[: 17 * SAMPLE_RATE])
    last = finals(found)
    assert jiwer.wer(TWO_CITIES, plain_text(" ".join(one.text for one in last))) < 0.1
    for utterance in last:
        assert utterance.text == " ".join(word.text for word in utterance.words)
        assert utterance.committed == len(utterance.words)
        assert utterance.end - utterance.start <= LONGEST + 0.5
        edges = [edge for word in utterance.words for edge in (word.start, word.end)]
        assert edges == sorted(edges)
        assert utterance.start - 0.25 <= edges[0]
        assert edges[-1] <= utterance.end + 0.25
        assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in utterance.words)
    every = [word for utterance in last for word in utterance.words]
    assert sum(word.aligned for word in every) > 0.9 * len(every)


def test_provisional_captions_grow_and_committed_words_stay() -> None:
    found = transcribed(two_cities()[: 10 * SAMPLE_RATE])
    ids = sorted({utterance.id for utterance in found})
    assert len(ids) >= 2
    for number in ids:
        own = [utterance for utterance in found if utterance.id == number]
        assert [utterance.final for utterance in own] == [False] * (len(own) - 1) + [True]
        assert len(own) > 2
        for one, other in pairwise(own[:-1]):
            assert other.committed >= one.committed
            committed = [word.text for word in one.words[: one.committed]]
            assert [word.text for word in other.words[: one.committed]] == committed


def test_the_last_words_are_committed_soon_after_they_were_said() -> None:
    sound = np.concatenate((two_cities()[: int(4.55 * SAMPLE_RATE)], np.zeros(SAMPLE_RATE, np.float32)))
    one = stage()
    for chunk in chunks(sound):
        for utterance in one.feed(chunk):
            if utterance.committed and utterance.text.endswith("worst of times."):
                assert chunk.end < 4.55 + 0.4
                return
    pytest.fail("the last words were not committed")


def test_a_file_gives_the_same_final_words_as_a_live_track() -> None:
    sound = two_cities()[: 12 * SAMPLE_RATE]
    live = finals(transcribed(sound))
    assert finals(transcribed(sound, provisional=False, size=len(sound))) == live
    assert live


def test_without_provisional_readings_only_final_utterances_are_given() -> None:
    assert all(
        utterance.final for utterance in transcribed(two_cities()[: 6 * SAMPLE_RATE], provisional=False)
    )


@settings(max_examples=8)
@given(st.lists(st.integers(1, 6 * SAMPLE_RATE), max_size=30))
def test_chunk_lengths_do_not_matter_to_the_final_words(places: list[int]) -> None:
    sound = two_cities()[SAMPLE_RATE : 6 * SAMPLE_RATE]
    one = TranscriptionStage(Loudness(), SileroDetector(), aligner())
    found = [utterance for chunk in cut(sound, places) for utterance in one.feed(chunk)]
    other = TranscriptionStage(Loudness(), SileroDetector(), aligner(), provisional=False)
    whole = [*other.feed(AudioChunk(0.0, sound)), *other.finish()]
    assert finals([*found, *one.finish()]) == finals(whole)


def test_a_merged_chunk_is_read_once() -> None:
    one = TranscriptionStage(Loudness(), SileroDetector(), aligner())
    found = list(one.feed(AudioChunk(0.0, two_cities()[SAMPLE_RATE : 4 * SAMPLE_RATE])))
    assert [utterance.final for utterance in found] == [False]


def test_a_long_monologue_is_cut_and_nothing_is_lost() -> None:
    speech = two_cities()[int(1.2 * SAMPLE_RATE) : int(2.4 * SAMPLE_RATE)]
    monologue = np.tile(speech, 25)
    last = finals(transcribed(monologue, provisional=False))
    assert len(last) >= 4
    assert max(one.end - one.start for one in last) <= LONGEST + 0.01
    assert all(b.start - a.end < 0.5 for a, b in pairwise(last))


def test_silence_and_noise_have_no_words() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 20 * SAMPLE_RATE).astype(np.float32)
    clicks = np.where(np.arange(20 * SAMPLE_RATE) % 8000 < 40, 0.8, 0.0).astype(np.float32)
    for sound in (np.zeros(20 * SAMPLE_RATE, np.float32), noise, clicks):
        assert transcribed(sound) == []


def test_words_that_turn_out_wrong_are_withdrawn() -> None:
    sound = np.concatenate((two_cities()[SAMPLE_RATE : 4 * SAMPLE_RATE], np.zeros(SAMPLE_RATE, np.float32)))
    one = TranscriptionStage(Empty(), SileroDetector(), aligner())
    found = [utterance for chunk in chunks(sound) for utterance in one.feed(chunk)]
    assert found[0].text == "Maybe"
    assert (found[-1].final, found[-1].text, found[-1].words) == (True, "", ())
    quiet = TranscriptionStage(Empty(), SileroDetector(), aligner(), provisional=False)
    assert [u for chunk in chunks(sound) for u in quiet.feed(chunk)] == []


def test_a_gap_closes_the_utterance() -> None:
    one = stage()
    speech = two_cities()[SAMPLE_RATE : int(2.9 * SAMPLE_RATE)]
    before = [utterance for chunk in chunks(speech) for utterance in one.feed(chunk)]
    assert not any(utterance.final for utterance in before)
    after = [utterance for chunk in chunks(speech, t=30.0) for utterance in one.feed(chunk)]
    whole, closed, *later = after
    # what was read is shown before it is aligned
    assert (whole.id, whole.final, whole.committed) == (0, False, len(whole.words))
    assert (closed.id, closed.final, closed.text) == (0, True, whole.text)
    assert closed.end < 2.0
    assert later[-1].id == 1
    assert later[-1].start > 30.0
    *_, last = one.finish()
    assert last.final
    assert plain_text(last.text).startswith("it was the best")


def test_memory_does_not_grow_with_silence() -> None:
    one = TranscriptionStage(Loudness(), SileroDetector(), aligner())
    for number in range(600):
        assert list(one.feed(AudioChunk(number * 0.1, np.zeros(1600, np.float32)))) == []
    assert len(one._sound) < SAMPLE_RATE


def test_word_error_rate_on_real_recordings(shared_data: Path) -> None:
    limits = {"read": 0.045, "read_long": 0.08, "spontaneous": 0.152}
    texts: dict[str, list[str]] = {kind: [] for kind in limits}
    readings: dict[str, list[str]] = {kind: [] for kind in limits}
    for clip in json.loads((shared_data / "speech" / "manifest.json").read_text()):
        if clip["kind"] in limits and clip.get("text"):
            last = finals(transcribed(read(shared_data / "speech" / clip["path"]), provisional=False))
            texts[clip["kind"]].append(plain_text(clip["text"]))
            readings[clip["kind"]].append(plain_text(" ".join(one.text for one in last)))
    for kind, limit in limits.items():
        assert jiwer.wer(texts[kind], readings[kind]) <= limit, kind

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.hearing.alignment import spoken_forms, spoken_number
from models.stage import SAMPLE_RATE
from tests.models.hearing.sounds import Samples, aligner, read, two_cities

SPEECH = slice(int(1.1 * SAMPLE_RATE), int(4.6 * SAMPLE_RATE))
WORDS = ["It", "was", "the", "best", "of", "times,", "it", "was", "the", "worst", "of", "times."]


def times_of(samples: Samples, words: list[str]) -> list[tuple[float, float] | None]:
    """Start and end of each word."""
    return aligner().alignment(samples, words).words


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Don't,", ["don't"]),
        ("twenty-one", ["twenty", "one"]),
        ("3", ["three"]),
        ("1,250.", ["one", "thousand", "two", "hundred", "fifty"]),
        ("—", []),
        ("“Hello!”", ["hello"]),
        ("U.S.", ["u.s."]),
        ("it’s", ["it's"]),
    ],
)
def test_spoken_forms(text: str, forms: list[str]) -> None:
    assert spoken_forms(text) == forms


@given(st.text(max_size=30))
def test_any_text_has_spoken_forms(text: str) -> None:
    assert all(forms == forms.lower() or not forms.isascii() for forms in spoken_forms(text))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (14, "fourteen"),
        (40, "forty"),
        (905, "nine hundred five"),
        (21_000, "twenty one thousand"),
    ],
)
def test_spoken_number(number: int, words: str) -> None:
    assert " ".join(spoken_number(number)) == words


def test_every_word_gets_its_time_in_order() -> None:
    times = times_of(two_cities()[SPEECH], WORDS)
    assert len(times) == len(WORDS)
    known = [time for time in times if time is not None]
    assert len(known) == len(WORDS)
    flat = [edge for time in known for edge in time]
    assert flat == sorted(flat)
    assert 0 <= flat[0] < 0.5
    assert 2.5 < flat[-1] <= 3.5


def test_a_word_outside_the_dictionary_has_no_time_and_harms_no_other() -> None:
    words = [*WORDS[:3], "qxzzyk", *WORDS[3:]]
    times = times_of(two_cities()[SPEECH], words)
    assert times[3] is None
    assert [time for k, time in enumerate(times) if k != 3] == times_of(two_cities()[SPEECH], WORDS)


def test_a_compound_word_spans_its_parts() -> None:
    words = ["It-was", *WORDS[2:]]
    times = times_of(two_cities()[SPEECH], words)
    apart = times_of(two_cities()[SPEECH], WORDS)
    assert times[0] is not None
    assert apart[0] is not None
    assert apart[1] is not None
    assert times[0] == (apart[0][0], apart[1][1])


@pytest.mark.parametrize("words", [[], ["—"], ["qxzzyk"]])
def test_nothing_to_align(words: list[str]) -> None:
    assert times_of(two_cities()[SPEECH], words) == [None] * len(words)


def test_text_that_does_not_fit_gives_no_error() -> None:
    words = [
        "completely",
        "different",
        "words",
        "that",
        "nobody",
        "said",
        "in",
        "this",
        "recording",
        "at",
        "all",
    ]
    assert len(times_of(np.zeros(1600, np.float32), words)) == len(words)


def test_many_threads_may_align_at_once() -> None:
    alone = times_of(two_cities()[SPEECH], WORDS)
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: times_of(two_cities()[SPEECH], WORDS), range(6)))
    assert results == [alone] * 6


def test_word_starts_agree_with_a_reference(shared_data: Path) -> None:
    lines = [
        line.strip()
        for line in (shared_data / "speech" / "mfa_acoustic_corpus.TextGrid").read_text("utf8").splitlines()
    ]
    at = lines.index('"words"')
    rows = lines[at + 4 : at + 4 + 3 * int(lines[at + 3])]
    reference = [
        (float(start), word.strip('"'))
        for start, _, word in zip(rows[0::3], rows[1::3], rows[2::3], strict=True)
        if 1.0 < float(start) < 6.6 and word not in ('""', '"sil"', '"sp"')
    ]
    sound = read(shared_data / "speech" / "mfa_acoustic_corpus.wav")[: int(6.65 * SAMPLE_RATE)]
    times = times_of(sound, [word for _, word in reference])
    errors = [
        abs(time[0] - start) for time, (start, _) in zip(times, reference, strict=True) if time is not None
    ]
    assert len(errors) > 0.8 * len(reference)
    assert np.median(errors) <= 0.02

"""The arithmetic behind the benchmarks' figures."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.hearing.transcription import TranscriptionStage
from models.observations import Utterance, Word
from models.stage import AudioChunk
from server.commandline import Complaint
from tests.bench.clips import Clip, open_folder
from tests.bench.hearing import first_committed, live, reference_fillers
from tests.bench.measure import (
    SaidWord,
    Samples,
    Switch,
    active,
    answers,
    at_snr,
    away_from_edges,
    buckets,
    comparable,
    confirmed_after,
    found_in_time,
    joined,
    mask,
    matched_delays,
    pause_ratio,
    percentiles,
    quantile,
    spans,
    stretches,
    time_errors,
    word_error_rate,
)
from tests.bench.recording import textgrid_words
from tests.fixtures import media

SAID = [
    SaidWord(text, 10 + n, 10.5 + n) for n, text in enumerate(["well", "i", "build", "quiet", "machines"])
]


def caption(utterance: int, text: str, committed: int, final: bool = False) -> dict[str, object]:
    """A caption's data; the session began at clock 9."""
    words = [{"text": word, "committed": n < committed, "mark": None} for n, word in enumerate(text.split())]
    return {"utterance": utterance, "start": 1.0, "end": 6.0, "final": final, "words": words}


def test_answers_are_the_first_to_tell_before_the_next_switch() -> None:
    """The second switch is told too late, the third is one that was told all along."""
    switches = [Switch(1, True), Switch(3, False), Switch(5, True), Switch(7, False), Switch(9, True)]
    told = [Switch(0.5, False), Switch(1.1, True), Switch(1.2, True), Switch(7.25, False)]
    delays, missed = answers(switches, told, 0, 100)
    assert delays == pytest.approx([0.1, 0.25])
    assert missed == 2


def test_words_are_confirmed_when_committed_or_final() -> None:
    """A word that was recognised wrongly is never confirmed; one corrected at the end counts from there."""
    captions = [
        (11.0, caption(0, "Well, I", 1)),
        (13.5, caption(0, "Well, I built quite", 3)),
        (15.5, caption(0, "Well, I build quite machines.", 3, final=True)),
    ]
    delays, missed = confirmed_after(captions, SAID, session_began=9, begin=10, end=20)
    assert delays == pytest.approx([11 - 10.5, 13.5 - 11.5, 15.5 - 12.5, 15.5 - 14.5])
    assert missed == 1


def test_no_captions_confirm_nothing() -> None:
    """Silence is not an error."""
    assert confirmed_after([], SAID, 9, 10, 20) == ([], 5)


def test_stretches_join_words_across_short_pauses() -> None:
    """Half a second joins, a whole second parts."""
    words = [SaidWord("a", 0, 1), SaidWord("b", 1.5, 2), SaidWord("c", 3, 4)]
    assert stretches(words) == [(0, 2), (3, 4)]


def test_percentiles_of_nothing_are_none() -> None:
    """No figure rather than zero."""
    assert percentiles([], 50, 95) == {"p50": None, "p95": None}
    assert percentiles([1, 2, 3], 50) == {"p50": 2}


METRICS = """
lag_seconds_bucket{le="0.01"} %d.0
lag_seconds_bucket{le="0.02"} %d.0
lag_seconds_bucket{le="+Inf"} %d.0
lag_seconds_count 1.0
"""


def test_quantile_interpolates_what_was_counted_between_two_looks() -> None:
    """Ten values in the first bucket, ten in the second."""
    before, after = (
        buckets(METRICS % (5, 5, 5), "lag_seconds"),
        buckets(METRICS % (15, 25, 25), "lag_seconds"),
    )
    assert quantile(before, after, 0.75) == pytest.approx(0.015)
    assert quantile(after, after, 0.5) is None
    assert quantile({}, buckets(METRICS % (0, 0, 4), "lag_seconds"), 0.5) == 0.02


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mr. Smith's 21 well-known dogs, ok?", "mister smith's twenty one well known dogs okay"),
        ("Um, I – uh – think so.", "um i uh think so"),
        ("", ""),
    ],
)
def test_texts_are_compared_as_they_are_spoken(text: str, words: str) -> None:
    """Figures, titles and punctuation are a matter of writing."""
    assert comparable(text) == words


def test_hesitations_may_be_left_out_of_a_comparison() -> None:
    """All spellings of them."""
    assert comparable("Um, I uhh think er so", hesitations=False) == "i think so"


def test_word_error_rate_pools_the_words_of_all_pairs() -> None:
    """One error in five words, whichever pair it is in; pairs without a text do not count."""
    pairs = [("one two three", "one two three"), ("Four five", "four nine"), ("", "what?")]
    assert word_error_rate(pairs) == pytest.approx(0.2)
    assert word_error_rate([("", "something")]) is None


def test_time_errors_are_of_the_words_that_were_heard() -> None:
    """The third word was heard as another."""
    heard = [SaidWord("Well,", 10.1, 10.4), SaidWord("I", 11, 11.5), SaidWord("built", 15, 16)]
    starts, ends = time_errors(SAID, heard)
    assert starts == pytest.approx([100, 0])
    assert ends == pytest.approx([100, 0])
    assert matched_delays(heard, [11.0, 13.0, 17.0], SAID) == pytest.approx([0.5, 1.5])


def test_each_event_is_found_once() -> None:
    """Two found near one that is there are one found and one too many."""
    there = [(1.0, 1.5), (4.0, 4.2), (9.0, 9.1)]
    assert found_in_time(there, [(1.2, 1.4), (1.6, 1.7), (4.4, 4.6)]) == 2
    assert found_in_time(there, []) == found_in_time([], there) == 0


def test_spans_and_frames_are_the_same() -> None:
    """There and back."""
    speech = [(0.05, 0.1), (0.2, 0.35)]
    frames = mask(speech, 40)
    assert frames.sum() == 20
    assert [edge for span in spans(frames) for edge in span] == pytest.approx([0.05, 0.1, 0.2, 0.35])
    assert mask([(-1, 9)], 3).all()


def test_frames_at_an_edge_are_left_out() -> None:
    """20 ms on either side of the one edge."""
    scored = away_from_edges(mask([(0.1, 0.3)], 30), 0.02)
    assert spans(~scored) == [pytest.approx((0.08, 0.12))]


def test_pause_ratio_counts_what_lies_between() -> None:
    """A second of four."""
    assert pause_ratio([(0, 2), (3, 9)], 1, 5) == pytest.approx(0.25)


def test_what_is_heard_stands_out_of_the_noise() -> None:
    """A tone in faint noise, to the frame; its level is that of speech in a quiet room."""
    noise = np.random.default_rng(1).normal(0, 1e-3, 32_000).astype(np.float32)
    noise[8000:16000] += 0.1 * np.sin(np.arange(8000) * 0.1).astype(np.float32)
    ((start, end),) = joined(spans(active(noise)), 0.1)
    assert (start, end) == pytest.approx((0.5, 1.0), abs=0.02)


@pytest.mark.parametrize("db", [10, 0, -5])
def test_noise_is_mixed_at_the_level_of_active_speech(db: float) -> None:
    """The silence in the speech does not count, and nothing clips."""
    speech = np.zeros(16_000, np.float32)
    speech[:8000] = 0.9 * np.sign(np.sin(np.arange(8000) * 0.3))
    noise = np.random.default_rng(1).normal(0, 1, 5000).astype(np.float32)
    mixed = at_snr(speech, mask([(0, 0.5)], 100), noise, db)
    assert np.abs(mixed).max() <= 1
    scale = np.linalg.lstsq(
        np.stack([speech, np.resize(noise, 16_000)], 1), mixed.astype(np.float64), rcond=None
    )[0]
    ratio_db = 20 * np.log10(0.9 * scale[0] / np.sqrt(np.mean((scale[1] * np.resize(noise, 16_000)) ** 2)))
    assert ratio_db == pytest.approx(db, abs=0.1)


SHORT = """File type = "ooTextFile"
Object class = "TextGrid"

0
2.5
<exists>
2
"IntervalTier"
"phones"
0
2.5
1
0
2.5
"x"
"IntervalTier"
"words"
0
2.5
3
0
1.05
""
1.05
1.5
"say ""so"" now"
1.5
2.5
"sil"
"""
LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 1
item []:
    item [1]:
        class = "IntervalTier"
        name = "Max - words"
        xmin = 0
        xmax = 2.5
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1.05
            text = ""
        intervals [2]:
            xmin = 1.05
            xmax = 1.5
            text = "say ""so"" now"
"""


@pytest.mark.parametrize("text", [SHORT, LONG])
def test_both_forms_of_a_textgrid_are_read(tmp_path: Path, text: str) -> None:
    """As Praat writes them."""
    (tmp_path / "a.TextGrid").write_text(text)
    assert textgrid_words(tmp_path / "a.TextGrid") == [SaidWord('say "so" now', 1.05, 1.5)]


def test_clips_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    """One that is missing and one that is damaged leave the others."""
    media.write_wav(tmp_path / "good.wav", 1.0, rate=16_000)
    (tmp_path / "bad.wav").write_bytes(b"RIFF, but no sound")
    manifest = [{"path": "good.wav"}, {"id": "lost", "path": "no.wav"}, {"path": "bad.wav"}, {}]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "good.rttm").write_text("SPEAKER good 1 0.5 0.25 <NA> <NA> A <NA> <NA>\n")
    folder = open_folder(tmp_path)
    (clip,) = folder.clips
    assert (clip.id, clip.kind, clip.seconds, clip.turns) == ("good", "other", 1.0, [(0.5, 0.75)])
    assert [line.split(":")[0] for line in folder.skipped] == ["lost", "bad.wav", "clip 3"]


@pytest.mark.parametrize("manifest", [None, "not JSON", '"text"', "[]", '[{"path": "no.wav"}]'])
def test_a_folder_without_clips_is_refused_in_one_line(tmp_path: Path, manifest: str | None) -> None:
    """The line says which file it is about."""
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(Complaint, match=tmp_path.name) as caught:
        open_folder(tmp_path)
    assert "\n" not in caught.value.message


def test_words_that_only_the_text_has_lie_between_those_with_times() -> None:
    """A hesitation that the aligner was not told of is where something is heard."""
    sound = np.random.default_rng(1).normal(0, 1e-4, 48_000).astype(np.float32)
    for start, end in ((0.5, 0.9), (1.4, 1.7), (2.0, 2.5)):
        sound[round(start * 16_000) : round(end * 16_000)] += 0.1
    clip = Clip(
        "a", "spontaneous", "b", sound, "so um yes", [SaidWord("so", 0.5, 0.9), SaidWord("yes", 2, 2.5)]
    )
    assert [word.text for word in clip.said] == ["so", "um", "yes"]
    assert clip.said[1][1:] == pytest.approx((1.4, 1.7), abs=0.02)
    ((span, pause),) = reference_fillers(clip.said)
    assert pause
    assert span == clip.said[1][1:]


def test_committed_words_are_counted_as_they_were_shown_first() -> None:
    """What the final reading replaced stays; what it added comes after."""

    def utterance(text: str, committed: int, final: bool = False) -> Utterance:
        words = tuple(Word(word, n, n + 1) for n, word in enumerate(text.split()))
        return Utterance(0, 0, 9, text, words, committed, final)

    shown = [utterance("I built", 1), utterance("I built quite", 2)]
    shown.append(utterance("I build quiet machines", 4, final=True))
    assert first_committed(shown) == ["I", "built", "quiet", "machines"]


def test_sound_that_comes_while_work_is_done_is_merged() -> None:
    """A stage that needs no time gets every chunk; all of the sound arrives, in order."""
    stage = Listener()
    live(stage, np.arange(4000, dtype=np.float32))
    assert np.array_equal(np.concatenate(stage.got), np.arange(4000))
    assert [len(each) for each in stage.got] == [1600, 1600, 800]


class Listener(TranscriptionStage):
    """Keeps what it is fed."""

    def __init__(self) -> None:
        self.got: list[Samples] = []

    def feed(self, chunk: AudioChunk) -> Iterator[Utterance]:
        self.got.append(chunk.samples)
        return iter(())

    def finish(self) -> Iterator[Utterance]:
        return iter(())

"""The arithmetic behind the benchmarks' figures."""

import pytest

from tests.bench.measure import (
    SaidWord,
    Switch,
    answers,
    buckets,
    confirmed_after,
    percentiles,
    quantile,
    stretches,
)

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

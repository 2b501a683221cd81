"""Sums of evidence over windows of time, as many at once as are wanted."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.observations import PhraseEnd, Word, ends_sentence
from scoring.answers import Answers, Said
from scoring.evidence import OCTAVE_ERROR, RISE, ROW, C, Evidence, Floats, Span, mostly, row_of
from scoring.indicators import EXTREMES, KEYS
from scoring.phrasing import WordPause, asked_within, between

Rows: TypeAlias = npt.NDArray[np.int64]


LONGEST_LATENCY = 60.0
"""Seconds after a question beyond which speech is no longer its prompt answer but a new start."""


LONGEST_UTTERANCE = 30.0
"""Seconds; none that began earlier has words in a window."""
NEAR = 0.5
"""Seconds between the end of a phrase and that of the word it ended with."""
FEW = 4
"""Up to so many windows are summed one by one, which is quicker than running sums of all rows."""


_BREAK, _STOP = (C.BREAKS, C.BREAK_LENGTH), (C.STOPS, C.STOP_LENGTH)


class Maxima:
    """The largest value of any range; of many, from those of the ranges whose length is a power of two."""

    def __init__(self, values: Sequence[float] | Floats) -> None:
        """Values of 0 and more, one for each row."""
        self._values = values

    @cached_property
    def _levels(self) -> Floats:
        levels = [np.append(self._values, 0.0)]
        length = 1
        while 2 * length <= len(self._values):
            level = levels[-1].copy()
            level[:-length] = np.maximum(level[:-length], level[length:])
            levels.append(level)
            length *= 2
        return np.array(levels)

    def within(self, low: Rows, high: Rows) -> Floats:
        """The largest of the values low..high-1; 0 where there is none."""
        if len(low) <= FEW:
            edges = zip(low.tolist(), high.tolist(), strict=True)
            return np.array([max(self._values[a:b], default=0.0) for a, b in edges])
        level = np.maximum(np.frexp(high - low)[1] - 1, 0)
        largest = np.maximum(self._levels[level, low], self._levels[level, high - 2**level])
        return np.where(high > low, largest, 0.0)


class Runs:
    """Rows that follow one another and hold."""

    def __init__(self, holds: npt.NDArray[np.bool_]) -> None:
        """Whether each row does."""
        place = np.arange(len(holds))
        before = np.maximum.accumulate(np.where(holds, -1, place))
        after = np.minimum.accumulate(np.where(holds, len(holds), place)[::-1])[::-1]
        self._to_come = np.append(after - place, 0)
        self._lengths = Maxima(np.where(holds, place - before, 0.0))

    def longest(self, low: Rows, high: Rows) -> Floats:
        """Seconds of the longest run within each range of rows low..high-1."""
        first = np.minimum(self._to_come[low], high - low)
        return ROW * np.maximum(first, self._lengths.within(low + first, high))


class Windows:
    """A range of rows, to be summed over any windows in it."""

    def __init__(
        self,
        evidence: Evidence,
        answers: Answers,
        first: int,
        last: int,
        until: float,
        wanted: Collection[str] = KEYS,
    ) -> None:
        """Rows first..last-1; `until` and `wanted` as in `Evidence.rows`."""
        self.first = first
        self.last = last
        self.rows = evidence.rows(first, last, until, answers.written_until, wanted)
        add_latencies(self.rows, first, last, answers.asked, evidence.onsets)
        self._pauses = evidence.pauses
        unheard = self.rows[:, C.GAP_MICROPHONE_S] + self.rows[:, C.UNJUDGED_S]
        self._unheard: list[int] = np.flatnonzero(unheard).tolist()
        start = ROW * first
        spoken = answers.spoken[bisect_left(answers.spoken, start - LONGEST_UTTERANCE, key=_starts) :]
        self.pauses: list[WordPause] = []
        """Between words, in order of time."""
        self._add_pauses(word_pauses(spoken, answers.asked))
        self.statements: list[tuple[PhraseEnd, Word]] = []
        """Ends of phrases that end a sentence which is no question, with the word said there."""
        if "uptalk" in wanted:
            phrases = evidence.phrases[bisect_left(evidence.phrases, start, key=_when) :]
            self._add_statements(statements(phrases, spoken))

    def _heard(self, start: float, end: float) -> int | None:
        """The row of the range in which a stretch ends; None where something kept it from being heard."""
        first, last = row_of(start) - self.first, row_of(end) - self.first
        if not 0 <= last < len(self.rows):
            return None
        return last if bisect_left(self._unheard, first) == bisect_right(self._unheard, last) else None

    def _add_pauses(self, pauses: Iterable[WordPause]) -> None:
        for pause in pauses:
            row = self._heard(pause.start, pause.end)
            if row is not None:
                self.pauses.append(pause)
                count, length = _BREAK if pause.inside else _STOP
                self.rows[row, count] += 1
                self.rows[row, length] += pause.end - pause.start

    def _add_statements(self, statements: Iterable[tuple[PhraseEnd, Word]]) -> None:
        for phrase, word in statements:
            row = self._heard(phrase.t, phrase.t)
            if row is not None:
                self.statements.append((phrase, word))
                self.rows[row, C.STATEMENTS] += 1
                self.rows[row, C.RISING] += (phrase.rise or 0.0) >= RISE

    def sums(self, starts: Rows, ends: Rows) -> Floats:
        """Column sums of the windows of rows starts..ends-1, shape (n, len(C))."""
        if 0 < len(starts) <= FEW:
            edges = zip(starts.tolist(), ends.tolist(), strict=True)
            return np.array([self.within(start, end).sum(axis=0) for start, end in edges])
        low, high = self._edges(starts, ends)
        sums: Floats = self._running[high] - self._running[low]
        return sums

    def recent(self, end: int, seconds: float, *which: C) -> list[float]:
        """Sums of columns over the `seconds` up to row end-1."""
        high = min(end, self.last) - self.first
        rows = self.rows[max(high - int(seconds / ROW), 0) : max(high, 0)]
        return [float(rows[:, column].sum()) for column in which]

    def _edges(self, *edges: Rows) -> Iterator[Rows]:
        """Places of rows in the range."""
        return (np.minimum(np.maximum(edge, self.first), self.last) - self.first for edge in edges)

    @cached_property
    def _running(self) -> Floats:
        running = np.zeros((len(self.rows) + 1, self.rows.shape[1]))
        np.cumsum(self.rows, axis=0, out=running[1:])
        return running

    def within(self, start: int, end: int) -> Floats:
        """The rows start..end-1, as far as they are in the range."""
        found: Floats = self.rows[max(start - self.first, 0) : max(end - self.first, 0)]
        return found

    def extremes(self, starts: Rows, ends: Rows, wanted: Collection[str] = KEYS) -> Floats:
        """Three measures that are no sums, shape (n, 3); 0 where there is nothing, nan where not wanted.

        The longest look away within each window and the longest pause that ended in it, in seconds, and the
        range of the pitch, in semitones, which costs more than all else.
        """
        low, high = self._edges(starts, ends)
        found = np.full((len(low), len(EXTREMES)), np.nan)
        look_away, pause, pitch = (extreme.key for extreme in EXTREMES)
        if look_away in wanted:
            found[:, 0] = self._looks_away.longest(low, high)
        if pause in wanted:
            found[:, 1] = self._longest_pauses.within(low, high)
        if pitch in wanted:
            found[:, 2] = [self._range(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
        return found

    @cached_property
    def _looks_away(self) -> "Runs":
        return Runs((self.rows[:, C.LOOKS_S] > 0) & ~mostly(self.rows, C.GAZE_ON, C.GAZE))

    def _range(self, first: int, last: int) -> float:
        """From where a tenth of the half seconds went below to where a tenth went above."""
        # Sorting beats np.quantile at these sizes; what is not there sorts to the end.
        low, high = (np.sort(edge[first:last]) for edge in self._pitches)
        n = len(low) - int(np.isnan(low).sum())
        return max(float(high[(9 * n - 1) // 10] - low[n // 10]), 0.0) if n else 0.0

    @cached_property
    def _pitches(self) -> tuple[Floats, Floats]:
        """Lowest and highest pitch of each row of speech, semitones; nan where there is none."""
        rows = self.rows
        told = (rows[:, C.PITCH_S] > 0) & (rows[:, C.RANGED_S] > 0)
        seconds = np.where(told, rows[:, C.RANGED_S], np.nan)
        middle = rows[:, C.SEMITONES] / np.where(told, rows[:, C.VOICED_S], np.nan)
        low, high = rows[:, C.LOW] / seconds, rows[:, C.HIGH] / seconds
        return np.maximum(low, middle - OCTAVE_ERROR), np.minimum(high, middle + OCTAVE_ERROR)

    @cached_property
    def _longest_pauses(self) -> Maxima:
        longest = [0.0] * (self.last - self.first)
        for pause in self._pauses[bisect_left(self._pauses, ROW * self.first, key=_ends) :]:
            row = row_of(pause.end) - self.first
            if row < len(longest):
                longest[row] = max(longest[row], pause.length)
        return Maxima(longest)


def _starts(said: Said) -> float:
    return said.utterance.start


def _when(phrase: PhraseEnd) -> float:
    return phrase.t


def _ends(stretch: Word | Span) -> float:
    return stretch.end


def word_pauses(spoken: Sequence[Said], asked: Sequence[float]) -> Iterator[WordPause]:
    """The pauses between words, in one utterance and from one to the next, in which no question was put."""
    for i, said in enumerate(spoken):
        pause = between(spoken[i - 1].heard[-1], said.heard[0], spoken[i - 1].closed) if i else None
        if pause and not asked_within(asked, pause):
            yield pause
        yield from (pause for pause in said.silences if not asked_within(asked, pause))


def statements(phrases: Sequence[PhraseEnd], spoken: Sequence[Said]) -> Iterator[tuple[PhraseEnd, Word]]:
    """The phrase ends with a known melody where a sentence ended that was no question, with its last word.

    Inside a sentence voices rise to say that it goes on: that is no uptalk.
    """
    starts = [said.utterance.start for said in spoken]
    for phrase in phrases:
        place = bisect_left(starts, phrase.t) - 1
        if phrase.rise is None or place < 0:
            continue
        words = spoken[place].shown
        at = bisect_left(words, phrase.t, key=_ends)
        word = min(words[max(at - 1, 0) : at + 1], key=lambda word: abs(word.end - phrase.t))
        if abs(word.end - phrase.t) <= NEAR and ends_sentence(word.text) and "?" not in word.text:
            yield phrase, word


def add_latencies(
    rows: Floats, first: int, last: int, asked: Sequence[float], onsets: Sequence[float]
) -> None:
    """Enter the time from each question to the first word after it, in the row of that word."""
    # A question longer ago has its answer by now, or gets none.
    recent = asked[bisect_left(asked, ROW * first - LONGEST_LATENCY) :]
    for latency in latencies(recent, onsets):
        row = row_of(latency.end)
        if first <= row < last:
            rows[row - first, C.LATENCIES] += 1
            rows[row - first, C.LATENCY] += latency.length


def latencies(asked: Sequence[float], onsets: Sequence[float]) -> list[Span]:
    """From each question to the onset of speech after it; left out where none came in time."""
    spans = []
    for i, t in enumerate(asked):
        place = bisect_left(onsets, t)
        following = asked[i + 1] if i + 1 < len(asked) else float("inf")
        if place < len(onsets) and onsets[place] < min(following, t + LONGEST_LATENCY):
            spans.append(Span(t, onsets[place]))
    return spans

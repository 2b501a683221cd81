"""From sound to timed words: speech is cut into utterances, each read while it grows and once at its end.

While an utterance is open it is re-read every few hundred milliseconds. Words on which the readings agree for
a while are committed: LocalAgreement (Macháček, Dabre, Bojar, "Turning Whisper into Real-Time Transcription
System", IJCNLP-AACL 2023), only by time rather than by number, longer for a word of low confidence. The final
reading sees the whole utterance and replaces all.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.hearing import filled_pauses
from models.hearing.alignment import Alignment
from models.hearing.voice_activity import OFFSET, ONSET, Detector, Windows, clean, jumps
from models.language.display import displayed, unchanging
from models.observations import FilledPause, Utterance, Word
from models.stage import SAMPLE_RATE, AudioChunk

Samples = npt.NDArray[np.float32]

PAD = round(0.2 * SAMPLE_RATE)
"""Samples kept on either side of the speech: soft onsets and endings lie there."""
PAUSE = 0.4
"""Seconds of quiet that end an utterance."""
SHORT_PAUSE = 0.2
"""Seconds that end a long one: better there than in the middle of a phrase when it grows too long."""
PAUSES_SHORTEN = (4.0, 6.0)
"""Seconds of the utterance between which the one becomes the other."""
LONGEST = 8.0
"""Seconds at which a longer utterance is cut at its quietest point: recognisers lose words in long ones."""
LEAST_CONFIDENCE = 0.3
"""Mean confidence of the words below which an utterance is taken for a noise; poor speech has about 0.5."""
CUT_FROM = 4.0
"""Seconds into a too long utterance from which it may be cut."""
LEAST_SPEECH = 0.1
"""Seconds of likely speech below which an utterance is taken for a noise."""
RUN = 2
"""Words in a row that two readings must share after a difference to agree on what lies before."""
HOLD = 0.3
"""Seconds of sound for which a word must have stood in the readings to be committed."""
UNSURE = 0.7
"""Confidence below which it must stand for longer."""
UNSURE_HOLD = 1.0
FIRST_READING = 0.6
"""Seconds of sound before the first provisional reading."""


@dataclass(frozen=True, slots=True)
class RecognisedWord:
    """A word as a recogniser gives it."""

    text: str
    """As displayed, with its punctuation."""
    start: float | None = None
    """Seconds from the first sample, where the recogniser knows."""
    end: float | None = None
    confidence: float | None = None
    """0..1."""
    tokens: tuple[int, ...] = ()
    """The recogniser's own symbols, for it to recognise the word again in a draft."""


class Recogniser(Protocol):
    """Turns a stretch of speech into words; shared by all sessions of a process, called from any thread."""

    name: str

    def transcribe(self, samples: Samples, draft: Sequence[RecognisedWord] = ()) -> list[RecognisedWord]:
        """The words in `samples` (mono, 16 kHz).

        `draft` is an earlier reading of the beginning of the same sound: a help to be fast, never context to
        believe in.
        """
        ...

    def step(self, seconds: float) -> float:
        """The shortest time in seconds between readings of an utterance so long that it keeps up with."""
        ...


class WordAligner(Protocol):
    """Finds the words of a known text in its sound."""

    def alignment(self, samples: Samples, words: Sequence[str]) -> Alignment:
        """Where the words are, and hesitations between them, in seconds from the first sample."""
        ...


def plain(word: str) -> str:
    """A word without case and punctuation, for comparing readings."""
    return re.sub(r"[^\w']", "", word.lower()) or word


def standing_since(
    earlier: Sequence[RecognisedWord], since: Sequence[int], reading: Sequence[RecognisedWord], now: int
) -> list[int]:
    """From when on each word of a reading has stood in the readings; `since` says so of its predecessor's.

    A word stands when both have it at their beginning or in a run of `RUN` words that both have.
    """
    blocks = SequenceMatcher(
        None, [plain(word.text) for word in earlier], [plain(word.text) for word in reading], autojunk=False
    ).get_matching_blocks()
    found = [now] * len(reading)
    for block in blocks:
        if block.size >= RUN or block.a == block.b == 0:
            found[block.b : block.b + block.size] = since[block.a : block.a + block.size]
    return found


def settled(reading: Sequence[RecognisedWord], since: Sequence[int], now: int) -> int:
    """How many leading words of a reading are sure enough to be committed.

    They are those that have stood for `HOLD`, and on from there to the last run of `RUN` such words:
    readings may go on differing about one unclear word for as long as it is in them, and what follows it is
    not to wait.
    """
    count = run = 0
    for n, (word, start) in enumerate(zip(reading, since, strict=True)):
        unsure = word.confidence is not None and word.confidence < UNSURE
        stands = now - start >= (UNSURE_HOLD if unsure else HOLD) * SAMPLE_RATE
        run = run + 1 if stands else 0
        if stands and (count == n or run >= RUN):
            count = n + 1
    return count


def continued(committed: Sequence[RecognisedWord], reading: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    """The committed words, followed by what a new reading has after them.

    A reading may have come to write the committed part with a word more or less: the place where it goes on
    is the one nearest to their count at which the last committed words stand.
    """
    count = len(committed)
    for tail in (2, 1):
        if count < tail:
            continue
        last = [plain(word.text) for word in committed[-tail:]]
        for end in (count, count + 1, count - 1, count + 2, count - 2):
            if end >= tail and [plain(word.text) for word in reading[end - tail : end]] == last:
                return [*committed, *reading[end:]]
    return [*committed, *reading[count:]]


def without_loops(words: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    """The words without the endless repetition that recognisers fall into: a phrase said three times in a row
    or more (a single word, six times) is said once."""
    kept = list(words)
    for length in range(1, 13):
        least = 6 if length == 1 else 3
        at = 0
        while at + least * length <= len(kept):
            phrase = [plain(word.text) for word in kept[at : at + length]]
            times = 1
            while [
                plain(word.text) for word in kept[at + times * length : at + (times + 1) * length]
            ] == phrase:
                times += 1
            if times >= least:
                del kept[at + length : at + times * length]
            at += 1
    return kept


def interpolated(
    texts: Sequence[str], known: Sequence[tuple[float, float] | None], start: float, end: float
) -> list[tuple[float, float]]:
    """A start and an end for every word: the known ones, and between them shares by length in letters.

    `start` and `end` bound the words at either edge, in the same seconds as `known`.
    """
    times: list[tuple[float, float]] = []
    at = 0
    while at < len(texts):
        here = known[at]
        if here is not None:
            times.append(here)
            at += 1
            continue
        stop = at
        while stop < len(texts) and known[stop] is None:
            stop += 1
        following = known[stop] if stop < len(texts) else None
        left = times[-1][1] if times else start
        right = max(left, following[0] if following else end)
        weights = np.array([len(text) + 1 for text in texts[at:stop]], float)
        edges = left + (right - left) * np.concatenate(([0.0], np.cumsum(weights) / weights.sum()))
        times += [(float(a), float(b)) for a, b in pairwise(edges)]
        at = stop
    return times


def believable(words: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    """A reading that counts, without loops; nothing of it where its words are unlikely as a whole."""
    kept = without_loops(words)
    confidences = [word.confidence for word in kept if word.confidence is not None]
    return [] if confidences and np.mean(confidences) < LEAST_CONFIDENCE else kept


def heard(
    words: Sequence[RecognisedWord], samples: Samples, origin: float, first: float, aligner: WordAligner
) -> tuple[tuple[Word, ...], tuple[FilledPause, ...]]:
    """The words with their times, and the hesitations that they do not tell of.

    The times are the recogniser's, or else the aligner's, or between those that are known. `samples` are what
    was read, from session time `origin`; no speech was heard in them before `first`.
    """
    texts = [word.text for word in words]
    known: list[tuple[float, float] | None] = [
        None if word.start is None or word.end is None else (word.start, word.end) for word in words
    ]
    suspected: list[tuple[float, float]] = []
    if words and not any(known):
        known, suspected = aligner.alignment(samples, texts)
    length = len(samples) / SAMPLE_RATE
    times = interpolated(texts, known, min(first - origin, length), length)
    timed = tuple(
        Word(word.text, origin + start, origin + end, word.confidence, aligned=given is not None)
        for word, (start, end), given in zip(words, times, known, strict=True)
    )
    return timed, tuple(filled_pauses.find(samples, origin, timed, suspected))


Finished = Callable[[Utterance, Samples, float], None]
"""Hears a final utterance that has words, with the sound that was read and the session time of its start."""


@dataclass(slots=True)
class _Open:
    """The utterance being said. Places are samples since the sound last began anew."""

    id: int
    start: int
    """First sample to read, padding included."""
    first: int
    """Where speech was first likely."""
    speech: int = 0
    """Samples in windows of likely speech."""
    quiet_from: int | None = None
    """Where the quiet began that is going on."""
    reading: tuple[RecognisedWord, ...] = ()
    """The latest reading."""
    since: tuple[int, ...] = ()
    """From when on each of its words has stood in the readings."""
    read_to: int = 0
    whole: tuple[int, list[RecognisedWord]] | None = None
    """The reading that becomes final if no more is said, and where its sound ended."""
    committed: tuple[RecognisedWord, ...] = ()
    published: bool = False


class TranscriptionStage:
    """Emits an `Utterance` again and again while it is said, and once more, final, when it has been said.

    `provisional` is false for files: only the final readings are made, and they are the same. At most one
    provisional reading is made for each chunk, so a lane that is behind and merges its chunks reads less
    often. When in the end nothing is left of an utterance that was shown, it is withdrawn: final, without
    text. `finished` is told of each utterance after it was emitted for good.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        detector: Detector,
        aligner: WordAligner,
        provisional: bool = True,
        finished: Finished | None = None,
    ) -> None:
        self._recogniser = recogniser
        self._aligner = aligner
        self._provisional = provisional
        self._finished = finished
        self._windows = Windows(detector)
        self._window = detector.window
        self._next_id = 0
        self._origin: float | None = None
        self._sound = np.zeros(0, np.float32)
        self._sound_from = 0
        self._judged = 0
        self._last_end = 0
        self._open: _Open | None = None

    def feed(self, chunk: AudioChunk) -> Iterator[Utterance]:
        if self._origin is None or jumps(self._time(self._received), chunk):
            yield from self.finish()
            self._restart(chunk.t)
        samples = clean(chunk.samples)
        self._sound = np.concatenate((self._sound, samples))
        for probability in self._windows.feed(samples):
            yield from self._judge(probability)
        if self._provisional and self._open is not None:
            yield from self._read_open(self._open)
        self._forget()

    def finish(self) -> Iterator[Utterance]:
        """End of the sound: the open utterance is read as it stands."""
        if self._open is not None:
            yield from self._close(self._open, self._end_of(self._open, self._received))

    @property
    def _received(self) -> int:
        return self._sound_from + len(self._sound)

    def _restart(self, t: float) -> None:
        self._windows.reset()
        self._origin = t
        self._sound = np.zeros(0, np.float32)
        self._sound_from = self._judged = self._last_end = 0
        self._open = None

    def _time(self, place: int) -> float:
        return (self._origin or 0.0) + place / SAMPLE_RATE

    def _between(self, start: int, end: int) -> Samples:
        return self._sound[start - self._sound_from : end - self._sound_from]

    def _forget(self) -> None:
        keep = self._open.start if self._open is not None else self._judged - PAD
        if keep > self._sound_from:
            self._sound = self._sound[keep - self._sound_from :].copy()
            self._sound_from = keep

    def _judge(self, probability: float) -> Iterator[Utterance]:
        start = self._judged
        self._judged += self._window
        one = self._open
        if one is None:
            if probability >= ONSET:
                self._begin(start)
            return
        if probability >= ONSET:
            one.speech += self._window
        if probability >= OFFSET:
            one.quiet_from = None
        elif one.quiet_from is None:
            one.quiet_from = start
        seconds = (self._judged - one.start) / SAMPLE_RATE
        pause = np.interp(seconds, PAUSES_SHORTEN, (PAUSE, SHORT_PAUSE))
        if one.quiet_from is not None and self._judged - one.quiet_from >= pause * SAMPLE_RATE:
            yield from self._close(one, self._end_of(one, self._judged))
        elif seconds >= LONGEST:
            cut = self._quietest(one.start + round(CUT_FROM * SAMPLE_RATE), self._judged)
            yield from self._close(one, cut)
            self._begin(cut, pad=0)

    def _begin(self, first: int, pad: int = PAD) -> None:
        start = max(first - pad, self._last_end, self._sound_from)
        self._open = _Open(self._next_id, start, first, speech=self._window)
        self._open.read_to = start
        self._next_id += 1

    def _end_of(self, one: _Open, at: int) -> int:
        """Where the utterance ends if it does so at `at`: a little into the quiet."""
        return at if one.quiet_from is None else min(one.quiet_from + PAD, at)

    def _quietest(self, start: int, end: int) -> int:
        """The middle of the 100 ms with the least energy."""
        span = SAMPLE_RATE // 10
        hop = SAMPLE_RATE // 100
        energy = np.cumsum(np.square(self._between(start, end), dtype=np.float64))
        sums = energy[span::hop] - energy[:-span:hop]
        return start + int(sums.argmin()) * hop + span // 2

    def _read_open(self, one: _Open) -> list[Utterance]:
        if one.quiet_from is not None and self._judged - one.quiet_from >= PAD:
            end = self._end_of(one, self._judged)
            if one.whole is not None and one.whole[0] == end:
                return []
            if self._recogniser.step((end - one.start) / SAMPLE_RATE) > 2 * PAUSE:
                # too busy to read now what is read for good a moment later
                return []
            words = self._read(one, end)
            one.whole = (end, words)
            one.since = tuple(standing_since(one.reading, one.since, words, end))
            one.reading = tuple(words)
            one.read_to = end
            one.committed = tuple(continued(one.committed, words))
            return self._publish(one, end, one.committed)
        end = self._received
        seconds = (end - one.start) / SAMPLE_RATE
        due = self._recogniser.step(seconds) * SAMPLE_RATE
        if seconds < FIRST_READING or end - one.read_to < due:
            return []
        words = without_loops(self._recogniser.transcribe(self._between(one.start, end), one.reading))
        one.since = tuple(standing_since(one.reading, one.since, words, end))
        one.reading = tuple(words)
        one.read_to = end
        # While speech goes on, the last word may be the beginning of a longer one.
        whole = words if one.quiet_from is not None else words[:-1]
        agreed = whole[: settled(whole, one.since[: len(whole)], end)]
        if len(agreed) > len(one.committed):
            one.committed = tuple(continued(one.committed, agreed))
        return self._publish(one, end, continued(one.committed, words))

    def _read(self, one: _Open, end: int) -> list[RecognisedWord]:
        """The reading that counts: of the whole utterance, and of nothing else."""
        if one.speech < LEAST_SPEECH * SAMPLE_RATE:
            return []
        return believable(self._recogniser.transcribe(self._between(one.start, end)))

    def _publish(self, one: _Open, end: int, words: Sequence[RecognisedWord]) -> list[Utterance]:
        if not words and not one.published:
            return []
        one.published = True
        spoken_to = one.quiet_from if one.quiet_from is not None else end
        texts = [word.text for word in words]
        times = interpolated(texts, [None] * len(texts), self._time(one.first), self._time(spoken_to))
        spread = [
            Word(word.text, *time, confidence=word.confidence)
            for word, time in zip(words, times, strict=True)
        ]
        shown = displayed(spread)
        committed = min(len(one.committed), len(words))
        return [
            Utterance(
                one.id,
                start=self._time(one.first),
                end=self._time(spoken_to),
                text=" ".join(word.text for word in shown),
                words=shown,
                committed=unchanging(spread, committed),
            )
        ]

    def _close(self, one: _Open, end: int) -> Iterator[Utterance]:
        if one.whole and one.whole[0] == end:
            words = one.whole[1]
        else:
            words = self._read(one, end)
            if self._provisional:
                # a reader need not wait until the words are aligned
                one.committed = tuple(words)
                yield from self._publish(one, end, words)
        self._open = None
        self._last_end = end
        sound, origin = self._between(one.start, end), self._time(one.start)
        timed: tuple[Word, ...] = ()
        pauses: tuple[FilledPause, ...] = ()
        if one.speech >= LEAST_SPEECH * SAMPLE_RATE:
            timed, pauses = heard(words, sound, origin, self._time(one.first), self._aligner)
        if not words and not pauses and not one.published:
            return
        spoken_to = end if one.quiet_from is None else one.quiet_from
        shown = displayed(timed)
        utterance = Utterance(
            one.id,
            start=self._time(one.first),
            end=self._time(spoken_to),
            text=" ".join(word.text for word in shown),
            words=shown,
            committed=len(shown),
            final=True,
            filled_pauses=pauses,
        )
        yield utterance
        if self._finished and shown:
            self._finished(utterance, sound, origin)

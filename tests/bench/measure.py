"""What benchmarks compute from what they recorded. Times are in seconds unless a name says otherwise."""

import itertools
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import jiwer
import numpy as np
import numpy.typing as npt
import psutil

from models.hearing.alignment import spoken_forms
from models.observations import is_hesitation


class Switch(NamedTuple):
    """Something that was sent changed at a time, to a state."""

    at: float
    state: bool


class SaidWord(NamedTuple):
    """A word of the recording and when it was said."""

    text: str
    start: float
    end: float


Messages = Sequence[tuple[float, dict[str, Any]]]
"""Messages with the time of their arrival."""
Span = tuple[float, float]
"""Start and end."""
Samples = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
FRAME = 0.01
"""Seconds of a frame in which there is speech or not."""


def percentiles(values: Sequence[float], *ranks: int) -> dict[str, float | None]:
    """{"p50": …} with three decimals; None where there are no values."""
    return {f"p{rank}": round(float(np.percentile(values, rank)), 3) if values else None for rank in ranks}


def answers(
    switches: Sequence[Switch], told: Sequence[Switch], begin: float, end: float, early: float = 0.0
) -> tuple[list[float], int]:
    """Delays from each switch in [begin, end) to the first message that tells it, and how many were missed.

    A switch counts as missed when no message tells it before the next one, or when the messages told its
    state already. A message counts from `early` seconds before the switch, for switches marked by ear.
    """
    delays: list[float] = []
    missed = 0
    for switch, following in itertools.pairwise(switches):
        if switch.at < begin or following.at >= end:
            continue
        before = next((each.state for each in reversed(told) if each.at < switch.at - early), None)
        first = next(
            (
                each.at
                for each in told
                if switch.at - early <= each.at < following.at and each.state == switch.state
            ),
            None,
        )
        if first is None or before == switch.state:
            missed += 1
        else:
            delays.append(first - switch.at)
    return delays, missed


def stretches(words: Sequence[SaidWord], pause: float = 0.55) -> list[Span]:
    """Stretches of speech: words that no pause as long as `pause` separates."""
    return joined([(word.start, word.end) for word in words], pause)


def joined(spans: Iterable[Span], pause: float) -> list[Span]:
    """Spans in order of their start, those less than `pause` apart as one."""
    found: list[Span] = []
    for start, end in spans:
        if found and start - found[-1][1] < pause:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def token(text: str) -> str:
    """A word as it is compared: lower case, letters, digits and apostrophes."""
    return re.sub(r"[^\w']", "", text.lower().replace("’", "'"))


def _confirmations(captions: Messages) -> tuple[list[str], list[float]]:
    """An utterance's last words, and when each was first shown as committed or final."""
    last = [token(word["text"]) for word in captions[-1][1]["words"]]
    when = [float("inf")] * len(last)
    for at, caption in captions:
        words = caption["words"]
        sure = words if caption["final"] else list(itertools.takewhile(lambda word: word["committed"], words))
        matcher = SequenceMatcher(None, [token(word["text"]) for word in sure], last, autojunk=False)
        for block in matcher.get_matching_blocks():
            for n in range(block.b, block.b + block.size):
                when[n] = min(when[n], at)
    return last, when


def confirmed_after(
    captions: Messages, said: Sequence[SaidWord], session_began: float, begin: float, end: float
) -> tuple[list[float], int]:
    """Delays from the end of each word said in [begin, end) to its confirmation, and how many never came.

    A word is confirmed by the first caption in which it is committed or final. Each utterance's words are
    aligned with those said between its start and end (0.5 s either side), so what a recogniser gets wrong has
    no delay, and counts as never confirmed.
    """
    utterances: dict[int, list[tuple[float, dict[str, Any]]]] = {}
    for at, caption in captions:
        utterances.setdefault(caption["utterance"], []).append((at, caption))
    confirmed: dict[int, float] = {}
    for shown in utterances.values():
        heard, when = _confirmations(shown)
        start, stop = (session_began + shown[-1][1][key] for key in ("start", "end"))
        near = [n for n, word in enumerate(said) if start - 0.5 <= word.start and word.end <= stop + 0.5]
        matcher = SequenceMatcher(None, heard, [token(said[n].text) for n in near], autojunk=False)
        for block in matcher.get_matching_blocks():
            for k in range(block.size):
                n = near[block.b + k]
                confirmed[n] = min(confirmed.get(n, float("inf")), when[block.a + k])
    wanted = [n for n, word in enumerate(said) if begin <= word.start and word.end < end]
    delays = [confirmed[n] - said[n].end for n in wanted if confirmed.get(n, float("inf")) < float("inf")]
    return delays, len(wanted) - len(delays)


_WRITTEN_SHORT = {"mr": "mister", "mrs": "missus", "dr": "doctor", "ok": "okay", "yknow": "you know"}


def comparable(text: str, hesitations: bool = True) -> str:
    """A text as words that can be compared: lower case, figures as words, hyphens parted, no punctuation.

    Without `hesitations` um, uh and their like are left out.
    """
    forms = (form for word in text.split() for form in spoken_forms(word))
    words = filter(None, (re.sub(r"[^\w']", "", form) for form in forms))
    spelled = (_WRITTEN_SHORT.get(word.replace("'", ""), word) for word in words)
    return " ".join(word for word in spelled if hesitations or not is_hesitation(word))


def word_error_rate(pairs: Sequence[tuple[str, str]], hesitations: bool = True) -> float | None:
    """Errors over all words said, of pairs (said, heard); None where nothing was said."""
    compared = [tuple(comparable(text, hesitations) for text in pair) for pair in pairs]
    compared = [pair for pair in compared if pair[0]]
    said, heard = ([pair[n] for pair in compared] for n in (0, 1))
    return float(jiwer.wer(said, heard)) if said else None


def pairs(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Where each word of one sequence is in the other, of those that both have in the same order."""
    first, second = ([token(word) for word in words] for words in (one, other))
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    return [(block.a + k, block.b + k) for block in blocks for k in range(block.size)]


def time_errors(said: Sequence[SaidWord], heard: Sequence[SaidWord]) -> tuple[list[float], list[float]]:
    """How far the starts and the ends of words are off, in ms, of those that were heard as they were said."""
    both = [(said[a], heard[b]) for a, b in pairs([w.text for w in said], [w.text for w in heard])]
    starts = [1000 * abs(one.start - other.start) for one, other in both]
    return starts, [1000 * abs(one.end - other.end) for one, other in both]


def matched_delays(
    heard: Sequence[SaidWord], shown: Sequence[float], said: Sequence[SaidWord]
) -> list[float]:
    """Delays from the end of each word said to when it was shown, of those heard as they were said."""
    return [shown[a] - said[b].end for a, b in pairs([w.text for w in heard], [w.text for w in said])]


def paired_in_time(there: Sequence[Span], found: Sequence[Span], within: float) -> list[tuple[int, int]]:
    """Which event of `there` was found as which of `found`: one each, that overlaps it or is no further than
    `within` from it; the nearest ones are paired first."""
    near = sorted(
        (abs(one[0] + one[1] - other[0] - other[1]), i, j)
        for i, one in enumerate(there)
        for j, other in enumerate(found)
        if other[0] <= one[1] + within and one[0] <= other[1] + within
    )
    left, right = set(range(len(there))), set(range(len(found)))
    paired = []
    for _, i, j in near:
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            paired.append((i, j))
    return paired


def found_in_time(there: Sequence[Span], found: Sequence[Span], within: float = 0.25) -> int:
    """How many of the events `there` were found, see `paired_in_time`."""
    return len(paired_in_time(there, found, within))


class Events(NamedTuple):
    """How many events were found, missed, and found without being there."""

    hits: int = 0
    missed: int = 0
    false: int = 0


def event_counts(
    there: Sequence[Span], found: Sequence[Span], within: float, unclear: Sequence[float], around: float
) -> Events:
    """Events and what was found of them, see `paired_in_time`.

    What is no further than `around` from one of the times `unclear` counts neither way.
    """
    paired = paired_in_time(there, found, within)

    def clear(span: Span) -> bool:
        return not any(span[0] - around <= t <= span[1] + around for t in unclear)

    known = [clear(span) for span in there]
    taken = {j for _, j in paired}
    hits = sum(known[i] for i, _ in paired)
    false = sum(clear(span) for j, span in enumerate(found) if j not in taken)
    return Events(hits, sum(known) - hits, false)


def f1_score(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Harmonic mean of precision and recall of pairs (there, found); None where neither ever is."""
    hits = sum(there and found for there, found in pairs)
    return ratio(2 * hits, sum(there + found for there, found in pairs))


def recalls(pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """For each class of pairs (label, found), the share that was found as it."""
    found: dict[str, list[bool]] = {}
    for label, other in pairs:
        found.setdefault(label, []).append(label == other)
    return {label: sum(right) / len(right) for label, right in sorted(found.items())}


def balanced_accuracy(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Mean of both classes' recalls of pairs (there, found); None unless both classes are there."""
    shares = recalls((str(there), str(found)) for there, found in pairs)
    return sum(shares.values()) / 2 if len(shares) == 2 else None


def ratio(part: float, whole: float) -> float | None:
    """Their ratio; None when the whole is nothing."""
    return part / whole if whole else None


def mask(spans: Iterable[Span], frames: int) -> Mask:
    """For each frame of `FRAME` seconds, whether its middle lies in one of the spans."""
    found = np.zeros(frames, bool)
    for start, end in spans:
        found[max(0, round(start / FRAME)) : max(0, round(end / FRAME))] = True
    return found


def spans(frames: Mask) -> list[Span]:
    """Where frames hold, in seconds: the inverse of `mask`."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], frames, [False])).astype(np.int8)))
    return [
        (start * FRAME, end * FRAME)
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    ]


def active(sound: Samples) -> Mask:
    """The frames of sound (16 kHz) that are heard: louder than a third of the way in dB from the quietest
    twentieth to the loudest."""
    size = round(FRAME * 16_000)
    power = np.square(np.pad(sound, (size, 2 * size))[: (len(sound) // size + 3) * size], dtype=np.float64)
    frames = power[: len(power) // size * size].reshape(-1, size).mean(1)
    # over 30 ms: a period of a low voice is longer than a frame
    level = 10 * np.log10(np.convolve(frames, np.ones(3) / 3, "valid") + 1e-9)
    low, high = np.percentile(level, (5, 95))
    found: Mask = level > low + (high - low) / 3
    return found


def away_from_edges(speech: Mask, collar: float) -> Mask:
    """The frames further than `collar` seconds from where speech begins or ends, no exact places."""
    edges = np.flatnonzero(np.diff(speech.astype(np.int8))) + 1
    width = round(collar / FRAME)
    return ~mask([((edge - width) * FRAME, (edge + width) * FRAME) for edge in edges], len(speech))


def pause_ratio(speech: Iterable[Span], start: float, end: float) -> float:
    """Share of the time from `start` to `end` in which there is no speech."""
    spoken = sum(max(0.0, min(stop, end) - max(begin, start)) for begin, stop in speech)
    return 1 - spoken / (end - start)


def at_snr(speech: Samples, active: Mask, noise: Samples, db: float) -> Samples:
    """Speech with noise, shape (n,): `db` is the ratio of the speech's level where it is `active` (frames) to
    the noise's. The noise is repeated or cut to length; where the sum would clip, it is made quieter."""
    level = np.sqrt(np.mean(np.square(speech[np.repeat(active, round(FRAME * 16_000))[: len(speech)]])))
    noise = np.resize(noise, len(speech))
    noise = noise * level / max(float(np.sqrt(np.mean(np.square(noise)))), 1e-9) * 10 ** (-db / 20)
    mixed = speech + noise
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max())), np.float32)


def buckets(metrics: str, name: str) -> dict[float, float]:
    """The cumulative buckets of a Prometheus histogram without labels, by upper bound."""
    found = re.findall(rf'^{name}_bucket{{le="([^"]+)"}} (\S+)$', metrics, re.MULTILINE)
    return {float(bound.replace("+Inf", "inf")): float(count) for bound, count in found}


def quantile(before: dict[float, float], after: dict[float, float], share: float) -> float | None:
    """The quantile of what a histogram counted between two looks, interpolated within its bucket."""
    counts = {bound: after[bound] - before.get(bound, 0.0) for bound in sorted(after)}
    total = max(counts.values(), default=0.0)
    if not total:
        return None
    lower, below = 0.0, 0.0
    for bound, count in counts.items():
        if count >= share * total:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * (share * total - below) / (count - below)
        lower, below = bound, count
    return lower


class Usage:
    """CPU time and memory of a process with its children."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

    def _all(self) -> Iterable[Any]:
        return [self._process, *self._process.children(recursive=True)]

    def cpu_s(self) -> float:
        """CPU seconds used so far."""
        return float(sum(sum(each.cpu_times()[:2]) for each in self._all()))

    def rss_mb(self) -> float:
        """Resident memory now, in MiB."""
        return float(sum(each.memory_info().rss for each in self._all()) / 2**20)

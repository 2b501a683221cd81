"""What benchmarks compute from what they recorded. Times are in seconds unless a name says otherwise."""

import itertools
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import numpy as np
import psutil


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


def stretches(words: Sequence[SaidWord], pause: float = 0.55) -> list[tuple[float, float]]:
    """Stretches of speech (start, end): words that no pause as long as `pause` separates."""
    found: list[tuple[float, float]] = []
    for word in words:
        if found and word.start - found[-1][1] < pause:
            found[-1] = (found[-1][0], word.end)
        else:
            found.append((word.start, word.end))
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

"""Captions of a session as WebVTT, from the report's transcript."""

from collections.abc import Iterator
from typing import Any

LONGEST = 84
"""Characters of a caption: two lines that can be read at a glance."""
BREAK_S = 1.0
"""A pause this long ends a caption."""


def captions(report: dict[str, Any]) -> str:
    """A WebVTT file (W3C) on session time; without cues where no words were kept."""
    cues = [
        f"{_stamp(start)} --> {_stamp(max(end, start + 0.001))}\n{_escaped(text)}\n"
        for line in report["transcript"]
        for start, end, text in _pieces(line)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _pieces(line: dict[str, Any]) -> Iterator[tuple[float, float, str]]:
    if not line["words"]:
        if line["text"].strip():
            yield line["start"], line["end"], line["text"].strip()
        return
    taken: list[dict[str, Any]] = []
    for word in line["words"]:
        length = sum(len(each["text"]) + 1 for each in taken) + len(word["text"])
        if taken and (length > LONGEST or word["start"] - taken[-1]["end"] >= BREAK_S):
            yield _joined(taken)
            taken = []
        taken.append(word)
    yield _joined(taken)


def _joined(words: list[dict[str, Any]]) -> tuple[float, float, str]:
    return words[0]["start"], words[-1]["end"], " ".join(each["text"] for each in words)


def _stamp(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def _escaped(text: str) -> str:
    # an arrow or an empty line would end the cue (WebVTT §4.1)
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

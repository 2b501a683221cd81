"""WebVTT from a transcript."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sessions.captions import LONGEST, captions


def line(*words: tuple[str, float, float]) -> dict[str, Any]:
    return {
        "start": words[0][1],
        "end": words[-1][2],
        "text": " ".join(text for text, _, _ in words),
        "words": [{"text": text, "start": start, "end": end} for text, start, end in words],
    }


def test_words_become_cues() -> None:
    spoken = line(("So,", 3599.5, 3599.9), ("well.", 3600.0, 3600.25))
    assert captions({"transcript": [spoken]}) == "WEBVTT\n\n00:59:59.500 --> 01:00:00.250\nSo, well.\n"


def test_pauses_and_length_end_a_caption() -> None:
    made = captions({"transcript": [line(("one", 0, 1), ("two", 2.5, 3), *[("word", 3, 4)] * 40)]})
    cues = re.findall(r"--> .*\n(.*)\n", made)
    assert cues[0] == "one"
    assert all(len(cue) <= LONGEST for cue in cues)
    assert " ".join(cues).split() == ["one", "two", *["word"] * 40]


def test_without_words_there_are_no_cues() -> None:
    assert captions({"transcript": []}) == "WEBVTT\n"


@given(st.lists(st.text(min_size=1), min_size=1, max_size=30))
def test_nothing_said_can_break_the_file(said: list[str]) -> None:
    made = captions({"transcript": [line(*((text, n, n + 0.5) for n, text in enumerate(said)))]})
    for block in made.split("\n\n")[1:]:
        head, *text = block.rstrip("\n").split("\n")
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}", head)
        assert len(text) <= 1
        assert "-->" not in "".join(text)
        assert "<" not in "".join(text)

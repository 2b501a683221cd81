"""What the benchmark of a room takes for withheld."""

from typing import Any

import pytest

from tests.bench.room import withheld

SHARED: dict[str, dict[str, Any]] = {
    "snapshot": {
        "seq": 1,
        "t": 2.0,
        "subscores": {"skill_relevance": {"score": 50}},
        "live": {"words": 9, "answer_seconds": None},
        "talk": {"candidate": 1.0, "others": None},
    },
    "caption": {
        "utterance": 1,
        "start": 0.0,
        "end": 1.0,
        "final": True,
        "words": [{"text": "well", "committed": True}],
        "speaker": None,
    },
    "reasons": {"skill_relevance": {"relevance": {"points": -8.0}}},
    "follow_ups": {"suggestions": [{"text": "How many?", "key_point": "Figures."}]},
}
MORE: list[tuple[str, dict[str, Any]]] = [
    ("snapshot", {"face": {"present": None}}),
    ("snapshot", {"subscores": {"confidence": {"score": None}}}),
    ("snapshot", {"live": {"words": 9, "words_a_minute": 120}}),
    ("reasons", {"confidence": {"eye_contact": {"points": -8.0}}}),
    ("reasons", {"skill_relevance": {"fillers": {"points": -8.0}}}),
    ("caption", {"filled_pauses": [{"start": 0.5}]}),
    ("caption", {"words": [{"text": "well", "committed": True}, {"text": "um", "mark": "filler"}]}),
]


@pytest.mark.parametrize("type_", SHARED)
def test_content_may_be_shown_alone_and_under_none_nothing(type_: str) -> None:
    message = {"v": 1, "type": type_, "data": SHARED[type_]}
    assert not withheld("content", message)
    assert withheld("none", message)


@pytest.mark.parametrize(("type_", "more"), MORE)
def test_what_goes_beyond_content(type_: str, more: dict[str, Any]) -> None:
    assert withheld("content", {"v": 1, "type": type_, "data": SHARED[type_] | more})


def test_what_is_not_about_the_candidate() -> None:
    assert not withheld("none", {"v": 1, "type": "members", "data": {"members": []}})


def test_what_nobody_has_heard_of_is_withheld() -> None:
    message = {"v": 1, "type": "pulse", "data": {"beats": 61}}
    assert withheld("content", message)
    assert withheld("none", message)

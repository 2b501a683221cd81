"""Messages that clients send."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import wire

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("kind", "data"),
    [("ping", {"sent": 1.5}), ("next", {"index": 2}), ("tracks", {"camera": True, "microphone": False})],
)
def test_what_a_client_may_say(kind: str, data: dict[str, Any]) -> None:
    assert wire.parse(json.dumps({"v": 1, "type": kind, "data": data})) == (kind, data)


@pytest.mark.parametrize(
    "body",
    [
        {"v": 2, "type": "ping", "data": {"sent": 1}},
        {"v": 1, "type": "snapshot", "data": {}},
        {"v": 1, "type": "next", "data": {"index": -1}},
        {"v": 1, "type": "next", "data": {"index": True}},
        {"v": 1, "type": "tracks", "data": {"camera": 1, "microphone": 0}},
        {"v": 1, "type": ["ping"], "data": {"sent": 1}},
        [],
        "ping",
        None,
    ],
)
def test_what_it_may_not(body: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        wire.parse(json.dumps(body))


def test_a_long_message_is_not_read() -> None:
    with pytest.raises(ValueError, match="at most"):
        wire.parse(json.dumps({"v": 1, "type": "ping", "data": {"sent": 1}}) + " " * wire.MAX_BYTES)


@given(st.text() | st.binary() | anything.map(json.dumps))
def test_nothing_else_gets_through(text: str | bytes) -> None:
    try:
        kind, _ = wire.parse(text)
    except ValueError:
        return
    assert kind in ("ping", "pong", "next", "tracks")

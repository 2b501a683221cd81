"""ICE servers from the settings."""

import pytest

from server.ice import for_browser, parse_server


def test_stun_and_turn() -> None:
    assert for_browser(parse_server("stun:stun.example.org:3478")) == {"urls": "stun:stun.example.org:3478"}
    assert for_browser(parse_server("turn:anna:s%40cret@turn.example.org:3478")) == {
        "urls": "turn:turn.example.org:3478",
        "username": "anna",
        "credential": "s@cret",
    }


@pytest.mark.parametrize("text", ["", "example.org", "http://example.org", "stun:", "turn"])
def test_anything_else_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"write stun:host:port"):
        parse_server(text)

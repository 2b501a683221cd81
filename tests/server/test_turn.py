"""TURN credentials."""

import base64
import hashlib
import hmac
import time

from server import ice, turn


def test_the_password_is_that_of_the_shared_secret() -> None:
    user, password = turn.credentials("open sesame", "ab12", 1_700_000_000.9)
    assert user == f"{1_700_000_000 + turn.LIFE_S}:ab12"
    expected = hmac.new(b"open sesame", user.encode(), hashlib.sha1).digest()
    assert base64.b64decode(password) == expected


def test_none_without_a_secret() -> None:
    assert turn.servers(("turn:127.0.0.1:3478",), None, "ab12") == []
    assert turn.servers((), "open sesame", "ab12") == []


def test_what_a_browser_gets() -> None:
    (server,) = turn.servers(("turn:127.0.0.1:3478", "turns:127.0.0.1:5349"), "open sesame", "ab12")
    told = ice.for_browser(server)
    assert told["urls"] == ["turn:127.0.0.1:3478", "turns:127.0.0.1:5349"]
    assert int(told["username"].partition(":")[0]) > time.time()

"""Settings, read from the environment; tests/test_project.py holds them against the README."""

import base64
from pathlib import Path

import pytest
from pydantic import ValidationError

from server.settings import Settings
from sessions.sealed import BadKey


def test_lists_are_split_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_ICE_HOSTS", "127.0.0.1, 10.1.2.3,")
    assert Settings().ice_hosts == ("127.0.0.1", "10.1.2.3")


def test_each_start_has_a_token_of_its_own() -> None:
    assert Settings().token != Settings().token


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "99999"), ("MAX_SESSIONS", "0"), ("WAIT_S", "-1"), ("TOKEN", "short")]
)
def test_bad_values_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"RAPPORT_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_the_recording_key_is_the_one_set_or_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAPPORT_DATA", str(tmp_path))
    made = Settings().load_recording_key()
    assert Settings().load_recording_key() == made
    monkeypatch.setenv("RAPPORT_RECORDING_KEY", base64.b64encode(bytes(32)).decode())
    assert Settings().load_recording_key() == bytes(32)
    assert "AAAA" not in repr(Settings()), "it does not get into logs"
    monkeypatch.setenv("RAPPORT_RECORDING_KEY", "secret")
    with pytest.raises(BadKey, match="RAPPORT_RECORDING_KEY: a recording key is 32 random bytes"):
        Settings().load_recording_key()

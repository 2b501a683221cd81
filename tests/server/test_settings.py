"""Settings, read from the environment; tests/test_project.py holds them against the README."""

import pytest
from pydantic import ValidationError

from server.settings import Settings


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

"""Settings: read from the environment, each documented."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from server.settings import Settings

README = Path(__file__).parents[2] / "README.md"


def test_every_setting_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    for name, field in Settings.model_fields.items():
        assert f"`RAPPORT_{name.upper()}`" in text, f"RAPPORT_{name.upper()} is not documented in README.md"
        assert field.description


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

import hashlib
from pathlib import Path

import pytest

from models import registry
from models.registry import (
    KNOWN,
    ModelChoice,
    ModelError,
    checksum,
    find,
    location,
    packaged,
    pull,
    versions,
)
from tests.models.vision.red_reader import build


@pytest.fixture(scope="module")
def status() -> dict[str, registry.ModelStatus]:
    return {one.info.name: one for one in registry.models(Path("nowhere"))}


def test_every_model_says_where_it_comes_from() -> None:
    assert len({info.name for info in KNOWN}) == len(KNOWN)
    for info in KNOWN:
        assert info.purpose
        assert info.licence
        assert info.source.startswith("https://")
        assert (info.package is None) != (info.hub is None)
        assert (info.package is None) == (info.sha256 is None)


def test_built_in_models_are_here_and_intact(status: dict[str, registry.ModelStatus]) -> None:
    for name in (
        *("face-mesh", "pose", "silero-vad", "moonshine-tiny-en", "pocketsphinx-en-us"),
        *("all-MiniLM-L6-v2", "tagger", "skills", "vader"),
    ):
        assert status[name].status == "bundled"
        assert status[name].intact, name
        assert status[name].path is not None


def test_fetched_models_are_missing_until_they_are_there(
    status: dict[str, registry.ModelStatus], tmp_path: Path
) -> None:
    assert status["whisper-tiny.en"].status == "missing"
    assert status["whisper-tiny.en"].sha256 is None
    folder = tmp_path / "whisper-tiny.en"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")
    (one,) = [one for one in registry.models(tmp_path) if one.info.name == "whisper-tiny.en"]
    assert (one.status, one.path) == ("present", folder)
    assert one.sha256 == checksum(folder)
    assert one.intact is None
    assert pull("whisper-tiny.en", tmp_path) == folder


def test_an_expression_model_is_shown_once_it_is_set(tmp_path: Path) -> None:
    assert registry.chosen(ModelChoice()) == []
    (missing,) = registry.chosen(ModelChoice(expression=tmp_path / "red.onnx"))
    assert (missing.status, missing.path, missing.sha256) == ("missing", None, None)
    path = build(tmp_path / "red.onnx")
    (here,) = registry.chosen(ModelChoice(expression=path))
    assert (here.info.name, here.status, here.path) == ("red.onnx", "present", path)
    assert here.sha256 == checksum(path)
    assert "private practice only" in here.info.purpose


def test_checksum_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"2")
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / ".cache").mkdir()
    before = checksum(tmp_path)
    (tmp_path / ".cache" / "record").write_bytes(b"x")
    assert checksum(tmp_path) == before == hashlib.sha256(b"a\x001b\x002").hexdigest()
    assert checksum(tmp_path / "a") == hashlib.sha256(b"1").hexdigest()
    (tmp_path / "a").rename(tmp_path / "c")
    assert checksum(tmp_path) != before


def test_what_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model is called 'gpt'; there are face-mesh"):
        pull("gpt", tmp_path)
    with pytest.raises(ModelError, match="not installed"):
        packaged("no_such_package", "model")
    with pytest.raises(ModelError, match="does not contain"):
        packaged("faster_whisper", "no/such/file")


def test_fetching_without_a_network_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"whisper-tiny\.en cannot be fetched from https://huggingface\.co"):
        pull("whisper-tiny.en", tmp_path)


def test_pulling_a_built_in_model_finds_it(tmp_path: Path) -> None:
    assert pull("silero-vad", tmp_path) == location(find("silero-vad"), tmp_path)


def test_versions_name_the_wheels() -> None:
    found = versions()
    assert found["moonshine-tiny-en"].startswith("moonshine-voice 0.1.0")
    assert found["face-mesh"].startswith("mediapipe ")
    assert "whisper-tiny.en" not in found

"""Live sessions whose utterances are read twice."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client.headless import HeadlessClient, rehearse
from models.hearing.moonshine import MoonshineRecogniser
from sessions.media import open_media
from tests.fixtures.server import Server
from tests.models.hearing.random_whisper import build

NewServer = Callable[..., Server]


async def session(server: Server, clip: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The report and the captions of a clip."""
    captions: list[dict[str, Any]] = []
    opened = open_media(clip)

    def hear(kind: str, data: dict[str, Any]) -> None:
        if kind == "caption":
            captions.append(data)

    async with HeadlessClient(server.url, server.token, hear, loopback=True) as client:
        return await rehearse(client, opened.video(), opened.microphone()), captions


async def test_better_text_reaches_captions_and_report(new_server: NewServer, clip: Path) -> None:
    server = new_server(second_pass=MoonshineRecogniser.name).start()
    report, captions = await session(server, clip)
    assert report["session"]["read_twice"] > 0
    finals = defaultdict(list)
    for caption in captions:
        if caption["final"]:
            finals[caption["utterance"]].append(caption)
    assert max(map(len, finals.values())) == 2
    first = next(captions for captions in finals.values() if len(captions) == 2)
    assert [word["text"] for word in first[0]["words"]] == [word["text"] for word in first[1]["words"]]


async def test_a_reading_that_is_no_better_replaces_nothing(
    new_server: NewServer, clip: Path, tmp_path: Path
) -> None:
    server = new_server(second_pass=str(build(tmp_path / "tiny.en"))).start()
    report, _ = await session(server, clip)
    assert report["versions"]["models"]["second-pass"] == "whisper tiny.en"
    assert report["session"]["read_twice"] == 0, "random words are unlikely"
    assert "times" in str(report["transcript"])


def test_a_model_that_is_not_there_keeps_the_server_from_starting(new_server: NewServer) -> None:
    with pytest.raises(RuntimeError, match="no Whisper model folder"):
        new_server(second_pass="/nowhere").start()

"""Whole sessions with a real client: resumed, abandoned, killed, refused."""

import asyncio
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from client.headless import FileCamera, FileMicrophone, HeadlessClient, Playback, Refused, rehearse
from sessions.media import open_media
from tests.fixtures import media
from tests.fixtures.server import Server

NewServer = Callable[..., Server]


class Heard:
    """What the server told."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, kind: str, data: dict[str, Any]) -> None:
        self.messages.append((kind, data))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [data for each, data in self.messages if each == kind]

    async def until(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - what is waited for comes by callback
                await asyncio.sleep(0.05)


def tracks(clip: Path) -> list[Any]:
    opened, playback = open_media(clip), Playback()
    return [FileCamera(opened.video(), playback), FileMicrophone(opened.microphone(), playback)]


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 s of face and voice."""
    return media.write_clip(tmp_path_factory.mktemp("long") / "long.mp4", 40)


async def test_from_offer_to_report(server: Server, clip: Path, wire_schema: Draft202012Validator) -> None:
    heard, opened = Heard(), open_media(clip)
    async with HeadlessClient(server.url, server.token, heard, loopback=True) as client:
        report = await rehearse(client, opened.video(), opened.microphone(), title="A rehearsal")
    for kind, data in heard.messages:
        wire_schema.validate({"v": 1, "type": kind, "data": data})
    snapshots = heard.of("snapshot")
    assert len(snapshots) / snapshots[-1]["t"] >= 4
    presence = [(each["t"], each["face"]["present"]) for each in snapshots]
    assert any(present is False for t, present in presence if 4.3 < t < 6)
    assert all(present for t, present in presence if 2 < t < 3.9)
    assert any(part["score"] is not None for part in snapshots[-1]["subscores"].values())
    said = " ".join(word["text"] for word in heard.of("caption")[-1]["words"]) + str(report["transcript"])
    assert "times" in said
    quality = report["questions"][0]["quality"]
    assert 0 <= quality["relevance"] <= 1, "what was said was read while it ran"
    assert report["session"]["title"] == "A rehearsal"
    assert report["session"]["ended"] == "finished"
    assert report["session"]["duration_s"] == pytest.approx(12, abs=1.5)
    assert heard.of("question")[0]["index"] == 0


async def test_the_candidate_comes_back(new_server: NewServer, long_clip: Path) -> None:
    server, heard = new_server().start(), Heard()
    async with HeadlessClient(server.url, server.token, heard, loopback=True) as client:
        await client.create()
        await client.connect(*tracks(long_clip))
        await heard.until(lambda: len(heard.of("snapshot")) > 40)
        client.send("next", {"index": 1})
        await heard.until(lambda: heard.of("question")[-1]["index"] == 1)
        before = heard.of("snapshot")[-1]["t"]
        await client.drop()
        await asyncio.sleep(4)
        count = len(heard.of("snapshot"))
        await client.connect(*tracks(long_clip))
        await heard.until(lambda: len(heard.of("snapshot")) > count + 30)
        assert heard.of("snapshot")[count]["t"] > before + 3.5, "the time axis went on"
        state = {"state": "live", "t": 0, "resumed": True, "recording": False, "message": None}
        assert heard.of("state")[-1] | {"t": 0} == state
        assert heard.of("question")[-1]["index"] == 1
        report = await client.end()
    lost = {gap["source"]: gap for gap in report["gaps"] if gap["end"] - gap["start"] > 3}
    assert set(lost) >= {"camera", "microphone"}
    for gap in lost.values():
        assert 3 < gap["end"] - gap["start"] < 8
        assert gap["reason"] == "connection lost"


def cut_off(client: HeadlessClient) -> None:
    """From now on every packet of the client's connection is lost, both ways."""
    assert client._connection
    for protocol in client._connection.sctp.transport.transport._connection._protocols:
        protocol.transport.sendto = lambda *_: None
        protocol.datagram_received = lambda *_: None


async def test_twenty_seconds_without_a_network(server: Server, long_clip: Path) -> None:
    heard = Heard()
    async with HeadlessClient(server.url, server.token, heard, loopback=True) as client:
        await client.create()
        await client.connect(*tracks(long_clip))
        await heard.until(lambda: bool(heard.of("snapshot")) and heard.of("snapshot")[-1]["t"] > 8, 30)
        cut_off(client)
        before, count = heard.of("snapshot")[-1]["t"], len(heard.of("snapshot"))
        await asyncio.sleep(20)
        assert len(heard.of("snapshot")) == count, "nothing came through"
        await client.connect(*tracks(long_clip))
        await heard.until(lambda: heard.of("snapshot")[-1]["t"] > before + 26, 30)
        report = await client.end()
    for source in ("camera", "microphone"):
        gap = max((each for each in report["gaps"] if each["source"] == source), key=lambda each: each["end"])
        assert gap["reason"] == "connection lost"
        assert gap["start"] == pytest.approx(before, abs=1)
        assert gap["end"] - gap["start"] == pytest.approx(20.5, abs=2)
    spoken = [utterance["start"] for utterance in report["transcript"]]
    assert min(spoken) < before
    assert max(spoken) > before + 20
    assert report["session"]["duration_s"] > before + 25


async def test_who_does_not_come_back_is_finalised(new_server: NewServer, clip: Path) -> None:
    server, heard = new_server(wait_s="1.5").start(), Heard()
    async with HeadlessClient(server.url, server.token, heard, loopback=True) as client:
        await client.create()
        await client.connect(*tracks(clip))
        await heard.until(lambda: len(heard.of("snapshot")) > 20)
        await client.drop()
        report: dict[str, Any] = {}

        async def ended() -> None:
            nonlocal report
            path, token = f"/api/sessions/{client.session['id']}/report", client.session["token"]
            while not report:
                try:
                    report = await client._call("GET", path, token)
                except Refused:
                    await asyncio.sleep(0.1)

        await asyncio.wait_for(ended(), 15)
        assert report["session"]["ended"] == "abandoned"
        with pytest.raises(Refused, match="has ended"):
            await client.connect(*tracks(clip))


async def test_a_killed_server_loses_a_second_at_most(new_server: NewServer, long_clip: Path) -> None:
    server, heard = new_server().start(), Heard()
    async with HeadlessClient(server.url, server.token, heard, loopback=True) as client:
        await client.create()
        await client.connect(*tracks(long_clip))
        await heard.until(lambda: bool(heard.of("snapshot")) and heard.of("snapshot")[-1]["t"] > 12, 30)
        killed_at = heard.of("snapshot")[-1]["t"]
        server.kill()
        with sqlite3.connect(server.data / "rapport.db") as database:
            assert database.execute("select ended from sessions").fetchall() == [(None,)]
        server.start()
        report = await client._call("GET", f"/api/sessions/{client.session['id']}/report", server.token)
    assert report["session"]["ended"] == "interrupted"
    assert killed_at - 1.0 <= report["session"]["duration_s"] <= killed_at + 1.0
    assert len(" ".join(each["text"] for each in report["transcript"]).split()) > 15


async def test_sigterm_finalises(new_server: NewServer, clip: Path) -> None:
    server, heard = new_server().start(), Heard()
    async with HeadlessClient(server.url, server.token, heard, loopback=True) as client:
        await client.create()
        await client.connect(*tracks(clip))
        await heard.until(lambda: len(heard.of("snapshot")) > 20)
        assert server.stop() in (0, -signal.SIGTERM)
        with sqlite3.connect(server.data / "rapport.db") as database:
            assert database.execute("select ended from sessions").fetchall() == [("shutdown",)]


async def test_a_full_machine_refuses_with_a_sentence(new_server: NewServer) -> None:
    server = new_server(max_sessions="1").start()
    async with (
        HeadlessClient(server.url, server.token) as first,
        HeadlessClient(server.url, server.token) as second,
    ):
        await first.create()
        with pytest.raises(Refused, match="busy") as caught:
            await second.create()
        assert caught.value.status == 503
        await first.end()
        await second.create()


async def test_only_sound_and_only_picture(server: Server, odd_media: dict[str, Path]) -> None:
    for name, missing in [("no_audio", "microphone"), ("no_video", "camera")]:
        opened = open_media(odd_media[name])
        async with HeadlessClient(server.url, server.token, loopback=True) as client:
            report = await rehearse(
                client,
                opened.video() if opened.has_video else None,
                opened.microphone() if opened.has_audio else None,
            )
        assert missing in {gap["source"] for gap in report["gaps"]}


async def test_what_keeps_nothing_leaves_nothing(new_server: NewServer, clip: Path) -> None:
    server, opened = new_server().start(), open_media(clip)
    async with HeadlessClient(server.url, server.token, loopback=True) as client:
        report = await rehearse(client, opened.video(), opened.microphone(), keep="none")
        assert report["transcript"]
    with sqlite3.connect(server.data / "rapport.db") as database:
        for table in ["sessions", "timeline", "reports"]:
            assert database.execute(f"select count(*) from {table}").fetchone() == (0,)
    assert "times" not in server.log.read_text(), "logs carry no words"

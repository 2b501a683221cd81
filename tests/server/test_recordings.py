"""Recordings of real sessions: in sync, in parts, after a kill, only with consent, only for those allowed."""

import asyncio
import base64
import json
import re
import sqlite3
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from client.headless import FileCamera, FileMicrophone, HeadlessClient, Playback, Refused, rehearse
from sessions.media import open_media
from tests.bench.measure import token
from tests.bench.recording import TWO_CITIES, aligned_words
from tests.fixtures import media, sync
from tests.fixtures.server import Server

NewServer = Callable[..., Server]
IN_SYNC_S = 0.08


def tracks() -> list[Any]:
    """Pictures and sound whose times are known, from their beginning."""
    playback = Playback()
    return [
        FileCamera(sync.pictures(60), playback),
        FileMicrophone(open_media(media.speech()).microphone(), playback),
    ]


class Web:
    """What a browser asks for."""

    def __init__(self, server: Server, session: str, bearer: str | None = None) -> None:
        self._url = f"{server.url}/api/sessions/{session}"
        self._headers = {"Authorization": f"Bearer {bearer or server.token}"}

    async def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, self._url + path, headers={**self._headers, **headers}) as response,
        ):
            return response.status, response.headers, await response.read()

    async def film(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = json.loads((await self.ask(""))[2])["film"]
        return found

    async def finished_film(self) -> dict[str, Any]:
        async with asyncio.timeout(15):
            while not ((found := await self.film()) and (found["type"] or found["problem"])):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert found
        return found


async def test_picture_sound_and_words_stay_together_over_a_reconnect(server: Server) -> None:
    async with HeadlessClient(server.url, server.token, loopback=True) as client:
        await client.create(recording=True)
        await client.connect(*tracks())
        await asyncio.sleep(9)
        await client.drop()
        await asyncio.sleep(2)
        await client.connect(*tracks())
        await asyncio.sleep(9)
        report = await client.end()
        session, candidate = client.session["id"], client.session["token"]
        web = Web(server, session)
        facts = await web.finished_film()
        status, headers, data = await web.ask("/recording")
        assert (status, headers["Content-Type"], len(data)) == (200, "video/webm", facts["size"])
        assert (await Web(server, session, candidate).ask("/recording"))[2] == data
    film = sync.decode(data)
    assert film.duration == pytest.approx(report["session"]["duration_s"], abs=0.3)

    back = next(gap["end"] for gap in report["gaps"] if gap["source"] == "camera" and gap["start"] > 5)
    heard = [(token(w["text"]), w["start"]) for line in report["transcript"] for w in line["words"]]
    said = [(token(w.text), w.start) for w in aligned_words(media.speech(), TWO_CITIES)]
    spans = {"start": (0.0, 8.5), "after the reconnect": (back, film.duration)}
    found = {name: sync.alignment(film, heard, said, *span) for name, span in spans.items()}
    print(*(f"{name}: {each}" for name, each in found.items()), sep="\n")
    for each in found.values():
        assert each.parting <= IN_SYNC_S

    with sqlite3.connect(server.data / "rapport.db") as database:
        rows = database.execute("select observation from timeline where session = ? order by seq", [session])
        faces = [each for (row,) in rows if (each := json.loads(row))["kind"] == "face"]
    steps = list(pairwise(faces))
    for t, face in film.switches:
        if 1 < t < 8.5 or t > back + 1:
            assert any(
                a["t"] - 0.04 <= t <= b["t"] + 0.04 and (a["faces"] > 0, b["faces"] > 0) == (not face, face)
                for a, b in steps
            ), f"what was seen at {t} is not what the recording shows"

    await parts_of_it(web, data)
    await who_may_see_it(server, session, web)


async def parts_of_it(web: Web, data: bytes) -> None:
    for wanted, start, stop in [
        ("bytes=0-99", 0, 100),
        ("bytes=70000-200000", 70_000, 200_001),
        (f"bytes={len(data) - 10}-", len(data) - 10, len(data)),
        ("bytes=-500", len(data) - 500, len(data)),
        (f"bytes=5-{10 * len(data)}", 5, len(data)),
    ]:
        status, headers, part = await web.ask("/recording", Range=wanted)
        assert status == 206
        assert part == data[start:stop]
        assert headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(data)}"
    for beyond in (f"bytes={len(data)}-", "bytes=9-3", "bytes=-", "bytes=x-2"):
        status, headers, _ = await web.ask("/recording", Range=beyond)
        assert (status, headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    for whole in ("lines=1-2", "bytes=0-9,20-29", "bytes"):
        status, headers, film = await web.ask("/recording", Range=whole)
        assert (status, film == data, "Content-Range" in headers) == (200, True, False)
    status, headers, nothing = await web.ask("/recording", "HEAD", Range="bytes=0-9")
    assert (status, headers["Content-Length"], nothing) == (200, str(len(data)), b"")
    assert (await web.ask("/recording", Range="bytes=0-9", **{"If-Range": '"another"'}))[2] == data
    status, headers, text = await web.ask("/captions.vtt")
    assert (status, headers["Content-Type"]) == (200, "text/vtt; charset=utf-8")
    assert re.search(rb"WEBVTT\n\n00:00:0\d\.\d{3} --> .*\n.*best of times", text)


async def who_may_see_it(server: Server, session: str, web: Web) -> None:
    stranger = Web(server, session, "x" * 20)
    assert (await stranger.ask("/recording"))[0] == 401
    assert (await stranger.ask("/recording", "DELETE"))[0] == 401
    assert (await Web(server, "..%2F..%2Fetc").ask("/recording"))[0] == 404
    assert (await web.ask("/recording", "DELETE"))[0] == 204
    assert await web.film() is None
    assert (await web.ask("/recording"))[0] == 404
    assert (await web.ask("/recording", "DELETE"))[0] == 404
    assert (await web.ask("/report"))[0] == 200, "the report stays"
    assert not list((server.data / "recordings").glob(f"{session}*"))


async def test_without_consent_nothing_is_written(server: Server, clip: Path) -> None:
    opened = open_media(clip)
    async with HeadlessClient(server.url, server.token, loopback=True) as client:
        report = await rehearse(client, opened.video(), opened.microphone())
        for keep in ("scores", "none"):
            with pytest.raises(Refused, match="only where everything is") as caught:
                await client.create(recording=True, keep=keep)
            assert caught.value.status == 422
    session = report["session"]["id"]
    assert await Web(server, session).film() is None
    folder = server.data / "recordings"
    assert not list(folder.glob(f"{session}*"))


KEYS = [base64.b64encode(key).decode() for key in (bytes(range(32)), bytes(32))]


async def test_a_killed_server_leaves_what_was_switched_on_to_the_right_key(
    new_server: NewServer,
) -> None:
    server = new_server(recording_key=KEYS[0]).start()
    told: list[dict[str, Any]] = []
    async with HeadlessClient(
        server.url,
        server.token,
        lambda kind, data: told.append(data) if kind == "snapshot" else None,
        loopback=True,
    ) as client:
        await client.create(recording=True)
        await client.connect(*tracks())

        async def until(t: float) -> float:
            async with asyncio.timeout(30):
                while not told or told[-1]["t"] < t:  # noqa: ASYNC110 - what is waited for comes by callback
                    await asyncio.sleep(0.05)
            return float(told[-1]["t"])

        off = await until(2)
        client.send("tracks", {"camera": False, "microphone": False})
        on = await until(off + 2)
        client.send("tracks", {"camera": True, "microphone": True})
        await until(on + 3)
        server.kill()
        web = Web(server, client.session["id"])
    assert [path.suffix for path in (server.data / "recordings").iterdir()] == [".log"]
    server.set(recording_key=KEYS[1])
    server.start()
    assert "encrypted with another key" in (await web.finished_film())["problem"]
    status, _, body = await web.ask("/recording")
    assert (status, "RAPPORT_RECORDING_KEY" in body.decode()) == (409, True)
    server.stop()
    server.set(recording_key=KEYS[0])
    server.start()
    await web.finished_film()
    film = sync.decode((await web.ask("/recording"))[2])
    assert film.duration > told[-1]["t"] - 1.2
    assert len(film.times) > 60
    assert not any(off + 0.3 < t < on for t in film.times), "what is switched off is not recorded"
    assert not film.sound[int((off + 0.3) * sync.RATE) : int(on * sync.RATE)].any()
    assert any(t > on for t in film.times)
    assert abs(film.sound[int((on + 1) * sync.RATE) :]).max() > 0.05
    assert (await web.ask("", "DELETE"))[0] == 204
    assert list((server.data / "recordings").iterdir()) == [], "deleted with the session"
    assert KEYS[0] not in server.log.read_text()

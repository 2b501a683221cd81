"""What a recording costs the server, and how well picture, sound and words stay together in it.

The server's processor time is taken with and without a recording, in turns, of the same session: so many
seconds each after it has settled. Then one long session is recorded that is broken off and resumed in its
middle; at its start, after the reconnect and at its end the times of pictures, sound and words are compared
(`tests/fixtures/sync.py`). Media stays on 127.0.0.1.
"""

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from client.headless import FileCamera, FileMicrophone, HeadlessClient, Playback
from sessions.media import open_media
from tests.bench.measure import token
from tests.bench.recording import TWO_CITIES, aligned_words
from tests.bench.running import running_server, say
from tests.fixtures import media, sync
from tests.fixtures.server import Server

TURNS = 4
"""Of each, with and without."""
TURN_S = 20.0
SETTLED_S = 5.0
AWAY_S = 3.0
LOOK_S = 12.0
"""Of the recording at each of the three places."""


def run(data: Path | None) -> dict[str, Any]:
    """`cpu_percent` of a core that a recording adds in the median, `cpu_percent_spread` between the turns,
    `sync_ms_max` of the three places in `sync_ms`, and `mb_per_minute` of 640 × 480 pictures."""
    seconds = float(os.environ.get("RAPPORT_BENCH_RECORDING_S", "600"))
    with running_server(max_sessions="4") as server, tempfile.TemporaryDirectory() as folder:
        loop = len(sync.source_sound()) / sync.RATE
        sound = media.write_wav(Path(folder) / "speech.wav", seconds)
        return {
            **asyncio.run(_cost(server, sound, loop)),
            **asyncio.run(_in_sync(server, sound, loop, seconds)),
        }


def _tracks(sound: Path, loop: float, seconds: float) -> list[Any]:
    playback = Playback()
    return [
        FileCamera(sync.pictures(seconds, loop=loop), playback),
        FileMicrophone(open_media(sound).microphone(), playback),
    ]


async def _cost(server: Server, sound: Path, loop: float) -> dict[str, Any]:
    used: dict[bool, list[float]] = {False: [], True: []}
    process = psutil.Process(server.pid)
    for turn in range(2 * TURNS):
        # with, without, without, with: a machine that gets slower or quicker favours neither
        recording = turn % 4 in (0, 3)
        say(f"Turn {turn + 1} of {2 * TURNS}, {'with' if recording else 'without'} a recording …")
        async with HeadlessClient(server.url, server.token, loopback=True) as client:
            await client.create(recording=recording)
            await client.connect(*_tracks(sound, loop, TURN_S + 2 * SETTLED_S))
            await asyncio.sleep(SETTLED_S)
            before, began = _processor_s(process), time.monotonic()
            await asyncio.sleep(TURN_S)
            used[recording].append(100 * (_processor_s(process) - before) / (time.monotonic() - began))
            await client.end()
    return {
        "cpu_percent": round(median(used[True]) - median(used[False]), 2),
        "cpu_percent_without": [round(each, 2) for each in used[False]],
        "cpu_percent_with": [round(each, 2) for each in used[True]],
    }


def _processor_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _in_sync(server: Server, sound: Path, loop: float, seconds: float) -> dict[str, Any]:
    say(f"{seconds:.0f} s with a reconnect …")
    half = seconds / 2
    async with HeadlessClient(server.url, server.token, loopback=True) as client:
        await client.create(recording=True)
        await client.connect(*_tracks(sound, loop, half))
        await asyncio.sleep(half)
        await client.drop()
        await asyncio.sleep(AWAY_S)
        await client.connect(*_tracks(sound, loop, half + SETTLED_S))
        await asyncio.sleep(half)
        report = await client.end()
        film = sync.decode(await _film(client, server))
        facts = await client._call("GET", f"/api/sessions/{client.session['id']}", server.token)
    lost = [gap for gap in report["gaps"] if gap["reason"] == "connection lost"]
    back = next(gap["end"] for gap in lost if gap["source"] == "camera")
    last = back + loop * int((film.duration - LOOK_S - back) / loop)
    heard = [(token(w["text"]), w["start"]) for line in report["transcript"] for w in line["words"]]
    said = [(token(w.text), w.start) for w in aligned_words(media.speech(), TWO_CITIES)]
    found = {
        name: sync.alignment(film, heard, said, start, start + LOOK_S)
        for name, start in {"start": 0.0, "after_the_reconnect": back, "end": last}.items()
    }
    return {
        "sync_ms_max": round(1000 * max(each.parting for each in found.values()), 1),
        "sync_ms": {name: round(1000 * each.parting, 1) for name, each in found.items()},
        "mb_per_minute": round(facts["film"]["size"] / 1e6 / (film.duration / 60), 2),
    }


async def _film(client: HeadlessClient, server: Server) -> bytes:
    path, headers = f"/api/sessions/{client.session['id']}", {"Authorization": f"Bearer {server.token}"}
    async with asyncio.timeout(60):
        while not (await client._call("GET", path, server.token))["film"]["type"]:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    async with client._http.get(f"{server.url}{path}/recording", headers=headers) as response:
        return await response.read()


if __name__ == "__main__":
    print(json.dumps(run(None), indent=1))

"""Whether memory comes back: an hour of fast motion, and a hundred sessions opened and closed.

`fast_motion`: faces that come, jump, grow, turn and go at the rates of a session's vision lane, for an hour
of media time (RAPPORT_BENCH_MOTION_MIN) as fast as they can be looked at; `growth_mb` is from the sixth part
of the time to its end. `sessions`: a hundred sessions of the load generator (tests.bench.load) with all
stages on a real server, four at a time for three seconds each; `growth_mb` is from after the first eight,
which load what is shared, to five seconds after the last. Resident memory, the server's with its child
processes.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from models.stage import VideoChunk
from sessions.perception import Vision
from tests.bench.load import Camera, Candidate, Microphone, encode_pictures, encode_sound, only_loopback
from tests.bench.measure import Usage
from tests.bench.recording import recording
from tests.bench.running import running_server, say
from tests.models.vision.portrait import EMPTY, portrait

MINUTES = float(os.environ.get("RAPPORT_BENCH_MOTION_MIN", "60"))
DIFFERENT = 390
"""Pictures before the motion repeats itself."""
TOGETHER, LOADING, IN_ALL = 4, 8, 100
OPEN_S, SETTLED_S = 3.0, 5.0


def run(data: Path | None) -> dict[str, Any]:
    """Measure; `data` is a folder of recordings with word times."""
    return {"fast_motion": fast_motion(MINUTES), "sessions": asyncio.run(sessions(data))}


def fast_motion(minutes: float) -> dict[str, float]:
    """One vision lane's stage in this process."""
    pictures = [_picture(n) for n in range(DIFFERENT)]
    usage, stage = Usage(os.getpid()), Vision()
    count = round(60 * minutes * stage.fps)
    warm = 0.0
    began = time.monotonic()
    for n in range(count):
        for _ in stage.feed(VideoChunk(n / stage.fps, pictures[n % DIFFERENT])):
            pass
        if n == count // 6:
            warm = usage.rss_mb()
        if n % 6000 == 0:
            say(f"  {n / stage.fps / 60:.0f} of {minutes:.0f} minutes of motion, {usage.rss_mb():.0f} MB")
    grown = usage.rss_mb() - warm
    for _ in stage.finish():
        pass
    return {"minutes": minutes, "growth_mb": grown, "took_s": time.monotonic() - began}


def _picture(n: int) -> Any:
    x, y, size = 320 + 150 * np.sin(n), 240 + 60 * np.cos(1.7 * n), 220 + 90 * np.sin(0.6 * n)
    return EMPTY if n % 13 == 0 else portrait(round(x), round(y), round(size), 20 * np.sin(n))


async def sessions(data: Path | None) -> dict[str, float]:
    """Sessions on a server, from their creation to their report."""
    only_loopback()
    said = recording(data)
    segments = {face: encode_pictures(face) for face in (True, False)}
    opus = encode_sound(said.path)
    with running_server(max_sessions=str(TOGETHER)) as server:
        usage, loaded = Usage(server.pid), 0.0
        async with aiohttp.ClientSession(server.url) as http:
            for done in range(0, IN_ALL, TOGETHER):
                candidates = [
                    Candidate(http, Camera(segments, seed), Microphone(opus, said, seed / TOGETHER))
                    for seed in range(TOGETHER)
                ]
                for candidate in candidates:
                    await candidate.start(server.token)
                await asyncio.sleep(OPEN_S)
                for candidate in candidates:
                    await candidate.end()
                if done + TOGETHER == LOADING:
                    await asyncio.sleep(SETTLED_S)
                    loaded = usage.rss_mb()
                if not done % 20:
                    say(f"  {done + TOGETHER} of {IN_ALL} sessions, {usage.rss_mb():.0f} MB")
        await asyncio.sleep(SETTLED_S)
        return {"sessions": IN_ALL, "growth_mb": usage.rss_mb() - loaded, "rss_mb": usage.rss_mb()}

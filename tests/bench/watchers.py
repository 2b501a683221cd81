"""Observers of a room, as a process of its own: what they read must not delay the candidate that is measured.

Reads a JSON array of seats from standard input. Once every observer has had a snapshot, writes a line; then
counts for the time given and writes each observer's snapshots a second, as JSON.

    python -m tests.bench.watchers http://127.0.0.1:8080 --room ID --seconds 60 < seats.json
"""

import argparse
import asyncio
import json
import sys
import time

import aiohttp

SNAPSHOT = b'"type":"snapshot"'


async def watch(url: str, room: str, seats: list[str], seconds: float) -> None:
    """Watch with all seats at once."""
    counts = [0] * len(seats)
    all_there = asyncio.Event()

    async def observe(n: int, http: aiohttp.ClientSession) -> None:
        headers = {"Authorization": f"Bearer {seats[n]}"}
        async with http.get(f"/api/rooms/{room}/watch", headers=headers) as response:
            response.raise_for_status()
            async for line in response.content:
                counts[n] += SNAPSHOT in line
                if not all_there.is_set() and all(counts):
                    all_there.set()

    async def count() -> None:
        await all_there.wait()
        print("watching", flush=True)
        before, began = list(counts), time.monotonic()
        await asyncio.sleep(seconds)
        took = time.monotonic() - began
        print(json.dumps([(now - then) / took for now, then in zip(counts, before, strict=True)]), flush=True)

    async with aiohttp.ClientSession(
        url,
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(None),
    ) as http:
        streams = [asyncio.create_task(observe(n, http)) for n in range(len(seats))]
        counting = asyncio.create_task(count())
        # a stream that ends before the time is over is a failure
        done, _ = await asyncio.wait([counting, *streams], return_when=asyncio.FIRST_COMPLETED)
        for task in (counting, *streams):
            if task not in done:
                task.cancel()
        for task in done:
            task.result()
        if counting not in done:
            raise RuntimeError("an observer's stream has ended")


def main() -> None:
    """Parse the command line, watch, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--room", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    asyncio.run(watch(given.url, given.room, json.load(sys.stdin), given.seconds))


if __name__ == "__main__":
    main()

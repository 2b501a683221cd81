"""How many full sessions one machine serves well, and what happens past that.

Every session runs all stages on the media of the load generator (tests.bench.load), which is another process
on the same machine; each candidate is at another place of the recording. A number of sessions is kept when,
over 45 s, the age of the analysed pictures (snapshots) has a 95th percentile of at most 300 ms, a word is
confirmed within 2.5 s (90th percentile), and the event loop is at most 20 ms late (99th percentile, from the
server's histogram). `sessions` is the largest
number kept, found with the limit on sessions lifted. `refuses_at` is the number at which the server refuses a
new session when nothing is set; `beyond` was measured with all that such a server admits, while somebody
asked for yet another session every second.
"""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.measure import buckets, percentiles, quantile
from tests.bench.running import pooled, run_load, running_server, say
from tests.fixtures.server import Server

SECONDS = 45.0
TRIED = range(5, 17)
LIMITS = {"frame_age_ms_p95": 300.0, "caption_s_p90": 2.5, "loop_lag_ms_p99": 20.0}


def run(data: Path | None) -> dict[str, Any]:
    """Measure; `data` is a folder of recordings with word times."""
    with running_server() as server:
        refuses_at = _admitted(server) + 1
    with running_server(max_sessions="64") as server:
        at_4 = figures(run_load(server, 4, SECONDS, data))
    most, tried = (4, {4: at_4}) if kept(at_4) else (0, {4: at_4})
    for sessions in TRIED if most else range(3, 0, -1):
        with running_server(max_sessions="64") as server:
            tried[sessions] = figures(run_load(server, sessions, SECONDS, data))
        say(f"  {tried[sessions]}")
        if kept(tried[sessions]):
            most = sessions
        if kept(tried[sessions]) != (sessions > 4):
            break
    with running_server() as server, _pestered(server) as refused:
        beyond = figures(run_load(server, refuses_at - 1, SECONDS, data))
    return {
        "sessions": most,
        "at_4": at_4,
        "refuses_at": refuses_at,
        "beyond": {"sessions": refuses_at - 1, "refused": len(refused), "kept": kept(beyond), **beyond},
        "tried": tried,
    }


def figures(measured: dict[str, Any]) -> dict[str, float | None]:
    """The load generator's measurements as the figures of capacity."""
    before, after = (buckets(text, "rapport_loop_lag_seconds") for text in measured["metrics"])
    lag = quantile(before, after, 0.99)
    return {
        "frame_age_ms_p95": percentiles(pooled(measured, "frame_age_ms"), 95)["p95"],
        "caption_s_p90": percentiles(pooled(measured, "caption_s"), 90)["p90"],
        "loop_lag_ms_p99": None if lag is None else 1000 * lag,
        "feedback_ms_p95": percentiles(pooled(measured, "feedback_ms"), 95)["p95"],
        "speech_onset_ms_p95": percentiles(pooled(measured, "speech_onset_ms"), 95)["p95"],
        "cpu_percent": 100 * measured["cpu_s"] / measured["seconds"],
        "sender_cpu_percent": 100 * measured["sender_cpu_s"] / measured["seconds"],
        "rss_mb": max(rss for _, rss in measured["rss_mb"]),
    }


def kept(found: dict[str, float | None]) -> bool:
    """Whether all limits were kept; what could not be measured was not."""
    return all((value := found[key]) is not None and value <= limit for key, limit in LIMITS.items())


def _ask(server: Server) -> int:
    request = urllib.request.Request(
        f"{server.url}/api/sessions",
        data=json.dumps({"title": "One more"}).encode(),
        headers={"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            status: int = response.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


def _admitted(server: Server) -> int:
    admitted = 0
    while _ask(server) == 201:
        admitted += 1
    return admitted


@contextmanager
def _pestered(server: Server) -> Iterator[list[int]]:
    """Ask for a session every second, from a little after the load's own are there; lists the refusals."""
    over = threading.Event()
    refused: list[int] = []

    def pester() -> None:
        over.wait(8)
        while not over.wait(1):
            status = _ask(server)
            if status == 503:
                refused.append(status)

    thread = threading.Thread(target=pester)
    thread.start()
    try:
        yield refused
    finally:
        over.set()
        thread.join()

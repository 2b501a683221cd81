"""How benchmarks run the server and its load."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fixtures.server import ROOT, Server


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def running_server(**settings: str) -> Iterator[Server]:
    """The real server with an empty data folder."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", **settings).start()
        try:
            yield server
        finally:
            server.stop()


def run_load(server: Server, sessions: int, seconds: float, data: Path | None) -> dict[str, Any]:
    """The load generator's measurements of so many sessions at a time; see tests.bench.load."""
    say(f"{sessions} session{'s'[: sessions != 1]} for {seconds:.0f} s …")
    command = [sys.executable, "-m", "tests.bench.load", server.url, f"--token={server.token}"]
    command += ["--sessions", str(sessions), "--seconds", str(seconds), "--pid", str(server.pid)]
    if data:
        command += ["--data", str(data.resolve())]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def pooled(measured: dict[str, Any], key: str) -> list[float]:
    """All candidates' values of a measurement."""
    return [value for candidate in measured["candidates"] for value in candidate[key]]

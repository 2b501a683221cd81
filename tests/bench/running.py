"""How benchmarks run the server and its load."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from server.commandline import Complaint
from tests.fixtures.server import ROOT, Server


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


def rows(figures: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every figure with its dotted name; lists and single clips are for reading in the file."""
    for key, value in figures.items():
        if key == "per_clip":
            continue
        if isinstance(value, dict):
            yield from rows(value, f"{prefix}{key}.")
        elif not isinstance(value, list):
            text = f"{value:.3g}" if isinstance(value, float) and abs(value) < 100 else str(value)
            yield prefix + key, f"{value:.0f}" if isinstance(value, float) and abs(value) >= 100 else text


def show(figures: dict[str, Any]) -> None:
    """A table of the figures, those of their `baseline`, if they have one, beside them."""
    plain = dict(rows(figures.get("baseline", {})))
    table = Table("figure", "Rapport", "baseline")
    for name, value in rows({key: value for key, value in figures.items() if key != "baseline"}):
        table.add_row(name, value, plain.get(name, ""))
    Console(stderr=True).print(table)


def folder_with(data: Path, usual: str, name: str) -> Path:
    """`data` or its subfolder `usual`, where there is a file `name`. Raises Complaint when in neither."""
    for folder in (data, data / usual):
        if (folder / name).is_file():
            return folder
    raise Complaint(f"{data}: neither {name} nor {usual}/{name} is there")


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

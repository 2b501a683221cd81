"""All benchmarks one after the other: progress on the way, one table at the end, JSON in artefacts/bench."""

import json
import subprocess
import sys

from rich.console import Console
from rich.table import Table

from server.commandline import BENCHMARKS
from tests.bench.running import rows
from tests.fixtures.server import ROOT, rapport

FOLDER = ROOT / "artefacts" / "bench"


def main() -> None:
    """Run, keep, print; exits with 1 when a benchmark failed."""
    table = Table("benchmark", "figure", "value")
    failed = []
    for name in BENCHMARKS:
        print(f"{name} …", file=sys.stderr, flush=True)
        target = FOLDER / f"{name}.json"
        command = rapport("bench", name, "--json", str(target))
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        if done.returncode:
            failed.append(name)
            continue
        for figure, value in rows(json.loads(target.read_text())):
            table.add_row(name, figure, value)
        table.add_section()
    Console().print(table)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()

"""Whether memory grows in a long session.

One session of the load generator (tests.bench.load), every stage running, for fifteen minutes
(RAPPORT_BENCH_SOAK_MIN). `rss_growth_mb` is the resident memory of the server at the end (median of the last
minute) less that after the first two minutes (median of the half minute before and after).
"""

import os
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.running import run_load, running_server

MINUTES = float(os.environ.get("RAPPORT_BENCH_SOAK_MIN", "15"))
SETTLED_S = 120.0


def run(data: Path | None) -> dict[str, Any]:
    """Measure; `data` is a folder of recordings with word times."""
    with running_server() as server:
        measured = run_load(server, 1, 60 * MINUTES, data)
    rss: list[tuple[float, float]] = [tuple(each) for each in measured["rss_mb"]]
    settled = [mb for at, mb in rss if abs(at - SETTLED_S) <= 30]
    last = [mb for at, mb in rss if at >= rss[-1][0] - 60]
    candidate = measured["candidates"][0]
    return {
        "minutes": measured["seconds"] / 60,
        "rss_growth_mb": median(last) - median(settled),
        "rss_mb": {"after_2min": median(settled), "end": median(last), "most": max(mb for _, mb in rss)},
        "waiting": candidate["waiting"],
        "report_ready_s": candidate["report_ready_s"],
    }

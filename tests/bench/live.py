"""One live session: how soon it answers, and what it costs.

`feedback_ms`: a face comes or goes in the sent picture → the first snapshot that says so has arrived.
`speech_onset_ms`: a word begins after a pause → the first snapshot that says so. `caption_s`: a word has been
said → the first caption in which it is committed or final. `snapshot_hz`, `cpu_s_per_min` and `rss_mb` (at
the end, the server with its children) belong to the same session. All of these come from the load generator
(tests.bench.load), in one session of ten minutes (RAPPORT_BENCH_LIVE_S seconds), every stage running.

`first_subscore_s` (Start clicked → first subscore painted) and `page_feedback_ms` (captured → painted) come
from a real Chromium on the same machine (tests.bench.page). `report_ready_s`: the end was asked for → the
report was read, over HTTP; `page_report_s`: End clicked, or the report's page opened → it is on the screen.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

from tests.bench.measure import percentiles
from tests.bench.page import page_session
from tests.bench.recording import recording
from tests.bench.running import pooled, run_load, running_server, say

SECONDS = float(os.environ.get("RAPPORT_BENCH_LIVE_S", "600"))
SHORT_S = 30.0
PAGE_S = 60.0


def run(data: Path | None) -> dict[str, Any]:
    """Measure; `data` is a folder of recordings with word times."""
    with running_server() as server:
        short = run_load(server, 1, SHORT_S, data)
    with running_server() as server:
        long = run_load(server, 1, SECONDS, data)
        say(f"Chromium for {PAGE_S:.0f} s …")
        page = asyncio.run(page_session(server, recording(data), PAGE_S, long["candidates"][0]["id"]))
    candidate = long["candidates"][0]
    return {
        "recording": long["recording"],
        "first_subscore_s": page["first_subscore_s"],
        "first_subscore_message_s": candidate["first_subscore_s"],
        "snapshot_hz": candidate["snapshot_hz"],
        "feedback_ms": percentiles(pooled(long, "feedback_ms"), 50, 95),
        "feedback_missed": candidate["feedback_missed"],
        "page_feedback_ms": percentiles(page["page_feedback_ms"], 50, 95),
        "page_feedback_missed": page["page_missed"],
        "speech_onset_ms": percentiles(pooled(long, "speech_onset_ms"), 50, 95),
        "speech_onset_missed": candidate["speech_missed"],
        "caption_s": percentiles(pooled(long, "caption_s"), 50, 90),
        "caption_share_confirmed": 1 - candidate["caption_missed"] / max(1, candidate["caption_words"]),
        "report_ready_s": {
            "after_30s": short["candidates"][0]["report_ready_s"],
            "after_10min": candidate["report_ready_s"],
        },
        "page_report_s": {
            "after_1min": page["page_report_s"]["after_this"],
            "after_10min": page["page_report_s"]["after_other"],
        },
        "cpu_s_per_min": 60 * long["cpu_s"] / long["seconds"],
        "rss_mb": long["rss_mb"][-1][1],
    }

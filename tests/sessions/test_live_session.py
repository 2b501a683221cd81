"""What a live session keeps, in this process; what it tells is tested on a real server."""

import asyncio
import gc
import secrets
import weakref
from pathlib import Path

from models.registry import ModelChoice
from scoring.rubric import load
from sessions.directory import Directory
from sessions.perception import Perception
from sessions.questions import FREE
from sessions.recording import Recordings
from sessions.store import SessionRecord, Store


class Page:
    """Takes what a candidate is told."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def snapshot(self, message: str) -> None:
        """See `Viewer`."""

    def event(self, message: str) -> None:
        """See `Viewer`."""
        self.events.append(message)


def test_an_ended_session_keeps_its_report_and_lets_go_of_its_connection(tmp_path: Path) -> None:
    record = SessionRecord.new("Practice", FREE.id, "all", recording=True)
    perception = Perception(ModelChoice())
    directory = Directory(
        Store(tmp_path / "sessions.db"),
        Recordings(tmp_path / "recordings", secrets.token_bytes(32)),
        perception,
        {record.rubric: load()},
        max_sessions=1,
        wait_s=60.0,
    )

    async def session() -> tuple[str, weakref.ref[Page]]:
        held = directory.admit(record)
        page = Page()
        held.attach(page)
        await asyncio.sleep(0.3)
        await held.end("finished")
        assert '"report"' in page.events[-1]
        return held.record.id, weakref.ref(page)

    async def whole() -> None:
        name, page = await session()
        assert len(asyncio.all_tasks()) == 1, "what told and kept the session has stopped"
        gc.collect()
        assert page() is None
        report = directory.report(name)
        assert report
        assert report["session"]["ended"] == "finished"

    try:
        asyncio.run(whole())
    finally:
        perception.close()

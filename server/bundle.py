"""Everything that is stored of a session, as files."""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any, TypeAlias

from models.observations import Mark, to_json
from server.standalone import standalone
from sessions.advising import advice_on
from sessions.captions import captions
from sessions.recording import Recordings
from sessions.store import SessionRecord, Store

PIECE = 256 * 1024
"""Bytes of a recording read at once."""
ENDINGS = {"video/webm": "webm", "audio/webm": "weba", "video/mp4": "mp4", "video/x-matroska": "mkv"}
File: TypeAlias = tuple[str, Callable[[], Iterator[bytes]]]
"""A name, and what gives the content piece by piece."""


def files(
    store: Store,
    recordings: Recordings,
    record: SessionRecord,
    report: dict[str, Any],
    secretive: Collection[str] = (),
) -> list[File]:
    """The session's record, reports, timeline, captions, advice and recording; those that there are.

    The marks of the `secretive`, members of the session's room, are left out: they did not share them.
    Raises sessions.sealed.WrongKey or Damaged where there is a recording that cannot be read.
    """
    found: list[File] = [
        ("session.json", lambda: iter([_json(asdict(record))])),
        ("report.json", lambda: iter([_json(report)])),
        ("report.html", lambda: iter([standalone(report, advice_on(store, report)).encode()])),
        ("timeline.jsonl", lambda: _timeline(store, record.id, secretive)),
    ]
    if report["transcript"]:
        found.append(("captions.vtt", lambda: iter([captions(report).encode()])))
    for n, again in enumerate((each["rubric"] for each in store.reports(record.id) if not each["own"]), 2):
        found.append((f"report-{n}.json", partial(_report, store, record.id, again)))
    advice = store.advice(record.id)
    if advice:
        found.append(("advice.json", lambda: iter([_json(advice["advice"])])))
    film = recordings.find(record.id)
    if film and film.type:
        ending = ENDINGS.get(film.type.partition(";")[0], "bin")
        found.append((f"recording.{ending}", lambda: _recording(recordings, record.id)))
    return found


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def _report(store: Store, session: str, rubric: str) -> Iterator[bytes]:
    yield _json(store.report(session, rubric) or {})


def _timeline(store: Store, session: str, secretive: Collection[str]) -> Iterator[bytes]:
    for observation in store.timeline(session):
        if isinstance(observation, Mark) and observation.by in secretive:
            continue
        yield (json.dumps(to_json(observation), ensure_ascii=False) + "\n").encode()


def _recording(recordings: Recordings, session: str) -> Iterator[bytes]:
    with recordings.open(session) as film:
        for at in range(0, film.size, PIECE):
            yield film.read(at, min(PIECE, film.size - at))

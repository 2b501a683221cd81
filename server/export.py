"""A session to take away: its report as PDF, and everything of it as one ZIP file."""

import asyncio
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from server import bundle
from server.access import DIRECTORY, ended_report, refusal
from server.hall import HALL
from server.printing import CannotPrint, pdf
from server.recordings import UNREADABLE, WRONG_KEY
from sessions.advising import advice_on
from sessions.sealed import Damaged, WrongKey

routes = web.RouteTableDef()
PRINTING = web.AppKey("printing", asyncio.Semaphore)
"""One Chromium at a time: it takes as much of the machine as several sessions."""
SENT_AT_ONCE = 256 * 1024
"""Bytes."""


@routes.get("/api/sessions/{id}/report.pdf")
async def send_pdf(request: web.Request) -> web.Response:
    """The report of an ended session as PDF, A4."""
    report = await ended_report(request)
    advice = await asyncio.to_thread(advice_on, request.app[DIRECTORY].store, report)
    try:
        async with request.app[PRINTING]:
            printed = await asyncio.to_thread(pdf, report, advice)
    except CannotPrint as error:
        raise refusal(web.HTTPNotImplemented, str(error)) from None
    return web.Response(
        body=printed, content_type="application/pdf", headers=_named(request.match_info["id"], "pdf")
    )


@routes.get("/api/sessions/{id}/export")
async def send_export(request: web.Request) -> web.StreamResponse:
    """Everything that is stored of an ended session, as ZIP; the recording decrypted."""
    report = await ended_report(request)
    directory, session = request.app[DIRECTORY], request.match_info["id"]
    record = await asyncio.to_thread(directory.store.record, session)
    if record is None:
        raise refusal(web.HTTPNotFound, "Nothing of this session is stored.")
    try:
        secretive = await request.app[HALL].secretive(record)
        files = await asyncio.to_thread(
            bundle.files, directory.store, directory.recordings, record, report, secretive
        )
    except WrongKey:
        raise refusal(web.HTTPConflict, WRONG_KEY) from None
    except (Damaged, OSError):
        raise refusal(web.HTTPInternalServerError, UNREADABLE) from None
    response = web.StreamResponse(headers=_named(session, "zip"))
    response.content_type = "application/zip"
    await response.prepare(request)
    loop = asyncio.get_running_loop()

    def send(data: bytes) -> None:
        # waits until the client has taken what was sent, so that no more than a piece is in memory
        asyncio.run_coroutine_threadsafe(response.write(data), loop).result()

    await asyncio.to_thread(_zip, files, datetime.fromisoformat(record.created), send)
    await response.write_eof()
    return response


def _named(session: str, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="rapport-{session}.{ending}"'}


class _Sink(io.RawIOBase):
    """Hands on what is written to it."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        taken = bytes(data)
        self._send(taken)
        return len(taken)


def _zip(files: Sequence[bundle.File], made: datetime, send: Callable[[bytes], None]) -> None:
    # a timeline comes in tens of thousands of pieces, and each sending waits for the client
    with io.BufferedWriter(_Sink(send), SENT_AT_ONCE) as sink, zipfile.ZipFile(sink, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, made.timetuple()[:6])
            # sound and picture are compressed already
            packed = not name.startswith("recording.")
            entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            with archive.open(entry, "w", force_zip64=True) as file:
                for piece in content():
                    file.write(piece)

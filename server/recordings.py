"""Recordings and captions over HTTP; byte ranges, so that players can seek."""

import asyncio
from contextlib import suppress
from functools import partial

from aiohttp import web

from server.access import DIRECTORY, refusal
from sessions.captions import captions
from sessions.recording import Film
from sessions.sealed import Damaged, SealedReader, WrongKey

routes = web.RouteTableDef()
UNREADABLE = "The recording cannot be read: its file is damaged."
SENT_AT_ONCE = 256 * 1024
"""Bytes."""
WRONG_KEY = (
    "This recording was encrypted with another key. Set RAPPORT_RECORDING_KEY to the one of that time, or put"
    " its recording.key back into the data folder, and start the server again."
)


@routes.get("/api/sessions/{id}/recording")
async def send_recording(request: web.Request) -> web.StreamResponse:
    """The film of an ended session, or a range of its bytes (RFC 9110 §14)."""
    film = await _opened(request)
    try:
        return await _send(request, film)
    finally:
        film.close()


@routes.delete("/api/sessions/{id}/recording")
async def delete_recording(request: web.Request) -> web.Response:
    """Delete the recording alone; the report and its words stay."""
    _require_session(request)
    if not await request.app[DIRECTORY].delete_recording(request.match_info["id"]):
        raise refusal(web.HTTPNotFound, "There is no recording of this session.")
    return web.Response(status=204)


@routes.get("/api/sessions/{id}/captions.vtt")
async def send_captions(request: web.Request) -> web.Response:
    """What was said, as WebVTT."""
    report = await asyncio.to_thread(request.app[DIRECTORY].report, request.match_info["id"])
    if report is None:
        raise refusal(web.HTTPNotFound, "There is no report of such a session.")
    return web.Response(text=captions(report), content_type="text/vtt", charset="utf-8")


async def found(request: web.Request) -> dict[str, str | int | None] | None:
    """What the page of a session must know of its recording; None where there is none."""
    film: Film | None = Film(None, 0)
    problem = None
    try:
        film = await asyncio.to_thread(request.app[DIRECTORY].recordings.find, request.match_info["id"])
    except WrongKey:
        problem = WRONG_KEY
    except (Damaged, OSError):
        problem = UNREADABLE
    return {"type": film.type, "size": film.size, "problem": problem} if film else None


def _require_session(request: web.Request) -> None:
    # only ids of sessions become names of files
    directory, session = request.app[DIRECTORY], request.match_info["id"]
    if directory.find(session) is None and directory.store.record(session) is None:
        raise refusal(web.HTTPNotFound, "There is no such session.")


async def _opened(request: web.Request) -> SealedReader:
    _require_session(request)
    directory, session = request.app[DIRECTORY], request.match_info["id"]
    held = directory.find(session)
    if held and not held.over:
        raise refusal(web.HTTPConflict, "The session is still going on; end it to see its recording.")
    try:
        film = await asyncio.to_thread(directory.recordings.find, session)
        if film is None:
            raise refusal(web.HTTPNotFound, "There is no recording of this session.")
        if film.type is None:
            sentence = "The recording is still being put together; try again in a moment."
            raise refusal(web.HTTPServiceUnavailable, sentence, **{"Retry-After": "1"})
        return await asyncio.to_thread(directory.recordings.open, session)
    except WrongKey:
        raise refusal(web.HTTPConflict, WRONG_KEY) from None
    except (Damaged, OSError):
        raise refusal(web.HTTPInternalServerError, UNREADABLE) from None


async def _send(request: web.Request, film: SealedReader) -> web.StreamResponse:
    start, stop = _range(request, film)
    part = (start, stop) != (0, film.size) or _wants_range(request, film)
    response = web.StreamResponse(status=206 if part else 200)
    response.content_type = film.label
    response.content_length = stop - start
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = f'"{film.name}"'
    if part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{film.size}"
    # browsers hang up as soon as somebody seeks, and ask anew from there
    with suppress(ConnectionResetError):
        await response.prepare(request)
        if request.method != "HEAD":
            for at in range(start, stop, SENT_AT_ONCE):
                read = partial(film.read, at, min(SENT_AT_ONCE, stop - at))
                await response.write(await asyncio.to_thread(read))
        await response.write_eof()
    return response


def _wants_range(request: web.Request, film: SealedReader) -> bool:
    """Whether to send a part: other units than bytes and several ranges are answered with the whole film."""
    wanted = request.headers.get("Range", "").lower()
    one = request.method == "GET" and wanted.startswith("bytes=") and "," not in wanted
    same_file = request.headers.get("If-Range", f'"{film.name}"') == f'"{film.name}"'
    return one and same_file


def _range(request: web.Request, film: SealedReader) -> tuple[int, int]:
    """First byte and the one after the last. Raises 416 where there is none of the wanted."""
    if not _wants_range(request, film):
        return 0, film.size
    try:
        wanted = request.http_range
    except ValueError:
        raise _unsatisfiable(film) from None
    start, stop, _ = wanted.indices(film.size)
    if start >= stop:
        raise _unsatisfiable(film)
    return start, stop


def _unsatisfiable(film: SealedReader) -> web.HTTPException:
    headers = {"Content-Range": f"bytes */{film.size}"}
    return refusal(web.HTTPRequestRangeNotSatisfiable, "The recording has no such bytes.", **headers)

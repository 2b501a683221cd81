"""The aiohttp application: what is reachable where, and by whom."""

import asyncio
import contextlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

import prometheus_client
import structlog
from aiohttp import web
from aiortc import RTCIceServer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scoring import rubric
from server import ice
from server.checking import MAX_BYTES, BadCheck, Checks, Measured, TooMuch
from server.files import APP_FILES, PLOTLY_FILE, SOUND_FILE, WIRE_FILE
from server.peer import BadOffer, Peer
from server.settings import Settings
from sessions import metrics
from sessions.device_check import BadStill
from sessions.directory import Directory, Full
from sessions.perception import Perception
from sessions.questions import DEFAULT_SET, question_sets
from sessions.session import LiveSession
from sessions.state import State
from sessions.store import Keep, NotPrivate, Store

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
COOKIE = "rapport_owner"
MAX_OFFER = 64 * 1024
"""Bytes; a browser's offer has some 6,000."""
LAG_PROBE_S = 0.02
PURGE_EVERY_S = 3600.0

SETTINGS = web.AppKey("settings", Settings)
DIRECTORY = web.AppKey("directory", Directory)
PERCEPTION = web.AppKey("perception", Perception)
CHECKS = web.AppKey("checks", Checks)
ICE_SERVERS = web.AppKey("ice_servers", list[RTCIceServer])
PEERS = web.AppKey("peers", WeakValueDictionary[str, Peer])

routes = web.RouteTableDef()


def refusal(error: Callable[..., web.HTTPException], sentence: str, **headers: str) -> web.HTTPException:
    """An HTTP error whose body is `{"error": sentence}`."""
    return error(text=json.dumps({"error": sentence}), content_type="application/json", headers=headers)


# --- who is asking


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else request.query.get("token", "")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def is_owner(request: web.Request) -> bool:
    """The request carries the owner's token, in its cookie, header or query."""
    expected = request.app[SETTINGS].token
    return _same(request.cookies.get(COOKIE, ""), expected) or _same(_bearer(request), expected)


def owners_only(handler: Handler) -> Handler:
    """Refuse anybody but the owner with 401."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if not is_owner(request):
            raise refusal(web.HTTPUnauthorized, "Open the address that the server printed when it started.")
        return await handler(request)

    return guarded


def held_session(request: web.Request) -> LiveSession:
    """The session of the path, for its candidate. Raises 401, 404 or 410."""
    session_id = request.match_info["id"]
    directory = request.app[DIRECTORY]
    session = directory.find(session_id)
    if session is None:
        if directory.store.record(session_id):
            raise refusal(web.HTTPGone, "This session has ended; its report is there.")
        raise refusal(web.HTTPNotFound, "There is no such session; start a new one.")
    if not _same(_bearer(request), session.token):
        raise refusal(web.HTTPUnauthorized, "The session's token is missing or wrong; start a new session.")
    return session


def _may_read(request: web.Request) -> None:
    held = request.app[DIRECTORY].find(request.match_info["id"])
    if not is_owner(request) and not (held and _same(_bearer(request), held.token)):
        raise refusal(web.HTTPUnauthorized, "Open the address that the server printed when it started.")


# --- sessions


class NewSession(BaseModel):
    """Body of `POST /api/sessions`."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field("Practice", max_length=120)
    question_set: str = DEFAULT_SET
    keep: Keep = "all"
    expressions: bool = False
    """Estimate what the candidate's face shows; for private practice only."""
    shared: bool = False
    """An interviewer takes part or reads along."""
    neutral: Measured | None = None
    """What the device check found neutral for this candidate."""


@routes.post("/api/sessions")
@owners_only
async def create_session(request: web.Request) -> web.Response:
    """Admit a new session."""
    try:
        body = await request.json() if request.can_read_body else {}
    except ValueError:
        raise refusal(
            web.HTTPBadRequest, "The body is not JSON; send title, question_set and keep."
        ) from None
    try:
        wanted = NewSession.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise refusal(web.HTTPUnprocessableEntity, f"{where}: {first['msg']}.") from None
    if wanted.question_set not in question_sets():
        known = ", ".join(question_sets())
        raise refusal(web.HTTPUnprocessableEntity, f"There is no such question set; there are {known}.")
    try:
        session = request.app[DIRECTORY].admit(
            wanted.title.strip() or "Practice",
            wanted.question_set,
            wanted.keep,
            expressions=wanted.expressions,
            shared=wanted.shared,
            neutral=wanted.neutral.known if wanted.neutral else None,
        )
    except NotPrivate as error:
        raise refusal(web.HTTPUnprocessableEntity, str(error)) from None
    except Full:
        raise refusal(
            web.HTTPServiceUnavailable,
            "This machine is busy with as many sessions as it can serve well; try again in a few minutes.",
            **{"Retry-After": "60"},
        ) from None
    return web.json_response(
        {
            "id": session.record.id,
            "token": session.token,
            "state": session.state,
            "rtc": f"/api/sessions/{session.record.id}/rtc",
            "ice_servers": [ice.for_browser(each) for each in request.app[ICE_SERVERS]],
            "question_count": len(session.questions),
        },
        status=201,
    )


@routes.get("/api/sessions")
@owners_only
async def list_sessions(request: web.Request) -> web.Response:
    """All stored sessions, newest first, each with its state."""
    directory = request.app[DIRECTORY]
    found = await asyncio.to_thread(directory.store.sessions)
    for row in found:
        held = directory.find(row["id"])
        row["state"] = held.state if held else State.ENDED
    return web.json_response({"sessions": found})


@routes.get("/api/sessions/{id}")
async def show_session(request: web.Request) -> web.Response:
    """One session's record and state."""
    _may_read(request)
    held = request.app[DIRECTORY].find(request.match_info["id"])
    record = held.record if held else request.app[DIRECTORY].store.record(request.match_info["id"])
    if record is None:
        raise refusal(web.HTTPNotFound, "There is no such session.")
    return web.json_response(
        {
            "id": record.id,
            "title": record.title,
            "state": held.state if held else State.ENDED,
            "created": record.created,
            "question_set": record.question_set,
            "keep": record.keep,
            "expressions": record.expressions,
            "shared": record.shared,
            "calibrated": record.neutral is not None,
            "t": round(held.t, 3) if held else None,
        }
    )


@routes.delete("/api/sessions/{id}")
@owners_only
async def delete_session(request: web.Request) -> web.Response:
    """End the session if it goes on, and delete everything that is stored of it."""
    session_id = request.match_info["id"]
    if not await request.app[DIRECTORY].delete(session_id):
        raise refusal(web.HTTPNotFound, "There is no such session.")
    await _close_peer(request.app, session_id, "deleted")
    return web.Response(status=204)


@routes.get("/api/sessions/{id}/report")
async def show_report(request: web.Request) -> web.Response:
    """The report of an ended session."""
    _may_read(request)
    directory, session_id = request.app[DIRECTORY], request.match_info["id"]
    report = await asyncio.to_thread(directory.report, session_id)
    if report is not None:
        return web.json_response(report)
    if directory.find(session_id):
        raise refusal(web.HTTPConflict, "The session is still going on; end it to read its report.")
    raise refusal(web.HTTPNotFound, "There is no report of such a session.")


@routes.get("/api/questions")
async def list_questions(request: web.Request) -> web.Response:
    """The question sets that a session can be about."""
    sets = [
        {
            "id": each.id,
            "title": each.title,
            "description": each.description,
            "count": len(each.questions),
            "minutes": each.minutes,
        }
        for each in question_sets().values()
    ]
    return web.json_response({"sets": sets})


@routes.post("/api/check")
@owners_only
async def check_pictures(request: web.Request) -> web.Response:
    """What stills of a camera show, before there is a session. Nothing of them is kept."""
    try:
        found = await request.app[CHECKS].answer(request)
    except (BadCheck, BadStill) as error:
        raise refusal(web.HTTPUnprocessableEntity, str(error)) from None
    except TooMuch as error:
        raise refusal(partial(web.HTTPRequestEntityTooLarge, MAX_BYTES), str(error)) from None
    except Full:
        raise refusal(
            web.HTTPServiceUnavailable,
            "Too many cameras are being checked; try again.",
            **{"Retry-After": "2"},
        ) from None
    return web.json_response(found)


# --- signalling (WHIP: RFC 9725)


@routes.post("/api/sessions/{id}/rtc")
async def connect(request: web.Request) -> web.Response:
    """Take an SDP offer, answer it; a later offer takes the place of an earlier connection."""
    session = held_session(request)
    if session.over:
        raise refusal(web.HTTPGone, "This session has ended; its report is there.")
    if request.content_type != "application/sdp":
        raise refusal(web.HTTPUnsupportedMediaType, "Send the offer as application/sdp.")
    body = await request.read()
    if len(body) > MAX_OFFER:
        sentence = f"An offer has at most {MAX_OFFER} bytes."
        raise refusal(partial(web.HTTPRequestEntityTooLarge, MAX_OFFER), sentence)
    try:
        offer = body.decode("utf-8")
    except UnicodeDecodeError:
        raise refusal(
            web.HTTPBadRequest, "The offer is not text; send the browser's SDP, unchanged."
        ) from None
    peer = Peer(session, request.app[ICE_SERVERS])
    try:
        answer = await peer.answer(offer)
    except BadOffer as error:
        await peer.close("bad offer")
        raise refusal(web.HTTPBadRequest, str(error)) from None
    await _close_peer(request.app, session.record.id, "connected anew")
    request.app[PEERS][session.record.id] = peer
    return web.Response(
        status=201,
        text=answer,
        content_type="application/sdp",
        headers={"Location": f"/api/sessions/{session.record.id}/rtc"},
    )


@routes.delete("/api/sessions/{id}/rtc")
async def end_session(request: web.Request) -> web.Response:
    """End the session; answers when its report can be read."""
    session = held_session(request)
    await session.end("finished")
    return web.json_response({"state": session.state, "report": f"/api/sessions/{session.record.id}/report"})


@routes.post("/api/sessions/{id}/away")
async def away(request: web.Request) -> web.Response:
    """The candidate's page is being left; wait for it to come back."""
    await _close_peer(request.app, held_session(request).record.id, "page left")
    return web.Response(status=204)


async def _close_peer(app: web.Application, session: str, reason: str) -> None:
    peer = app[PEERS].pop(session, None)
    if peer:
        await peer.close(reason)


# --- pages


def _page(name: str) -> Handler:
    async def show(request: web.Request) -> web.StreamResponse:
        token = request.query.get("token")
        if token is not None:
            if not _same(token, request.app[SETTINGS].token):
                raise web.HTTPUnauthorized(text="This address is from an earlier start; open the newest one.")
            response = web.HTTPFound(request.path)
            response.set_cookie(COOKIE, token, httponly=True, samesite="Strict", path="/")
            raise response
        return web.FileResponse(APP_FILES / name)

    return show


def _file(path: Path) -> Handler:
    async def send(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    return send


# --- watching


@routes.get("/health")
async def health(request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


@routes.get("/ready")
async def ready(request: web.Request) -> web.Response:
    """Models are loaded and sessions are taken."""
    return web.json_response({"status": "ready"})


@routes.get("/metrics")
async def show_metrics(request: web.Request) -> web.Response:
    """Prometheus text format."""
    return web.Response(
        body=prometheus_client.generate_latest(),
        headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST},
    )


async def _probe_loop_lag() -> None:
    while True:
        due = time.monotonic() + LAG_PROBE_S
        await asyncio.sleep(LAG_PROBE_S)
        metrics.LOOP_LAG.observe(max(0.0, time.monotonic() - due))


async def _purge(directory: Directory, days: float) -> None:
    while True:
        purged = await asyncio.to_thread(directory.store.purge, days)
        if purged:
            log.info("old sessions deleted", count=purged)
        await asyncio.sleep(PURGE_EVERY_S)


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed, web.HTTPRequestEntityTooLarge) as error:
        if error.content_type != "application/json":
            error.content_type = "application/json"
            error.text = json.dumps({"error": f"{request.method} {request.path}: {error.reason.lower()}."})
        raise


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
        " media-src 'self' blob:; frame-ancestors 'none'",
    )
    if request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-cache")
    elif request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")


async def _run(app: web.Application) -> AsyncIterator[None]:
    directory, settings = app[DIRECTORY], app[SETTINGS]
    recovered = await asyncio.to_thread(directory.recover)
    if recovered:
        log.info("interrupted sessions finalised", count=recovered)
    background = [
        asyncio.create_task(_probe_loop_lag()),
        asyncio.create_task(_purge(directory, settings.retention_days)),
    ]
    yield
    for task in background:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await directory.end_all("shutdown")
    for peer in list(app[PEERS].values()):
        await peer.close("shutdown")
    directory.store.close()
    app[CHECKS].close()
    await asyncio.to_thread(app[PERCEPTION].close)


def create_app(settings: Settings) -> web.Application:
    """The application, with its models loaded.

    Raises models.registry.ModelError, scoring.rubric.RubricError or ValueError (an ICE server that cannot
    be read) when a setting does not hold.
    """
    ice_servers = [ice.parse_server(text) for text in settings.ice_servers]
    ice.use_host_addresses(settings.ice_hosts)
    perception = Perception(settings.models)
    perception.warm()
    directory = Directory(
        Store(settings.database),
        perception,
        rubric.load(settings.rubric),
        settings.max_sessions,
        settings.wait_s,
    )
    app = web.Application(middlewares=[_errors_as_json])
    app[SETTINGS] = settings
    app[ICE_SERVERS] = ice_servers
    app[DIRECTORY] = directory
    app[PERCEPTION] = perception
    app[CHECKS] = Checks(perception)
    app[PEERS] = WeakValueDictionary()
    app.add_routes(routes)
    app.router.add_get("/", _page("index.html"))
    app.router.add_get("/practice", _page("practice.html"))
    app.router.add_get("/sessions/{id}", _page("report.html"))
    app.router.add_get("/static/wire.json", _file(WIRE_FILE))
    app.router.add_get("/static/sound.json", _file(SOUND_FILE))
    app.router.add_get("/static/vendor/plotly.min.js", _file(PLOTLY_FILE))
    app.router.add_static("/static/", APP_FILES)
    app.on_response_prepare.append(_headers)
    app.cleanup_ctx.append(_run)
    return app

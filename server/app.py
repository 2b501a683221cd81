"""The aiohttp application: what is reachable where."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

import prometheus_client
import structlog
from aiohttp import web

from scoring import rubric
from server import (
    advice,
    export,
    growth,
    ice,
    questions,
    recordings,
    rescoring,
    reviews,
    room_socket,
    rooms,
    session_routes,
    signalling,
    voice,
    watching,
)
from server.access import (
    CHECKS,
    COOKIE,
    DIRECTORY,
    ICE_SERVERS,
    PEERS,
    PERCEPTION,
    SETTINGS,
    Handler,
    refusal,
    same,
)
from server.advice import COACHING, Coaching
from server.checking import MAX_BYTES, BadCheck, Checks, TooMuch
from server.export import PRINTING
from server.files import APP_FILES, PLOTLY_FILE, ROOM_FILE, SOUND_FILE, WIRE_FILE
from server.hall import HALL, Hall
from server.rules import guard
from server.settings import Settings
from server.signalling import close_peer
from sessions import metrics
from sessions.device_check import BadStill
from sessions.directory import Directory, Full
from sessions.invitations import Signer
from sessions.perception import Perception
from sessions.recording import Recordings
from sessions.room_store import RoomStore
from sessions.store import PRACTICE_RUBRIC, Store

log = structlog.get_logger()
LAG_PROBE_S = 0.02
PURGE_EVERY_S = 3600.0

routes = web.RouteTableDef()


# --- before a session


@routes.post("/api/check")
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


# --- pages


def _page(name: str) -> Handler:
    async def show(request: web.Request) -> web.StreamResponse:
        token = request.query.get("token")
        if token is not None:
            if not same(token, request.app[SETTINGS].token):
                # of an earlier start, as a rule: the home page says which address to open
                return web.FileResponse(APP_FILES / "index.html", status=401)
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


async def _purge(directory: Directory, hall: Hall, days: float) -> None:
    while True:
        purged = await asyncio.to_thread(directory.purge, days)
        await hall.purge(days)
        if purged:
            log.info("old sessions deleted", count=purged)
        await asyncio.sleep(PURGE_EVERY_S)


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed, web.HTTPRequestEntityTooLarge) as error:
        page = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
        if error.status == 404 and page:
            return web.FileResponse(APP_FILES / "lost.html", status=404)
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


async def _leave_rooms(app: web.Application) -> None:
    await app[HALL].shut()


async def _run(app: web.Application) -> AsyncIterator[None]:
    directory, settings = app[DIRECTORY], app[SETTINGS]
    hall = app[HALL]
    recovered = await asyncio.to_thread(directory.recover)
    if recovered:
        log.info("interrupted sessions finalised", count=recovered)
    background = [
        asyncio.create_task(_probe_loop_lag()),
        asyncio.create_task(_purge(directory, hall, settings.retention_days)),
        asyncio.create_task(hall.sweep()),
    ]
    yield
    for task in background:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await app[COACHING].close()
    await directory.end_all("shutdown")
    for peer in list(app[PEERS].values()):
        await peer.close("shutdown")
    await hall.close()
    directory.store.close()
    app[CHECKS].close()
    await asyncio.to_thread(app[PERCEPTION].close)


def add_routes(app: web.Application) -> None:
    """All that is reachable; who may is in server/rules.py."""
    for module in (
        session_routes,
        signalling,
        questions,
        recordings,
        advice,
        growth,
        export,
        rescoring,
        rooms,
        room_socket,
        watching,
        voice,
        reviews,
    ):
        app.add_routes(module.routes)
    app.add_routes(routes)
    app.router.add_get("/", _page("index.html"))
    app.router.add_get("/practice", _page("practice.html"))
    app.router.add_get("/growth", _page("growth.html"))
    app.router.add_get("/compare", _page("compare.html"))
    app.router.add_get("/sessions/{id}", _page("report.html"))
    app.router.add_get("/rooms/{id}", _page("room.html"))
    app.router.add_get("/rooms/{id}/review", _page("report.html"))
    app.router.add_get("/static/wire.json", _file(WIRE_FILE))
    app.router.add_get("/static/room.json", _file(ROOM_FILE))
    app.router.add_get("/static/sound.json", _file(SOUND_FILE))
    app.router.add_get("/static/vendor/plotly.min.js", _file(PLOTLY_FILE))
    app.router.add_static("/static/", APP_FILES)


def create_app(settings: Settings) -> web.Application:
    """The application, with its models loaded.

    Raises models.registry.ModelError, scoring.rubric.RubricError or ValueError (an ICE server or a key that
    cannot be read) when a setting does not hold.
    """
    ice_servers = [ice.parse_server(text) for text in settings.ice_servers]
    ice.use_host_addresses(settings.ice_hosts)
    perception = Perception(settings.models)
    perception.warm()
    rubrics = rubric.BUNDLED | ({PRACTICE_RUBRIC: settings.rubric} if settings.rubric else {})
    directory = Directory(
        Store(settings.database),
        Recordings(settings.recordings, settings.load_recording_key()),
        perception,
        {name: rubric.load(path) for name, path in rubrics.items()},
        settings.max_sessions,
        settings.wait_s,
    )
    app = web.Application(middlewares=[_errors_as_json, guard])
    app[SETTINGS] = settings
    app[ICE_SERVERS] = ice_servers
    app[DIRECTORY] = directory
    app[PERCEPTION] = perception
    app[CHECKS] = Checks(perception)
    app[PEERS] = WeakValueDictionary()
    app[PRINTING] = asyncio.Semaphore(1)
    app[COACHING] = Coaching.configured(settings, directory.store)
    app[HALL] = Hall(
        RoomStore(settings.database),
        directory,
        Signer(settings.load_secret_key()),
        partial(close_peer, app),
        app[COACHING].coach,
    )
    add_routes(app)
    app.on_response_prepare.append(_headers)
    app.on_shutdown.append(_leave_rooms)
    app.cleanup_ctx.append(_run)
    return app

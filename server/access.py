"""Who may do what, and how a refusal looks: what every module of routes builds on."""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web
from aiortc import RTCIceServer

from server.checking import Checks
from server.peer import Peer
from server.settings import Settings
from sessions.directory import Directory
from sessions.perception import Perception
from sessions.session import LiveSession

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
COOKIE = "rapport_owner"

SETTINGS = web.AppKey("settings", Settings)
DIRECTORY = web.AppKey("directory", Directory)
PERCEPTION = web.AppKey("perception", Perception)
CHECKS = web.AppKey("checks", Checks)
ICE_SERVERS = web.AppKey("ice_servers", list[RTCIceServer])
PEERS = web.AppKey("peers", WeakValueDictionary[str, Peer])


def refusal(error: Callable[..., web.HTTPException], sentence: str, **headers: str) -> web.HTTPException:
    """An HTTP error whose body is `{"error": sentence}`."""
    return error(text=json.dumps({"error": sentence}), content_type="application/json", headers=headers)


def bearer(request: web.Request) -> str:
    """The token that the request carries, in its header or query; empty without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else request.query.get("token", "")


def same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing about them."""
    return hmac.compare_digest(given.encode(), expected.encode())


def is_owner(request: web.Request) -> bool:
    """The request carries the owner's token, in its cookie, header or query."""
    expected = request.app[SETTINGS].token
    return same(request.cookies.get(COOKIE, ""), expected) or same(bearer(request), expected)


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
    if not same(bearer(request), session.token):
        raise refusal(web.HTTPUnauthorized, "The session's token is missing or wrong; start a new session.")
    return session


def require_reader(request: web.Request) -> None:
    """Raise 401 unless the owner or the session's candidate asks."""
    held = request.app[DIRECTORY].find(request.match_info["id"])
    if not is_owner(request) and not (held and same(bearer(request), held.token)):
        raise refusal(web.HTTPUnauthorized, "Open the address that the server printed when it started.")


async def ended_report(request: web.Request) -> dict[str, Any]:
    """The report of the path's session, or that under `?rubric=…` (id and version) where it was scored again.

    Raises 404, or 409 while the session goes on.
    """
    directory, session_id = request.app[DIRECTORY], request.match_info["id"]
    report = await asyncio.to_thread(directory.report, session_id, request.query.get("rubric"))
    if report is not None:
        return report
    if directory.find(session_id):
        raise refusal(web.HTTPConflict, "The session is still going on; end it to read its report.")
    raise refusal(web.HTTPNotFound, "There is no report of such a session.")

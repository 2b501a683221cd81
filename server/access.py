"""Secrets, bodies and refusals: what every module of routes builds on."""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from aiohttp import web
from aiortc import RTCIceServer
from pydantic import BaseModel, ValidationError

from server.checking import Checks
from server.peer import Peer
from server.settings import Settings
from sessions.directory import Directory
from sessions.perception import Perception

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Body = TypeVar("Body", bound=BaseModel)
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


async def body_of(request: web.Request, model: type[Body]) -> Body:
    """The request's JSON body. Raises 400 or 422."""
    try:
        return model.model_validate(await request.json() if request.can_read_body else {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise refusal(web.HTTPUnprocessableEntity, f"{where}: {first['msg']}.") from None
    except ValueError:
        raise refusal(web.HTTPBadRequest, "The body is not JSON.") from None


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

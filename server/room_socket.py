"""The room's WebSocket: what members tell each other while they are there; see client/room.json."""

import asyncio
import contextlib
from typing import Any

import structlog
from aiohttp import WSMsgType, web

from server import ice, turn, wire
from server.access import ICE_SERVERS, SETTINGS
from server.files import ROOM_FILE
from server.live_room import TOO_SLOW, Connection, LiveRoom
from server.rules import MEMBER, ROOM
from sessions.rooms import Member, NotNow, NotYours
from sessions.sharing import Outbox
from sessions.wire import message

log = structlog.get_logger()
routes = web.RouteTableDef()
MAX_BYTES = 96 * 1024
"""Of a message: a description of 64 kB, quoted."""
HEARTBEAT_S = 10.0


@routes.get("/api/rooms/{id}/socket")
async def open_socket(request: web.Request) -> web.WebSocketResponse:
    """A member's socket, until they or the room are gone."""
    live, member = request[ROOM], request[MEMBER]
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MAX_BYTES, compress=False)
    await socket.prepare(request)
    connection = Connection(member.id, Outbox(member.role))
    try:
        live.connect(connection, _ice_servers(request, member))
    except NotNow as error:
        await socket.close(code=1008, message=str(error).encode())
        return socket
    sending = asyncio.create_task(_send(socket, connection))
    try:
        async for received in socket:
            if received.type is WSMsgType.TEXT:
                _hear(live, connection, received.data)
    finally:
        live.disconnect(connection)
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
    return socket


async def _send(socket: web.WebSocketResponse, connection: Connection) -> None:
    outbox = connection.outbox
    try:
        while True:
            await outbox.filled.wait()
            if outbox.overfull:
                await socket.close(code=TOO_SLOW)
                return
            text = outbox.take()
            if text is not None:
                await socket.send_str(text)
            elif connection.closing is not None:
                await socket.close(code=connection.closing)
                return
    except ConnectionError:
        return


def _hear(live: LiveRoom, connection: Connection, text: str) -> None:
    try:
        kind, data = wire.parse(text, ROOM_FILE, MAX_BYTES)
    except ValueError as error:
        log.warning("message not understood", room=live.id, size=len(text))
        _tell_problem(connection, None, f"That was not understood: {error}.")
        return
    try:
        _carry_out(live, connection, kind, data)
    except (NotNow, NotYours) as error:
        _tell_problem(connection, kind, str(error))


def _carry_out(live: LiveRoom, connection: Connection, kind: str, data: dict[str, Any]) -> None:
    by = connection.member
    match kind:
        case "ping":
            connection.outbox.put(message("pong", data), "pong")
        case "signal":
            live.signal(connection, data)
        case "consent":
            live.choose(by, data["choice"], data.get("coach", False))
        case "media":
            live.show_media(connection, data)
        case "mark":
            live.mark(by, data["mark"], data["text"], data.get("ago", 0.0))
        case "ask":
            live.ask(by, live.find_question(data))
        case "unask":
            live.unask(by, data["index"])
        case "reword":
            live.reword(by, data["index"], data["text"])
        case "admit":
            for knock in data["knocks"]:
                live.admit(by, knock)
        case "refuse":
            for knock in data["knocks"]:
                live.refuse(by, knock)
        case "remove":
            live.remove(by, data["member"])
        case "end":
            live.end(by)


def _tell_problem(connection: Connection, about: str | None, sentence: str) -> None:
    connection.outbox.put(message("problem", {"about": about, "message": sentence}))


def _ice_servers(request: web.Request, member: Member) -> list[dict[str, Any]]:
    settings = request.app[SETTINGS]
    secret = settings.turn_secret.get_secret_value() if settings.turn_secret else None
    own = turn.servers(settings.turn_urls, secret, member.id)
    return [ice.for_browser(each) for each in [*request.app[ICE_SERVERS], *own]]

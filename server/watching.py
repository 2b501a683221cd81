"""Observers: what they may see of a room, as server-sent events (HTML Standard, 9.2)."""

import asyncio

from aiohttp import web

from server.access import refusal
from server.live_room import Connection
from server.rules import MEMBER, ROOM
from sessions.rooms import NotNow
from sessions.sharing import Outbox

routes = web.RouteTableDef()
PAUSE_S = 0.25
"""Time between two messages to an observer, in which newer snapshots take the place of the one that waits."""
ALIVE_S = 15.0
"""After so long without a message a comment is sent, so that what lies between does not close the stream."""
AT_ONCE = 20
"""Messages that are sent together."""


@routes.get("/api/rooms/{id}/watch")
async def watch(request: web.Request) -> web.StreamResponse:
    """An observer's stream, until they or the room are gone."""
    live, member = request[ROOM], request[MEMBER]
    connection = Connection(member.id, Outbox(member.role))
    try:
        live.connect(connection, [])
    except NotNow as error:
        raise refusal(web.HTTPGone, str(error)) from None
    response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    try:
        await response.prepare(request)
        await _send(response, connection)
    except ConnectionError:
        pass
    finally:
        live.disconnect(connection)
    return response


async def _send(response: web.StreamResponse, connection: Connection) -> None:
    outbox = connection.outbox
    while not outbox.overfull:
        texts = [text for text in (outbox.take() for _ in range(AT_ONCE)) if text is not None]
        if texts:
            await response.write("".join(f"data: {text}\n\n" for text in texts).encode())
            await asyncio.sleep(PAUSE_S)
        elif connection.closing is not None:
            # EventSource would come back at once; its page does not after this
            await response.write(f"event: bye\ndata: {connection.closing}\n\n".encode())
            return
        else:
            await _news(outbox, response)


async def _news(outbox: Outbox, response: web.StreamResponse) -> None:
    try:
        await asyncio.wait_for(outbox.filled.wait(), ALIVE_S)
    except TimeoutError:
        await response.write(b":\n\n")

"""Observers: what they may see of a room, as server-sent events (HTML Standard, 9.2)."""

import asyncio
import itertools

from aiohttp import web

from server.access import refusal
from server.live_room import Connection
from server.rules import MEMBER, ROOM
from sessions.rooms import NotNow
from sessions.sharing import Outbox

routes = web.RouteTableDef()
PAUSE_S = 1 / 3
"""Time between two messages to an observer, in which newer snapshots take the place of the one that waits."""
ALIVE_S = 15.0
"""After so long without a message a comment is sent, so that what lies between does not close the stream."""
AT_ONCE = 20
"""Messages that are sent together."""
GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it lie evenly between whole numbers, however many there are."""
_arrivals = itertools.count()


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
    outbox, loop = connection.outbox, asyncio.get_running_loop()
    # each at a moment of its own: hundreds that wake together would hold up what the candidate waits for
    phase = next(_arrivals) * GOLDEN % 1
    said = loop.time()
    while not outbox.overfull:
        texts = [text for text in (outbox.take() for _ in range(AT_ONCE)) if text is not None]
        if texts:
            await response.write("".join(f"data: {text}\n\n" for text in texts).encode())
            said = loop.time()
        elif connection.closing is not None:
            # EventSource would come back at once; its page does not after this
            await response.write(f"event: bye\ndata: {connection.closing}\n\n".encode())
            return
        elif loop.time() - said > ALIVE_S:
            await response.write(b":\n\n")
            said = loop.time()
        await asyncio.sleep(PAUSE_S * (1 - (loop.time() / PAUSE_S - phase) % 1))

"""Observers: what they may see of a room, as server-sent events (HTML Standard, 9.2).

There may be hundreds, and the candidate waits for what the same thread does: a room's observers are served by
one task, a few at a time, and what they are told is put together once for all who are as far.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from aiohttp import web

from server.access import refusal
from server.live_room import ENDED, Connection, LiveRoom
from server.rules import MEMBER, ROOM
from sessions.rooms import NotNow
from sessions.sharing import Feed, Outbox

routes = web.RouteTableDef()
PAUSE_S = 1 / 3
"""Time between two messages to an observer, in which newer snapshots take the place of the one that waits."""
TURNS = 37
"""So many times in each pause some are served: all at once would hold up what the candidate waits for. No
multiple of a camera's rate, or the turns would meet its pictures for seconds on end."""
ALIVE_S = 15.0
"""After so long without a message a comment is sent, so that what lies between does not close the stream."""
ALIVE = b":\n\n"


@dataclass(eq=False)
class Reader:
    """An observer's stream."""

    connection: Connection
    transport: asyncio.Transport
    response: web.StreamResponse
    read: int
    """The number of the newest message that was sent."""
    said: float
    """When something was sent last, loop time."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class Readers:
    """Those who read one room's feed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._turns: list[set[Reader]] = [set() for _ in range(TURNS)]
        self._serving: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def joined_by(self, reader: Reader) -> Iterator[None]:
        """Serve this one, too, meanwhile."""
        turn = min(self._turns, key=len)
        turn.add(reader)
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        try:
            yield
        finally:
            turn.discard(reader)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while any(self._turns):
                step = int(loop.time() * TURNS / PAUSE_S) + 1
                await asyncio.sleep(step * PAUSE_S / TURNS - loop.time())
                texts: dict[int, bytes] = {}
                for reader in list(self._turns[step % TURNS]):
                    try:
                        await self._write(reader, texts, loop.time())
                    except ConnectionError:
                        reader.gone.set()
        finally:
            # if this ends by a mistake of its own nobody shall wait for ever
            for reader in set().union(*self._turns):
                reader.gone.set()

    async def _write(self, reader: Reader, texts: dict[int, bytes], at: float) -> None:
        closing = reader.connection.closing
        if reader.transport.is_closing():
            reader.gone.set()
        elif reader.transport.get_write_buffer_size():
            # too slow for all of it: the newest when there is room again
            return
        elif closing is not None:
            if closing == ENDED:
                await reader.response.write(self._news(reader, texts))
            # EventSource would come back at once; its page does not after this
            await reader.response.write(f"event: bye\ndata: {closing}\n\n".encode())
            reader.gone.set()
        elif news := self._news(reader, texts) or (ALIVE if at - reader.said > ALIVE_S else b""):
            await reader.response.write(news)
            reader.said = at

    def _news(self, reader: Reader, texts: dict[int, bytes]) -> bytes:
        if reader.read not in texts:
            texts[reader.read] = as_events(self._feed.since(reader.read))
        news = texts[reader.read]
        reader.read = self._feed.newest
        return news


_readers: WeakKeyDictionary[LiveRoom, Readers] = WeakKeyDictionary()


def as_events(texts: list[str]) -> bytes:
    """Messages as server-sent events."""
    return "".join(f"data: {text}\n\n" for text in texts).encode()


@routes.get("/api/rooms/{id}/watch")
async def watch(request: web.Request) -> web.StreamResponse:
    """An observer's stream, until they or the room are gone."""
    live, member = request[ROOM], request[MEMBER]
    connection, read = Connection(member.id, Outbox(member.role)), live.feed.newest
    try:
        live.connect(connection, [])
    except NotNow as error:
        raise refusal(web.HTTPGone, str(error)) from None
    response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    try:
        await response.prepare(request)
        welcome, transport = connection.outbox.take(), request.transport
        if welcome and transport:
            await response.write(as_events([welcome]))
            reader = Reader(connection, transport, response, read, asyncio.get_running_loop().time())
            if live not in _readers:
                _readers[live] = Readers(live.feed)
            with _readers[live].joined_by(reader):
                await reader.gone.wait()
    except ConnectionError:
        pass
    finally:
        live.disconnect(connection)
    return response

"""A room as its members' programs see it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from jsonschema import Draft202012Validator

from tests.fixtures.server import Server

SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).parents[2] / "client" / "room.json").read_text("utf-8"))
)
PATIENCE_S = 20.0


class Person:
    """Somebody with a token of a room: their own client, so that no cookie is shared."""

    def __init__(self, server: Server, room: str, token: str = "") -> None:
        self.room, self.token = room, token
        self.http = aiohttp.ClientSession(
            server.url,
            cookie_jar=aiohttp.DummyCookieJar(),
            # a server that was started again knows no connection of before
            connector=aiohttp.TCPConnector(force_close=True),
        )
        self.member = ""
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def call(
        self, method: str, path: str = "", body: object = None, token: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of a call below the room's address, or at an absolute one."""
        address = path if path.startswith("/api/") else f"/api/rooms/{self.room}{path}"
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        async with self.http.request(method, address, json=body, headers=headers) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else {}

    async def come_in(self) -> dict[str, Any]:
        """Open the socket; what it says first."""
        status, found = await self.call("POST", "/ticket")
        assert status == 200, found
        self.heard.clear()
        self.socket = await self.http.ws_connect(found["url"])
        self._hearing = asyncio.create_task(self._hear(self.socket))
        welcome = await self.hears("welcome")
        self.member = welcome["me"]
        return welcome

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for received in socket:
            message = json.loads(received.data)
            SCHEMA.validate(message)
            self.heard.append((message["type"], message["data"]))
            self._news.set()
        self._news.set()

    async def say(self, type_: str, **data: Any) -> None:
        """Send a message."""
        assert self.socket
        body = {"v": 1, "type": type_, "data": data}
        SCHEMA.validate(body)
        await self.socket.send_json(body)

    def all(self, type_: str) -> list[dict[str, Any]]:
        """What was heard of a type."""
        return [data for each, data in self.heard if each == type_]

    async def hears(
        self, type_: str, which: Callable[[dict[str, Any]], bool] = lambda data: True
    ) -> dict[str, Any]:
        """The newest message of a type that is as wanted, waited for."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = [data for data in self.all(type_) if which(data)]
                if found:
                    return found[-1]
                self._news.clear()
                await self._news.wait()

    async def closed(self) -> int | None:
        """The code with which the socket was closed, waited for."""
        assert self._hearing
        assert self.socket
        async with asyncio.timeout(PATIENCE_S):
            await self._hearing
        return self.socket.close_code

    async def go(self) -> None:
        """Close everything."""
        if self.socket:
            await self.socket.close()
        if self._hearing:
            await self._hearing
        await self.http.close()


class House:
    """A room and those who were let in."""

    def __init__(self, server: Server, owner: Person) -> None:
        self.server, self.owner = server, owner
        self.people = [owner]

    def stranger(self, token: str = "", room: str | None = None) -> Person:
        """Somebody without a seat."""
        person = Person(self.server, room or self.owner.room, token)
        self.people.append(person)
        return person

    async def invitation(self, role: str) -> str:
        """The token of a new link."""
        status, found = await self.owner.call("POST", "/invitations", {"role": role})
        assert status == 201, found
        address, _, token = found["url"].partition("#")
        assert address == f"/rooms/{self.owner.room}"
        return str(token)

    async def let_in(self, role: str, name: str = "Somebody") -> Person:
        """Somebody new, from knock to seat; the owner must be here."""
        person = self.stranger(await self.invitation(role))
        _, knock = await person.call("POST", "/knocks", {"name": name})
        await self.owner.hears(
            "knocks", lambda data: any(each["id"] == knock["knock"] for each in data["knocks"])
        )
        await self.owner.say("admit", knocks=[knock["knock"]])
        status, found = await person.call("GET", "/knock", token=knock["token"])
        assert (status, found["state"]) == (200, "admitted")
        person.token, person.member = found["seat"], found["member"]
        return person


@asynccontextmanager
async def house(server: Server, as_: str = "interviewer", **wanted: object) -> AsyncIterator[House]:
    """A new room whose owner is here."""
    owner = Person(server, "", server.token)
    status, made = await owner.call("POST", "/api/rooms", {"as": as_, "name": "Owner", **wanted})
    assert status == 201, made
    owner.room, owner.token = made["id"], made["seat"]
    found = House(server, owner)
    try:
        await owner.come_in()
        yield found
    finally:
        for person in found.people:
            await person.go()

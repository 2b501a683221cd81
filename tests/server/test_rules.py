"""Who is let through where: every route of the router with every kind of token, right and wrong."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from server import rules
from server.app import add_routes
from server.rules import RULES, Rule, rule_of
from sessions.invitations import Invitation, KnockToken, Seat, Signer
from sessions.rooms import Role
from tests.fixtures.server import Server
from tests.server.room import House, Person, house

KEY = "a key for signing, of the test alone"
REFUSED = {401, 403, 410}


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    app, there = web.Application(), set()
    add_routes(app)
    for route in app.router.routes():
        assert rule_of(route.method, route), f"{route.method} {route} has no rule"
        assert route.resource
        there.add(("GET" if route.method == "HEAD" else route.method, route.resource.canonical))
    assert there == set(RULES)


async def test_a_route_without_a_rule_is_refused_to_everybody() -> None:
    app = web.Application(middlewares=[rules.guard])

    async def new(request: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/new", new)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as http, http.get(f"http://{host}:{port}/new") as response:
        assert response.status == 403
    await runner.cleanup()


# Which tokens a rule lets through; all others are refused with a sentence.
LETS: dict[str, set[str]] = {
    rules.OWNER.name: {"owner"},
    rules.OWN_SESSION.name: {"owner"},
    rules.CANDIDATE.name: {"session"},
    rules.READER.name: {"owner", "session"},
    rules.ANY_SEAT.name: {"candidate", "interviewer", "observer", "owner's seat"},
    rules.HOSTS.name: {"interviewer", "owner's seat", "owner"},
    rules.SPEAKERS.name: {"candidate", "interviewer", "owner's seat", "owner"},
    rules.INTERVIEWERS.name: {"interviewer", "owner's seat"},
    rules.OBSERVERS.name: {"observer"},
    rules.INVITATION.name: {"invitation"},
    rules.KNOCK.name: {"knock"},
    rules.VISITOR.name: {
        "candidate", "interviewer", "observer", "owner's seat", "owner", "invitation", "knock",
    },
    rules.TICKET.name: {"ticket"},
}  # fmt: skip


@dataclass
class Doors:
    """A server with a room, a session, and one of each token."""

    room: str
    session: str
    http: aiohttp.ClientSession
    tokens: dict[str, str]

    async def knock_at(self, method: str, path: str, token: str) -> tuple[int, str]:
        """Status and body's beginning of a call with a token, as bearer or, for a socket, as a ticket."""
        for name, value in (
            ("{id}", self.session if "/sessions/" in path else self.room),
            ("{invitation}", "0"),
        ):
            path = path.replace(name, value)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        query = {"ticket": token} if path.endswith("/socket") and token else {}
        try:
            async with self.http.request(
                method, path, headers=headers, params=query, timeout=aiohttp.ClientTimeout(sock_read=2)
            ) as response:
                if response.content_type == "text/event-stream":
                    return response.status, ""
                return response.status, await response.text()
        except TimeoutError:
            # waits for something that does not happen here: it was let through
            return 200, ""


async def _tokens(server: Server, room: House, session: dict[str, Any]) -> dict[str, str]:
    """Every kind of token by name; those in LETS hold, no other does."""
    signer, id_ = Signer(KEY.encode()), room.owner.room
    forger = Signer(b"another key, which is not the server's")
    people = {role: await room.let_in(role) for role in ("candidate", "interviewer", "observer")}
    gone, removed = await room.let_in("observer"), await room.let_in("observer")
    await gone.call("DELETE", "/seat")
    await room.owner.say("remove", member=removed.member)
    guest = room.stranger(await room.invitation("observer"))
    _, knock = await guest.call("POST", "/knocks", {"name": "Guest"})
    revoked = await room.invitation("interviewer")
    _, ticket = await room.owner.call("POST", "/ticket")
    _, used = await room.owner.call("POST", "/ticket")
    await room.owner.http.get(used["url"])
    made = await room.owner.call("GET", "/invitations")
    for each in made[1]["invitations"]:
        if each["role"] == "interviewer":
            await room.owner.call("DELETE", f"/invitations/{each['id']}")
    async with house(server) as other:
        elsewhere = {
            "seat of another room": other.owner.token,
            "invitation of another room": await other.invitation("candidate"),
        }
    seat = people["candidate"].member
    return {
        "none": "",
        "nonsense": "x" * 40,
        "too long": "x" * 5000,
        "owner": server.token,
        "session": session["token"],
        "owner's seat": room.owner.token,
        **{role: person.token for role, person in people.items()},
        "invitation": guest.token,
        "knock": knock["token"],
        "ticket": ticket["ticket"],
        **elsewhere,
        "knock of another room": signer.sign(KnockToken("ab", knock["knock"])),
        "forged seat": forger.sign(Seat(id_, Role.INTERVIEWER, room.owner.member)),
        "forged invitation": forger.sign(Invitation(id_, Role.INTERVIEWER, "ab", int(time.time()) + 60)),
        "seat in another role": signer.sign(Seat(id_, Role.INTERVIEWER, seat)),
        "seat of nobody": signer.sign(Seat(id_, Role.INTERVIEWER, "ab")),
        "expired invitation": signer.sign(Invitation(id_, Role.OBSERVER, "ab", int(time.time()) - 60)),
        "revoked invitation": revoked,
        "unknown invitation": signer.sign(Invitation(id_, Role.OBSERVER, "ab", int(time.time()) + 60)),
        "used ticket": used["ticket"],
        "seat given up": gone.token,
        "seat taken away": removed.token,
    }


@pytest.fixture(scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    """See Doors."""
    server = Server(tmp_path_factory.mktemp("doors") / "data", secret_key=KEY).start()
    async with aiohttp.ClientSession(
        server.url, cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(force_close=True)
    ) as http:
        owner = Person(server, "", server.token)
        _, session = await owner.call("POST", "/api/sessions", {})
        await owner.go()
        async with house(server) as room:
            tokens = await _tokens(server, room, session)
            yield Doors(room.owner.room, session["id"], http, tokens)
    server.stop()


# what ends what the others need comes last
LAST = (
    ("DELETE", "/api/rooms/{id}/seat"),
    ("POST", "/api/rooms/{id}/seat"),
    ("DELETE", "/api/sessions/{id}/recording"),
    ("DELETE", "/api/sessions/{id}/rtc"),
    ("DELETE", "/api/sessions/{id}"),
    ("DELETE", "/api/rooms/{id}"),
)
ROUTES = sorted(
    (key for key, rule in RULES.items() if rule is not rules.PUBLIC),
    key=lambda key: (LAST.index(key) if key in LAST else -1, key),
)


@pytest.mark.server
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda part: part)
async def test_nobody_else_is_let_through(doors: Doors, method: str, path: str) -> None:
    """Whoever the rule does not name is refused, with a sentence, whatever they hold."""
    rule: Rule = RULES[method, path]
    for name, token in doors.tokens.items():
        if name in LETS[rule.name]:
            continue
        status, body = await doors.knock_at(method, path, token)
        assert status in REFUSED, (name, status, body)
        assert '"error": "' in body, name


@pytest.mark.server
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda part: part)
async def test_whoever_may_is_let_through(doors: Doors, method: str, path: str) -> None:
    """Whoever the rule names gets further: to an answer, or to what is wrong with the rest of the request."""
    ends = (method, path) in LAST
    rule: Rule = RULES[method, path]
    for name in sorted(LETS[rule.name]):
        if ends and name != "owner":
            continue
        status, body = await doors.knock_at(method, path, doors.tokens[name])
        refused_by_rule = status in (401, 403) or (status == 410 and "invitation" in body)
        assert not refused_by_rule, (name, status, body)

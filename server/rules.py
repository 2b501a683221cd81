"""Who may call which route: one table, looked up before any handler runs."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from aiohttp import web

from server.access import DIRECTORY, Handler, bearer, is_owner, refusal, same
from server.hall import HALL
from server.live_room import LiveRoom
from sessions.invitations import BadToken, Invitation, KnockToken, Seat, Token
from sessions.rooms import Knock, Member, Role, RoomState
from sessions.session import LiveSession

SEAT_COOKIE = "rapport_seat"
"""Its path is that of the room's API."""
SESSION = web.RequestKey("session", LiveSession)
"""The session whose candidate asks."""
ROOM = web.RequestKey("room", LiveRoom)
"""The room of the path."""
MEMBER = web.RequestKey("member", Member)
"""Who asks, where they have a seat in it."""
INVITED = web.RequestKey("invited", Invitation)
"""The invitation that the request carries."""
KNOCKED = web.RequestKey("knocked", Knock)
"""The knock that the request asks about."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Lets through whoever may call a route, and notes who that is; refuses anybody else."""

    name: str
    check: Callable[[web.Request], Awaitable[None]]


def _no(kind: type[web.HTTPException], sentence: str) -> web.HTTPException:
    return refusal(kind, sentence)


# --- the owner, and the candidate of a session


async def _anybody(request: web.Request) -> None:
    return


async def _the_owner(request: web.Request) -> None:
    if not is_owner(request):
        raise _no(web.HTTPUnauthorized, "Open the address that the server printed when it started.")


async def _the_owner_of_it(request: web.Request) -> None:
    await _the_owner(request)
    if await request.app[HALL].withheld(request.match_info["id"]):
        raise _no(
            web.HTTPForbidden,
            "This session was held in a room: what its candidate shares is in the room’s review.",
        )


async def _its_candidate(request: web.Request) -> None:
    session_id = request.match_info["id"]
    directory = request.app[DIRECTORY]
    session = directory.find(session_id)
    if session is None:
        if await asyncio.to_thread(directory.store.record, session_id):
            raise _no(web.HTTPGone, "This session has ended; its report is there.")
        raise _no(web.HTTPNotFound, "There is no such session; start a new one.")
    if not same(bearer(request), session.token):
        raise _no(web.HTTPUnauthorized, "The session’s token is missing or wrong; start a new session.")
    request[SESSION] = session


async def _a_reader(request: web.Request) -> None:
    held = request.app[DIRECTORY].find(request.match_info["id"])
    if held is None or not same(bearer(request), held.token):
        await _the_owner_of_it(request)


PUBLIC = Rule("public", _anybody)
OWNER = Rule("owner", _the_owner)
OWN_SESSION = Rule("owner of the session", _the_owner_of_it)
CANDIDATE = Rule("candidate of the session", _its_candidate)
READER = Rule("reader of the session", _a_reader)


# --- those in a room


def _read(request: web.Request, kind: type[Token], text: str, sentence: str) -> Token:
    """A token of the room in the path. Raises 401 or 403."""
    try:
        token = request.app[HALL].signer.read(kind, text)
    except BadToken:
        raise _no(web.HTTPUnauthorized, sentence) from None
    if token.room != request.match_info["id"]:
        raise _no(web.HTTPForbidden, "That is for another room.")
    return token


async def require_room(request: web.Request) -> LiveRoom:
    """The room of the path. Raises 404."""
    live = await request.app[HALL].find(request.match_info["id"])
    if live is None:
        raise _no(web.HTTPNotFound, "There is no such room; it may have been deleted.")
    request[ROOM] = live
    return live


async def _take_seat(request: web.Request, roles: Collection[Role]) -> None:
    token = bearer(request) or request.cookies.get(SEAT_COOKIE, "")
    seat = _read(request, Seat, token, "Take a seat in this room first: open your invitation.")
    live = await require_room(request)
    member = live.room.members.get(seat.member)
    if member is None or member.left or member.role is not seat.role:
        raise _no(web.HTTPGone, "This seat was given up; ask for a new invitation.")
    if member.role not in roles:
        raise _no(web.HTTPForbidden, f"That is not for {member.role}s.")
    request[MEMBER] = member


def seated(*roles: Role, owner: bool = False) -> Rule:
    """Whoever has a seat in one of the roles; the owner by their own key, too, in whatever role."""

    async def check(request: web.Request) -> None:
        try:
            # a seat before the owner's key: one browser may hold both, each in a page of its own
            await _take_seat(request, roles)
        except (web.HTTPUnauthorized, web.HTTPForbidden, web.HTTPGone):
            if not (owner and is_owner(request)):
                raise
            live = await require_room(request)
            request[MEMBER] = live.owner

    return Rule(" or ".join([*roles, *["owner"] * owner]), check)


async def _an_invitation(request: web.Request) -> None:
    invitation = _read(request, Invitation, bearer(request), "Open the invitation that you were given.")
    if invitation.expired:
        raise _no(web.HTTPGone, "This invitation has expired; ask for a new one.")
    live = await require_room(request)
    hall = request.app[HALL]
    if not await hall.ask(hall.store.holds, live.id, invitation.id):
        raise _no(web.HTTPGone, "This invitation was revoked; ask for a new one.")
    if live.room.state is RoomState.ENDED:
        raise _no(web.HTTPGone, "This room has ended.")
    request[INVITED] = invitation


async def _a_knock(request: web.Request) -> None:
    token = _read(request, KnockToken, bearer(request), "Knock first: open your invitation.")
    live = await require_room(request)
    knock = live.knocked(token.id)
    if knock is None:
        raise _no(web.HTTPGone, "This knock was forgotten; knock again.")
    request[KNOCKED] = knock


async def _a_visitor(request: web.Request) -> None:
    """Whoever has anything to do with the room: the first that holds, else why the invitation does not."""
    for check in (seated(*Role, owner=True).check, _a_knock):
        try:
            await check(request)
            return
        except (web.HTTPUnauthorized, web.HTTPForbidden):
            continue
    await _an_invitation(request)


async def _a_ticket(request: web.Request) -> None:
    member = request.app[HALL].redeem(request.query.get("ticket", ""), request.match_info["id"])
    if member is None:
        raise _no(web.HTTPUnauthorized, "This ticket was used, or is too old; take a new one.")
    live = await require_room(request)
    found = live.room.members.get(member)
    if found is None or found.left:
        raise _no(web.HTTPGone, "This seat was given up; ask for a new invitation.")
    if live.room.state is RoomState.ENDED:
        raise _no(web.HTTPGone, "This room has ended.")
    request[MEMBER] = found


INVITATION = Rule("invitation", _an_invitation)
KNOCK = Rule("knock", _a_knock)
VISITOR = Rule("visitor", _a_visitor)
TICKET = Rule("ticket", _a_ticket)
ANY_SEAT = seated(*Role)
HOSTS = seated(Role.INTERVIEWER, owner=True)
SPEAKERS = seated(Role.CANDIDATE, Role.INTERVIEWER, owner=True)
INTERVIEWERS = seated(Role.INTERVIEWER)
OBSERVERS = seated(Role.OBSERVER)

RULES: dict[tuple[str, str], Rule] = {
    ("GET", "/"): PUBLIC,
    ("GET", "/practice"): PUBLIC,
    ("GET", "/growth"): PUBLIC,
    ("GET", "/compare"): PUBLIC,
    ("GET", "/sessions/{id}"): PUBLIC,
    ("GET", "/rooms/{id}"): PUBLIC,
    ("GET", "/rooms/{id}/review"): PUBLIC,
    ("GET", "/static"): PUBLIC,
    ("GET", "/static/wire.json"): PUBLIC,
    ("GET", "/static/room.json"): PUBLIC,
    ("GET", "/static/sound.json"): PUBLIC,
    ("GET", "/static/vendor/plotly.min.js"): PUBLIC,
    ("GET", "/health"): PUBLIC,
    ("GET", "/ready"): PUBLIC,
    ("GET", "/metrics"): PUBLIC,
    ("GET", "/api/features"): PUBLIC,
    ("GET", "/api/questions"): PUBLIC,
    ("GET", "/api/questions/choice"): OWNER,
    ("POST", "/api/questions/parse"): OWNER,
    ("POST", "/api/check"): OWNER,
    ("POST", "/api/sessions"): OWNER,
    ("GET", "/api/sessions"): OWNER,
    ("GET", "/api/growth"): OWNER,
    ("GET", "/api/compare"): OWNER,
    ("GET", "/api/sessions/{id}"): READER,
    ("DELETE", "/api/sessions/{id}"): OWNER,
    ("GET", "/api/sessions/{id}/report"): READER,
    ("GET", "/api/sessions/{id}/report.pdf"): READER,
    ("GET", "/api/sessions/{id}/reports"): READER,
    ("POST", "/api/sessions/{id}/rescore"): OWN_SESSION,
    ("GET", "/api/sessions/{id}/advice"): READER,
    ("GET", "/api/sessions/{id}/captions.vtt"): READER,
    ("GET", "/api/sessions/{id}/recording"): READER,
    ("DELETE", "/api/sessions/{id}/recording"): OWNER,
    ("GET", "/api/sessions/{id}/export"): OWN_SESSION,
    ("POST", "/api/sessions/{id}/rtc"): CANDIDATE,
    ("DELETE", "/api/sessions/{id}/rtc"): CANDIDATE,
    ("POST", "/api/sessions/{id}/away"): CANDIDATE,
    ("POST", "/api/rooms"): OWNER,
    ("GET", "/api/rooms"): OWNER,
    ("GET", "/api/rooms/{id}"): VISITOR,
    ("DELETE", "/api/rooms/{id}"): OWNER,
    ("POST", "/api/rooms/{id}/seat"): OWNER,
    ("DELETE", "/api/rooms/{id}/seat"): ANY_SEAT,
    ("POST", "/api/rooms/{id}/invitations"): HOSTS,
    ("GET", "/api/rooms/{id}/invitations"): HOSTS,
    ("DELETE", "/api/rooms/{id}/invitations/{invitation}"): HOSTS,
    ("POST", "/api/rooms/{id}/knocks"): INVITATION,
    ("GET", "/api/rooms/{id}/knock"): KNOCK,
    ("POST", "/api/rooms/{id}/ticket"): SPEAKERS,
    ("GET", "/api/rooms/{id}/socket"): TICKET,
    ("GET", "/api/rooms/{id}/watch"): OBSERVERS,
    ("POST", "/api/rooms/{id}/voice"): INTERVIEWERS,
    ("DELETE", "/api/rooms/{id}/voice"): INTERVIEWERS,
    ("GET", "/api/rooms/{id}/ratings"): INTERVIEWERS,
    ("PUT", "/api/rooms/{id}/ratings"): INTERVIEWERS,
    ("POST", "/api/rooms/{id}/shared"): INTERVIEWERS,
    ("GET", "/api/rooms/{id}/review"): SPEAKERS,
}
"""Who may call what, by method and path. A route that is not here is refused to everybody."""


def rule_of(method: str, route: web.AbstractRoute) -> Rule | None:
    """The rule of a route."""
    path = route.resource.canonical if route.resource else ""
    return RULES.get(("GET" if method == "HEAD" else method, path))


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Look the rule up, and let nobody past it."""
    if request.match_info.http_exception is None:
        rule = rule_of(request.method, request.match_info.route)
        if rule is None:
            raise _no(web.HTTPForbidden, "Nobody may do that.")
        await rule.check(request)
    return await handler(request)

"""Rooms over HTTP: made, looked into, knocked at, given up; the flow is in client/room.json."""

from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from scoring.scorecard import criteria
from server.access import DIRECTORY, SETTINGS, body_of, refusal
from server.hall import HALL
from server.live_room import LiveRoom
from server.questions import Choice, planned
from server.rules import INVITED, KNOCKED, MEMBER, ROOM, SEAT_COOKIE, require_room
from sessions.invitations import KnockToken
from sessions.room_store import InvitationRecord, RoomRecord
from sessions.rooms import Member, NotNow, Role, RoomState
from sessions.store import Keep

routes = web.RouteTableDef()
ANSWER_WAITS_S = 20.0
"""How long the answer to a knock is waited for at once."""
MOST_HOURS = 720


class Named(BaseModel):
    """A name as people type it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=60)


class NewRoom(BaseModel):
    """Body of `POST /api/rooms`."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str = Field("Interview", min_length=1, max_length=120)
    as_: Literal["interviewer", "candidate"] = Field(alias="as")
    name: str = Field(min_length=1, max_length=60)
    question_set: str | None = None
    question_choice: Choice | None = None
    questions: list[Any] | None = None
    keep: Keep = "all"
    rubric: Literal["practice", "content-only"] = "practice"


class NewInvitation(BaseModel):
    """Body of `POST /api/rooms/{id}/invitations`."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    hours: float = Field(24, ge=1, le=MOST_HOURS)


@routes.post("/api/rooms")
async def create_room(request: web.Request) -> web.Response:
    """Make a room; the owner takes the first seat in it."""
    wanted = await body_of(request, NewRoom)
    named, asked = await planned(
        wanted.question_set, wanted.question_choice, wanted.questions, request.app[DIRECTORY].store
    )
    record = RoomRecord.new(
        wanted.title, Role(wanted.as_), named, keep=wanted.keep, rubric=wanted.rubric, questions=asked
    )
    live, owner = await request.app[HALL].create(record, wanted.name)
    return _seated(request, live, owner, {"id": live.id, "url": f"/rooms/{live.id}"}, 201)


@routes.get("/api/rooms")
async def list_rooms(request: web.Request) -> web.Response:
    """All rooms, newest first."""
    hall = request.app[HALL]
    return web.json_response({"rooms": await hall.ask(hall.store.rooms)})


@routes.get("/api/rooms/{id}")
async def show_room(request: web.Request) -> web.Response:
    """The room, as far as the asker may know of it."""
    live, member = request[ROOM], request.get(MEMBER)
    visitor = member or request.get(KNOCKED) or request[INVITED]
    interviews = member is not None and member.role is Role.INTERVIEWER
    settings = request.app[SETTINGS]
    return web.json_response(
        {
            "id": live.id,
            "title": live.record.title,
            "state": live.room.state,
            "role": visitor.role,
            "name": getattr(visitor, "name", None),
            "member": member.id if member else None,
            "keep": live.record.keep,
            "retention_days": settings.retention_days,
            "session": live.session_id if member and member.role is Role.CANDIDATE else None,
            "questions": live.planned() if interviews else None,
            "scorecard": _scorecard() if interviews else None,
            "features": {
                "coach": live.coachable,
                "turn": bool(settings.turn_urls and settings.turn_secret),
            },
        }
    )


@routes.delete("/api/rooms/{id}")
async def delete_room(request: web.Request) -> web.Response:
    """End a room and delete all that is stored of it."""
    if not await request.app[HALL].delete(request.match_info["id"]):
        raise refusal(web.HTTPNotFound, "There is no such room; it may have been deleted.")
    return web.Response(status=204)


@routes.post("/api/rooms/{id}/seat")
async def take_seat(request: web.Request) -> web.Response:
    """Give the owner their seat again."""
    live = await require_room(request)
    return _seated(request, live, live.owner, {}, 200)


@routes.delete("/api/rooms/{id}/seat")
async def leave_seat(request: web.Request) -> web.Response:
    """Give one's seat up."""
    _now(request[ROOM].leave, request[MEMBER].id)
    response = web.Response(status=204)
    response.del_cookie(SEAT_COOKIE, path=f"/api/rooms/{request[ROOM].id}")
    return response


@routes.post("/api/rooms/{id}/invitations")
async def invite(request: web.Request) -> web.Response:
    """A new link for a role, in place of the earlier one."""
    wanted = await body_of(request, NewInvitation)
    live = request[ROOM]
    if live.room.state is RoomState.ENDED:
        raise refusal(web.HTTPGone, "This room has ended.")
    invitation = await request.app[HALL].invite(live.id, wanted.role, wanted.hours)
    return web.json_response(_invitation(request, invitation), status=201)


@routes.get("/api/rooms/{id}/invitations")
async def list_invitations(request: web.Request) -> web.Response:
    """The links that hold."""
    hall = request.app[HALL]
    found = await hall.ask(hall.store.invitations, request[ROOM].id)
    return web.json_response({"invitations": [_invitation(request, each) for each in found]})


@routes.delete("/api/rooms/{id}/invitations/{invitation}")
async def revoke(request: web.Request) -> web.Response:
    """Let a link hold no longer; who came by it stays."""
    hall = request.app[HALL]
    if not await hall.ask(hall.store.revoke, request[ROOM].id, request.match_info["invitation"]):
        raise refusal(web.HTTPNotFound, "There is no such invitation, or it was revoked already.")
    return web.Response(status=204)


@routes.post("/api/rooms/{id}/knocks")
async def knock(request: web.Request) -> web.Response:
    """Ask to be let in."""
    wanted = await body_of(request, Named)
    live = request[ROOM]
    made = _now(live.knock, wanted.name, request[INVITED].role)
    token = request.app[HALL].signer.sign(KnockToken(live.id, made.id))
    return web.json_response({"knock": made.id, "token": token}, status=201)


@routes.get("/api/rooms/{id}/knock")
async def await_answer(request: web.Request) -> web.Response:
    """What became of a knock; waited for a while."""
    live, knock = request[ROOM], request[KNOCKED]
    state, member = await live.await_answer(knock.id, ANSWER_WAITS_S)
    found = {"state": state, "member": None, "role": knock.role, "seat": None}
    if member is None:
        return web.json_response(found)
    return _seated(request, live, member, found, 200)


@routes.post("/api/rooms/{id}/ticket")
async def take_ticket(request: web.Request) -> web.Response:
    """A ticket that opens the socket once, soon."""
    live = request[ROOM]
    if live.room.state is RoomState.ENDED:
        raise refusal(web.HTTPGone, "This room has ended.")
    ticket = request.app[HALL].ticket(live, request[MEMBER])
    return web.json_response({"ticket": ticket, "url": f"/api/rooms/{live.id}/socket?ticket={ticket}"})


def _now(act: Any, *args: Any) -> Any:
    """Do what the room may not allow now. Raises 409."""
    try:
        return act(*args)
    except NotNow as error:
        raise refusal(web.HTTPConflict, str(error)) from None


def _seated(
    request: web.Request, live: LiveRoom, member: Member, found: dict[str, Any], status: int
) -> web.Response:
    """An answer that gives a member their seat, as a cookie too."""
    seat = request.app[HALL].seat(live, member)
    told = {**found, "member": member.id, "role": member.role, "name": member.name, "seat": seat}
    response = web.json_response(told, status=status)
    response.set_cookie(
        SEAT_COOKIE,
        seat,
        httponly=True,
        samesite="Strict",
        secure=request.secure,
        path=f"/api/rooms/{live.id}",
    )
    return response


def _invitation(request: web.Request, invitation: InvitationRecord) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "role": invitation.role,
        "url": request.app[HALL].address(invitation),
        "expires": invitation.expires,
    }


def _scorecard() -> list[dict[str, Any]]:
    return [
        {"id": each.id, "label": each.label, "of": each.of, "asks": each.asks, "anchors": each.anchors}
        for each in criteria()
    ]

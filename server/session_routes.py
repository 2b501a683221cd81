"""Sessions over HTTP: create, list, look at, delete, and read the report of."""

import asyncio
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from server import ice, recordings
from server.access import DIRECTORY, ICE_SERVERS, body_of, ended_report, refusal
from server.checking import Measured
from server.hall import HALL
from server.questions import Choice, planned
from server.signalling import close_peer
from sessions.directory import Full
from sessions.state import State
from sessions.store import Keep, NotPrivate, SessionRecord

routes = web.RouteTableDef()


class NewSession(BaseModel):
    """Body of `POST /api/sessions`."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field("Practice", max_length=120)
    question_set: str | None = None
    """Id of a set that has a name; `DEFAULT_SET` where nothing says what to ask."""
    question_choice: Choice | None = None
    """Put a set together for a role."""
    questions: list[Any] | None = None
    """The candidate's own: texts, or objects as in `sessions.own_questions.FIELDS`."""
    keep: Keep = "all"
    expressions: bool = False
    """Estimate what the candidate's face shows; for private practice only."""
    shared: bool = False
    """An interviewer takes part or reads along."""
    neutral: Measured | None = None
    """What the device check found neutral for this candidate."""
    rubric: Literal["practice", "content-only"] = "practice"
    recording: bool = False
    """Keep sound and picture."""
    coach: bool = False
    """Transcript and figures may go to the configured language model."""


@routes.post("/api/sessions")
async def create_session(request: web.Request) -> web.Response:
    """Admit a new session."""
    wanted = await body_of(request, NewSession)
    named, asked = await planned(
        wanted.question_set, wanted.question_choice, wanted.questions, request.app[DIRECTORY].store
    )
    if wanted.recording and wanted.keep != "all":
        raise refusal(
            web.HTTPUnprocessableEntity,
            "Sound and picture are kept only where everything is: leave out recording, or keep all.",
        )
    try:
        record = SessionRecord.new(
            wanted.title.strip() or "Practice",
            named,
            wanted.keep,
            expressions=wanted.expressions,
            shared=wanted.shared,
            neutral=wanted.neutral.known if wanted.neutral else None,
            rubric=wanted.rubric,
            recording=wanted.recording,
            coach=wanted.coach,
            questions=asked,
        )
        session = request.app[DIRECTORY].admit(record)
    except NotPrivate as error:
        raise refusal(web.HTTPUnprocessableEntity, str(error)) from None
    except Full:
        raise refusal(
            web.HTTPServiceUnavailable,
            "This machine is busy with as many sessions as it can serve well; try again in a few minutes.",
            **{"Retry-After": "60"},
        ) from None
    return web.json_response(
        {
            "id": session.record.id,
            "token": session.token,
            "state": session.state,
            "rtc": f"/api/sessions/{session.record.id}/rtc",
            "ice_servers": [ice.for_browser(each) for each in request.app[ICE_SERVERS]],
            "question_count": len(session.questions),
        },
        status=201,
    )


@routes.get("/api/sessions")
async def list_sessions(request: web.Request) -> web.Response:
    """All stored sessions, newest first, each with its state."""
    directory = request.app[DIRECTORY]
    found = await asyncio.to_thread(directory.store.sessions)
    for row in found:
        held = directory.find(row["id"])
        row["state"] = held.state if held else State.ENDED
        if row["room"] and await request.app[HALL].withheld(row["id"]):
            row |= {"overall": None, "interval": None, "subscores": {}, "intervals": {}}
    return web.json_response({"sessions": found})


@routes.get("/api/sessions/{id}")
async def show_session(request: web.Request) -> web.Response:
    """One session's record and state."""
    held = request.app[DIRECTORY].find(request.match_info["id"])
    record = held.record if held else request.app[DIRECTORY].store.record(request.match_info["id"])
    if record is None:
        raise refusal(web.HTTPNotFound, "There is no such session.")
    return web.json_response(
        {
            "id": record.id,
            "title": record.title,
            "state": held.state if held else State.ENDED,
            "created": record.created,
            "question_set": record.question_set,
            "keep": record.keep,
            "expressions": record.expressions,
            "shared": record.shared,
            "calibrated": record.neutral is not None,
            "rubric": record.rubric,
            "recording": record.recording,
            "film": await recordings.found(request),
            "coach": record.coach,
            "room": record.room,
            "t": round(held.t, 3) if held else None,
        }
    )


@routes.delete("/api/sessions/{id}")
async def delete_session(request: web.Request) -> web.Response:
    """End the session if it goes on, and delete everything that is stored of it, its room too."""
    session_id = request.match_info["id"]
    room = await request.app[HALL].of_session(session_id)
    if room:
        await request.app[HALL].delete(room.id)
    elif not await request.app[DIRECTORY].delete(session_id):
        raise refusal(web.HTTPNotFound, "There is no such session.")
    await close_peer(request.app, session_id, "deleted")
    return web.Response(status=204)


@routes.get("/api/sessions/{id}/report")
async def show_report(request: web.Request) -> web.Response:
    """The report of an ended session."""
    return web.json_response(await ended_report(request))

"""What interviewers think of an interview, and what everybody may see of it afterwards."""

import asyncio
from dataclasses import replace
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from models.observations import OtherSpeech, QuestionAsked
from scoring.scorecard import HIGHEST, LOWEST, Unit, agreement, criteria, fault
from server.access import DIRECTORY, body_of, refusal
from server.hall import HALL, Hall
from server.live_room import LiveRoom
from server.rules import MEMBER, ROOM
from sessions.room_store import Ratings
from sessions.rooms import Member, Role, RoomState, reviewed
from sessions.sharing import passed_report

routes = web.RouteTableDef()
MOST_RATINGS = 500


class Rated(BaseModel):
    """One value of the scorecard, or none any longer."""

    model_config = ConfigDict(extra="forbid")

    criterion: str = Field(max_length=40)
    question: int | None = None
    value: int | None = Field(ge=LOWEST, le=HIGHEST)


class Wish(BaseModel):
    """Body of `PUT /api/rooms/{id}/ratings`."""

    model_config = ConfigDict(extra="forbid")

    ratings: list[Rated] = Field(max_length=MOST_RATINGS)
    note: str = Field("", max_length=4000)
    handed_in: bool = False


class Shared(BaseModel):
    """Body of `POST /api/rooms/{id}/shared`."""

    model_config = ConfigDict(extra="forbid")

    marks: bool
    ratings: bool


@routes.get("/api/rooms/{id}/ratings")
async def show_ratings(request: web.Request) -> web.Response:
    """The asker's own ratings, and the others' once the own are handed in."""
    live, member = request[ROOM], request[MEMBER]
    ratings = await _ratings(request.app[HALL], live)
    return web.json_response(_seen_by_interviewer(live, member, ratings))


@routes.put("/api/rooms/{id}/ratings")
async def rate(request: web.Request) -> web.Response:
    """Keep the asker's ratings in place of those before. What was handed in stays as it is."""
    wish = await body_of(request, Wish)
    live, member, hall = request[ROOM], request[MEMBER], request.app[HALL]
    values: dict[Unit, int] = {}
    for each in wish.ratings:
        unit = Unit(each.criterion, each.question)
        wrong = fault(unit, len(live.questions))
        if wrong:
            raise refusal(web.HTTPUnprocessableEntity, wrong)
        if each.value is not None:
            values[unit] = each.value

    def rated(earlier: Ratings) -> Ratings:
        if earlier.handed_in:
            raise refusal(
                web.HTTPConflict, "You have handed in your ratings; from then on they stay as they are."
            )
        kept = tuple((*unit, value) for unit, value in values.items())
        return replace(earlier, values=kept, note=wish.note, handed_in=wish.handed_in)

    await hall.ask(hall.store.rate, live.id, member.id, rated)
    if wish.handed_in:
        live.handed_in(member.id)
    return web.json_response(_seen_by_interviewer(live, member, await _ratings(hall, live)))


@routes.post("/api/rooms/{id}/shared")
async def share(request: web.Request) -> web.Response:
    """Say what of the asker's own the candidate may see."""
    wish = await body_of(request, Shared)
    live, member, hall = request[ROOM], request[MEMBER], request.app[HALL]

    def shared(earlier: Ratings) -> Ratings:
        if wish.ratings and not earlier.handed_in:
            raise refusal(web.HTTPConflict, "Hand your ratings in before you share them.")
        return replace(earlier, share_marks=wish.marks, share_ratings=wish.ratings)

    await hall.ask(hall.store.rate, live.id, member.id, shared)
    return web.json_response(wish.model_dump())


@routes.get("/api/rooms/{id}/review")
async def show_review(request: web.Request) -> web.Response:
    """The interview as the asker may see it: report, marks, ratings and how far raters agree."""
    live, member, hall = request[ROOM], request[MEMBER], request.app[HALL]
    ratings = await _ratings(hall, live)
    marks = await hall.ask(hall.store.marks, live.id)
    candidate = member.role is Role.CANDIDATE
    thought: dict[str, Any]
    choice = reviewed(live.choices)
    report = None
    if live.session_id and live.room.state is RoomState.ENDED:
        report = await asyncio.to_thread(request.app[DIRECTORY].report, live.session_id)
    if report and not candidate:
        report = passed_report(choice, report)
    speech: list[OtherSpeech] = []
    found: list[QuestionAsked] = []
    if report and live.session_id:
        timeline = await asyncio.to_thread(request.app[DIRECTORY].store.timeline, live.session_id)
        speech = [each for each in timeline if isinstance(each, OtherSpeech)]
        found = [each for each in timeline if isinstance(each, QuestionAsked) and each.text and each.by]
    if candidate:
        shown = {id_: each for id_, each in ratings.items() if each.share_ratings and each.handed_in}
        marks = [mark for mark in marks if mark.by in ratings and ratings[mark.by].share_marks]
        thought = {"ratings": [_told(live, each) for each in shown.values()], "agreement": _agreed(shown)}
    else:
        seen = _seen_by_interviewer(live, member, ratings)
        thought = {"ratings": [*seen["own"], *seen["others"]], "agreement": seen["agreement"]}
    rated = {value["question"] for each in thought["ratings"] for value in each["ratings"]}
    return web.json_response(
        {
            "questions": [
                {"index": n, "id": each.id, "text": each.text}
                for n, each in enumerate(live.questions)
                if n in rated and each.text
            ],
            "room": {
                "id": live.id,
                "title": live.record.title,
                "state": live.room.state,
                "created": live.record.created,
                "members": [
                    {"id": each.id, "name": each.name, "role": each.role, "owner": each.owner}
                    for each in live.room.members.values()
                    if each.role is not Role.OBSERVER
                ],
            },
            "me": member.id,
            "scorecard": [{"id": each.id, "label": each.label} for each in criteria()],
            "consent": {"choice": live.room.choice, "report": choice},
            "report": report,
            "pending": live.room.state is RoomState.ENDED
            and live.session is not None
            and live.session.report is None,
            "speech": [
                {"start": each.start, "end": each.end, "by": each.speaker, "text": each.text}
                for each in speech
            ],
            "found": [{"t": each.t, "by": each.by} for each in found],
            "marks": [live.shown(mark) for mark in marks],
            **thought,
        }
    )


async def _ratings(hall: Hall, live: LiveRoom) -> dict[str, Ratings]:
    return dict(await hall.ask(hall.store.ratings, live.id))


def _seen_by_interviewer(live: LiveRoom, member: Member, ratings: dict[str, Ratings]) -> dict[str, Any]:
    """Raters are blind to each other until they have handed in what they think."""
    own = ratings.get(member.id)
    handed_in = {id_: each for id_, each in ratings.items() if each.handed_in}
    open_ = handed_in if own and own.handed_in else {}
    others = [each for id_, each in open_.items() if id_ != member.id]
    return {
        "own": [_told(live, own)] if own else [],
        "others": [_told(live, each) for each in others],
        "waiting_for": [each.id for each in live.room.seated(Role.INTERVIEWER) if each.id not in handed_in],
        "agreement": _agreed(open_),
    }


def _agreed(ratings: dict[str, Ratings]) -> dict[str, Any] | None:
    if len(ratings) < 2:
        return None
    return agreement(
        [
            {Unit(criterion, question): value for criterion, question, value in each.values}
            for each in ratings.values()
        ]
    )


def _told(live: LiveRoom, ratings: Ratings) -> dict[str, Any]:
    rater = live.room.members.get(ratings.member)
    return {
        "member": ratings.member,
        "name": rater.name if rater else "Somebody",
        "ratings": [
            {"criterion": criterion, "question": question, "value": value}
            for criterion, question, value in ratings.values
        ],
        "note": ratings.note,
        "handed_in": ratings.handed_in,
        "shared": {"marks": ratings.share_marks, "ratings": ratings.share_ratings},
    }

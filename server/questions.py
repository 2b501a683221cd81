"""Questions over HTTP: sets and bank, a set for a role, and a candidate's own list."""

import asyncio
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.access import DIRECTORY, refusal
from sessions import own_questions
from sessions.own_questions import MAX_BYTES, BadList
from sessions.questions import (
    DEFAULT_SET,
    DIFFICULTIES,
    FREE,
    GENERAL,
    TOPICS,
    Question,
    bank,
    minutes,
    question_sets,
    questions_for,
    roles,
)
from sessions.store import SessionRecord, Store

Difficulty: TypeAlias = Literal["easy", "medium", "hard"]
RECENT = 5
"""Sessions whose questions are not asked again while there are others."""
MAX_MINUTES = 60

routes = web.RouteTableDef()


class Choice(BaseModel):
    """What a set is put together for."""

    model_config = ConfigDict(extra="forbid")

    role: str = GENERAL
    minutes: int = Field(15, ge=1, le=MAX_MINUTES)
    difficulty: Difficulty = "medium"


class Filter(BaseModel):
    """Which questions of the bank to list."""

    model_config = ConfigDict(extra="forbid")

    role: str | None = None
    topic: Literal["behavioural", "motivation", "situational", "technical"] | None = None
    difficulty: Difficulty | None = None


@routes.get("/api/questions")
async def list_questions(request: web.Request) -> web.Response:
    """The named sets and what the bank has; its questions, where a role, topic or difficulty is given."""
    wanted = _checked(Filter, request)
    known = {name: value for name, value in wanted.model_dump().items() if value is not None}
    found: dict[str, Any] = {
        "sets": [
            {
                "id": each.id,
                "title": each.title,
                "description": each.description,
                "count": len(each.questions),
                "minutes": each.minutes,
            }
            for each in question_sets().values()
        ],
        "roles": [
            {"id": role.id, "title": role.title, "count": len(role.questions)} for role in roles().values()
        ],
        "topics": TOPICS,
        "difficulties": DIFFICULTIES,
    }
    if known:
        _require_role(wanted.role or GENERAL)
        matching = [
            question
            for question in bank().values()
            if all(getattr(question, name) == value for name, value in known.items())
        ]
        found["questions"] = _shown(matching)
    return web.json_response(found)


@routes.get("/api/questions/choice")
async def show_choice(request: web.Request) -> web.Response:
    """The questions that a session with this `question_choice` would ask now."""
    questions = await chosen(_checked(Choice, request), request.app[DIRECTORY].store)
    return web.json_response({"questions": _shown(questions), "minutes": minutes(questions)})


@routes.post("/api/questions/parse")
async def parse_list(request: web.Request) -> web.Response:
    """Read a pasted or uploaded list; 422 with every problem and its line where it cannot be asked."""
    try:
        questions = own_questions.parse(await _list_of(request))
    except BadList as error:
        return web.json_response(
            {"error": str(error), "problems": [problem._asdict() for problem in error.problems]}, status=422
        )
    return web.json_response({"questions": _shown(questions), "minutes": minutes(questions)})


async def planned(
    named: str | None, choice: Choice | None, own: list[Any] | None, store: Store
) -> tuple[str, tuple[Question, ...] | None]:
    """What a wish for questions comes to: the set's name, and its questions where that does not say them.

    Raises 422, also where more than one of the three is given.
    """
    if sum(each is not None for each in (named, choice, own)) > 1:
        raise refusal(
            web.HTTPUnprocessableEntity,
            "Send one of question_set, question_choice and questions, not several.",
        )
    if choice:
        return choice.role, await chosen(choice, store)
    if own is not None:
        return "own", own_list(own)
    if named is not None and named not in question_sets():
        known = ", ".join(question_sets())
        raise refusal(web.HTTPUnprocessableEntity, f"There is no such question set; there are {known}.")
    return named or DEFAULT_SET, None


async def chosen(choice: Choice, store: Store) -> tuple[Question, ...]:
    """The questions for a choice, those of the last sessions as far as possible left out. Raises 422."""
    _require_role(choice.role)
    avoid = await asyncio.to_thread(_asked_lately, store)
    return questions_for(choice.role, choice.minutes, choice.difficulty, avoid)


def own_list(items: list[Any]) -> tuple[Question, ...]:
    """The questions of an own list as it comes in a session's wish. Raises 422."""
    try:
        return own_questions.read(items)
    except BadList as error:
        raise refusal(web.HTTPUnprocessableEntity, str(error)) from None


def _asked_lately(store: Store) -> set[str]:
    records = (store.record(row["id"]) for row in store.sessions()[:RECENT])
    return {question.id for record in records if record for question in _planned(record)}


def _planned(record: SessionRecord) -> tuple[Question, ...]:
    return record.questions or question_sets().get(record.question_set, FREE).questions


def _require_role(role: str) -> None:
    if role not in roles():
        known = ", ".join(roles())
        raise refusal(web.HTTPUnprocessableEntity, f"There is no such role; there are {known}.")


def _checked(model: type[Any], request: web.Request) -> Any:
    wish = {name: value for name, value in request.query.items() if name != "token"}
    try:
        return model.model_validate(wish)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise refusal(web.HTTPUnprocessableEntity, f"{where}: {first['msg']}.") from None


async def _list_of(request: web.Request) -> bytes:
    """The body, which is read no further than one byte past the longest list."""
    try:
        return await request.content.readexactly(MAX_BYTES + 1)
    except asyncio.IncompleteReadError as whole:
        return whole.partial


def _shown(questions: Iterable[Question]) -> list[dict[str, Any]]:
    return [
        {
            "id": question.id,
            "text": question.text,
            "topic": question.topic,
            "role": question.role,
            "difficulty": question.difficulty,
            "seconds": question.seconds,
            "key_points": question.key_points,
            "probes": question.probes,
        }
        for question in questions
    ]

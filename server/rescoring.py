"""Sessions scored again, over HTTP."""

import asyncio

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scoring.rubric import MOST_CHARACTERS, Rubric, RubricError, parse
from server.access import DIRECTORY, refusal
from sessions.rescoring import NotRescored, rescore

routes = web.RouteTableDef()


class Rescoring(BaseModel):
    """Body of `POST /api/sessions/{id}/rescore`."""

    model_config = ConfigDict(extra="forbid")

    rubric: str = Field(max_length=MOST_CHARACTERS)
    """Name of one that comes along, or the text of one in TOML."""


@routes.post("/api/sessions/{id}/rescore")
async def rescore_session(request: web.Request) -> web.Response:
    """Score an ended session again; answers with the new report, which is kept beside the session's own."""
    try:
        wanted = Rescoring.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise refusal(web.HTTPUnprocessableEntity, f"{where}: {first['msg']}.") from None
    directory = request.app[DIRECTORY]
    session = request.match_info["id"]
    rubric = _chosen(wanted.rubric, request)
    try:
        report = await asyncio.to_thread(rescore, directory.store, session, rubric)
    except NotRescored as error:
        known = directory.find(session) or directory.store.record(session)
        raise refusal(web.HTTPConflict if known else web.HTTPNotFound, str(error)) from None
    return web.json_response(report)


def _chosen(wanted: str, request: web.Request) -> Rubric:
    rubrics = request.app[DIRECTORY].rubrics
    if wanted in rubrics:
        return rubrics[wanted]
    if "=" not in wanted:
        known = ", ".join(rubrics)
        raise refusal(web.HTTPUnprocessableEntity, f"There is no such rubric; there are {known}.")
    try:
        return parse(wanted)
    except RubricError as error:
        raise refusal(web.HTTPUnprocessableEntity, f"The rubric: {error}.") from None


@routes.get("/api/sessions/{id}/reports")
async def list_reports(request: web.Request) -> web.Response:
    """The session's reports by rubric: its own first, then those that it was scored again under."""
    found = await asyncio.to_thread(request.app[DIRECTORY].store.reports, request.match_info["id"])
    if not found:
        raise refusal(web.HTTPNotFound, "There is no report of such a session.")
    return web.json_response({"reports": found})

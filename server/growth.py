"""Sessions over time and side by side, over HTTP; see scoring/growth.schema.json."""

import asyncio
from datetime import UTC, datetime

from aiohttp import web

from scoring.growth import compare, growth
from server.access import DIRECTORY, refusal
from server.hall import HALL

routes = web.RouteTableDef()


@routes.get("/api/growth")
async def show_growth(request: web.Request) -> web.Response:
    """All live sessions with a report, oldest first, and what changed from one to the next."""
    store = request.app[DIRECTORY].store
    found = await asyncio.to_thread(lambda: growth(store.brief_reports(), datetime.now(UTC).date()))
    return web.json_response(found)


@routes.get("/api/compare")
async def show_comparison(request: web.Request) -> web.Response:
    """Two sessions side by side, `?a=…&b=…`, the earlier first."""
    directory, reports = request.app[DIRECTORY], []
    for name in ("a", "b"):
        session = request.query.get(name)
        if not session:
            raise refusal(web.HTTPBadRequest, "Name two sessions to compare: ?a=…&b=….")
        withheld = await request.app[HALL].withheld(session)
        report = None if withheld else await asyncio.to_thread(directory.report, session)
        if report is None:
            raise refusal(web.HTTPNotFound, f"There is no report of a session “{session}”.")
        reports.append(report)
    reports.sort(key=lambda report: report["session"]["created"])
    return web.json_response(await asyncio.to_thread(compare, *reports))

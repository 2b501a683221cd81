"""Advice over HTTP: by rules at once, by the language model where the candidate agreed, when it answers."""

import asyncio
import contextlib
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from scoring.advice import advise
from server.access import DIRECTORY, SETTINGS, ended_report
from server.settings import Settings
from sessions.coach import Coach, NoAdvice
from sessions.store import Store

log = structlog.get_logger()
routes = web.RouteTableDef()


class Coaching:
    """Asks the language model, once for each session, beside everything else."""

    def __init__(self, coach: Coach | None, store: Store) -> None:
        """Without a `coach` all advice is by rules."""
        self.coach = coach
        self._store = store
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, str] = {}

    @classmethod
    def configured(cls, settings: Settings, store: Store) -> "Coaching":
        """As the settings say."""
        key = settings.gemini_key.get_secret_value() if settings.gemini_key else ""
        return cls(Coach(key, settings.gemini_model, settings.gemini_url) if key else None, store)

    async def advice(self, session: str, report: dict[str, Any], agreed: bool) -> dict[str, Any]:
        """The best advice that there is now; `pending` when a better one is on its way.

        `agreed`: the candidate lets transcript and figures go to the language model.
        """
        earlier = await asyncio.to_thread(self._store.brief_reports, report["session"]["created"])
        if self.coach and agreed:
            kept = await asyncio.to_thread(self._store.advice, session)
            if kept and kept["rubric"] == report["versions"]["rubric"]:
                return {**kept["advice"], "pending": False}
            if session not in self._failed and session not in self._asking:
                task = asyncio.create_task(self._ask(self.coach, session, report, earlier))
                self._asking[session] = task
                task.add_done_callback(lambda _: self._asking.pop(session, None))
        found = await asyncio.to_thread(advise, report, earlier)
        return {**found, "note": self._failed.get(session), "pending": session in self._asking}

    async def close(self) -> None:
        """Ask no further."""
        for task in list(self._asking.values()):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _ask(self, coach: Coach, session: str, report: dict[str, Any], earlier: list[Any]) -> None:
        try:
            found = await coach.advise(report, earlier)
            kept = {"rubric": report["versions"]["rubric"], "advice": found}
            await asyncio.to_thread(self._store.keep_advice, session, kept)
        except NoAdvice as error:
            # asked again by the next server, not by every look at the page
            self._failed[session] = f"By rules, because {error}."
            log.info("no advice from the language model", session=session, reason=str(error))


COACHING = web.AppKey("coaching", Coaching)


@routes.get("/api/features")
async def show_features(request: web.Request) -> web.Response:
    """What this server hands on: the language model that advises, the host that checks grammar, or null."""
    coach, grammar = request.app[COACHING].coach, request.app[SETTINGS].languagetool_url
    return web.json_response(
        {"coach": coach.model if coach else None, "grammar": urlsplit(grammar).hostname if grammar else None}
    )


@routes.get("/api/sessions/{id}/advice")
async def show_advice(request: web.Request) -> web.Response:
    """What to keep and what to work on after an ended session; see scoring/advice.schema.json."""
    report = await ended_report(request)
    session = request.match_info["id"]
    held = request.app[DIRECTORY].find(session)
    record = held.record if held else await asyncio.to_thread(request.app[DIRECTORY].store.record, session)
    # the model is asked about the session's own report, once
    agreed = record is not None and record.coach and record.keep != "none" and "rubric" not in request.query
    return web.json_response(await request.app[COACHING].advice(session, report, agreed))

"""The advice on a session without asking anybody: the language model's where it was kept, else by rules."""

from typing import Any

from scoring.advice import advise
from sessions.store import Store


def advice_on(store: Store, report: dict[str, Any]) -> dict[str, Any]:
    """As in scoring/advice.schema.json, for a report of a session that the store may hold."""
    kept = store.advice(report["session"]["id"])
    if kept and kept["rubric"] == report["versions"]["rubric"]:
        advice: dict[str, Any] = kept["advice"]
        return advice
    return advise(report, store.brief_reports(report["session"]["created"]))

"""The report of a session: scores with their reasons, the transcript, and what was not observed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.observations import EndReason
from scoring.judge import Judge
from scoring.record import Record


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What the report says about the session besides what was observed."""

    id: str
    title: str
    created: str
    """ISO 8601."""
    question_set: str | None
    source: str
    """"live" or "file"."""
    ended: EndReason
    versions: Mapping[str, str]
    """Model name to version."""
    keep: str = "all"
    """What may be stored: "all", "scores" (the report then holds no words of the candidate) or "none"."""


def build(record: Record, judge: Judge, session: SessionFacts) -> dict[str, Any]:
    """The report, ready for JSON."""
    return {"schema": "rapport.report/1"}

"""A stored session scored again, under another rubric or by a later version; the report it had stays."""

from typing import Any

from models.observations import Gap, Observation, SessionEnded
from scoring.rubric import Rubric
from scoring.scorer import fold
from sessions.session import facts
from sessions.store import SessionRecord, Store

NO_WORDS = "only scores were kept of this session, and not what was said"


class NotRescored(ValueError):
    """A session that cannot be scored again; says why in a sentence."""


def rescore(store: Store, session: str, rubric: Rubric) -> dict[str, Any]:
    """The report of a stored session under a rubric; it is kept beside the session's own.

    Of a session that kept only scores the words are gone: what rests on them is reported as not observed,
    with that reason. Raises NotRescored.
    """
    record = store.record(session)
    if record is None:
        raise NotRescored("There is no such session, or nothing of it was kept.")
    before = store.report(session)
    if before is None:
        raise NotRescored("The session is still going on; end it first.")
    timeline = store.timeline(session)
    if not timeline:
        raise NotRescored("Of this session only the report was kept, and nothing to score again.")
    scorer = fold([*timeline, *_missing(record, timeline)], rubric)
    report = scorer.report(facts(record, before["session"]["ended"], before["versions"]["models"]))
    store.keep_rescored(session, report)
    return report


def _missing(record: SessionRecord, timeline: list[Observation]) -> list[Gap]:
    if record.keep != "scores":
        return []
    end = next((each.t for each in reversed(timeline) if isinstance(each, SessionEnded)), 0.0)
    return [Gap(0.0, end, "transcription", NO_WORDS)]

"""What changed from session to session: series with their uncertainty, bests, weeks, two sessions compared.

Functions of stored reports alone, whose transcript and series are not needed; see growth.schema.json for the
shapes. Scores of different rubrics are shown and never compared.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from scoring.rounding import number

Json: TypeAlias = dict[str, Any]
SCHEMA_FILE = Path(__file__).with_name("growth.schema.json")
SUFFICIENT = 0.5
"""Coverage from which a score may be somebody's best."""
BESTS_FROM = 2
"""Sessions that a best needs: the only one is always the best."""
MEASURES = (
    "answer_seconds",
    "response_latency_s",
    "words",
    "speech_rate",
    "pause_share",
    "filler_words",
)
"""What is told of an answer when the same question is asked again."""


def growth(reports: Sequence[Json], today: date) -> Json:
    """Everything over time, from `reports`, oldest first; `today` ends the weeks that are counted."""
    return {
        "schema": "rapport.growth/1",
        "sessions": [_session(report) for report in reports],
        "scores": {
            name: {"label": label, "points": [_point(_score(report, name)) for report in reports]}
            for name, label in _score_labels(reports).items()
        },
        "indicators": {
            key: {
                **_described(key, reports),
                "points": [_measured(report, key) for report in reports],
            }
            for key in _indicators(reports)
        },
        "bests": _bests(reports),
        "weeks": _weeks(reports, today),
        "asked_again": _asked_again(reports),
    }


def compare(a: Json, b: Json) -> Json:
    """Two sessions side by side; differences are `b` minus `a`."""
    comparable = _rubric(a) == _rubric(b)
    both = (a, b)
    return {
        "schema": "rapport.comparison/1",
        "a": _session(a),
        "b": _session(b),
        "comparable": comparable,
        "scores": {
            name: {
                "label": label,
                **_sides(_point(_score(a, name)), _point(_score(b, name)), comparable),
            }
            for name, label in _score_labels(both).items()
        },
        "indicators": {key: _compared(key, a, b, comparable) for key in _indicators(both)},
        "questions": [
            {"id": again["id"], "text": again["text"], "a": pair[0], "b": pair[1]}
            for again in _asked_again(both)
            if (pair := _last_of_each(again["answers"]))
        ],
    }


def certain(before: Json | None, after: Json | None) -> bool | None:
    """Whether two scores differ by more than their uncertainty; None where one or its interval is missing.

    Both as {"score", "interval"}. The half widths of two independent intervals add in quadrature: so does the
    uncertainty of a difference (JCGM 100:2008, 5.1.2).
    """
    if not before or not after or not before.get("interval") or not after.get("interval"):
        return None
    if before["score"] is None or after["score"] is None:
        return None
    widths = [(high - low) / 2 for low, high in (before["interval"], after["interval"])]
    return bool(abs(after["score"] - before["score"]) > math.hypot(*widths))


def _session(report: Json) -> Json:
    facts = report["session"]
    return {
        "id": facts["id"],
        "title": facts["title"],
        "created": facts["created"],
        "duration_s": facts["duration_s"],
        "question_set": facts["question_set"],
        "rubric": _rubric(report),
    }


def _rubric(report: Json) -> str:
    return str(report["versions"]["rubric"])


def _score(report: Json, name: str) -> Json:
    found: Json = report["overall"] if name == "overall" else report["subscores"].get(name, {})
    return found


def _score_labels(reports: Sequence[Json]) -> dict[str, str]:
    labels = {"overall": "Overall"}
    for report in reports:
        labels |= {name: part["label"] for name, part in report["subscores"].items()}
    return labels


def _indicators(reports: Sequence[Json]) -> list[str]:
    """Those that some report has a value of, in the order of the newest report that knows them."""
    keys: dict[str, None] = {}
    for report in reversed(reports):
        keys |= dict.fromkeys(
            key for key, found in report["indicators"].items() if found["value"] is not None
        )
    return list(keys)


def _described(key: str, reports: Sequence[Json]) -> Json:
    newest = next(report["indicators"][key] for report in reversed(reports) if key in report["indicators"])
    return {name: newest[name] for name in ("label", "unit", "norm")}


def _point(found: Json) -> Json | None:
    if found.get("score") is None:
        return None
    return {"score": found["score"], "interval": found.get("interval"), "coverage": found["coverage"]}


def _measured(report: Json, key: str) -> Json | None:
    """An indicator's value, with its score where it counts in that report."""
    found = report["indicators"].get(key)
    if not found or found["value"] is None:
        return None
    counts = any(
        part["indicator"] == key
        for subscore in report["subscores"].values()
        for part in subscore["contributions"]
    )
    return {
        "value": found["value"],
        "score": found["score"] if counts else None,
        "interval": found.get("interval") if counts else None,
        "coverage": found["coverage"],
    }


def _compared(key: str, a: Json, b: Json, comparable: bool) -> Json:
    one, other = _measured(a, key), _measured(b, key)
    return {
        **_described(key, (a, b)),
        **_sides(one, other, comparable),
        "difference": _difference(one, other, "value"),
    }


def _sides(a: Json | None, b: Json | None, comparable: bool) -> Json:
    """Two points of a score, and by how much the second is higher."""
    difference = _difference(a, b, "score") if comparable else None
    return {
        "a": a,
        "b": b,
        "score_difference": difference,
        "certain": None if difference is None else certain(a, b),
    }


def _difference(a: Json | None, b: Json | None, name: str) -> float | None:
    if a is None or b is None or a[name] is None or b[name] is None:
        return None
    return number(float(b[name]) - float(a[name]))


def _bests(reports: Sequence[Json]) -> list[Json]:
    """The highest score of each kind with enough coverage, by the newest rubric; of equals the earliest."""
    found = []
    if reports:
        same = [i for i, report in enumerate(reports) if _rubric(report) == _rubric(reports[-1])]
        for name, label in _score_labels(reports).items():
            eligible = [
                (i, point)
                for i in same
                if (point := _point(_score(reports[i], name))) and point["coverage"] >= SUFFICIENT
            ]
            if len(eligible) >= BESTS_FROM:
                ranked = sorted(eligible, key=lambda each: (-each[1]["score"], each[0]))
                (session, best), (_, second) = ranked[:2]
                found.append(
                    {
                        "of": name,
                        "label": label,
                        "session": session,
                        "score": best["score"],
                        "interval": best["interval"],
                        "certain": certain(second, best),
                    }
                )
    return found


def _weeks(reports: Sequence[Json], today: date) -> Json:
    """Weeks (Monday to Sunday, UTC) with practice.

    The current run may end with the last week: the present one is not over yet.
    """
    mondays = [_monday(datetime.fromisoformat(report["session"]["created"]).date()) for report in reports]
    counts = {monday: mondays.count(monday) for monday in sorted(set(mondays))}
    longest = run = 0
    before: date | None = None
    for monday in counts:
        run = run + 1 if before == monday - timedelta(weeks=1) else 1
        longest, before = max(longest, run), monday
    goes_on = before is not None and before >= _monday(today) - timedelta(weeks=1)
    return {
        "current": run if goes_on else 0,
        "longest": longest,
        "practised": [{"monday": monday.isoformat(), "sessions": n} for monday, n in counts.items()],
    }


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _asked_again(reports: Sequence[Json]) -> list[Json]:
    """Questions that were answered in two sessions or more, the latest first.

    The same question is the one with the same words: own lists give any question the same id.
    """
    answers: dict[str, list[Json]] = {}
    asked: dict[str, Json] = {}
    for session, report in enumerate(reports):
        for question in report["questions"]:
            if question["words"]:
                words = " ".join(question["text"].casefold().split())
                asked[words] = question
                answers.setdefault(words, []).append(_answer(session, question))
    again = [
        {"id": asked[words]["id"], "text": asked[words]["text"], "answers": given}
        for words, given in answers.items()
        if len({answer["session"] for answer in given}) > 1
    ]
    return sorted(again, key=lambda each: (-each["answers"][-1]["session"], each["text"]))


def _answer(session: int, question: Mapping[str, Any]) -> Json:
    quality = question.get("quality") or {}
    return {
        "session": session,
        "index": question["index"],
        **{name: question[name] for name in MEASURES},
        "relevance": quality.get("relevance"),
        "specificity": quality.get("specificity"),
    }


def _last_of_each(answers: Sequence[Json]) -> list[Json]:
    """The last answer of either session."""
    last = {answer["session"]: answer for answer in answers}
    return [last[0], last[1]]

"""Advice from rules: three things to keep and three to work on, with figures, moments and exercises.

A function of the report and of the earlier reports of the same person alone. What counts is what an indicator
gives to the overall score, or could still give, and what it gained or lost since the session before. A theme
(exercises.toml) is named once. See advice.schema.json for the shape.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from models.observations import ARGUMENT, STAR
from scoring.gist import MADE
from scoring.growth import certain
from scoring.rounding import number

Json: TypeAlias = dict[str, Any]
SCHEMA_FILE = Path(__file__).with_name("advice.schema.json")
EXERCISES_FILE = Path(__file__).with_name("exercises.toml")
MOST = 3
WEAK = 85.0
"""An indicator that scores less has something to gain."""
STRONG = 65.0
"""An indicator that scores less is no strength, unless it has become better."""
SEEN = 0.25
"""Coverage below which nothing is said about an indicator."""
CHANGED = 5.0
"""Points of a score that count as a change where the reports do not say how uncertain they are."""
PARTS = {"STAR": STAR, "claim": ARGUMENT}
"""Parts of an answer, by its kind in the report."""
LISTENED_S = 30.0
"""Seconds of an answer that are enough to listen to."""
OBSERVED = 0.5
"""Share of the session below which a source is named as the reason for little advice."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Indicators that the same exercise serves."""

    indicators: tuple[str, ...]
    keep_title: str
    work_title: str
    keep: tuple[str, ...]
    work_on: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    """Exercises against too much, where `middle` knows the indicator."""
    below: tuple[str, ...] = ()
    """Exercises against too little."""
    middle: Mapping[str, float] = field(default_factory=dict)
    """By indicator, a value amid what is good."""

    def exercises(self, indicator: str, value: float, keep: bool) -> tuple[str, ...]:
        """Those that fit an indicator of that value."""
        if keep:
            return self.keep
        if indicator in self.middle:
            return self.above if value > self.middle[indicator] else self.below
        return self.work_on


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An indicator that something can be said about."""

    key: str
    given: float
    """Points that it gave to the overall score."""
    open: float
    """Points that it could still give."""
    share: float
    """Points of the overall score for a point of its own."""
    change: float | None
    """Points that it gained since the last session that had it; None without one."""
    changed: bool
    """The change is more than the uncertainty."""


@cache
def themes() -> dict[str, Theme]:
    """The themes by name. Raises ValueError where an indicator stands in two or a list is too short."""
    with EXERCISES_FILE.open("rb") as file:
        data: Json = tomllib.load(file)
    found = {name: _theme(entry) for name, entry in data.items()}
    known = [key for theme in found.values() for key in theme.indicators]
    if len(known) != len(set(known)):
        raise ValueError("an indicator stands in two themes")
    for name, theme in found.items():
        lists = [theme.keep]
        lists += [theme.above, theme.below] if theme.middle else []
        lists += [] if set(theme.indicators) <= set(theme.middle) else [theme.work_on]
        if any(len(exercises) < 2 for exercises in lists):
            raise ValueError(f"the theme {name!r} has not enough exercises for two sessions")
    return found


def _theme(entry: Json) -> Theme:
    known: Json = {key: tuple(of) if isinstance(of, list) else of for key, of in entry.items()}
    return Theme(**known)


def theme_of(indicator: str) -> str | None:
    """The name of the indicator's theme, None where it has none."""
    return next((name for name, theme in themes().items() if indicator in theme.indicators), None)


def advise(report: Json, earlier: Sequence[Json]) -> Json:
    """The advice for `report`; `earlier` are the same person's reports before it, oldest first."""
    candidates = _candidates(report, earlier)
    work_on = _chosen(
        (each for each in candidates if _score(report, each.key) < WEAK and not _improved(each)),
        lambda each: each.open + _lost(each),
        taken=set(),
    )
    keep = _chosen(
        (each for each in candidates if _score(report, each.key) >= STRONG or _improved(each)),
        lambda each: each.given - _lost(each),
        taken={theme_of(each.key) for each in work_on},
    )
    return {
        "by": "rules",
        "note": None,
        "keep": [_item(report, earlier, each, keep=True) for each in keep],
        "work_on": [_item(report, earlier, each, keep=False) for each in work_on],
        "missing": {
            "keep": _missing(report, keep, "went well enough yet to be named"),
            "work_on": _missing(report, work_on, "falls short of what is good"),
        },
    }


def effects(report: Json) -> dict[str, tuple[float, float, float]]:
    """By indicator: points given to the overall score, points still open, and points for each of its own."""
    shares = {part["indicator"]: part["possible"] / 100 for part in report["overall"]["contributions"]}
    # Without an overall score every subscore that there is counts alike.
    shares = shares or {
        name: 1.0 for name, subscore in report["subscores"].items() if subscore["score"] is not None
    }
    found: dict[str, tuple[float, float, float]] = {}
    for name, share in shares.items():
        for part in report["subscores"][name]["contributions"]:
            given, open_, of = found.get(part["indicator"], (0.0, 0.0, 0.0))
            found[part["indicator"]] = (
                given + share * part["points"],
                open_ + share * (part["possible"] - part["points"]),
                of + share * part["possible"] / 100,
            )
    return found


def last_change(report: Json, earlier: Sequence[Json], key: str) -> tuple[Json, float, bool] | None:
    """The indicator as the last report before scored it, points gained since, and whether that is certain.

    None where no earlier report has it by the same rubric.
    """
    now = report["indicators"][key]
    for before in reversed(earlier):
        then = before["indicators"].get(key)
        same = before["versions"]["rubric"] == report["versions"]["rubric"]
        if same and then and then["score"] is not None and then["coverage"] >= SEEN:
            gained = number(now["score"] - then["score"])
            known = certain(then, now)
            return then, gained, abs(gained) >= CHANGED if known is None else known
    return None


def _score(report: Json, key: str) -> float:
    return float(report["indicators"][key]["score"])


def _improved(candidate: _Candidate) -> bool:
    return candidate.changed and (candidate.change or 0.0) > 0


def _lost(candidate: _Candidate) -> float:
    """Points that the overall score lost by it since last time; negative where it gained."""
    return -candidate.share * (candidate.change or 0.0) if candidate.changed else 0.0


def _candidates(report: Json, earlier: Sequence[Json]) -> list[_Candidate]:
    found = []
    for key, (given, open_, share) in sorted(effects(report).items()):
        indicator = report["indicators"].get(key)
        if not indicator or indicator["score"] is None or indicator["coverage"] < SEEN or not theme_of(key):
            continue
        since = last_change(report, earlier, key)
        change, changed = (since[1], since[2]) if since else (None, False)
        found.append(_Candidate(key, given, open_, share, change, changed))
    return found


def _chosen(candidates: Iterable[_Candidate], worth: Any, taken: set[str | None]) -> list[_Candidate]:
    """The worthiest of each theme that is not taken, at most `MOST`; equals by name."""
    found: list[_Candidate] = []
    for each in sorted(candidates, key=lambda each: (-round(worth(each), 4), each.key)):
        theme = theme_of(each.key)
        if theme not in taken and len(found) < MOST:
            found.append(each)
            taken.add(theme)
    return found


def _item(report: Json, earlier: Sequence[Json], candidate: _Candidate, keep: bool) -> Json:
    indicator = report["indicators"][candidate.key]
    theme = themes()[str(theme_of(candidate.key))]
    exercises = theme.exercises(candidate.key, indicator["value"], keep)
    told = _told(report, candidate.key, keep)
    sentences = [told["text"] if told else indicator["explanation"]]
    if not keep and indicator["norm"] not in sentences[0]:
        sentences.append(f"Good is {indicator['norm']}.")
    missed = None if keep else _missed(report, candidate.key)
    if missed:
        sentences.append(missed)
    since = last_change(report, earlier, candidate.key)
    if since:
        sentences.append(_since(since[0], candidate))
    return {
        "indicator": candidate.key,
        "title": theme.keep_title if keep else theme.work_title,
        "text": " ".join(sentences),
        "exercise": exercises[len(earlier) % len(exercises)],
        "moment": (told["moment"] if told else None)
        or _moment(indicator, keep)
        or _answer(report, candidate.key, keep)
        or _speech(report),
        "points": max(round(candidate.given if keep else candidate.open, 4), 0.0),
        "change": candidate.change,
    }


def _told(report: Json, key: str, keep: bool) -> Json | None:
    """What the report says of it, in the rubric's words for a strength or for an improvement."""
    said = report["strengths" if keep else "improvements"]
    return next((each for each in said if each["indicator"] == key), None)


def _since(before: Json, candidate: _Candidate) -> str:
    figure = f"Last time it was {_figure(before['value'])}{_unit(before['unit'])}"
    if not candidate.changed:
        alike = abs(candidate.change or 0.0) < CHANGED
        return f"{figure}: about the same." if alike else f"{figure}, which may be chance."
    return f"{figure}: {'better' if _improved(candidate) else 'worse'} now."


def _figure(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}".removesuffix(".0")


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _moment(indicator: Json, keep: bool) -> Json | None:
    """The longest of its moments. They show what could be better wherever something does: none to keep."""
    if keep or not indicator["moments"]:
        return None
    return dict(max(indicator["moments"], key=lambda each: (each["end"] - each["start"], -each["start"])))


def _answer(report: Json, key: str, keep: bool) -> Json | None:
    """The beginning of the answer that it gained most points by, or lost most; None where none did."""
    steps = next((step for step in report["overall"].get("waterfall", ()) if step["indicator"] == key), None)
    sign = 1 if keep else -1
    gained = [
        (sign * part["points"], -part["question"])
        for part in (steps["questions"] if steps else ())
        if part["question"] is not None
        and sign * part["points"] > 0
        and report["questions"][part["question"]]["words"]
    ]
    if not gained:
        return None
    question = report["questions"][-max(gained)[1]]
    start = question["asked_at"] + (question["response_latency_s"] or 0.0)
    end = min(question["ended_at"], start + min(question["answer_seconds"], LISTENED_S))
    if end <= start:
        return None
    note = f"Question {question['index'] + 1}, where it {'gave' if keep else 'cost'} you most"
    return {"start": round(start, 3), "end": round(end, 3), "note": note}


def _speech(report: Json) -> Json | None:
    """The longest that was said in one go, the first of equals; None where no words are kept."""
    lines = report["transcript"]
    if not lines:
        return None
    longest = max(lines, key=lambda each: (each["end"] - each["start"], -each["start"]))
    end = min(longest["end"], longest["start"] + LISTENED_S)
    return {"start": longest["start"], "end": round(end, 3), "note": "Where you spoke the longest"}


def _missed(report: Json, key: str) -> str | None:
    """What an answer lacked most plainly, where the indicator is about what answers consist of."""
    answers = [
        (question["index"] + 1, quality)
        for question in report["questions"]
        if question["words"] and (quality := question.get("quality"))
    ]
    if key in ("key_points", "relevance"):
        points = [
            (point["covered"], n, point["text"])
            for n, quality in answers
            for point in quality["key_points"] or ()
            if point["covered"] < MADE
        ]
        if points:
            _, n, text = min(points)
            return f"Question {n} asked for this too: “{text.rstrip('.')}”."
    if key == "structure":
        found = [
            (quality["structure"]["share"], n, quality["structure"])
            for n, quality in answers
            if quality["structure"]
        ]
        if found:
            _, n, structure = min(found, key=lambda each: each[:2])
            heard = {each["part"] for each in structure["parts"]}
            lacking = [f"no {part}" for part in PARTS[structure["kind"]] if part not in heard]
            if lacking:
                return f"In question {n} there was {' and '.join(lacking)}."
    return None


def _missing(report: Json, chosen: Sequence[_Candidate], fits: str) -> str | None:
    """Why there are fewer than `MOST`, of what `fits`; None where there are not."""
    if len(chosen) == MOST:
        return None
    unseen = [
        part["reason"] or f"Little came of the {name}"
        for name, part in report["coverage"].items()
        if part["share"] < OBSERVED
    ]
    if unseen:
        return " ".join(f"{reason}." for reason in ("Too little was observed", *dict.fromkeys(unseen)))
    if all(indicator["score"] is None for indicator in report["indicators"].values()):
        return "Too little was observed: the session was too short."
    return f"Nothing {'else ' if chosen else ''}{fits}."

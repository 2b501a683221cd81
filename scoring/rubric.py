"""The rubric: norms, weights and wordings with their sources, read from TOML and checked."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from scoring.indicators import KEYS, MEASURES

SUBSCORES = ("confidence", "communication", "skill_relevance", "engagement")
"""The four subscores, in the order in which they are shown."""

_FOLDER = Path(__file__).parent / "rubrics"
PRACTICE = _FOLDER / "practice.toml"
"""The rubric used when none is named."""
BUNDLED = {path.stem: path for path in (PRACTICE, _FOLDER / "content-only.toml")}
"""The rubrics that come along, by name."""
MOST_CHARACTERS = 200_000
"""Of a rubric: some five times what the longest that comes along has."""

T = TypeVar("T")


class RubricError(ValueError):
    """A rubric that cannot be used; the message names the entry and says what is expected there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one indicator is judged and spoken about."""

    key: str
    label: str
    unit: str
    norm: tuple[tuple[float, float], ...]
    """Corners (value, score 0..100) of a piecewise-linear curve, level beyond its ends."""
    norm_text: str
    """The norm in plain words."""
    source: str
    why: str
    evidence_live: float
    """Least evidence for a live score, in the indicator's own unit of evidence."""
    evidence_report: float
    """The same for the report."""
    says: str
    """Sentence about the value: {value} is filled in."""
    strength: str
    improvement: str

    def scores(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The norm's scores 0..100 for values of any shape; nan stays nan."""
        at, score = zip(*self.norm, strict=True)
        return np.interp(values, at, score)


@dataclass(frozen=True, slots=True)
class Subscore:
    """A weighted mean of indicators."""

    key: str
    label: str
    weight: float
    """Share in the overall score, before missing subscores are left out."""
    why: str
    weights: Mapping[str, float]
    """Weight of each indicator; they need not sum to 1. None above 0: not scored under this rubric."""


@dataclass(frozen=True, slots=True)
class NudgeRule:
    """When a nudge is due. One of `above` and `below` is set; `clear` lies on the good side of it."""

    id: str
    measure: str
    window: float
    """Seconds over which the measure is taken."""
    above: float | None
    below: float | None
    clear: float
    """The nudge can come again only after the measure was back beyond this."""
    evidence: float
    """Least evidence in the window, in the measure's own unit of evidence."""
    cool_down: float
    """Seconds before the same nudge may come again."""
    text: str
    """{value} is the measure, {window} the seconds."""


@dataclass(frozen=True, slots=True)
class Rubric:
    """Everything about scoring that is a matter of judgement."""

    id: str
    version: str
    window: float
    """Seconds that a live score looks back over."""
    live_share: float
    """Least share of a subscore's weight that must be observed for a live number."""
    report_share: float
    report_overall_share: float
    """Least share of the subscores' weight that must have a score for an overall one in the report."""
    indicators: Mapping[str, Rule]
    subscores: Mapping[str, Subscore]
    nudges: tuple[NudgeRule, ...]


class _Table:
    """A TOML table that reports what is wrong with its path."""

    def __init__(self, data: Any, path: str) -> None:
        if not isinstance(data, dict):
            raise RubricError(f"{path} must be a table")
        self.data = data
        self.path = path
        self.read: set[str] = set()

    def _get(self, key: str, kinds: tuple[type, ...], what: str) -> Any:
        self.read.add(key)
        if key not in self.data:
            raise RubricError(f"{self.path}.{key} is missing: give {what}")
        value = self.data[key]
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise RubricError(f"{self.path}.{key} must be {what}, not {_short(value)}")
        return value

    def text(self, key: str) -> str:
        value = str(self._get(key, (str,), "a text"))
        if not value.strip():
            raise RubricError(f"{self.path}.{key} must not be empty")
        # a figure and its sign stay on one line
        return value.replace(" %", "\u00a0%")

    def template(self, key: str, *names: str) -> str:
        value = self.text(key)
        try:
            parts = list(Formatter().parse(value))
        except ValueError:
            parts = [("", None, None, "braces that do not match")]
        # No formats: a width alone could ask for gigabytes.
        if any(name not in (None, *names) or spec or conversion for _, name, spec, conversion in parts):
            allowed = ", ".join(f"{{{name}}}" for name in names)
            raise RubricError(f"{self.path}.{key} may only use {allowed} in braces")
        return value

    def number(self, key: str, low: float = -1e9, high: float = 1e9) -> float:
        value = self._get(key, (int, float), f"a number from {low:g} to {high:g}")
        if not low <= value <= high:
            raise RubricError(f"{self.path}.{key} must be from {low:g} to {high:g}, not {_short(value)}")
        return float(value)

    def optional_number(self, key: str) -> float | None:
        self.read.add(key)
        return self.number(key) if key in self.data else None

    def table(self, key: str) -> "_Table":
        return _Table(self._get(key, (dict,), "a table"), f"{self.path}.{key}".lstrip("."))

    def tables(self, key: str, build: Callable[[str, "_Table"], T]) -> dict[str, T]:
        table = self.table(key)
        return {name: build(name, _Table(data, f"{table.path}.{name}")) for name, data in table.data.items()}

    def corners(self, key: str) -> tuple[tuple[float, float], ...]:
        rows = self._get(key, (list,), "a list of [value, score] pairs")
        path = f"{self.path}.{key}"
        if len(rows) < 2:
            raise RubricError(f"{path} needs two or more [value, score] pairs")
        for row in rows:
            pair = isinstance(row, list) and len(row) == 2
            if not pair or not all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in row):
                raise RubricError(f"{path} must hold [value, score] pairs, not {_short(row)}")
            if not 0 <= row[1] <= 100:
                raise RubricError(f"{path}: the score {_short(row[1])} is not from 0 to 100")
            if not -1e9 <= row[0] <= 1e9:
                raise RubricError(f"{path}: the value {_short(row[0])} is not from -1e9 to 1e9")
        if any(b[0] - a[0] < 1e-6 for a, b in pairwise(rows)):
            raise RubricError(f"{path}: values must rise from pair to pair")
        return tuple((float(value), float(score)) for value, score in rows)

    def names(self, key: str, known: Iterable[str]) -> set[str]:
        """All that are known unless the entry lists some of them."""
        if key not in self.data:
            return set(known)
        listed = self._get(key, (list,), "a list of names")
        if unknown := [name for name in listed if not (isinstance(name, str) and name in known)]:
            raise RubricError(
                f"{self.path}.{key} names {_short(unknown[0])}; there are {', '.join(sorted(known))}"
            )
        return set(listed)

    def done(self) -> None:
        unknown = sorted(set(self.data) - self.read)
        if unknown:
            raise RubricError(f"{self.path or 'rubric'} has the unknown entry {unknown[0]!r}")


def _short(value: Any) -> str:
    """A value as it was written, cut where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        # a number of more figures than Python writes out, or lists in lists without end
        return "that"
    return text if len(text) <= 60 else f"{text[:60]}…"


def _rule(key: str, table: _Table) -> Rule:
    if key not in KEYS:
        raise RubricError(f"{table.path} is not an indicator; there are {', '.join(sorted(KEYS))}")
    rule = Rule(
        key=key,
        label=table.text("label"),
        unit=str(table._get("unit", (str,), "a text")),
        norm=table.corners("norm"),
        norm_text=table.text("norm_text"),
        source=table.text("source"),
        why=table.text("why"),
        evidence_live=table.number("evidence_live", 0),
        evidence_report=table.number("evidence_report", 0),
        says=table.template("says", "value"),
        strength=table.template("strength", "value"),
        improvement=table.template("improvement", "value"),
    )
    table.done()
    return rule


def _subscore(key: str, table: _Table) -> Subscore:
    if key not in SUBSCORES:
        raise RubricError(f"{table.path} is not a subscore; there are {', '.join(SUBSCORES)}")
    weights = table.table("weights")
    subscore = Subscore(
        key=key,
        label=table.text("label"),
        weight=table.number("weight", 0),
        why=table.text("why"),
        weights={name: weights.number(name, 0) for name in weights.data},
    )
    table.done()
    return subscore


def _nudge(key: str, table: _Table) -> NudgeRule:
    rule = NudgeRule(
        id=key,
        measure=table.text("measure"),
        window=table.number("window", 1, 60),
        above=table.optional_number("above"),
        below=table.optional_number("below"),
        clear=table.number("clear"),
        evidence=table.number("evidence", 0),
        cool_down=table.number("cool_down", 8, 3600),
        text=table.template("text", "value", "window"),
    )
    table.done()
    if (rule.above is None) == (rule.below is None):
        raise RubricError(f"{table.path} needs either above or below")
    bad_clear = rule.clear >= rule.above if rule.above is not None else rule.clear <= (rule.below or 0)
    if bad_clear:
        raise RubricError(f"{table.path}.clear must lie on the good side of the limit")
    return rule


def parse(text: str) -> Rubric:
    """The rubric written in TOML. Raises RubricError with the entry and what is wrong with it.

    `rubric.extends` names one of `BUNDLED` that it is like but for the entries it gives; weights replace all
    those of their subscore. `rubric.nudges` lists the nudges that are given, all when it is missing.
    """
    table = _Table(_whole(text), "")
    head = table.table("rubric")
    nudges = table.tables("nudges", _nudge)
    given = head.names("nudges", nudges)
    rubric = Rubric(
        id=head.text("id"),
        version=head.text("version"),
        window=head.number("window", 15, 600),
        live_share=head.number("live_share", 0, 1),
        report_share=head.number("report_share", 0, 1),
        report_overall_share=head.number("report_overall_share", 0, 1),
        indicators=table.tables("indicators", _rule),
        subscores=table.tables("subscores", _subscore),
        nudges=tuple(rule for name, rule in nudges.items() if name in given),
    )
    head.done()
    table.done()
    _check(rubric)
    return rubric


def _whole(text: str) -> dict[str, Any]:
    """What the text says, with what it extends."""
    if len(text) > MOST_CHARACTERS:
        raise RubricError(f"a rubric has at most {MOST_CHARACTERS:,} characters, not {len(text):,}")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RubricError(f"not TOML: {error}") from None
    except (RecursionError, ValueError):
        raise RubricError("not TOML that can be read: lists too deep, or a number or date too long") from None
    head = data.get("rubric")
    if not isinstance(head, dict) or "extends" not in head:
        return data
    name = head.pop("extends")
    if not isinstance(name, str) or name not in BUNDLED:
        raise RubricError(f"rubric.extends is {_short(name)}; there are {', '.join(BUNDLED)}")
    return _merged(_whole(BUNDLED[name].read_text(encoding="utf-8")), data)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict) and key != "weights"
        merged[key] = _merged(base[key], value) if both else value
    return merged


def _check(rubric: Rubric) -> None:
    if missing := sorted(KEYS - set(rubric.indicators)):
        raise RubricError(f"indicators.{missing[0]} is missing")
    if set(rubric.subscores) != set(SUBSCORES):
        raise RubricError(f"subscores must be {', '.join(SUBSCORES)}")
    for subscore in rubric.subscores.values():
        path = f"subscores.{subscore.key}.weights"
        if unknown := sorted(set(subscore.weights) - set(rubric.indicators)):
            raise RubricError(f"{path}.{unknown[0]} is not among the indicators")
        if subscore.weight > 0 and not sum(subscore.weights.values()) > 0:
            raise RubricError(f"{path} must hold at least one weight above 0")
    if not sum(subscore.weight for subscore in rubric.subscores.values()) > 0:
        raise RubricError("subscores: at least one weight must be above 0")
    for nudge in rubric.nudges:
        if nudge.measure not in MEASURES:
            allowed = ", ".join(sorted(MEASURES))
            raise RubricError(f"nudges.{nudge.id}.measure is {nudge.measure!r}; there are {allowed}")


def figure(value: float) -> str:
    """A value as it stands in a rubric's sentence: whole from 10 on, one decimal below."""
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}".removesuffix(".0")


def load(path: str | Path | None = None) -> Rubric:
    """The rubric in a TOML file, or the one for practice. Raises RubricError."""
    path = Path(path) if path is not None else PRACTICE
    try:
        return parse(path.read_text(encoding="utf-8"))
    except RubricError as error:
        raise RubricError(f"{path.name}: {error}") from None
    except UnicodeDecodeError:
        raise RubricError(f"{path.name}: not a text in UTF-8") from None
    except OSError as error:
        raise RubricError(f"{path}: {error.strerror}") from None

"""The report of a session: scores with their reasons, the transcript, and what was not observed.

A function of the record, the rubric and the facts alone: the same timeline gives the same report, byte for
byte, in `canonical_json`.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from models.observations import EndReason, SentenceRead, Source
from scoring import expressions, reasons
from scoring.answer_quality import quality
from scoring.answers import Answer, Answers, Content, Said
from scoring.evidence import ROW, C, Floats, row_of
from scoring.indicators import INDICATORS, PLACE, Measured, measure
from scoring.judge import Judge, Scored
from scoring.moments import Moment, Moments, find
from scoring.record import Record
from scoring.rounding import number
from scoring.rubric import SUBSCORES, figure
from scoring.uncertainty import HalfWidths, half_widths, interval
from scoring.waterfall import BASELINE, Waterfalls, by_question, rounded
from scoring.what_if import what_if
from scoring.windows import Windows, latencies

SCHEMA = "rapport.report/2"
SCHEMA_FILE = Path(__file__).with_name("report.schema.json")
SOURCES: tuple[Source, ...] = ("camera", "microphone", "transcription")
SHOWN_WEAK = 85.0
"""An indicator that scores less has something to gain."""
SHOWN_STRONG = 65.0
"""An indicator that scores less is no strength, however much it weighs."""
RECENT_ROWS = int(20 / ROW)


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
    expressions: bool = False
    """The candidate switched the estimate of their expressions on."""
    calibrated: bool = False
    """What is neutral for the candidate was measured beforehand."""


def canonical_json(report: Mapping[str, Any]) -> str:
    """The report as text: keys sorted, no spaces, nothing that is not JSON."""
    return json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def build(record: Record, judge: Judge, session: SessionFacts) -> dict[str, Any]:
    """The report, ready for JSON, as in report.schema.json."""
    rubric = judge.rubric
    duration = record.duration
    last = max(1, math.ceil(round(duration, 6) / ROW))
    answers = record.answers
    windows = Windows(record.evidence, answers, 0, last, duration)
    starts, ends = np.array([0]), np.array([last])
    sums = windows.sums(starts, ends)
    content = np.array([answers.content(ended=True)])
    measured = measure(sums, ends, windows.extremes(starts, ends), content)
    scored = judge.score(measured, report=True)
    gaps = {source: record.gap_reason(source) for source in SOURCES}
    gone = reasons.missing(sums[0], gaps, record.sound_reason, record.picture_reason, live=False)
    quote = session.keep != "scores"
    utterances = [said.utterance for said in answers.said() if said.words]
    found = find(record, windows, rubric, quote)
    half = half_widths(judge, measured, scored, windows.rows, answers.given)
    parts = by_question(windows, answers)
    falls = Waterfalls(judge, scored, parts)
    subscores = _subscores(judge, scored, half, falls, gone)
    overall = _overall(judge, scored, half, falls, subscores)
    effects = _effects(subscores, overall)
    return {
        "schema": SCHEMA,
        "session": {
            "id": session.id,
            "title": session.title,
            "created": session.created,
            "duration_s": number(duration, 3),
            "ended": session.ended,
            "question_set": session.question_set,
            "source": session.source,
            "keep": session.keep,
            "calibrated": session.calibrated,
            "utterances": len(utterances),
            "read_twice": sum(utterance.second_pass for utterance in utterances),
        },
        "versions": {
            "rapport": _package_version(),
            "rubric": f"{rubric.id} {rubric.version}",
            "models": dict(session.versions),
        },
        "overall": overall,
        "subscores": subscores,
        "what_if": what_if(judge, measured, parts, scored),
        "indicators": _indicators(judge, measured, scored, half, gone, found),
        "questions": [
            _question(record, windows, i, answer, quote) for i, answer in enumerate(record.answers.all[1:])
        ],
        "transcript": _transcript(record) if quote else [],
        "nudges": [
            {"t": number(nudge.t, 3), "id": nudge.id, "text": nudge.text}
            for nudge in sorted(record.nudges, key=lambda nudge: (nudge.t, nudge.id))
        ],
        "expressions": _expressions(record, session) if session.expressions else None,
        "coverage": _coverage(sums[0], last, duration, gone),
        "gaps": [
            {"start": number(g.start, 3), "end": number(g.end, 3), "source": g.source, "reason": g.reason}
            for g in sorted(record.gaps, key=lambda gap: (gap.start, gap.end, gap.source, gap.reason))
        ],
        "series": _series(record, judge, windows, duration),
        "strengths": _sentences(judge, measured, scored, found, effects, strong=True),
        "improvements": _sentences(judge, measured, scored, found, effects, strong=False),
    }


def _package_version() -> str:
    try:
        return version("rapport")
    except PackageNotFoundError:
        return "unknown"


def _optional(value: float) -> float | None:
    return None if math.isnan(value) else number(value)


def _score(
    weights: Mapping[str, float],
    scores: Mapping[str, float],
    coverage: float,
    half: float,
    reason: str | None,
) -> dict[str, Any]:
    """The weighted mean of scores with its parts, heaviest first; without any where there is a reason.

    All that is rounded is rounded so that the points add up to the score.
    """
    parts: list[dict[str, Any]] = []
    score = None
    if not reason:
        observed = sum(weights.values())
        given = [weight / observed * scores[key] for key, weight in weights.items()]
        score = number(sum(given))
        parts = [
            {
                "indicator": key,
                "weight": weight,
                "score": number(scores[key]),
                "points": got,
                "possible": most,
            }
            for (key, weight), got, most in zip(
                weights.items(),
                rounded(given, score),
                rounded([100 * weight / observed for weight in weights.values()], 100.0),
                strict=True,
            )
        ]
        parts.sort(key=lambda part: (-part["possible"], part["indicator"]))
    return {
        "score": score,
        "interval": interval(score, half),
        "coverage": number(coverage),
        "reason": reason,
        "contributions": parts,
        "baseline": BASELINE,
    }


def _subscores(
    judge: Judge, scored: Scored, half: HalfWidths, falls: Waterfalls, gone: reasons.Missing
) -> dict[str, Any]:
    result = {}
    shares, _ = judge.shares(scored)
    for i, name in enumerate(SUBSCORES):
        rule = judge.rubric.subscores[name]
        scores = {key: scored.indicator(key) for key in rule.weights}
        seen = {key: w for key, w in rule.weights.items() if w > 0 and not math.isnan(scores[key])}
        reason = reasons.subscore_reason(rule.weights, gone) if math.isnan(scored.subscores[i, 0]) else None
        score = _score(seen, scores, scored.coverage[i, 0], half.subscores[i], reason)
        fall = [] if reason else falls.points(score["score"], shares[i])
        result[name] = {"label": rule.label, **score, "waterfall": fall}
    return result


def _overall(
    judge: Judge, scored: Scored, half: HalfWidths, falls: Waterfalls, subscores: dict[str, Any]
) -> dict[str, Any]:
    scores = {name: subscores[name]["score"] for name in SUBSCORES}
    rules = judge.rubric.subscores
    seen = {name: rules[name].weight for name in SUBSCORES if scores[name] is not None and rules[name].weight}
    reason = reasons.overall_reason(live=False) if math.isnan(scored.overall[0]) else None
    score = _score(seen, scores, scored.overall_coverage[0], half.overall, reason)
    _, shares = judge.shares(scored)
    return {**score, "waterfall": [] if reason else falls.points(score["score"], shares)}


def _effects(subscores: dict[str, Any], overall: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Points that each indicator gives to the overall score, and those that it could still give."""
    shares = {part["indicator"]: part["possible"] / 100 for part in overall["contributions"]}
    # Without an overall score every subscore that there is counts alike.
    if not shares:
        shares = {name: 1.0 for name, subscore in subscores.items() if subscore["score"] is not None}
    effects: dict[str, tuple[float, float]] = {}
    for name, share in shares.items():
        for part in subscores[name]["contributions"]:
            given, open_ = effects.get(part["indicator"], (0.0, 0.0))
            gain = part["possible"] - part["points"]
            effects[part["indicator"]] = (given + share * part["points"], open_ + share * gain)
    return effects


def _indicators(
    judge: Judge,
    measured: Measured,
    scored: Scored,
    half: HalfWidths,
    gone: reasons.Missing,
    found: Mapping[str, Moments],
) -> dict[str, Any]:
    result = {}
    for i, key in enumerate(INDICATORS):
        rule = judge.rubric.indicators[key]
        score = scored.indicator(key)
        known = not math.isnan(score)
        value = measured.value(key)
        result[key] = {
            "label": rule.label,
            "unit": rule.unit,
            "value": number(value, 2) if known else None,
            "score": _optional(score),
            "interval": interval(_optional(score), half.indicators[i]),
            "coverage": number(measured.covered(key)) if known else 0.0,
            "norm": rule.norm_text,
            "source": rule.source,
            "explanation": rule.says.format(value=figure(value)) if known else _unknown(key, measured, gone),
            "moments": [_moment(m) for m in (found[key].shown() if key in found and known else [])],
        }
    return result


def _unknown(key: str, measured: Measured, gone: reasons.Missing) -> str:
    if key in ("key_points", "structure", "relevance", "coherence", "grammar", "skills"):
        if measured.evidence[PLACE["specificity"], 0] and not measured.evidence[PLACE["grammar"], 0]:
            return "What was said was not read: the model for that is missing."
        if key == "key_points" and measured.evidence[PLACE["grammar"], 0]:
            return "No question with key points was answered."
    if key == "key_terms" and measured.evidence[PLACE["key_points"], 0]:
        return "Key points were looked for instead."
    if key == "key_terms" and not measured.evidence[PLACE[key], 0]:
        return "No question with key terms was answered."
    if key in ("answer_length", "response_latency") and not measured.evidence[PLACE[key], 0]:
        return "No question was answered."
    return reasons.indicator_reason(key, gone) + "."


def _moment(moment: Moment) -> dict[str, Any]:
    return {"start": number(moment.start, 3), "end": number(moment.end, 3), "note": moment.note}


_EYE_CONTACT = (
    ("eye_contact", C.GAZE_ON, C.GAZE, C.GAZE_S),
    ("eye_contact_speaking", C.GAZE_ON_SPEAKING, C.GAZE_SPEAKING, C.GAZE_SPEAKING_S),
    ("eye_contact_listening", C.GAZE_ON_LISTENING, C.GAZE_LISTENING, C.GAZE_LISTENING_S),
)


def _question(record: Record, windows: Windows, index: int, answer: Answer, quote: bool) -> dict[str, Any]:
    question = answer.question
    assert question is not None
    asked = record.answers.asked
    end = asked[index + 1] if index + 1 < len(asked) else max(record.duration, question.t)
    sums = windows.sums(np.array([row_of(question.t)]), np.array([row_of(end) + 1]))[0]
    spans = {span.start: span.length for span in latencies(asked, record.evidence.onsets)}
    said = answer.in_order()
    fillers = sum(len(utterance.fillers) for utterance in said)
    latency = spans.get(question.t)
    enough = answer.words and sums[C.PACE_S] >= 3.0
    return {
        "index": index,
        "id": question.id,
        "text": question.text,
        "topic": question.topic,
        "asked_at": number(question.t, 3),
        "ended_at": number(end, 3),
        "seconds": number(question.seconds, 3),
        "answer_seconds": number(answer.seconds, 3),
        "response_latency_s": None if latency is None else number(latency, 3),
        "words": answer.words,
        "speech_rate": number(60 * sums[C.WORDS] / sums[C.PACE_S], 1) if enough else None,
        "articulation_rate": (
            number(sums[C.SYLLABLES] / sums[C.ARTICULATION_S], 2) if sums[C.ARTICULATION_S] >= 3.0 else None
        ),
        "pause_share": number(100 * sums[C.PAUSE_S] / sums[C.TALK_S], 1) if sums[C.TALK_S] >= 3.0 else None,
        **{
            key: number(100 * sums[on] / sums[of], 1) if sums[seconds] >= 3.0 else None
            for key, on, of, seconds in _EYE_CONTACT
        },
        "filler_words": fillers,
        "answer": " ".join(utterance.utterance.text.strip() for utterance in said) if quote else None,
        "quality": quality(answer, quote),
    }


def _transcript(record: Record) -> list[dict[str, Any]]:
    """Utterances that have words or filled pauses, in order of time."""
    lines = [
        (said, i - 1 if i else None)
        for i, answer in enumerate(record.answers.all)
        for said in answer.said.values()
        if said.words or said.pauses
    ]
    lines.sort(key=lambda line: (line[0].utterance.start, line[0].utterance.id))
    return [_line(said, question) for said, question in lines]


def _line(said: Said, question: int | None) -> dict[str, Any]:
    return {
        "start": number(said.utterance.start, 3),
        "end": number(said.utterance.end, 3),
        "text": said.utterance.text,
        "question": question,
        "words": [
            {
                "text": word.text,
                "start": number(word.start, 3),
                "end": number(word.end, 3),
                "aligned": word.aligned,
                "mark": mark,
            }
            for word, mark in zip(said.shown, said.marks, strict=True)
        ],
        "filled_pauses": [
            {
                "start": number(pause.start, 3),
                "end": number(pause.end, 3),
                "sound": pause.sound,
                "before": said.shown_before(pause),
            }
            for pause in said.pauses
        ],
    }


def _expressions(record: Record, session: SessionFacts) -> dict[str, Any]:
    pictures = record.expression_pictures if session.keep == "all" else []
    return expressions.section(record.expressions, pictures, record.duration)


def _coverage(sums: Floats, rows: int, duration: float, gone: reasons.Missing) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for source, column in zip(SOURCES, (C.JUDGED_S, C.MICROPHONE_S, C.TRANSCRIBED_S), strict=True):
        share = min(float(sums[column]) / (rows * ROW), 1.0)
        result[source] = {
            "observed_s": number(min(float(sums[column]), duration), 3),
            "share": number(share),
            "reason": None if share >= 0.95 else _source_reason(source, share, gone),
        }
    return result


def _source_reason(source: Source, share: float, gone: reasons.Missing) -> str:
    if source != "camera" and gone.sound and gone.unjudged_s > gone.gap_s:
        return gone.sound
    hidden_s = gone.camera_s - gone.judged_s
    if source == "camera" and share > 0 and hidden_s > gone.camera_gap_s:
        told = gone.picture if gone.spoilt_s >= hidden_s / 2 else None
        return told or "Your face could not be seen for part of the session"
    # What was not heard could not be written down either.
    why = gone.gaps[source] or (gone.gaps["microphone"] if source == "transcription" else None)
    if why:
        return why
    if source == "camera" and gone.seldom:
        return reasons.SELDOM
    if share <= 0:
        return reasons.source_reason(source, gone)
    return "It was there for part of the session"


def _series(record: Record, judge: Judge, windows: Windows, duration: float) -> dict[str, Any]:
    """Live scores and signals at every full second."""
    seconds = np.arange(1, int(duration + 1e-6) + 1)
    ends = np.minimum((seconds / ROW).astype(np.int64), windows.last)
    starts = np.maximum(ends - int(judge.rubric.window / ROW), 0)
    content = _content_at(record, seconds)
    extremes = windows.extremes(starts, ends, judge.weighed)
    measured = measure(windows.sums(starts, ends), ends - starts, extremes, content)
    scored = judge.score(measured, report=False)
    recent = windows.sums(np.maximum(ends - RECENT_ROWS, 0), ends)
    now = windows.sums(ends - int(1 / ROW), ends)
    middle = record.evidence.medians(0, windows.last).semitones
    return {
        "t": seconds.tolist(),
        "overall": _line_of(scored.overall),
        **{name: _line_of(scored.subscores[i]) for i, name in enumerate(SUBSCORES)},
        "speech_rate": _line_of(_ratio(60 * recent[:, C.WORDS], recent[:, C.PACE_S], 3.0)),
        "eye_contact": _line_of(_ratio(recent[:, C.GAZE_ON], recent[:, C.GAZE], 1.0)),
        "pitch": _line_of(_ratio(now[:, C.PITCH_SUM], now[:, C.PITCH_S], 0.05) - middle),
        "intensity": _line_of(_ratio(now[:, C.INTENSITY], now[:, C.SOUND_S], 0.1)),
    }


def _ratio(over: Floats, under: Floats, least: float) -> Floats:
    enough = under >= least - 1e-6
    return np.where(enough, over / np.where(enough, under, 1.0), np.nan)


def _line_of(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value + 0.0 for value in np.round(values, 2).tolist()]


def _content_at(record: Record, seconds: np.ndarray[Any, np.dtype[np.int64]]) -> Floats:
    """The answers' measures as they stood at each second, shape (n, len(CONTENT), 2)."""
    answers = Answers()
    steps: list[tuple[float, Any]] = [(a.question.t, a.question) for a in record.answers.all if a.question]
    steps += [(said.utterance.end, said) for said in record.answers.said() if said.words]
    steps += [(read.end, read) for answer in record.answers.all for read in answer.gist.sentences]
    steps.sort(key=lambda step: (step[0], not isinstance(step[1], Said)))
    at, contents = [-math.inf], [Content()]
    for t, step in steps:
        if isinstance(step, Said):
            answers.say(step)
        elif isinstance(step, SentenceRead):
            answers.read(step)
        else:
            answers.ask(step)
        at.append(t)
        contents.append(answers.content(ended=False))
    known: Floats = np.array(contents)[np.searchsorted(np.array(at), seconds, side="right") - 1]
    return known


def _sentences(
    judge: Judge,
    measured: Measured,
    scored: Scored,
    found: Mapping[str, Moments],
    effects: Mapping[str, tuple[float, float]],
    strong: bool,
) -> list[dict[str, Any]]:
    """The three indicators that gave most, or that have most to gain, each with a sentence and a moment."""

    def fits(key: str) -> bool:
        score = scored.indicator(key)
        return score >= SHOWN_STRONG if strong else score < SHOWN_WEAK

    ranked = sorted(
        (key for key in effects if fits(key)),
        key=lambda key: (-number(effects[key][0 if strong else 1]), key),
    )
    result = []
    for key in ranked[:3]:
        rule = judge.rubric.indicators[key]
        moments = found.get(key, Moments())
        side = moments.strong if strong else moments.weak
        text = rule.strength if strong else rule.improvement
        result.append(
            {
                "indicator": key,
                "label": rule.label,
                "points": number(effects[key][0 if strong else 1]),
                "text": text.format(value=figure(measured.value(key))),
                "moment": _moment(side[0]) if side else None,
            }
        )
    return result

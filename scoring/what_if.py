"""What the overall score would be had every answer been like one of them in one respect.

A respect is a group of indicators, such as those of pauses. For an answer they are measured in its stretch
alone, from its question to the next. Had every answer had those same ratios, the session would have them,
too; so the session's values of the group are replaced by the answer's, as far as that has enough evidence
for a report, and all is scored again through the same rubric: norms, weights, and what was not observed as
it is. Nothing is extrapolated: what is shown as possible is what the candidate did in one answer.
"""

from typing import Any, Final

import numpy as np

from scoring.indicators import PLACE, Measured
from scoring.judge import Judge, Scored
from scoring.rounding import number

GROUPS: Final = {
    "pauses": ("pauses", ("pause_share", "mean_pause", "longest_pause", "pauses_inside")),
    "pace": ("a pace", ("speech_rate",)),
    "fillers": ("fillers and new starts", ("filler_rate", "repeat_rate")),
    "voice": ("a voice", ("pitch_variety", "intensity_variety", "trailing_off")),
    "eye_contact": ("eye contact", ("eye_contact",)),
    "smile": ("a smile", ("smile",)),
    "posture": ("a posture", ("upright", "in_frame", "fidgeting", "head_movement")),
    "start": ("a start", ("response_latency",)),
    "length": ("a length", ("answer_length",)),
    "substance": ("substance", ("relevance", "key_points", "key_terms", "structure", "specificity")),
    "wording": ("words", ("vocabulary", "hedge_rate", "buzzwords")),
}
"""What stands in the sentence, and the indicators; every indicator with a weight is in one group."""
MOST = 3
LEAST_GAIN = 1.0
"""Points; less is not worth a sentence."""


def what_if(judge: Judge, measured: Measured, parts: Measured, scored: Scored) -> dict[str, Any]:
    """The overall score by group and answer, and the best of them in words; see report.schema.json.

    `parts` are as from `waterfall.by_question`.
    """
    now = float(scored.overall[0])
    answers = parts.values.shape[1] - 1
    if np.isnan(now):
        return {"best": [], "groups": []}
    _, shares = judge.shares(scored)
    rows = {
        name: np.array([i for i in map(PLACE.__getitem__, keys) if shares[i] > 0], dtype=np.int64)
        for name, (_, keys) in GROUPS.items()
    }
    enough = judge.enough(parts, report=True)[:, 1:]
    values = np.repeat(measured.values, len(GROUPS) * answers, axis=1)
    told = {}
    for n, (name, there) in enumerate(rows.items()):
        columns = slice(n * answers, (n + 1) * answers)
        known = enough[there]
        values[there, columns] = np.where(known, parts.values[there, 1:], values[there, columns])
        told[name] = known.any(axis=0)
    repeated = (np.repeat(each, values.shape[1], axis=1) for each in (measured.evidence, measured.coverage))
    overall = judge.score(Measured(values, *repeated), report=True).overall.reshape(len(GROUPS), answers)
    groups = [
        {
            "group": name,
            "indicators": [key for key in GROUPS[name][1] if shares[PLACE[key]] > 0],
            "overall": [
                number(score) if known else None
                for score, known in zip(scores.tolist(), told[name].tolist(), strict=True)
            ],
        }
        for (name, there), scores in zip(rows.items(), overall, strict=True)
        if len(there)
    ]
    return {"best": _best(groups, now), "groups": groups}


def _best(groups: list[dict[str, Any]], now: float) -> list[dict[str, Any]]:
    """The groups that would gain most, each with the answer to take it from."""
    found = []
    for group in groups:
        known = [(score, -question) for question, score in enumerate(group["overall"]) if score is not None]
        if not known:
            continue
        score, question = max(known)
        gain = number(score - now)
        if gain >= LEAST_GAIN:
            found.append((gain, group["group"], -question, score))
    found.sort(key=lambda each: (-each[0], each[1]))
    return [
        {
            "group": group,
            "question": question,
            "overall": score,
            "gain": gain,
            "text": f"With {GROUPS[group][0]} like in answer {question + 1} the overall would be {score:.0f}"
            f" instead of {now:.0f}.",
        }
        for gain, group, question, score in found[:MOST]
    ]

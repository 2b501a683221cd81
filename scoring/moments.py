"""The moments behind an indicator: where to look and listen again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from models.observations import Blink, HeadGesture, SentenceRead
from scoring.answers import Said
from scoring.evidence import FADED_DB, FLAT_S, MOSTLY, RISE, ROW, C, Floats, Span, mostly, row_of
from scoring.gist import MADE
from scoring.language import Mark
from scoring.record import Record
from scoring.rubric import Rubric
from scoring.windows import Rows, Windows, latencies

MOST = 5
"""Moments kept for an indicator."""
STRETCH_S = 20.0
"""Seconds of a stretch of voice that is compared with others."""
CLUSTER_S = 10.0
"""Seconds within which marked words make one moment."""

UNRELATED, TO_THE_POINT = 0.3, 0.8
"""Relevance of a sentence below and from which it is worth a look."""
A_JUMP = 0.1
"""Likeness of a sentence to what was said before it below which it is about something else."""

Marked: TypeAlias = tuple[float, float, str]
"""Start, end and words of what is marked."""


class Moment(NamedTuple):
    """A stretch of session time and what is there."""

    start: float
    end: float
    note: str


@dataclass(slots=True)
class Moments:
    """The moments of one indicator, the most telling first."""

    weak: list[Moment] = field(default_factory=list)
    """What could be better."""
    strong: list[Moment] = field(default_factory=list)
    """What went well."""

    def shown(self) -> list[Moment]:
        """At most `MOST` in order of time: the weak ones, or without any the strong ones."""
        return sorted((self.weak or self.strong)[:MOST])


def find(record: Record, windows: Windows, rubric: Rubric, quote: bool) -> dict[str, Moments]:
    """The moments of every indicator that has some; without `quote`, none repeats the candidate's words."""
    rows = windows.rows
    found = {
        **_gaze_moments(rows),
        "face_presence": _share_runs(rows, C.FACE, C.FACE_PRESENT, "Out of the picture", "In the picture"),
        "upright": _share_runs(
            rows, C.UPRIGHT, C.UPRIGHT_ON, "Not level or not upright", "Level and upright"
        ),
        "in_frame": _share_runs(rows, C.FRAME, C.FRAME_ON, "Head or shoulders out of frame", "Well in frame"),
        "smile": Moments(strong=_runs(mostly(rows, C.SMILE_ON, C.SMILE), 1.0, "A smile")),
        "fidgeting": Moments(_runs(_above(rows, C.MOVEMENT, C.MOVE, 0.8), 1.0, "Moving a lot")),
        "slouch": Moments(_runs(mostly(rows, C.SLOUCH_ON, C.SLOUCH), 1.5, "Sunk below upright")),
        "hand_at_face": Moments(_runs(mostly(rows, C.HAND_ON, C.HAND), 1.0, "A hand at the face")),
        "face_stability": _share_runs(rows, C.PLACE_S, C.STEADY_S, "Not at one place", "Steady"),
        "restlessness": Moments(_runs(mostly(rows, C.TURN_FAST, C.TURN), 1.0, "Head moving quickly")),
        "nods": _gesture_moments(record, rows, "nod"),
        "shakes": _gesture_moments(record, rows, "shake"),
        "long_closures": Moments(
            _longest(_counted(rows, record.evidence.closures), "Eyes closed or lowered")
        ),
        "head_movement": Moments(
            _runs(_above(rows, C.HEAD_MOVED, C.HEAD_S, 20.0), 1.0, "Head turning quickly")
        ),
        "response_latency": _latency_moments(record),
        "answer_length": _length_moments(record),
        "specificity": Moments(strong=list(islice(_specific_moments(record, quote), MOST))),
        "key_terms": Moments(strong=list(islice(_term_moments(record, quote), MOST))),
    }
    pauses = [pause for pause in record.evidence.pauses if pause.length >= 1.0]
    pauses.sort(key=lambda pause: (-pause.length, pause.start))
    long = [Moment(p.start, p.end, f"A pause of {p.length:.1f} s") for p in pauses[:MOST]]
    found |= {key: Moments(long) for key in ("pause_share", "mean_pause", "longest_pause")}
    found |= {
        "pauses_inside": _pause_moments(windows, inside=True),
        "pause_between": _pause_moments(windows, inside=False),
        "articulation_rate": _fastest(windows),
        "monotony": Moments(_flat_stretches(rows)),
        "trailing_off": _fading_moments(record, rows),
        "uptalk": _rising_moments(windows, quote),
    }
    found |= {
        key: _stretches(windows, rubric, key, over, under, scale, root, note)
        for key, over, under, scale, root, note in _STRETCHES
    }
    found["filler_rate"] = Moments(
        _clusters((filler for said in record.answers.said() for filler in said.fillers), quote)
    )
    marks: tuple[tuple[str, Mark], ...] = (
        ("hedge_rate", "hedge"),
        ("repeat_rate", "repeat"),
    )
    for key, mark in marks:
        found[key] = Moments(_clusters(_marked(record.answers.said(), mark), quote))
    return found | _read_moments(record, quote)


def _gaze_moments(rows: Floats) -> dict[str, Moments]:
    """Where the candidate looked away and where not, by direction and by what they did meanwhile."""
    looks = _share_runs(rows, C.GAZE, C.GAZE_ON, "Looking away", "Looking at the camera")
    looks.weak = [_directed(rows, moment) for moment in looks.weak]
    away = (rows[:, C.GAZE] > 0) & ~mostly(rows, C.GAZE_ON, C.GAZE)
    speaking, listening = (
        Moments(_runs(away & (rows[:, part] >= MOSTLY * ROW), 1.5, f"Looking away while {doing}"))
        for part, doing in ((C.GAZE_SPEAKING_S, "speaking"), (C.GAZE_LISTENING_S, "silent"))
    )
    sides = {
        column: Moments(_runs(mostly(rows, column, C.GAZE), ROW, f"Looking {where}"))
        for column, where in _WHERE.items()
    }
    return {
        "eye_contact": looks,
        "eye_contact_speaking": speaking,
        "eye_contact_listening": listening,
        "longest_look_away": Moments(looks.weak[:1]),
        "away_left": sides[C.AWAY_LEFT],
        "away_right": sides[C.AWAY_RIGHT],
        "away_up": sides[C.AWAY_UP],
        "away_down": sides[C.AWAY_DOWN],
        "glances_down": sides[C.AWAY_DOWN],
    }


# What lies on the left of a camera's picture is on the right of the person before it.
_WHERE = {
    C.AWAY_LEFT: "to your right",
    C.AWAY_RIGHT: "to your left",
    C.AWAY_UP: "up",
    C.AWAY_DOWN: "down",
}


def _directed(rows: Floats, away: Moment) -> Moment:
    """A look away that says where to, if most of it went one way."""
    sums = rows[row_of(away.start) : row_of(away.end)].sum(axis=0)
    column = max(_WHERE, key=lambda column: float(sums[column]))
    if sums[column] < MOSTLY * sums[C.GAZE]:
        return away
    return away._replace(note=away.note.replace("away", _WHERE[column], 1))


def _gesture_moments(record: Record, rows: Floats, gesture: str) -> Moments:
    made = (each for each in record.evidence.gestures if each.gesture == gesture)
    return Moments(strong=_longest(_counted(rows, made), f"A {gesture}"))


def _counted(rows: Floats, made: Iterable[Blink | HeadGesture]) -> Iterator[Span]:
    """What began where pictures came often enough for it to be counted."""
    for each in made:
        row = row_of(each.start)
        if row < len(rows) and rows[row, C.MOMENTS_S] > 0:
            yield Span(each.start, each.end)


def _pause_moments(windows: Windows, inside: bool) -> Moments:
    """The longest pauses between words, inside sentences or between them."""
    pauses = sorted(
        (pause for pause in windows.pauses if pause.inside == inside and pause.end - pause.start >= 0.5),
        key=lambda pause: (pause.start - pause.end, pause.start),
    )
    where = "inside a sentence" if inside else "between sentences"
    return Moments([Moment(p.start, p.end, f"{p.end - p.start:.1f} s {where}") for p in pauses[:MOST]])


def _fastest(windows: Windows) -> Moments:
    """The stretch of `STRETCH_S` in which syllables came fastest."""
    starts, ends, rates = _values(windows, C.SYLLABLES, C.ARTICULATION_S)
    if not len(rates):
        return Moments()
    i = int(np.argmax(np.round(rates, 4)))
    note = f"The fastest stretch: {rates[i]:.1f} syllables a second"
    return Moments(strong=[Moment(ROW * float(starts[i]), ROW * float(ends[i]), note)])


def _flat_stretches(rows: Floats) -> list[Moment]:
    """Where the voice stayed nearly level; half seconds without a pitch belong to what was before them."""
    told = rows[:, C.MELODY_S] > 0
    flat = rows[:, C.FLAT_S] > 0
    place = np.arange(len(rows))
    before = np.maximum.accumulate(np.where(told, place, 0))
    level = flat[before] & (place - before <= int(2 / ROW))
    # A row is flat by the stretch that ends with it.
    moments = _runs(level, 2.0, "")
    starts = [max(moment.start + ROW - FLAT_S, 0.0) for moment in moments]
    return [
        Moment(start, moment.end, f"Nearly level for {moment.end - start:.0f} s")
        for start, moment in zip(starts, moments, strict=True)
    ]


def _fading_moments(record: Record, rows: Floats) -> Moments:
    """The phrases whose end was softest against the rest."""
    fades = [
        (phrase.fade, phrase.t)
        for phrase in record.evidence.phrases
        if phrase.fade is not None and phrase.fade > FADED_DB
        if row_of(phrase.t) < len(rows) and rows[row_of(phrase.t), C.FADED] > 0
    ]
    fades.sort(key=lambda fade: (-fade[0], fade[1]))
    return Moments(
        [Moment(max(t - 2, 0), t, f"The voice fell by {fade:.0f} dB at the end") for fade, t in fades[:MOST]]
    )


def _rising_moments(windows: Windows, quote: bool) -> Moments:
    """The statements that rose most at their end."""
    rises = [(phrase.rise or 0.0, phrase.t, word.text) for phrase, word in windows.statements]
    rises = sorted((rise for rise in rises if rise[0] >= RISE), key=lambda rise: (-rise[0], rise[1]))
    return Moments(
        [
            Moment(max(t - 1.5, 0), t, f"Up by {rise:.0f} semitones" + (f" at “{text}”" if quote else ""))
            for rise, t, text in rises[:MOST]
        ]
    )


_STRETCHES: Sequence[tuple[str, C, C, float, bool, str]] = (
    ("speech_rate", C.WORDS, C.PACE_S, 60.0, False, "{:.0f} words a minute"),
    ("pitch_variety", C.PITCH_SQUARES, C.PITCH_S, 1.0, True, "Pitch within {:.1f} semitones"),
    ("intensity_variety", C.LEVEL_SQUARES, C.LEVEL_S, 1.0, True, "Loudness within {:.1f} dB"),
)


def _above(rows: Floats, amount: C, of: C, limit: float) -> npt.NDArray[np.bool_]:
    return (rows[:, of] > 0) & (rows[:, amount] > limit * rows[:, of])


def _share_runs(rows: Floats, of: C, on: C, weak: str, strong: str) -> Moments:
    seen = rows[:, of] > 0
    good = mostly(rows, on, of)
    return Moments(_runs(seen & ~good, 1.5, weak), _runs(good, 3.0, strong))


def _runs(mask: npt.NDArray[np.bool_], least: float, what: str) -> list[Moment]:
    """The longest stretches of rows that hold, of `least` seconds or more, longest first."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    spans = (Span(ROW * float(a), ROW * float(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))
    return _longest((span for span in spans if span.length >= least), what)


def _longest(spans: Iterable[Span], what: str) -> list[Moment]:
    """The longest stretches, longest first."""
    kept = sorted(spans, key=lambda span: (-span.length, span))
    return [Moment(start, end, f"{what} for {end - start:.1f} s") for start, end in kept[:MOST]]


def _stretches(
    windows: Windows, rubric: Rubric, key: str, over: C, under: C, scale: float, root: bool, note: str
) -> Moments:
    """Stretches of `STRETCH_S` that score lowest and highest, none overlapping another."""
    starts, ends, values = _values(windows, over, under)
    if not len(values):
        return Moments()
    values = scale * values
    values = np.sqrt(np.maximum(values, 0)) if root else values
    scores = rubric.indicators[key].scores(values)

    def pick(order: npt.NDArray[np.int64]) -> list[Moment]:
        taken: list[Moment] = []
        for i in order.tolist():
            start, end = ROW * float(starts[i]), ROW * float(ends[i])
            if all(end <= other.start or other.end <= start for other in taken):
                taken.append(Moment(start, end, note.format(float(values[i]))))
            if len(taken) == MOST:
                break
        return taken

    # Rounded, so that equal stretches keep their order of time on every machine.
    ranked = np.round(scores, 4)
    low, high = np.argsort(ranked, kind="stable"), np.argsort(-ranked, kind="stable")
    return Moments(pick(low[ranked[low] < 85]), pick(high[ranked[high] >= 85]))


def _values(windows: Windows, over: C, under: C) -> tuple[Rows, Rows, Floats]:
    """Rows where stretches of `STRETCH_S` begin and end, and a ratio in each that has enough evidence."""
    length = int(STRETCH_S / ROW)
    ends = np.arange(min(length, windows.last), windows.last + 1, 4)
    starts = np.maximum(ends - length, 0)
    sums = windows.sums(starts, ends)
    enough = sums[:, under] >= STRETCH_S / 4
    return starts[enough], ends[enough], sums[enough, over] / sums[enough, under]


def _marked(said: Iterable[Said], mark: Mark) -> Iterator[Marked]:
    """The marked stretches of words."""
    for utterance in said:
        for hit in utterance.hits:
            if hit.mark == mark:
                words = utterance.words[hit.first : hit.last + 1]
                text = " ".join(utterance.plain[hit.first : hit.last + 1])
                yield words[0].start, words[-1].end, text


def _clusters(marked: Iterable[Marked], quote: bool) -> list[Moment]:
    """What was marked, close together as one moment, the most crowded first."""
    groups: list[list[Marked]] = []
    for item in sorted(marked):
        if groups and item[1] - groups[-1][0][0] <= CLUSTER_S:
            groups[-1].append(item)
        else:
            groups.append([item])
    groups.sort(key=lambda group: (-len(group), group[0][0]))
    return [_cluster(group, quote) for group in groups[:MOST]]


def _cluster(group: list[Marked], quote: bool) -> Moment:
    texts = [text for *_, text in group]
    note = ", ".join(texts) if quote else f"{len(texts)} within {CLUSTER_S:.0f} s"
    return Moment(group[0][0], max(end for _, end, _ in group), note)


def _specific_moments(record: Record, quote: bool) -> Iterator[Moment]:
    for said in record.answers.said():
        for i, specific in enumerate(said.specific):
            if specific:
                first, last = max(i - 1, 0), min(i + 2, len(said.words) - 1)
                note = " ".join(said.plain[first : last + 1]) if quote else "A figure or an own action"
                yield Moment(said.words[first].start, said.words[last].end, note)


def _term_moments(record: Record, quote: bool) -> Iterator[Moment]:
    for answer in record.answers.all:
        open_terms = set(answer.terms_found)
        for said in answer.in_order():
            for term in sorted(said.terms & open_terms):
                open_terms.remove(term)
                yield Moment(said.utterance.start, said.utterance.end, term if quote else "A key term")


def _read_moments(record: Record, quote: bool) -> dict[str, Moments]:
    """What reading the answers found."""
    read = [(answer.question, each) for answer in record.answers.all for each in answer.gist.sentences]
    sentences = [each for _, each in read]
    told = [(each.relevance, each) for each in sentences if each.relevance is not None]
    told.sort(key=lambda one: (one[0], one[1].start))
    steps = [(each.continuity, each) for each in sentences if each.continuity is not None]
    steps.sort(key=lambda one: (one[0], one[1].start))
    points = [
        (likely, question.key_points[n], each)
        for question, each in read
        if question
        for n, likely in enumerate(each.key_points[: len(question.key_points)])
        if likely >= MADE
    ]
    points.sort(key=lambda one: (-one[0], one[2].start, one[1]))
    # each point where it was made best
    best = {text: each for _, text, each in reversed(points)}
    parts = [(each, each.part.capitalize()) for each in sentences if each.part is not None]
    errors = [
        Moment(error.start, error.end, error.message if quote else "A rule of grammar")
        for each in sentences
        for error in each.errors
    ]
    skills = [
        Moment(skill.start, skill.end, skill.name if quote else "A skill")
        for each in sentences
        for skill in each.skills
    ]
    buzzwords = (
        (words[0].start, words[-1].end, " ".join(said.plain[phrase.first : phrase.last + 1]))
        for said in record.answers.said()
        for phrase in said.buzzwords
        if (words := said.words[phrase.first : phrase.last + 1])
    )
    return {
        "relevance": Moments(
            [_at(each, "Hardly about the question") for p, each in told if p < UNRELATED][:MOST],
            [_at(each, "To the point") for p, each in reversed(told) if p >= TO_THE_POINT][:MOST],
        ),
        "key_points": Moments(
            strong=[_at(each, text) for _, text, each in points if best[text] is each][:MOST]
        ),
        "structure": Moments(strong=[_at(each, part) for each, part in parts][:MOST]),
        "coherence": Moments([_at(each, "Something else") for p, each in steps if p < A_JUMP][:MOST]),
        "grammar": Moments(errors[:MOST]),
        "skills": Moments(strong=skills[:MOST]),
        "buzzwords": Moments(_clusters(buzzwords, quote)),
    }


def _at(sentence: SentenceRead, note: str) -> Moment:
    return Moment(sentence.start, sentence.end, note)


def _latency_moments(record: Record) -> Moments:
    spans = latencies(record.answers.asked, record.evidence.onsets)
    slowest = sorted(spans, key=lambda span: (-span.length, span.start))
    moments = [Moment(s.start, s.end, f"{s.length:.1f} s before the answer began") for s in slowest]
    return Moments([m for m, s in zip(moments, slowest, strict=True) if s.length > 5.0], moments[::-1])


def _length_moments(record: Record) -> Moments:
    found = Moments()
    for answer in record.answers.all:
        if answer.question is None or answer.span is None or answer.percent is None:
            continue
        note = f"{answer.seconds:.0f} s of {answer.question.seconds:.0f} s"
        side = found.strong if 75 <= answer.percent <= 120 else found.weak
        side.append(Moment(*answer.span, note))
    return found

"""What holds for every timeline."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

import client
from models.observations import (
    Blink,
    FaceSample,
    Gap,
    HeadGesture,
    NudgeGiven,
    Observation,
    PhraseEnd,
    PostureSample,
    ProsodySample,
    QuestionAsked,
    SessionEnded,
    SoundQuality,
    Utterance,
    VoiceActivity,
    Word,
    from_json,
    to_json,
)
from scoring import rubric
from scoring.report import SCHEMA_FILE, canonical_json
from scoring.scorer import Scorer, fold
from tests.scoring.sessions import FACTS, whole

PRACTICE = rubric.load()
REPORT = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
WIRE_TEXT = (Path(client.__file__).parent / "wire.json").read_text(encoding="utf-8")
WIRE = jsonschema.Draft202012Validator(json.loads(WIRE_TEXT))

times = st.floats(0, 200, allow_nan=False)
shares = st.floats(0, 1)
angles = st.floats(-60, 60)
maybe = st.none()
words = st.sampled_from(
    [
        "um",
        "uh,",
        "I",
        "I",
        "the",
        "the",
        "led",
        "built",
        "20%",
        "two",
        "like,",
        "you",
        "know,",
        "maybe",
        "team.",
    ]
)


@st.composite
def spans(draw: st.DrawFn) -> tuple[float, float]:
    start = draw(times)
    return start, start + draw(st.floats(0, 30))


@st.composite
def utterances(draw: st.DrawFn) -> Utterance:
    start, end = draw(spans())
    texts = draw(st.lists(words, max_size=12))
    timed = tuple(
        Word(text, start + i * (end - start) / 12, start + (i + 1) * (end - start) / 12)
        for i, text in enumerate(texts)
    )
    return Utterance(
        draw(st.integers(0, 6)),
        start,
        end,
        " ".join(texts),
        timed if draw(st.booleans()) else (),
        0,
        draw(st.booleans()),
    )


faces = st.builds(
    FaceSample,
    t=times,
    faces=st.integers(0, 2),
    yaw=maybe | angles,
    pitch=maybe | angles,
    on_camera=maybe | st.booleans(),
    smile=maybe | shares,
    brightness=maybe | shares,
    x=maybe | shares,
    y=maybe | shares,
    size=maybe | shares,
    away=maybe | st.sampled_from(["left", "right", "up", "down"]),
    head_speed=maybe | st.floats(0, 200),
    problem=maybe | st.sampled_from(["covered", "frozen", "rotated", "dark", "several faces"]),
)
postures = st.builds(
    PostureSample,
    t=times,
    present=st.booleans(),
    shoulder_tilt=maybe | angles,
    lean=maybe | st.floats(-1, 1),
    in_frame=maybe | st.booleans(),
    movement=maybe | st.floats(0, 5),
    slouch=maybe | st.floats(0, 1),
    hand_at_face=maybe | st.booleans(),
)
voices = st.builds(VoiceActivity, t=times, speaking=st.booleans())
sounds = st.builds(
    lambda start, level, voiced, pitch, within: ProsodySample(
        start, start + 0.5, level, voiced, pitch, 1.0, within and pitch and pitch / within, within and pitch
    ),
    times,
    st.floats(-90, 0),
    shares,
    maybe | st.floats(60, 500),
    maybe | st.floats(1, 3),
)
phrase_ends = st.builds(PhraseEnd, t=times, rise=maybe | st.floats(-12, 12), fade=maybe | st.floats(-5, 40))
qualities = st.builds(
    lambda span, problem: SoundQuality(span[0], span[1], problem=problem),
    spans(),
    st.sampled_from([None, "silent", "quiet", "clipping", "noisy", "echo", "other voice"]),
)
gaps = st.builds(
    lambda span, source: Gap(span[0], span[1], source, "connection lost"),
    spans(),
    st.sampled_from(["camera", "microphone", "transcription"]),
)
questions = st.builds(
    QuestionAsked,
    t=times,
    id=st.sampled_from(["a", "b"]),
    text=st.just("Why?"),
    topic=st.just("motivation"),
    seconds=st.floats(0, 90),
    key_terms=st.just(("team", "two people")),
)
others = (
    st.builds(lambda span: Blink(*span), spans())
    | st.builds(
        lambda span, made: HeadGesture(span[0], span[1], made), spans(), st.sampled_from(["nod", "shake"])
    )
    | st.builds(NudgeGiven, t=times, id=st.just("look_up"), text=st.just("Look up"))
)
timelines = st.lists(
    faces | postures | voices | sounds | qualities | phrase_ends | utterances() | gaps | questions | others,
    max_size=60,
)


def check_score(score: dict[str, Any]) -> None:
    assert 0 <= score["coverage"] <= 1
    assert (score["score"] is None) == (score["reason"] is not None)
    if score["score"] is not None:
        assert abs(sum(part["points"] for part in score["contributions"]) - score["score"]) < 1e-9
        assert abs(sum(part["possible"] for part in score["contributions"]) - 100) < 1e-2
        assert all(0 <= part["points"] <= part["possible"] + 1e-3 for part in score["contributions"])
        low, high = score["interval"]
        assert 0 <= low <= score["score"] <= high <= 100
        steps = score["waterfall"]
        assert abs(score["baseline"] + sum(step["points"] for step in steps) - score["score"]) < 1e-9
        for step in steps:
            assert abs(sum(part["points"] for part in step["questions"]) - step["points"]) < 1e-9


@settings(max_examples=80)
@given(timelines)
def test_report_of_any_timeline(timeline: list[Observation]) -> None:
    report = fold(timeline, PRACTICE).report(FACTS)
    REPORT.validate(report)
    for score in (report["overall"], *report["subscores"].values()):
        check_score(score)
    stored = [json.loads(json.dumps(to_json(observation))) for observation in timeline]
    again = [observation for data in stored if (observation := from_json(data)) is not None]
    assert canonical_json(fold(again, PRACTICE).report(FACTS)) == canonical_json(report)


@settings(max_examples=60)
@given(timelines, times)
def test_asking_changes_nothing(timeline: list[Observation], t: float) -> None:
    scorer = Scorer(PRACTICE)
    for observation in timeline:
        scorer.add(observation)
        snapshot = {**scorer.snapshot(t), "seq": 1, "frame_age_ms": None}
        WIRE.validate({"v": 1, "type": "snapshot", "data": snapshot})
        scorer.nudge(t)
    assert scorer.snapshot(t) == fold(timeline, PRACTICE).snapshot(t)
    quiet = fold(timeline, PRACTICE).report(FACTS)
    assert canonical_json(scorer.report(FACTS)) == canonical_json(quiet)


@settings(max_examples=60)
@given(st.lists(faces | postures | sounds | qualities | utterances(), max_size=60), st.floats(0, 230))
def test_nudges_keep_their_distance(timeline: list[Observation], t: float) -> None:
    scorer = fold([*timeline, NudgeGiven(t, "look_up", "Look up")], PRACTICE)
    for later in (t, t + 4.0, t + 7.9):
        assert scorer.nudge(later) is None


@settings(max_examples=25)
@given(st.permutations(["face", "posture", "prosody", "voice", "utterance", "question"]))
def test_lanes_may_run_apart(lanes: list[str]) -> None:
    timeline = whole(30)
    apart = [o for lane in lanes for o in timeline if o.kind == lane]
    ended = SessionEnded(30, "finished")
    assert canonical_json(fold([*apart, ended], PRACTICE).report(FACTS)) == canonical_json(
        fold(timeline, PRACTICE).report(FACTS)
    )


@settings(max_examples=25)
@given(st.lists(st.integers(1, 24), max_size=5))
def test_provisional_utterances_leave_no_trace_in_the_report(cuts: list[int]) -> None:
    timeline = whole(30)
    live: list[Observation] = []
    for observation in timeline:
        if isinstance(observation, Utterance):
            live += [
                Utterance(
                    observation.id,
                    observation.start,
                    observation.end,
                    " ".join(word.text for word in observation.words[:cut]),
                    observation.words[:cut],
                )
                for cut in cuts
            ]
        live.append(observation)
    assert canonical_json(fold(live, PRACTICE).report(FACTS)) == canonical_json(
        fold(timeline, PRACTICE).report(FACTS)
    )

"""What reaches those who watch a candidate."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.observations import Choice
from sessions.rooms import Role
from sessions.sharing import ALLOWED, MOST_WAITING, Audience, Feed, Outbox, passed
from sessions.wire import message

CHOICES: tuple[Choice, ...] = get_args(Choice)
WATCHERS = (Role.INTERVIEWER, Role.OBSERVER)
SCHEMA = json.loads((Path(__file__).parents[2] / "client" / "room.json").read_text("utf-8"))["$defs"]
WIRE = json.loads((Path(__file__).parents[2] / "client" / "wire.json").read_text("utf-8"))["$defs"]

leaf = st.none() | st.integers() | st.text(max_size=3)


def filled(allowed: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Data with all that `everything` lets through, each level with something more that nobody named."""
    if allowed is True:
        return leaf
    inner = st.fixed_dictionaries(
        {"expression": leaf, "secret": leaf, **{key: filled(rest, key) for key, rest in allowed.items()}}
    )
    return st.lists(inner, max_size=2) if name in ("words", "filled_pauses", "suggestions") else inner


told = st.one_of(
    *(st.tuples(st.just(type_), filled(allowed)) for type_, allowed in ALLOWED["everything"].items()),
    st.tuples(st.just("nudge"), st.fixed_dictionaries({"text": leaf})),
)
steps = st.lists(st.sampled_from(CHOICES) | told | st.sampled_from([1, 3]), max_size=30)


def within(value: Any, allowed: Any) -> bool:
    # in place of a value that has no entries there is nothing
    if allowed is True or value is None:
        return True
    if isinstance(value, list):
        return all(within(each, allowed) for each in value)
    return set(value) <= set(allowed) and all(within(each, allowed[name]) for name, each in value.items())


@given(steps)
def test_nothing_withheld_ever_passes(steps: list[Any]) -> None:
    """Whatever is chosen, told and read in whatever order: what is read was allowed when it is read."""
    audience, boxes, feed = Audience(), [Outbox(role) for role in WATCHERS], Feed()
    for box in boxes:
        audience.join(box)
    audience.join(feed)
    for step in steps:
        if isinstance(step, str):
            audience.choose(step)  # type: ignore[arg-type]
        elif isinstance(step, int):
            taken = [box.take() for box in boxes for _ in range(step)]
            for text in (*taken, *feed.since(0)):
                if text is not None:
                    read = json.loads(text)
                    assert audience.choice is not None
                    assert within(read["data"], ALLOWED[audience.choice][read["type"]])
        else:
            type_, data = step
            audience.tell(type_, data, None, WATCHERS)


@given(told)
def test_each_choice_shares_no_more_than_the_one_above(what: tuple[str, dict[str, Any]]) -> None:
    everything, content, none = (passed(choice, *what) for choice in CHOICES)
    assert none is None
    assert passed(None, *what) is None
    if content is not None:
        assert everything is not None
        assert within(content, ALLOWED["everything"][what[0]])
        assert passed("content", what[0], everything) == content


def test_everything_is_all_but_expressions() -> None:
    """What the wire has of a snapshot and a caption passes, and expressions do not."""
    for type_ in ("snapshot", "caption"):
        known = set(WIRE[type_]["properties"]["data"]["properties"])
        allowed = ALLOWED["everything"][type_]
        assert allowed is not True
        assert known - set(allowed) == ({"expression"} if type_ == "snapshot" else set())


def test_the_schema_says_what_content_is() -> None:
    def paths(allowed: Any, path: str = "") -> set[str]:
        if allowed is True or "score" in allowed:
            return {path}
        deeper = {inner for name, rest in allowed.items() for inner in paths(rest, f"{path}.{name}")}
        return {path} if path == ".talk" else deeper

    said = SCHEMA["snapshot"]["properties"]["data"]["x-content"]
    assert {f".{path}" for path in said} == paths(ALLOWED["content"]["snapshot"])


def test_reasons_of_content_name_nothing_of_voice_and_picture() -> None:
    """Whatever a rubric makes of skill relevance."""
    driver = {"label": "", "value": 1, "unit": "", "points": 1}
    told = {"skill_relevance": {"eye_contact": driver, "relevance": driver}, "confidence": {"smile": driver}}
    assert passed("everything", "reasons", told) == told
    assert passed("content", "reasons", told) == {"skill_relevance": {"relevance": driver}}
    assert passed("none", "reasons", told) is None


def test_the_newest_snapshot_is_sent_and_captions_in_order() -> None:
    audience, box = Audience(), Outbox(Role.OBSERVER)
    audience.join(box)
    audience.choose("everything")
    for n in range(3):
        audience.tell("snapshot", {"seq": n, "t": n}, "snapshot", WATCHERS)
        audience.tell("caption", {"utterance": n}, ("caption", n), WATCHERS)
    texts = [box.take() for _ in range(5)]
    assert [json.loads(text)["data"] for text in texts if text] == [
        {"seq": 2, "t": 2},
        *({"utterance": n} for n in range(3)),
    ]
    assert not box.filled.is_set()


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()) | st.just("withdraw"), max_size=60))
def test_a_feed_tells_each_reader_what_is_newer(steps: list[Any]) -> None:
    """Read after every step or once at the end: the newest of each key, in the order of telling."""
    feed, place = Feed(), 0
    step_by_step: dict[tuple[int, bool], str] = {}
    for n, step in enumerate(steps):
        if step == "withdraw":
            feed.withdraw()
            step_by_step = {key: text for key, text in step_by_step.items() if not key[1]}
            continue
        feed.put(str(n), step, measured=step[1])
        assert feed.since(place) == [str(n)]
        place = feed.newest
        step_by_step.pop(step, None)
        step_by_step[step] = str(n)
    assert feed.since(0) == list(step_by_step.values())
    assert feed.since(place) == []


def test_a_feed_is_bounded() -> None:
    """What was measured first gives way; what all must know stays."""
    feed = Feed()
    feed.put("who is here", "members")
    for n in range(MOST_WAITING + 10):
        feed.put(str(n), n, measured=True)
    assert feed.since(0) == ["who is here", *(str(n) for n in range(11, MOST_WAITING + 10))]


def test_only_those_in_the_roles_are_told() -> None:
    audience, boxes = Audience(), {role: Outbox(role) for role in Role}
    for box in boxes.values():
        audience.join(box)
    audience.choose("everything")
    audience.tell("follow_ups", {"suggestions": []}, "follow_ups", [Role.INTERVIEWER])
    assert [role for role, box in boxes.items() if box.take()] == [Role.INTERVIEWER]


@pytest.mark.parametrize("measured", [True, False])
def test_an_outbox_is_bounded(measured: bool) -> None:
    """What was measured gives way to what is newer; of what must not be lost too much is the end."""
    box = Outbox(Role.INTERVIEWER)
    for n in range(MOST_WAITING + 10):
        box.put(message("mark", {"n": n}), measured=measured)
    left = []
    while text := box.take():
        left.append(json.loads(text)["data"]["n"])
    assert box.overfull is not measured
    assert left == (
        list(range(10, MOST_WAITING + 10)) if measured else list(range(MOST_WAITING + 1, MOST_WAITING + 10))
    )

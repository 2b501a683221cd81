import json
from dataclasses import fields
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.observations import (
    KINDS,
    Blink,
    GrammarError,
    Observation,
    SentenceRead,
    SkillNamed,
    Utterance,
    Word,
    from_json,
    time_of,
    to_json,
)

# What is not a number equals nothing, and JSON has no way to write it.
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
observations = st.one_of(*(st.from_type(cls) for cls in KINDS.values()))


def through_json(observation: Observation) -> Observation | None:
    return from_json(json.loads(json.dumps(to_json(observation))))


def test_every_kind_is_known_by_its_name() -> None:
    assert set(KINDS.values()) == set(get_args(Observation))
    assert all(kind == cls.kind for kind, cls in KINDS.items())


@given(observations)
def test_json_keeps_everything(observation: Observation) -> None:
    assert through_json(observation) == observation


@given(observations, st.dictionaries(st.text(min_size=1).map(lambda name: f"new_{name}"), st.integers()))
def test_unknown_fields_are_left_out(observation: Observation, later: dict[str, Any]) -> None:
    assert from_json({**to_json(observation), **later}) == observation


@given(st.dictionaries(st.text(), st.integers()), st.text().filter(lambda kind: kind not in KINDS))
def test_unknown_kinds_are_skipped(data: dict[str, Any], kind: str) -> None:
    assert from_json({**data, "kind": kind}) is None


def test_no_kind_is_unknown() -> None:
    assert from_json({"t": 1.0}) is None


@pytest.mark.parametrize("cls", KINDS.values())
def test_missing_required_field_is_an_error(cls: type[Observation]) -> None:
    with pytest.raises(TypeError):
        from_json({"kind": cls.kind})


@given(observations)
def test_time_is_when_the_observation_was_complete(observation: Observation) -> None:
    name = "end" if "end" in {f.name for f in fields(observation)} else "t"

    assert time_of(observation) == getattr(observation, name)


def test_an_utterance_brings_its_words() -> None:
    utterance = Utterance(
        0, 1.0, 2.0, "Hello there.", (Word("Hello", 1.0, 1.4), Word("there.", 1.5, 2.0, 0.9))
    )

    assert through_json(utterance) == utterance


def test_a_sentence_brings_what_was_found_in_it() -> None:
    sentence = SentenceRead(
        *(
            12.5,
            3,
            14.0,
            17.5,
            "We moved it to Kubernetes in two day.",
            8,
            0.9312,
            (0.1, 0.72),
            0.31,
            "action",
        ),
        sentiment=-0.2,
        errors=(GrammarError(17.0, 17.5, "number", "One of two is plural.", "days"),),
        skills=(SkillNamed("Kubernetes", 15.0, 15.6),),
        names=1,
    )

    assert through_json(sentence) == sentence


def test_json_names_the_kind() -> None:
    assert to_json(Blink(1.0, 1.1)) == {"kind": "blink", "start": 1.0, "end": 1.1}

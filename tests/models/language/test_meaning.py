import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.language.meaning import WIDTH, Meaning
from models.registry import ModelError

meaning = cache(Meaning)


def likeness(one: str, other: str) -> float:
    return float(meaning().vector(one) @ meaning().vector(other))


def test_a_vector_is_the_published_models() -> None:
    """The example of https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2."""
    vector = meaning().vector("This is an example sentence")

    assert vector[:5] == pytest.approx([0.0676569, 0.0634959, 0.0487131, 0.0793049, 0.0374480], abs=1e-5)


@pytest.mark.parametrize(
    ("sentence", "paraphrase", "unrelated"),
    [
        (
            "I repaired the broken build by pinning one library.",
            "We got the build working again by fixing a dependency's version.",
            "My aunt bakes apple cake on Sundays.",
        ),
        (
            "I listened until the customer had said everything.",
            "First I let the client finish and paid attention.",
            "The database index made the query ten times faster.",
        ),
        (
            "I would ask for help early.",
            "I'd reach out to somebody well before it is too late.",
            "Our office stands next to the railway station.",
        ),
    ],
)
def test_a_paraphrase_is_nearer_than_what_is_unrelated(
    sentence: str, paraphrase: str, unrelated: str
) -> None:
    assert likeness(sentence, paraphrase) > 0.35 > likeness(sentence, unrelated)


def test_marks_of_either_kind_mean_the_same() -> None:
    assert likeness("It’s “done”, isn’t it?", "It's \"done\", isn't it?") == pytest.approx(1.0)


@given(st.text(max_size=2000))
def test_every_text_has_a_vector_of_length_one(text: str) -> None:
    vector = meaning().vector(text)

    assert vector.shape == (WIDTH,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_another_instance_gives_the_same_numbers() -> None:
    text = "Deterministic, whoever asks."

    assert (Meaning().vector(text) == meaning().vector(text)).all()


def test_a_folder_without_the_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps({}), encoding="utf-8")

    with pytest.raises(ModelError, match="cannot be loaded"):
        Meaning(tmp_path)

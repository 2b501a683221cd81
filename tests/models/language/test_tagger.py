"""Parts of speech of written and recognised words."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.language import tagger
from models.language.tagger import Tagger, pieces, shared
from models.training.tagger import accuracy, possible_tags, save, spoken, train, written
from models.training.treebank import sentences

CONLLU = """\
# text = It's his dog, isn't it?
1-2	It's	_	_	_	_	_	_	_	_
1	It	it	PRON	PRP	_	4	nsubj	_	_
2	's	be	AUX	VBZ	_	4	cop	_	_
3	his	his	PRON	PRP$	_	4	nmod:poss	_	_
4	dog	dog	NOUN	NN	_	0	root	_	_
5	,	,	PUNCT	,	_	4	punct	_	_
6-7	isn't	_	_	_	_	_	_	_	_
6	is	be	AUX	VBZ	_	4	parataxis	_	_
6.1	so	so	ADV	RB	_	_	_	_	_
7	n't	not	PART	RB	_	6	advmod	_	_
8	it	it	PRON	PRP	_	6	nsubj	_	_
9	?	?	PUNCT	.	_	4	punct	_	_

"""


@pytest.mark.parametrize(
    ("said", "tags"),
    [
        ("I led a team of five engineers.", "PRP VBD DT NN IN CD NNS"),
        ("we have seen it and she wants more", "PRP VBP VBN PRP CC PRP VBZ JJR"),
        ("he doesn't know what we're building", "PRP VBZ VB WP PRP VBG"),
        ("they could finish the work in March", "PRP MD VB DT NN IN NNP"),
    ],
)
def test_tags(said: str, tags: str) -> None:
    assert shared().tag(said.split()) == tags.split()


def test_a_contraction_has_the_tag_of_its_first_part() -> None:
    tokens = shared().tokens(["He", "doesn’t,", "cannot."])
    assert [(token.word, token.text) for token in tokens] == [
        (0, "he"),
        *((1, "does"), (1, "n't"), (1, ",")),
        *((2, "can"), (2, "not"), (2, ".")),
    ]


@given(st.lists(st.text(max_size=8), max_size=8))
def test_every_word_gets_a_tag(words: list[str]) -> None:
    """Whatever is said; what has no letters at all is a symbol."""
    assert len(shared().tag(words)) == len(words)
    assert all(0 <= at < len(words) for at, _ in pieces(words))


def test_possible_tags_are_known_of_words_that_were_seen() -> None:
    assert set(shared().possible("gives")) == {"VBZ"}
    assert {"NN", "VB"} <= set(shared().possible("work"))
    assert shared().possible("frobnicate") == ()


def test_a_treebank_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one.conllu"
    path.write_text(CONLLU + CONLLU.rstrip("\n"), encoding="utf-8")
    first, second = sentences(path)
    assert first == second
    assert [token.form for token in first] == ["It", "'s", "his", "dog", ",", "is", "n't", "it", "?"]
    assert [token.form for token in first if token.glued] == ["'s", "n't"]
    assert written(first).tags == ["PRP", "VBZ", "PRP$", "NN", ",", "VBZ", "RB", "PRP", "."]
    assert spoken(first).texts == ["it", "'s", "his", "dog", "is", "n't", "it"]


def test_training_learns_what_it_is_shown(tmp_path: Path) -> None:
    """The same weights twice, and a tagger that reproduces its lesson."""
    path = tmp_path / "one.conllu"
    path.write_text(CONLLU * 3, encoding="utf-8")
    lesson = [spoken(sentence) for sentence in sentences(path)]
    tags, features, weights = train(lesson)
    again = train(lesson)
    assert (tags, features) == again[:2]
    np.testing.assert_array_equal(weights, again[2])
    target = tmp_path / "tagger.npz"
    save(target, tags, features, weights, possible_tags(lesson))
    share, _ = accuracy(Tagger(target), lesson)
    assert share == 1.0


def test_accuracy_is_what_the_model_card_says(shared_data: Path) -> None:
    """On a part of the test set, as it would be recognised."""
    path = next((shared_data / "text" / "ud-ewt").glob("*test*.conllu"))
    tested = [spoken(sentence) for sentence in sentences(path)]
    share, _ = accuracy(shared(), tested[::5])
    assert share > 0.915
    assert "92.8 %" in Path(tagger.__file__).with_name("tagger.md").read_text(encoding="utf-8")

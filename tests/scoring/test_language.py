import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.language import hits, is_specific, plain, stem, stems, terms_said, variety
from tests.scoring.sessions import split


def marked(text: str, mark: str) -> list[str]:
    words = text.split()
    return [
        " ".join(plain(w) for w in words[hit.first : hit.last + 1]) for hit in hits(words) if hit.mark == mark
    ]


@pytest.mark.parametrize(
    ("text", "fillers"),
    [
        ("Um, I was, uh, at the er desk, hmm.", ["um", "uh", "er", "hmm"]),
        ("Uhm ummm erm Mm-hmm", ["uhm", "ummm", "erm"]),
        ("It was, you know, late.", ["you know"]),
        ("And you know we left.", ["you know"]),
        ("Do you know the answer?", []),
        ("As you know, it failed.", []),
        ("You know what happened.", []),
        ("I mean, it worked.", ["i mean"]),
        ("That is what I mean.", []),
        ("It was kind of slow and sort of odd.", ["kind of", "sort of"]),
        ("A kind of database, what sort of tool.", []),
        ("I like it and I would like a job like that.", []),
        ("It feels like home, looks like rain.", []),
        ("It was, like, really late.", ["like"]),
        ("And I was like so tired.", ["like"]),
        ("We had, like, five of them.", ["like"]),
        ("Tools like Python and Go.", []),
        ("Basically it actually works, literally.", ["basically", "actually", "literally"]),
        ("The umbrella and the era are hers.", []),
        ("We're just you know there's some errors.", ["you know"]),
        ("I want to you know improve.", ["you know"]),
        ("It was hard, you know.", ["you know"]),
        ("Do you know Python, or if you know Java?", []),
        ("Then you know Python well.", []),
        ("Once there, you know a lot.", []),
        ("I mean it, I mean business.", []),
        ("What I mean is this.", []),
        ("What kind of car? That sort of thing.", []),
        ("That is very kind of you.", []),
        ("I sort of knew it.", ["sort of"]),
        ("I know languages, like Python.", []),
        ("We had like five of them.", ["like"]),
        ("I like it. I like the way you like her.", []),
        ("What actually happened? It did actually work.", []),
        ("It is not literally true, it was actually true.", []),
        ("So I left, and so it was so good.", []),
    ],
)
def test_fillers(text: str, fillers: list[str]) -> None:
    assert marked(text, "filler") == fillers


@pytest.mark.parametrize(
    ("text", "hedges"),
    [
        ("I think it is fine, maybe.", ["i think", "maybe"]),
        ("I think about design; what I think matters.", []),
        ("I guess we probably could, perhaps.", ["i guess", "probably", "perhaps"]),
        ("I'm not sure, more or less.", ["not sure", "more or less"]),
    ],
)
def test_hedges(text: str, hedges: list[str]) -> None:
    assert marked(text, "hedge") == hedges


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("the the plan", ["the"]),
        ("The, the plan", ["the"]),
        ("I I I went", ["i", "i"]),
        ("the um the plan", ["the"]),
        ("I was I was there", ["i was"]),
        ("the work that that team had had", []),
        ("very very good, no no", []),
        ("call five five five", []),
        ("This is the end. The end was near.", []),
        ("It stopped. It started.", []),
        ("I was, I went home", ["i was"]),
        ("We have, um, we built it", ["we have"]),
        ("I'm, I was there", ["i'm"]),
        ("then we wen- we went", ["wen"]),
        ("I came, I saw, I won", []),
        ("Yes, I was, I led it", []),
        ("pre- and post-war", []),
        ("He was tired, he went home", []),
    ],
)
def test_repeats(text: str, repeats: list[str]) -> None:
    assert marked(text, "repeat") == repeats


def test_a_phrase_is_one_hit() -> None:
    found = hits(split("so you know we like the the plan maybe"))
    assert found == [(1, 2, "filler"), (6, 6, "repeat"), (8, 8, "hedge")]


def test_specific_words() -> None:
    words = split("I led two hundred people and we saved 20% and I wanted it and I quickly built it")
    concrete = [word for word, specific in zip(words, is_specific(words), strict=True) if specific]
    assert concrete == ["led", "two", "20%", "built"]


@pytest.mark.parametrize(
    ("words", "same"),
    [
        ("test tests tested testing", "test"),
        ("plan plans planned planning", "plan"),
        ("database databases", "databas"),
        ("city cities", "city"),
        ("class classes", "class"),
        ("bus", "bus"),
    ],
)
def test_stems_agree(words: str, same: str) -> None:
    assert {stem(word) for word in words.split()} == {same}


def test_key_terms_in_other_forms_and_as_phrases() -> None:
    said = stems(split("We tested the load balancers in many teams."))
    assert terms_said(said, ["testing", "load balancer", "team", "balancer load", "cache"]) == [
        "testing",
        "load balancer",
        "team",
    ]


def test_variety_is_a_mean_over_blocks() -> None:
    assert variety(["a", "b"] * 25) == pytest.approx(2 / 50)
    assert variety([str(i) for i in range(100)]) == 1.0
    assert variety(["word"] * 49) is None


@given(st.lists(st.text(max_size=12), max_size=30))
def test_hits_in_any_words_are_in_order_and_apart(texts: list[str]) -> None:
    assert len(texts) == len(is_specific(texts))
    ends = [hit.last for hit in hits(texts)]
    starts = [hit.first for hit in hits(texts)]
    assert all(end < start for end, start in zip(ends, [*starts[1:], len(texts)], strict=False))

"""Follow-up suggestions."""

from hypothesis import given
from hypothesis import strategies as st

from models.observations import QuestionAsked, SentenceRead
from scoring.follow_up import MOST, suggest

ASKED = QuestionAsked(
    10.0,
    "conflict",
    "Tell me about a conflict.",
    "behavioural",
    120,
    key_points=("I say what it was about.", "I say what I did.", "I say how it ended."),
)


def sentence(index: int, text: str, points: tuple[float, ...], **more: object) -> SentenceRead:
    start = 10.0 + 5 * index
    count = len(text.split())
    return SentenceRead(10.0, index, start, start + 4, text, count, 0.9, points, **more)  # type: ignore[arg-type]


LONG = sentence(
    0,
    "There were some things that people were not that happy about at the time.",
    (0.9, 0.0, 0.1),
    part="situation",
)
DONE = sentence(
    1,
    "I wrote to both and asked them to meet on Monday, and 3 weeks later it was over.",
    (0.1, 0.8, 0.7),
    part="action",
    names=1,
)


def test_what_is_missing_is_asked_for() -> None:
    found = suggest(ASKED, [LONG, sentence(1, "It went on like that for a while.", (0.2, 0.1, 0.1))])
    assert "I say what I did." in found[0].text
    assert found[1].text == "What came of it?"
    assert found[2].text.startswith("“There were some things")
    assert len(found) == MOST


def test_what_was_said_is_not_asked_for() -> None:
    found = suggest(ASKED, [LONG, DONE])
    assert not any("“I say" in each.text for each in found)
    assert "What did you do yourself?" not in {each.text for each in found}


def test_nothing_before_there_is_an_answer() -> None:
    assert suggest(ASKED, []) == []
    assert suggest(ASKED, [sentence(0, "Well, let me think.", (0, 0, 0))]) == []


def test_a_sentence_taken_away_counts_no_more() -> None:
    gone = SentenceRead(10.0, 1, 15.0, 19.0, "", 0)
    assert suggest(ASKED, [LONG, DONE, gone]) == suggest(ASKED, [LONG])


@given(
    st.lists(
        st.builds(
            SentenceRead,
            st.just(10.0),
            st.integers(0, 5),
            st.just(11.0),
            st.just(12.0),
            st.text(max_size=60),
            st.integers(0, 30),
            st.none() | st.floats(0, 1),
            st.lists(st.floats(0, 1), max_size=4).map(tuple),
        )
    )
)
def test_few_and_the_same_again(sentences: list[SentenceRead]) -> None:
    found = suggest(ASKED, sentences)
    assert len(found) <= MOST
    assert found == suggest(ASKED, sentences)
    assert all(each.text and each.because for each in found)

"""What an utterance says about itself: shown in one way, measured as it was said."""

from dataclasses import replace

from models.observations import Observation, QuestionAsked, SentenceRead, Utterance, Word
from scoring.answers import listen
from scoring.rubric import load
from scoring.scorer import fold
from tests.scoring.sessions import FACTS, split, whole


def test_figures_are_measured_as_they_were_said() -> None:
    words = (
        Word("We", 0.0, 0.2),
        Word("we", 0.2, 0.4),
        Word("grew", 0.4, 1.0),
        Word("25%.", 1.0, 2.0, raw="twenty five percent."),
        Word("um,", 2.0, 2.5),
    )
    said = listen(Utterance(0, 0.0, 2.5, "We we grew 25%. um,", words, final=True))
    assert said.count == 7
    assert [word.text for word in said.words[3:6]] == ["twenty", "five", "percent."]
    assert said.words[3].start == 1.0
    assert said.words[3].end == said.words[4].start
    assert said.words[5].end == 2.0
    assert said.specific.count(True) == 1
    assert said.shown == words
    assert said.marks == [None, "repeat", None, None, "filler"]


def test_a_question_taken_back_was_never_asked() -> None:
    """Its time and its sentences go to the answer before: the report is as if it had not been.

    It lies in speech: a silence in which somebody asked stays none of the candidate's pauses.
    """
    asked = QuestionAsked(5.0, "first", "What happened?", "behavioural", 60.0)
    late = QuestionAsked(23.0, "late", "Why was that?", "behavioural", 60.0)
    read = SentenceRead(23.0, 0, 23.5, 24.0, "It rained.", 2, 0.5)
    withdrawn = SentenceRead(23.0, 0, 23.5, 24.0, "", 0)
    said = whole(60, split("It rained on that day and nobody came to the market at all."))
    plain = fold([asked, *said], load(None)).report(FACTS)

    orders: tuple[list[Observation], ...] = (
        [late, read, replace(late, text=""), withdrawn],
        [late, replace(late, text=""), read, withdrawn],
    )
    for order in orders:
        assert fold([asked, *said[:-1], *order, said[-1]], load(None)).report(FACTS) == plain
    assert fold([asked, replace(late, text=""), *said], load(None)).report(FACTS) == plain

"""What an utterance says about itself: shown in one way, measured as it was said."""

from models.observations import Utterance, Word
from scoring.answers import listen


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

"""The question bank and its sets."""

from sessions.questions import DEFAULT_SET, FREE, TOPICS, question_sets


def test_thirty_questions_of_every_topic() -> None:
    bank = {question.id: question for each in question_sets().values() for question in each.questions}
    assert len(bank) >= 30
    assert {question.topic for question in bank.values()} == set(TOPICS)
    assert len({question.text for question in bank.values()}) == len(bank)
    for question in bank.values():
        assert question.text.strip()[-1] in "?."
        assert 30 <= question.seconds <= 300
        assert len(question.key_terms) >= 6


def test_sets_can_be_asked() -> None:
    assert DEFAULT_SET in question_sets()
    for each in question_sets().values():
        if each is FREE:
            continue
        assert len({question.id for question in each.questions}) == len(each.questions) >= 3
        assert 0 < each.minutes <= 45

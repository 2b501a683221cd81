"""What is asked in a room."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.observations import VoiceActivity
from scoring.evidence import Evidence
from sessions.agenda import Agenda, Change, Put, alike, question_of
from sessions.questions import Question
from sessions.talk import Talk


def asking(text: str) -> Question:
    question = question_of(text)
    assert question
    return question


STUDY, LEAVE = asking("What did you study?"), asking("Why did you leave your last job?")
MORE = asking("Tell me about a conflict at work.")


def texts(agenda: Agenda) -> list[str]:
    return [each.text for n, each in enumerate(agenda.questions) if n not in agenda.dropped]


def test_a_question_is_found_and_follows_what_was_planned() -> None:
    agenda = Agenda([STUDY])
    change = agenda.hear(LEAVE, 12.0, "a1", 3.0)
    assert change == Change((), (Put(LEAVE, 12.0, "a1", 3.0),))
    assert (agenda.questions, agenda.found) == ((STUDY, LEAVE), {1})


def test_what_was_planned_is_known_when_it_is_said() -> None:
    agenda = Agenda([STUDY, LEAVE])
    said = asking("And why did you leave your last job, then?")
    assert agenda.hear(said, 12.0, "a1", 3.0).put == (Put(LEAVE, 12.0, "a1", 3.0),)
    assert (agenda.questions, agenda.found) == ((STUDY, LEAVE), set())


def test_what_is_chosen_and_read_out_is_put_when_it_was_said() -> None:
    agenda = Agenda([STUDY])
    (chosen,) = agenda.choose(STUDY, 10.0, 4.0).put
    change = agenda.hear(asking("So where did you go to university?"), 18.0, "a1", 4.2)
    assert change == Change((chosen,), (Put(STUDY, 18.0, "a1", 4.2),))
    assert agenda.questions == (STUDY,)


def test_what_is_said_and_then_chosen_is_one_question() -> None:
    agenda = Agenda([STUDY])
    (heard,) = agenda.hear(asking("So where did you go to university?"), 18.0, "a1", 4.0).put
    assert agenda.choose(STUDY, 21.0, 4.5) == Change((heard,), (Put(STUDY, 18.0, "a1", 4.5),), dropped=1)
    assert texts(agenda) == [STUDY.text]
    assert agenda.choose(STUDY, 22.0, 4.5) == Change()


def test_who_asks_and_goes_on_asks_one_question() -> None:
    agenda = Agenda([])
    (first,) = agenda.hear(MORE, 10.0, "a1", 0.0).put
    change = agenda.hear(asking("What did you do about it?"), 16.0, "a1", 0.8)
    assert change.back == (first,)
    assert texts(agenda) == ["Tell me about a conflict at work. What did you do about it?"]
    assert ([put.t for put in change.put], agenda.found) == ([16.0], {0})


def test_once_it_is_answered_another_is_another() -> None:
    agenda = Agenda([])
    agenda.hear(MORE, 10.0, "a1", 0.0)
    agenda.hear(LEAVE, 40.0, "a1", 20.0)
    assert texts(agenda) == [MORE.text, LEAVE.text]
    assert agenda.hear(asking("Why did you leave that last job?"), 60.0, "a1", 35.0) == Change(), "again"


def test_what_is_no_question_is_taken_back() -> None:
    agenda = Agenda([STUDY])
    agenda.choose(STUDY, 5.0, 0.0)
    agenda.hear(LEAVE, 40.0, "a1", 20.0)
    assert agenda.drop(0) == Change(), "it was planned"
    change = agenda.drop(1)
    assert [put.t for put in change.back] == [40.0]
    assert change.dropped == 1
    assert agenda.current
    assert agenda.current.question == STUDY
    assert agenda.drop(1) == Change()
    assert agenda.choose(LEAVE, 50.0, 25.0).put
    assert texts(agenda) == [STUDY.text, LEAVE.text]


def test_what_was_heard_wrongly_is_reworded() -> None:
    agenda = Agenda([STUDY])
    agenda.hear(asking("Why did you leaf your last job?"), 12.0, "a1", 3.0)
    change = agenda.reword(1, LEAVE)
    assert change.put == (Put(LEAVE, 12.0, "a1", 3.0),)
    assert [put.t for put in change.back] == [12.0]
    assert texts(agenda) == [STUDY.text, LEAVE.text]
    assert agenda.reword(0, MORE) == agenda.reword(1, STUDY) == agenda.reword(1, LEAVE) == Change()


def test_what_was_put_before_there_was_a_session_is_put_when_it_begins() -> None:
    agenda = Agenda([STUDY])
    agenda.choose(STUDY, None, 0.0)
    assert agenda.open(1.5) == Put(STUDY, 1.5, None, 0.0)
    assert agenda.open(2.0) is None


ASKED = [STUDY, LEAVE, MORE, asking("What motivates you?"), asking("Why did you leaf your job?")]
STEPS = st.tuples(
    st.sampled_from(["choose", "hear", "hear", "drop", "reword"]),
    st.sampled_from(ASKED),
    st.integers(0, 5),
    st.booleans(),
)


@st.composite
def agendas(draw: st.DrawFn) -> Agenda:
    """What came of some steps in an interview; before each, the question was answered or was not."""
    agenda, t, talked = Agenda([STUDY]), 0.0, 0.0
    for step, question, index, answered in draw(st.lists(STEPS, max_size=12)):
        t, talked = (t + 40.0, talked + 20.0) if answered else (t + 5.0, talked)
        if step == "choose":
            agenda.choose(question, t, talked)
        elif step == "hear":
            agenda.hear(question, t, "a1", talked)
        elif step == "drop":
            agenda.drop(index)
        else:
            agenda.reword(index, question)
    return agenda


def again(agenda: Agenda, heard: bool = True) -> Agenda:
    """The agenda as a server that is started again has it."""
    return Agenda([STUDY], json.loads(json.dumps(agenda.to_json(heard))))


def test_what_is_asked_twice_and_gone_on_with_is_still_one() -> None:
    agenda = Agenda([])
    agenda.hear(MORE, 10.0, "a1", 0.0)
    agenda.hear(LEAVE, 40.0, "a1", 20.0)
    agenda.hear(MORE, 80.0, "a1", 40.0)
    agenda.hear(asking("What did you do about it?"), 86.0, "a1", 40.0)
    assert texts(agenda) == ["Tell me about a conflict at work. What did you do about it?", LEAVE.text]
    assert agenda.asked == {0, 1}
    agenda.drop(0)
    assert agenda.current
    assert agenda.index(agenda.current.question) == 1


@given(agendas())
def test_an_agenda_comes_back_as_it_was(agenda: Agenda) -> None:
    back = again(agenda)
    assert (back.questions, back.found, back.dropped) == (agenda.questions, agenda.found, agenda.dropped)
    assert back.asked == agenda.asked
    assert (back.current and back.current.question) == (agenda.current and agenda.current.question)
    assert back.to_json(heard=True) == agenda.to_json(heard=True)


def test_what_comes_back_is_put_again_where_measuring_begins() -> None:
    agenda = Agenda([STUDY])
    agenda.choose(STUDY, 5.0, 0.0)
    agenda.choose(LEAVE, 40.0, 20.0)
    assert again(agenda).open(1.5) == Put(LEAVE, 1.5, None, 0.0)


@given(agendas())
def test_where_nothing_is_kept_what_was_heard_is_not(agenda: Agenda) -> None:
    back = again(agenda, heard=False)
    assert len(back.questions) == len(agenda.questions), "places stay, since ratings name them"
    for n, each in enumerate(agenda.questions):
        assert back.questions[n].text == ("" if n in agenda.found else each.text)
    assert back.asked == agenda.asked - agenda.found
    assert texts(back) == [each.text for n, each in enumerate(agenda.questions) if n not in agenda.found]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Tell me about a conflict with a boss.", "Can you tell me about a conflict with your boss?", True),
        ("Tell me about a conflict with a boss.", "How did the conflict with your boss end?", False),
        ("What motivates you?", "So what motivates you?", True),
        ("What motivates you?", "What annoys you?", False),
        ("Why us?", "Why them?", True),
    ],
)
def test_what_asks_the_same(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=12).map(sorted), st.floats(0, 120))
def test_talk_adds_up_as_the_fold_does(changes: list[tuple[float, bool]], t: float) -> None:
    talk, evidence = Talk(), Evidence()
    for each in changes:
        talk.change(*each)
        evidence.add_voice(VoiceActivity(*each), [])
    spans = [(span.start, span.end) for span in evidence.speech]
    if evidence.speaking_since is not None:
        spans.append((evidence.speaking_since, float("inf")))
    expected = sum(max(0.0, min(end, t) - start) for start, end in spans)
    assert talk.until(t) == pytest.approx(expected, abs=1e-9)

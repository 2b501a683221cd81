from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.language.reading import ReadingStage
from models.language.sentences import MOST, cut
from models.observations import QuestionAsked, SentenceRead, Utterance, Word
from tests.models.language.reading import read, reader

QUESTION = QuestionAsked(
    *(10.0, "slow", "How would you find out why a page is slow?", "technical", 90.0),
    key_points=("Measure before changing anything.", "Look for slow database queries."),
)
OTHER = QuestionAsked(40.0, "late", "Tell me about a deadline that you missed.", "behavioural", 90.0)


def said(id_: int, start: float, text: str, end: float | None = None) -> Utterance:
    texts = text.split()
    end = start + 0.4 * len(texts) if end is None else end
    step = (end - start) / max(len(texts), 1)
    words = tuple(Word(each, start + i * step, start + (i + 1) * step) for i, each in enumerate(texts))
    return Utterance(id_, start, end, text, words, len(words), final=True)


def texts(sentences: list[SentenceRead]) -> list[str]:
    return [sentence.text for sentence in sentences]


def test_a_sentence_may_run_over_several_utterances() -> None:
    first = said(0, 11.0, "First I measure where")
    second = said(1, 14.0, "the time is spent. Then I read the")
    third = said(2, 18.0, "logs of the server.")
    stage = ReadingStage(reader())

    assert texts(stage.feed(QUESTION)) == []
    assert texts(stage.feed(first)) == ["First I measure where"]
    assert texts(stage.feed(second)) == ["First I measure where the time is spent.", "Then I read the"]
    (last,) = stage.feed(third)
    assert (last.index, last.text) == (1, "Then I read the logs of the server.")
    assert (last.start, last.end, last.words) == (second.words[4].start, third.end, 8)


def test_an_utterance_that_is_not_final_is_not_read() -> None:
    assert ReadingStage(reader()).feed(replace(said(0, 1.0, "It was a long day."), final=False)) == []


def test_a_better_reading_replaces_what_it_changes() -> None:
    stage = ReadingStage(reader())
    stage.feed(said(0, 1.0, "I led a team of five. We shipped it in may. It was really fun then."))

    changed = stage.feed(said(0, 1.0, "I led a team of nine, and we shipped it in May."))

    assert [(each.index, each.text, each.words) for each in changed] == [
        (0, "I led a team of nine, and we shipped it in May.", 12),
        (1, "", 0),
        (2, "", 0),
    ]


def test_the_same_again_says_nothing() -> None:
    stage = ReadingStage(reader())
    utterance = said(0, 11.0, "I would measure first. Then I would look at the queries.")
    assert len([*stage.feed(QUESTION), *stage.feed(utterance)]) == 2

    assert stage.feed(utterance) == []
    assert stage.feed(QUESTION) == []
    assert stage.finish() == []


def test_what_was_said_before_any_question_answers_none() -> None:
    (sentence,) = read([said(0, 1.0, "Good morning, can you hear me?"), QUESTION])

    assert (sentence.asked, sentence.relevance, sentence.key_points, sentence.part) == (None, None, (), None)


def test_a_late_question_takes_what_was_said_after_it() -> None:
    before, after = (
        said(0, 2.0, "Good morning to all of you."),
        said(1, 12.0, "I would measure the page first."),
    )

    sentences = read([before, after, QUESTION])

    assert [(each.asked, each.index) for each in sentences] == [(None, 0), (10.0, 0)]
    assert sentences == read([QUESTION, before, after])


def test_a_question_taken_back_leaves_what_was_said_to_the_one_before() -> None:
    words = [said(0, 12.0, "I would measure first where it is slow."), said(1, 42.0, "Then I read the logs.")]
    back = replace(OTHER, text="")

    assert read([QUESTION, *words[:1], OTHER, *words[1:], back]) == read([QUESTION, *words])
    assert read([QUESTION, back, *words]) == read([QUESTION, *words])


def test_what_answers_is_told_from_what_does_not() -> None:
    answer = read([QUESTION, said(0, 11.0, "I'd look at the timings before I touch a thing.")])[0]
    talk = read([QUESTION, said(0, 11.0, "My aunt bakes wonderful apple cake on Sundays.")])[0]

    assert answer.relevance is not None
    assert talk.relevance is not None
    assert answer.relevance > 0.5 > talk.relevance
    assert answer.key_points[0] > 0.6 > answer.key_points[1]
    assert max(talk.key_points) < 0.4


def test_a_question_without_key_points_has_a_relevance_too() -> None:
    answer = read([OTHER, said(0, 41.0, "In spring we were two weeks late with a release.")])[0]
    talk = read([OTHER, said(0, 41.0, "My aunt bakes wonderful apple cake on Sundays.")])[0]

    assert (answer.relevance or 0) > 0.5 > (talk.relevance or 0)
    assert answer.key_points == ()


def test_sentences_that_belong_together_are_alike() -> None:
    first, again, elsewhere = read(
        [said(0, 1.0, "The query was slow. We made the query faster. My dog likes the beach.")]
    )

    assert first.continuity is None
    assert (again.continuity or 0) > 0.4 > (elsewhere.continuity or 0)


def test_skills_names_and_errors_are_where_they_were_said() -> None:
    utterance = said(0, 11.0, "At Siemens I has moved the tests from Jenkins to Docker.")
    (sentence,) = read([QUESTION, utterance])

    (error,) = sentence.errors
    assert utterance.words[2].start <= error.start < error.end <= utterance.words[4].end
    assert [each.name for each in sentence.skills] == ["Jenkins", "Docker"]
    assert (sentence.skills[0].start, sentence.skills[0].end) == (
        utterance.words[8].start,
        utterance.words[8].end,
    )
    assert sentence.names >= 2


def test_the_words_sentiment_is_told() -> None:
    glad, sad = read([said(0, 1.0, "I loved this wonderful team. It was a terrible and painful failure.")])

    assert glad.sentiment > 0.3 > -0.3 > sad.sentiment


def test_hesitations_do_not_change_what_is_meant() -> None:
    fluent, halting = (
        read([QUESTION, said(0, 11.0, text)])[0]
        for text in ("I would measure first of all.", "I would um measure uh first of all.")
    )

    assert fluent.relevance == pytest.approx(halting.relevance, abs=0.05)


@given(
    st.lists(
        st.sampled_from(["one", "two,", "three.", "four", "five?", "um", "...", "7", "and"]), max_size=120
    )
)
def test_every_word_is_in_one_sentence(said_words: list[str]) -> None:
    words = [Word(text, float(n), n + 1.0) for n, text in enumerate(said_words)]

    sentences = list(cut(words))

    joined = [word for sentence in sentences for word in sentence]
    assert joined == words[: len(joined)]
    assert not any(map(str.isalnum, "".join(word.text for word in words[len(joined) :])))
    assert all(sum(word.text != "..." for word in sentence) <= MOST for sentence in sentences)


phrases = st.lists(
    st.sampled_from(
        [
            *("We met on Monday.", "I asked them why", "and then I wrote a list.", "It was late,", "Uh..."),
            *("so I rang the customer.", "Right.", "The page was slow because of", "two queries."),
        ]
    ),
    min_size=1,
    max_size=3,
).map(" ".join)
sessions = st.lists(st.tuples(phrases, phrases), min_size=1, max_size=6)


@settings(max_examples=60)
@given(sessions, st.data())
def test_in_the_end_the_order_does_not_matter(drafts: list[tuple[str, str]], data: st.DataObject) -> None:
    """First readings, second ones and questions mixed in any way, but each second one after its first."""
    first = [said(n, 12.0 * n, draft, 12.0 * n + 6) for n, (draft, _) in enumerate(drafts)]
    final = [said(n, 12.0 * n, better, 12.0 * n + 6) for n, (_, better) in enumerate(drafts)]
    questions = [QUESTION, OTHER]
    arrivals = data.draw(st.permutations([*questions, *range(len(drafts)), *range(len(drafts))]))
    readings = [iter(pair) for pair in zip(first, final, strict=True)]
    mixed = [next(readings[each]) if isinstance(each, int) else each for each in arrivals]

    assert read(mixed) == read([*questions, *final])

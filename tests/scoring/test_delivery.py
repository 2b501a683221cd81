"""Pace, pauses between words, and how the voice moves: figures that can be worked out by hand."""

import pytest

from models.observations import (
    FilledPause,
    Gap,
    Observation,
    PhraseEnd,
    ProsodySample,
    Utterance,
    Word,
    ends_sentence,
)
from scoring import rubric
from scoring.phrasing import closings, saying, silences, syllables
from scoring.report import canonical_json
from scoring.scorer import fold
from tests.scoring.sessions import in_order, question, report, sounds, speech, split, utterance

PRACTICE = rubric.load()


def words(*timed: tuple[str, float, float]) -> tuple[Word, ...]:
    return tuple(Word(text, start, end, aligned=True) for text, start, end in timed)


def said(id_: int, timed: tuple[Word, ...]) -> Utterance:
    text = " ".join(word.text for word in timed)
    return Utterance(id_, timed[0].start, timed[-1].end, text, timed, len(timed), True)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("the", 1), ("strength", 1), ("table", 2), ("walked", 1), ("wanted", 2), ("decided", 3)),
        *(("create", 2), ("idea", 3), ("being", 2), ("science", 2), ("question", 2), ("communication", 5)),
        *(
            ("we're", 1),
            ("team.", 1),
            ("changes", 2),
            ("makes", 1),
            ("tables", 2),
            ("doubled", 2),
            ("called", 1),
            ("whole", 1),
            ("wishes", 2),
            ("1990", 4),
            ("", 0),
            ("–", 0),
        ),
    ],
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_saying_leaves_out_pauses_and_hesitations() -> None:
    timed = words(("we", 0.0, 0.2), ("doubled", 0.3, 0.8), ("um", 0.9, 1.4), ("it", 2.0, 2.2))
    taken = saying(timed)
    assert [each.syllables for each in taken] == [1, 2, 0, 1]
    # The short silence after "we" and "doubled" belongs to saying them; that after "um" is a pause.
    assert [each.seconds for each in taken] == pytest.approx([0.3, 0.6, 0.0, 0.2], abs=1e-3)
    assert not any(each.syllables for each in saying([Word("guessed", 0, 1)]))


def test_where_a_sentence_ends() -> None:
    assert [ends_sentence(text) for text in ("done.", "why?", "now!”", "done,", "done", "and.", "Mr.")] == [
        *(True, True, True, False, False, False, False)
    ]


def test_a_filled_pause_ends_no_sentence() -> None:
    timed = words(("done.", 0.0, 0.5), ("Um", 1.0, 1.5), ("next", 2.0, 2.5), ("thing", 3.0, 3.5))
    assert [pause.inside for pause in silences(timed, closings(timed))] == [False, False, True]


def test_articulation_rate_is_syllables_without_pauses() -> None:
    # 20 words of two syllables, 0.4 s each, with a pause of 1.6 s after every second one.
    timed = words(*(("table", start, start + 0.4) for i in range(10) for start in (2.4 * i, 2.4 * i + 0.4)))
    found = report(question(0.0), *sounds(0, 24), *speech((0.0, 24.0)), said(0, timed), seconds=24)
    assert found["indicators"]["articulation_rate"]["value"] == pytest.approx(5.0, abs=0.02)
    assert found["questions"][0]["articulation_rate"] == pytest.approx(5.0, abs=0.02)
    assert found["indicators"]["articulation_rate"]["moments"][0]["note"].startswith(
        "The fastest stretch: 5.0"
    )


def sentence(id_: int, t: float, ending: str) -> Utterance:
    """Ten words of 0.3 s with half a second of silence in the middle, and how the last one ends."""
    texts = [*split("we moved the shop to another town before the"), "winter" + ending]
    return said(
        id_,
        words(
            *((text, at, at + 0.3) for i, text in enumerate(texts) for at in [t + 0.3 * i + 0.5 * (i >= 5)])
        ),
    )


def test_pauses_inside_sentences_and_between_them_also_from_one_utterance_to_the_next() -> None:
    # Each takes 3.5 s; 1 s of silence after it. The third ends with a comma.
    lines = [sentence(i, 4.5 * i, "," if i == 2 else ".") for i in range(6)]
    heard = [*sounds(0, 27), *speech((0.0, 27.0))]
    for order in (lines, lines[::-1]):
        found = report(*heard, *order, seconds=27)["indicators"]
        # One in each of six, and the one after the comma; four between sentences.
        assert found["pauses_inside"]["value"] == pytest.approx(100 * 7 / 60, abs=0.01)
        assert found["pause_between"]["value"] == 1.0
        assert found["pauses_inside"]["moments"][-1]["note"] in {
            "1.0 s inside a sentence",
            "0.5 s inside a sentence",
        }
        assert len(found["pause_between"]["moments"]) == 4


def test_no_pause_where_a_question_was_put_or_nothing_was_heard() -> None:
    lines = [sentence(i, 4.5 * i, ".") for i in range(6)]
    heard = [*sounds(0, 27), *speech((0.0, 27.0)), *lines]
    asked = report(*heard, question(4.0), question(8.5, "b"), seconds=27)
    assert len(asked["indicators"]["pause_between"]["moments"]) == 3
    deaf = report(*heard, Gap(3.4, 4.6, "microphone", "connection lost"), seconds=27)
    assert len(deaf["indicators"]["pause_between"]["moments"]) == 4


def test_a_filled_pause_shortens_the_silence_around_it() -> None:
    line = sentence(0, 0.0, ".")
    hummed = Utterance(
        0, line.start, line.end, line.text, line.words, 10, True, (FilledPause(1.5, 1.95, "um"),)
    )
    heard = [*sounds(0, 20), *speech((0.0, 20.0)), *(sentence(i, 4.5 * i, ".") for i in range(1, 4))]
    silent = report(line, *heard, seconds=20)["indicators"]["pauses_inside"]["value"]
    filled = report(hummed, *heard, seconds=20)["indicators"]["pauses_inside"]["value"]
    assert (silent, filled) == (10.0, 7.5)


def voiced(start: float, end: float, pitches: tuple[float, ...], within: float = 1.0) -> list[Observation]:
    """Half seconds of voice whose pitch goes round the given ones, each `within` semitones wide both ways."""
    half = 2 ** (within / 12)
    return [
        ProsodySample(
            start + i / 2, start + i / 2 + 0.5, -20.0, 0.8, pitch, 0.5 * within, pitch / half, pitch * half
        )
        for i in range(round((end - start) * 2))
        for pitch in [pitches[i % len(pitches)]]
    ]


def test_pitch_range_in_semitones_whoever_speaks() -> None:
    for middle in (90.0, 220.0):
        pitches = (middle * 2 ** (-3 / 12), middle, middle * 2 ** (3 / 12))
        found = report(*voiced(0, 30, pitches), *speech((0.0, 30.0)), seconds=30)["indicators"]
        assert found["pitch_range"]["value"] == pytest.approx(8.0)


def test_a_rubric_that_scores_the_pitch_range_does_so_live_too() -> None:
    text = rubric.PRACTICE.read_text("utf-8").replace("pitch_variety = 0.073", "pitch_range = 0.073")
    sound = [*voiced(0, 30, (100.0, 120.0, 145.0)), *speech((0.0, 30.0))]
    live = [fold(sound, each).snapshot(30.0)["subscores"] for each in (PRACTICE, rubric.parse(text))]
    # The one weighs as much as the other, and both were heard.
    coverage, instead = (each["engagement"]["coverage"] for each in live)
    assert instead == coverage > 0


def test_a_flat_stretch_is_found_where_it_is() -> None:
    lively = (100.0, 120.0, 145.0, 110.0)
    sound = [*voiced(0, 30, lively), *voiced(30, 60, (118.0, 120.0)), *voiced(60, 90, lively)]
    found = report(*sound, *speech((0.0, 90.0)), seconds=90)["indicators"]["monotony"]
    assert 20 <= found["value"] <= 35
    (moment,) = found["moments"]
    assert (moment["start"], moment["end"]) == (pytest.approx(30, abs=4), pytest.approx(60, abs=4))


def test_nothing_is_said_of_the_voice_before_its_own_middle_is_known() -> None:
    for seconds, known in ((9.0, False), (11.0, True)):
        heard = in_order([*voiced(0, seconds, (100.0, 130.0)), *speech((0.0, seconds))])
        found = report(*heard, seconds=seconds)["indicators"]
        for key in ("pitch_variety", "intensity_variety", "pitch_range"):
            assert (found[key]["value"] is not None) == known


def test_trailing_off_counts_what_fades_beyond_the_natural() -> None:
    ends = [PhraseEnd(3.0 * i + 2, 0.0, 15.0 if i % 5 == 0 else 4.0) for i in range(10)]
    unknown = [PhraseEnd(31.0, None, None)]
    found = report(*sounds(0, 33), *speech((0.0, 33.0)), *ends, *unknown, seconds=33)["indicators"]
    assert found["trailing_off"]["value"] == 20.0
    assert found["trailing_off"]["score"] == 100.0
    assert [moment["end"] for moment in found["trailing_off"]["moments"]] == [2.0, 17.0]


def test_uptalk_is_a_rise_at_the_end_of_a_statement_only() -> None:
    endings = [".", ".", "?", ",", ".", ".", "."]
    lines = [sentence(i, 5.0 * i, ending) for i, ending in enumerate(endings)]
    rises = [5.0, -3.0, 6.0, 6.0, 1.0, None, 0.0]
    ends = [PhraseEnd(line.end - 0.1, rise, 0.0) for line, rise in zip(lines, rises, strict=True)]
    heard = [*sounds(0, 36), *speech((0.0, 36.0)), *lines, *ends, PhraseEnd(1.2, 7.0, 0.0)]
    found = report(*heard, seconds=36)["indicators"]["uptalk"]
    # One of four: a question, a comma, the middle of a sentence and an end that was not heard do not count.
    assert found["value"] is None
    more: list[Observation] = [sentence(7, 35.0, "."), PhraseEnd(38.4, -2.0, 0.0)]
    found = report(*heard, *more, seconds=40)["indicators"]["uptalk"]
    assert found["value"] == 20.0
    assert [moment["note"] for moment in found["moments"]] == ["Up by 5 semitones at “winter.”"]


def test_a_replaced_utterance_leaves_nothing_of_its_pace_and_pauses() -> None:
    heard = [*sounds(0, 27), *speech((0.0, 27.0))]
    lines = [sentence(i, 4.5 * i, ".") for i in range(6)]
    first = [utterance(i, 4.5 * i, 4.5 * i + 3, ["other", "words,", "then"]) for i in (5, 0, 3)]
    once = report(*heard, *lines, seconds=27)
    assert canonical_json(report(*heard, *first, *lines, seconds=27)) == canonical_json(once)

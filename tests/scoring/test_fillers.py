"""Filled pauses from the sound beside fillers from the text: counted once, at their time, and shown."""

import json
from dataclasses import replace

import jsonschema

from models.observations import FilledPause, SessionEnded, Utterance
from scoring import rubric
from scoring.answers import listen
from scoring.report import SCHEMA_FILE
from scoring.scorer import Scorer
from sessions.session import caption
from tests.scoring.sessions import FACTS, SENTENCE, question, sounds, speech, utterance

PRACTICE = rubric.load()


def hesitating() -> Utterance:
    """Ten words in ten seconds, the third "um", with sounds at 0.2, 2.5, 6.0 and 9.8 s."""
    said = utterance(0, 0, 10, ["So", "well,", "um,", "we", "built", "the", "shop", "from", "the", "start"])
    pauses = (
        FilledPause(0.2, 0.4, "uh"),
        FilledPause(2.4, 2.7, "um"),
        FilledPause(5.95, 6.3, "um"),
        FilledPause(9.8, 10.4, "drawn out"),
    )
    return replace(said, filled_pauses=pauses)


def test_a_pause_that_the_text_has_counts_once() -> None:
    said = listen(hesitating())
    assert [filler.label for filler in said.fillers] == ["uh", "um", "um", "drawn out"]
    assert [pause.start for pause in said.pauses] == [0.2, 5.95, 9.8]
    assert [said.shown_before(pause) for pause in said.pauses] == [0, 6, 10]


def test_pauses_raise_the_filler_rate_at_their_time_and_are_no_words() -> None:
    scorer = Scorer(PRACTICE)
    for observation in [*sounds(0, 10), *speech((0.0, 10.0)), question(0.0), hesitating()]:
        scorer.add(observation)
    live = scorer.snapshot(10.0)["live"]
    assert (live["words"], live["filler_words"]) == (10, 4)
    # a second reading that has lost the "um" keeps the count, one without pauses lowers it
    scorer.add(replace(hesitating(), second_pass=True))
    assert scorer.snapshot(10.0)["live"]["filler_words"] == 4
    scorer.add(replace(hesitating(), filled_pauses=()))
    assert scorer.snapshot(10.0)["live"]["filler_words"] == 1


def test_report_shows_them_where_they_were() -> None:
    scorer = Scorer(PRACTICE)
    later = replace(utterance(1, 20, 30, SENTENCE), filled_pauses=())
    alone = Utterance(2, 14.0, 14.6, "", final=True, filled_pauses=(FilledPause(14.0, 14.6, "um"),))
    for observation in [
        *sounds(0, 30),
        *speech((0.0, 10.0), (20.0, 30.0)),
        question(0.0),
        hesitating(),
        alone,
        later,
        SessionEnded(30, "finished"),
    ]:
        scorer.add(observation)
    report = scorer.report(FACTS)
    jsonschema.validate(report, json.loads(SCHEMA_FILE.read_text()))
    first, second, third = report["transcript"]
    assert [(each["sound"], each["before"]) for each in first["filled_pauses"]] == [
        ("uh", 0),
        ("um", 6),
        ("drawn out", 10),
    ]
    assert (second["words"], [each["start"] for each in second["filled_pauses"]]) == ([], [14.0])
    assert third["filled_pauses"] == []
    assert report["questions"][0]["filler_words"] == 5
    moments = report["indicators"]["filler_rate"]["moments"]
    assert [moment["note"] for moment in moments] == ["uh, um, um", "drawn out, um"]
    assert (moments[0]["start"], moments[1]["end"]) == (0.2, 14.6)


def test_captions_carry_them() -> None:
    data = caption(hesitating())
    assert data["filled_pauses"][1] == {"start": 5.95, "end": 6.3, "sound": "um", "before": 6}
    alone = caption(Utterance(0, 1.0, 1.5, "", final=True, filled_pauses=(FilledPause(1.0, 1.5, "um"),)))
    assert (alone["words"], len(alone["filled_pauses"])) == ([], 1)

import math
from dataclasses import replace
from typing import Any

import pytest

from models.observations import (
    Blink,
    FaceSample,
    Gap,
    Observation,
    PostureSample,
    ProsodySample,
    QuestionAsked,
    SessionEnded,
    SoundProblem,
    Utterance,
    VoiceActivity,
    Word,
)
from models.picture_problems import WORDS as PICTURE_WORDS
from models.sound_problems import WORDS
from scoring import rubric
from scoring.scorer import Scorer, fold
from tests.scoring import sessions
from tests.scoring.sessions import (
    FACTS,
    SENTENCE,
    faces,
    in_order,
    postures,
    question,
    sound_quality,
    sounds,
    speech,
    utterance,
    whole,
)

PRACTICE = rubric.load()


def indicators(*observations: Observation, seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = sessions.report(*observations, seconds=seconds)["indicators"]
    return found


def test_shares_of_what_the_camera_saw() -> None:
    seen = faces(0, 6, on_camera=True, smile=0.1) + faces(6, 8, on_camera=False, smile=0.9)
    unsure = faces(8, 10, on_camera=None, smile=0.1)
    gone = [FaceSample(10 + i / 10, 0) for i in range(10)]
    found = indicators(*seen, *unsure, *gone, seconds=11)
    assert found["eye_contact"]["value"] == 75.0
    assert found["eye_contact"]["score"] == 100.0
    assert found["smile"]["value"] == 20.0
    assert found["face_presence"]["value"] == pytest.approx(100 * 100 / 110, abs=0.01)
    assert found["eye_contact"]["coverage"] == pytest.approx(8 / 11, abs=1e-4)


def test_blinks_a_minute_of_visible_face() -> None:
    found = indicators(*faces(0, 30), *(Blink(i, i + 0.2) for i in range(10)), seconds=60)
    assert found["blink_rate"]["value"] == 20.0


def test_head_movement_is_degrees_between_half_seconds() -> None:
    still = [FaceSample(i / 10, 1, yaw=5.0, pitch=1.0) for i in range(120)]
    turning = [FaceSample(i / 10, 1, yaw=3.0 * (i // 5 % 2), pitch=4.0 * (i // 5 % 2)) for i in range(120)]
    assert indicators(*still, seconds=12)["head_movement"]["value"] == 0.0
    # 5 degrees from each half second to the next.
    assert indicators(*turning, seconds=12)["head_movement"]["value"] == 10.0


def test_posture() -> None:
    level = [PostureSample(i / 2, True, 5.9, 0.1, 0.4, True, 0.2) for i in range(15)]
    tilted = [PostureSample(7.5 + i / 2, True, -6.1, 0.1, 0.4, False, 0.6) for i in range(5)]
    found = indicators(*level, *tilted, seconds=10)
    assert found["upright"]["value"] == 75.0
    assert found["in_frame"]["value"] == 75.0
    assert found["fidgeting"]["value"] == 0.3


def test_speech_rate_counts_short_pauses_and_two_seconds_of_long_ones() -> None:
    # 10 s of speech, a pause of 1 s, 10 s of speech, one of 5 s, 5 s of speech: 28 s for 70 words.
    spans = [(0.0, 10.0), (11.0, 21.0), (26.0, 31.0)]
    said = [
        utterance(0, 0, 10, ["word"] * 25),
        utterance(1, 11, 21, ["word"] * 25),
        utterance(2, 26, 31, ["word"] * 20),
    ]
    found = indicators(*in_order([*sounds(0, 31), *speech(*spans), *said]), seconds=31)
    assert found["speech_rate"]["value"] == 150.0
    assert found["pause_share"]["value"] == pytest.approx(100 * 6 / 31, abs=0.01)
    assert found["longest_pause"]["value"] == 5.0


def test_mean_pause_over_the_pauses_that_count() -> None:
    spans = [(0.0, 5.0), (5.2, 8.0), (8.5, 12.0), (13.0, 15.0), (15.5, 18.0), (20.0, 22.0)]
    found = indicators(*sounds(0, 22), *speech(*spans), seconds=22)
    assert found["mean_pause"]["value"] == 1.0


def test_the_silence_around_a_question_is_no_pause() -> None:
    first, second = speech((0.0, 10.0)), speech((16.0, 26.0))
    for order in ([*first, question(12.0), *second], [*first, *second, question(12.0)]):
        found = indicators(*sounds(0, 26), *order, seconds=26)
        assert found["pause_share"]["value"] == 0.0
        assert found["response_latency"]["value"] == 4.0


def test_silence_that_was_not_heard_is_no_pause() -> None:
    heard = [*sounds(0, 10), *sounds(20, 30), *speech((0.0, 10.0), (20.0, 30.0))]
    gap = Gap(10.0, 20.0, "microphone", "connection lost")
    for order in ([*heard, gap], [gap, *heard]):
        assert indicators(*order, seconds=30)["pause_share"]["value"] == 0.0


def test_speech_across_a_gap_counts_only_where_it_was_heard() -> None:
    found = indicators(
        *sounds(0, 10),
        VoiceActivity(0.0, True),
        Gap(10.0, 30.0, "microphone", "connection lost"),
        *sounds(30, 40),
        VoiceActivity(40.0, False),
        utterance(0, 0, 10, ["word"] * 25),
        utterance(1, 30, 40, ["word"] * 25),
        seconds=40,
    )
    assert found["speech_rate"]["value"] == 150.0


def test_pitch_variety_is_about_the_speakers_own_median_whoever_speaks() -> None:
    for middle in (90.0, 220.0):
        up, down = middle * 2 ** (3 / 12), middle * 2 ** (-3 / 12)
        found = indicators(*sounds(0, 20, (up, middle, down, middle)), *speech((0.0, 20.0)), seconds=20)
        assert found["pitch_variety"]["value"] == pytest.approx(math.sqrt(9 / 2), abs=0.01)


def test_octave_errors_and_sounds_outside_speech_do_not_make_a_voice_lively() -> None:
    pitches = [120.0] * 9 + [240.0]
    quiet = [ProsodySample(20 + i / 2, 20.5 + i / 2, -60.0, 0.9, 400.0) for i in range(20)]
    found = indicators(*sounds(0, 20, pitches), *quiet, *speech((0.0, 20.0)), seconds=30)
    assert found["pitch_variety"]["value"] == 0.0
    # Levels of -20 and -26 dB in turn: 3 dB either side of the median.
    assert found["intensity_variety"]["value"] == 3.0


def test_rates_in_a_hundred_words() -> None:
    words = ["um", "you", "know", "I", "think", "the", "the", "plan", "doubled", "nicely"] * 5
    found = indicators(utterance(0, 0, 20, words), *sounds(0, 20), *speech((0.0, 20.0)), seconds=20)
    assert found["filler_rate"]["value"] == 20.0
    assert found["hedge_rate"]["value"] == 10.0
    assert found["repeat_rate"]["value"] == 10.0
    assert found["specificity"]["value"] == 10.0


def test_an_utterance_is_replaced_by_its_later_version() -> None:
    scorer = Scorer(PRACTICE)
    scorer.add(utterance(0, 0, 2, ["um", "I"], final=False))
    scorer.add(utterance(1, 5, 6, ["yes"]))
    assert scorer.snapshot(6.0)["live"]["words"] == 3
    scorer.add(utterance(0, 0, 3, ["I", "I", "went"]))
    live = scorer.snapshot(6.0)["live"]
    assert (live["words"], live["filler_words"]) == (4, 0)
    scorer.add(Utterance(1, 5, 6, ""))
    assert scorer.snapshot(6.0)["live"]["words"] == 3


def test_key_terms_and_length_of_each_answer() -> None:
    found = indicators(
        question(0, "a", seconds=20, terms=("team", "database", "deadline", "customer")),
        utterance(0, 1, 16, SENTENCE),
        question(30, "b", seconds=30, terms=("cache", "orders")),
        utterance(1, 31, 46, SENTENCE),
        *sounds(0, 50),
        seconds=50,
    )
    # Two of four terms, and one of two.
    assert found["key_terms"]["value"] == 50.0
    assert found["answer_length"]["value"] == pytest.approx(100 * (15 / 20 + 15 / 30) / 2)


def test_an_utterance_belongs_to_the_question_put_before_its_middle_in_any_order() -> None:
    said: list[Observation] = [
        utterance(0, 0, 9, SENTENCE),
        utterance(1, 9, 11, ["and", "so"]),
        utterance(2, 13, 20, SENTENCE),
    ]
    asked: list[Observation] = [question(0, "a"), question(10.5, "b")]
    for order in ([*asked, *said], [*said, *asked], [*said, *reversed(asked)]):
        report = fold([*order, SessionEnded(20, "finished")], PRACTICE).report(FACTS)
        assert [line["question"] for line in report["transcript"]] == [0, 0, 1]
        assert [answer["words"] for answer in report["questions"]] == [len(SENTENCE) + 2, len(SENTENCE)]


def test_a_question_repeated_after_a_reconnect_is_the_same() -> None:
    report = fold([question(0), question(0), SessionEnded(9, "finished")], PRACTICE).report(FACTS)
    assert len(report["questions"]) == 1


def test_words_without_times_are_spread_over_the_utterance() -> None:
    said = Utterance(0, 10, 14, "one two three four", (), 4, True)
    line = fold([said, SessionEnded(20, "finished")], PRACTICE).report(FACTS)["transcript"][0]
    assert [(word["start"], word["aligned"]) for word in line["words"]] == [
        (10, False),
        (11, False),
        (12, False),
        (13, False),
    ]


def test_first_subscores_within_a_second_of_the_first_face() -> None:
    scorer = fold(faces(0.3, 1.3), PRACTICE)
    snapshot = scorer.snapshot(1.3)
    assert snapshot["subscores"]["confidence"]["score"] == 100.0
    assert snapshot["subscores"]["engagement"]["score"] is not None
    assert 0 < snapshot["subscores"]["confidence"]["coverage"] < 0.5
    assert snapshot["subscores"]["communication"] == {
        "score": None,
        "interval": None,
        "coverage": 0.0,
        "trend": 0,
        "reason": "Say a few sentences first",
    }


def test_live_view_of_this_moment() -> None:
    scorer = fold(in_order([*faces(0, 20), *sounds(0, 20), *speech((0.0, 19.0)), question(12.0)]), PRACTICE)
    scorer.add(utterance(0, 0, 18, ["word"] * 45))
    snapshot = scorer.snapshot(20.0)
    assert snapshot["face"] == {"present": True, "count": 1, "on_camera": True}
    assert snapshot["voice"] == {"speaking": False}
    assert snapshot["live"]["answer_seconds"] == 8.0
    assert snapshot["live"]["eye_contact"] == 1.0
    # 45 words in the 18 s that are written down; the second after them is not counted against the speaker.
    assert snapshot["live"]["speech_rate"] == pytest.approx(150.0, rel=0.03)
    assert scorer.snapshot(25.0)["face"] == {"present": None, "count": 0, "on_camera": None}
    assert scorer.snapshot(25.0)["voice"] == {"speaking": None}
    assert scorer.snapshot(60.0)["live"]["speech_rate"] is None


def test_a_camera_that_is_off_is_not_an_absent_face() -> None:
    scorer = fold([*faces(0, 5), Gap(5.0, 9.0, "camera", "camera off")], PRACTICE)
    assert scorer.snapshot(5.5)["face"]["present"] is None
    assert Scorer(PRACTICE).snapshot(0.0)["face"]["present"] is None


def test_trend_against_fifteen_seconds_ago() -> None:
    worse = fold([*faces(0, 15, on_camera=True), *faces(15, 30, on_camera=False)], PRACTICE).snapshot(30)
    better = fold([*faces(0, 15, on_camera=False), *faces(15, 30, on_camera=True)], PRACTICE).snapshot(30)
    level = fold(faces(0, 30), PRACTICE).snapshot(30)
    trends = [s["subscores"]["confidence"]["trend"] for s in (worse, better, level)]
    assert trends == [-1, 1, 0]


def test_missing_lowers_coverage_and_never_the_score() -> None:
    full = fold(whole(60), PRACTICE).report(FACTS)
    half = [o for o in whole(60) if not (isinstance(o, FaceSample | PostureSample) and o.t >= 30)]
    half.insert(-1, Gap(30.0, 60.0, "camera", "camera off"))
    less = fold(half, PRACTICE).report(FACTS)
    for name in ("confidence", "engagement"):
        assert less["subscores"][name]["score"] == pytest.approx(full["subscores"][name]["score"], abs=0.5)
        assert less["subscores"][name]["coverage"] < full["subscores"][name]["coverage"] - 0.1
    assert less["coverage"]["camera"] == {"observed_s": 30.0, "share": 0.5, "reason": "camera off"}


SOUND_INDICATORS = (
    "speech_rate", "pause_share", "mean_pause", "pitch_variety", "intensity_variety", "filler_rate"
)  # fmt: skip


@pytest.mark.parametrize("problem", ["noisy", "quiet", "silent", "other voice"])
def test_sound_that_cannot_be_judged_counts_as_if_it_were_not_there(problem: SoundProblem) -> None:
    first = fold(whole(60), PRACTICE).report(FACTS)
    spoilt = [
        replace(o, intensity_db=-5.0, pitch_hz=400.0) if isinstance(o, ProsodySample) and o.start >= 60 else o
        for o in whole(120, [*SENTENCE, "um"])
    ]
    timeline: list[Observation] = [o for o in whole(60) if isinstance(o, Utterance)]
    timeline += [o for o in spoilt if not (isinstance(o, Utterance) and o.end < 60)]
    both = in_order([*timeline[:-1], *sound_quality(60, 120, problem)])
    report = fold([*both, SessionEnded(120.0, "finished")], PRACTICE).report(FACTS)
    for key in SOUND_INDICATORS:
        one, other = first["indicators"][key], report["indicators"][key]
        assert (other["value"], other["score"]) == (one["value"], one["score"]), key
        assert other["coverage"] == pytest.approx(one["coverage"] / 2, abs=0.02), key
    for source in ("microphone", "transcription"):
        assert report["coverage"][source]["share"] == pytest.approx(0.5)
        assert report["coverage"][source]["reason"] == WORDS[problem].reason


def test_what_is_noisy_throughout_has_a_reason_and_no_score() -> None:
    noisy = in_order([*whole(60)[:-1], *sound_quality(0, 60, "noisy", 3.0)])
    scorer = fold(noisy, PRACTICE)
    snapshot = scorer.snapshot(60)
    assert snapshot["sound"]["problem"] == "noisy"
    assert snapshot["sound"]["help"]
    assert snapshot["live"]["speech_rate"] is None
    assert snapshot["subscores"]["communication"]["score"] is None
    assert "noisy" in snapshot["subscores"]["communication"]["reason"]
    scorer.add(SessionEnded(60.0, "finished"))
    report = scorer.report(FACTS)
    assert report["subscores"]["communication"]["score"] is None
    for key in SOUND_INDICATORS:
        assert report["indicators"][key]["score"] is None
        assert report["indicators"][key]["explanation"] == "Too noisy to judge pace and pauses."
    assert report["questions"][0]["speech_rate"] is None
    assert report["subscores"]["confidence"]["contributions"]


def test_clipped_sound_tells_of_words_and_not_of_the_voice() -> None:
    clipped = in_order([*whole(60)[:-1], *sound_quality(0, 60, "clipping")])
    report = fold([*clipped, SessionEnded(60.0, "finished")], PRACTICE).report(FACTS)
    full = fold(whole(60), PRACTICE).report(FACTS)
    for key in ("speech_rate", "pause_share", "filler_rate"):
        assert report["indicators"][key] == full["indicators"][key]
    for key in ("pitch_variety", "intensity_variety"):
        assert report["indicators"][key]["value"] is None
        assert "Too loud" in report["indicators"][key]["explanation"]


def test_the_sound_of_this_moment() -> None:
    scorer = fold([*sounds(0, 10), *sound_quality(0, 5, None), *sound_quality(5, 10, "echo")], PRACTICE)
    good = fold([*sounds(0, 10), *sound_quality(0, 10, None)], PRACTICE)
    assert good.presence(10.0)["sound"] == {"problem": None, "title": None, "help": None}
    assert scorer.presence(10.5)["sound"]["title"] == WORDS["echo"].title
    assert scorer.presence(20.0)["sound"]["problem"] is None
    scorer.add(Gap(10.0, 12.0, "microphone", "microphone off"))
    assert scorer.presence(11.0)["sound"]["problem"] is None


def test_pictures_that_show_too_little_have_a_reason_and_no_score() -> None:
    hidden = [
        FaceSample(each.t, 1, problem="dark", brightness=0.05) if isinstance(each, FaceSample) else each
        for each in whole(60)[:-1]
    ]
    scorer = fold(hidden, PRACTICE)
    assert scorer.snapshot(60)["picture"]["problem"] == "dark"
    assert scorer.snapshot(60)["picture"]["help"]
    scorer.add(SessionEnded(60.0, "finished"))
    report = scorer.report(FACTS)
    for key in ("eye_contact", "smile"):
        assert report["indicators"][key]["score"] is None
        assert report["indicators"][key]["explanation"] == f"{PICTURE_WORDS['dark'].reason}."
    assert report["indicators"]["speech_rate"]["score"] is not None


def test_a_problem_that_passed_is_no_reason() -> None:
    gone = [FaceSample(i / 10, 0, problem="dark" if i < 100 else None) for i in range(600)]
    found = indicators(*gone, seconds=60)
    assert found["eye_contact"]["explanation"] == "Your face was not in the picture."


def test_the_picture_of_this_moment() -> None:
    scorer = fold([*faces(0, 5), FaceSample(5.0, 1, problem="backlit")], PRACTICE)
    assert scorer.presence(5.5)["picture"]["title"] == PICTURE_WORDS["backlit"].title
    assert scorer.presence(20.0)["picture"] == {"problem": None, "title": None, "help": None}
    scorer.add(Gap(5.0, 7.0, "camera", "camera off"))
    assert scorer.presence(6.0)["picture"]["problem"] is None


def test_without_the_camera_there_are_still_scores_and_without_sound_too() -> None:
    heard = [o for o in whole(60) if not isinstance(o, FaceSample | PostureSample)]
    report = fold(heard, PRACTICE).report(FACTS)
    assert all(subscore["score"] is not None for subscore in report["subscores"].values())
    assert report["indicators"]["eye_contact"]["value"] is None
    assert report["coverage"]["camera"]["reason"] == "The camera was off"

    seen = [o for o in whole(60) if isinstance(o, FaceSample | PostureSample | SessionEnded)]
    report = fold(seen, PRACTICE).report(FACTS)
    assert report["subscores"]["confidence"]["score"] is not None
    assert report["subscores"]["communication"]["score"] is None
    assert report["subscores"]["communication"]["reason"] == "The microphone was off"
    assert report["overall"]["score"] is None
    assert report["overall"]["reason"]


def test_speech_that_nobody_wrote_down() -> None:
    gap = Gap(0.0, 60.0, "transcription", "no model")
    heard = [o for o in whole(60) if not isinstance(o, Utterance)]
    report = fold([*heard[:-1], gap, heard[-1]], PRACTICE).report(FACTS)
    assert report["coverage"]["transcription"] == {"observed_s": 0.0, "share": 0.0, "reason": "no model"}
    assert report["subscores"]["skill_relevance"]["score"] is None
    assert "no model" in report["subscores"]["skill_relevance"]["reason"]
    assert report["subscores"]["communication"]["score"] is not None


def test_more_fillers_are_never_better_for_communication() -> None:
    scores = []
    for fillers in range(0, 12, 2):
        words = [*SENTENCE[fillers:], *["um"] * fillers]
        report = fold(whole(60, words), PRACTICE).report(FACTS)
        scores.append(report["subscores"]["communication"]["score"])
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1] + 5


def test_times_that_are_no_numbers_are_left_out() -> None:
    scorer = Scorer(PRACTICE)
    scorer.add(FaceSample(math.nan, 1, on_camera=True))
    scorer.add(Gap(0.0, math.inf, "camera", "camera off"))
    assert scorer.record.until == 0.0
    scorer.add(FaceSample(-3.0, 1, on_camera=True))
    assert scorer.report(FACTS)["session"]["duration_s"] == 0.0


def test_word_times_outside_everything_do_no_harm() -> None:
    odd = Utterance(0, 1, 2, "a b", (Word("a", -5, 1e12), Word("b", 1e12, -5)), 2, True)
    report = fold([odd, SessionEnded(3, "finished")], PRACTICE).report(FACTS)
    assert report["transcript"][0]["words"][0]["start"] == -5


def test_questions_with_nothing_in_them() -> None:
    empty = QuestionAsked(1.0, "x", "", "technical", 0.0, ())
    odd = QuestionAsked(2.0, "y", "", "technical", 5e-324, ("", "–", "the the"))
    report = fold([empty, odd, utterance(0, 3, 9, SENTENCE), SessionEnded(9, "finished")], PRACTICE).report(
        FACTS
    )
    assert report["indicators"]["key_terms"]["value"] in (None, 0.0)
    assert report["indicators"]["answer_length"]["value"] is None


def test_level_posture_fixture_is_level() -> None:
    assert indicators(*postures(0, 10), seconds=10)["upright"]["value"] == 100.0

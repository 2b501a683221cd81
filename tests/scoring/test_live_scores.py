"""A live score is worked out from no more than it needs, and is the same as if from everything."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from models.observations import Direction, FaceSample, Observation, PhraseEnd, ProsodySample
from scoring import rubric
from scoring.indicators import KEYS
from scoring.rubric import Rubric
from scoring.scorer import Scorer, fold
from tests.scoring.sessions import (
    SENTENCE,
    in_order,
    postures,
    question,
    sound_quality,
    sounds,
    speech,
    utterance,
)

PRACTICE = rubric.load()
END = 64.0
SIDES: tuple[Direction, ...] = ("left", "right", "up", "down")


def session() -> list[Observation]:
    """Looks to all sides, a head that moves about, silences of seconds, and ends of sentences."""
    faces = [
        FaceSample(
            t,
            1,
            yaw=float(i % 7),
            pitch=0.0,
            on_camera=i % 3 > 0,
            eye_openness=0.3,
            smile=0.3,
            x=0.5 + 0.1 * (i % 2),
            y=0.5,
            size=0.3,
            away=SIDES[i // 10 % 4] if i % 3 == 0 else None,
            head_speed=20.0 * (i % 3),
        )
        for i in range(int(10 * END))
        for t in (i / 10,)
    ]
    heard: list[Observation] = []
    for i, start in enumerate(range(0, int(END), 8)):
        words = [*SENTENCE[: 14 + i], "done."]
        said = utterance(i, start + 0.5, start + 6.5, words)
        heard += [*speech((start + 0.5, start + 6.5)), said, PhraseEnd(start + 6.5, 5.0 * (i % 2), 12.0)]
    voice = [
        replace(sound, pitch_low_hz=sound.pitch_hz / 1.1, pitch_high_hz=sound.pitch_hz * 1.1)
        for sound in sounds(0, END)
        if isinstance(sound, ProsodySample) and sound.pitch_hz
    ]
    asked = question(0.0, terms=("team", "database"))
    return in_order([asked, *faces, *postures(0, END), *voice, *heard])


def weighing(confidence: Iterable[str], engagement: Iterable[str] = ()) -> Rubric:
    """Two subscores of these indicators, and two of none."""
    weights = {"confidence": dict.fromkeys(confidence, 1.0), "engagement": dict.fromkeys(engagement, 1.0)}
    subscores = {
        name: replace(subscore, weights=weights.get(name, {}))
        for name, subscore in PRACTICE.subscores.items()
    }
    return replace(PRACTICE, subscores=subscores)


RECORD = fold(session(), PRACTICE).record
NOT_THERE = {
    *("key_points", "structure", "relevance", "coherence", "grammar", "skills"),
    *("response_latency", "slouch", "hand_at_face"),
}
"""Nobody read these sentences, one answer tells nothing of how soon answers come, and postures are plain."""


@pytest.mark.parametrize("key", sorted(KEYS))
def test_an_indicator_scores_the_same_alone_as_beside_all_others(key: str) -> None:
    found = []
    for weights in (weighing([key]), weighing([key], KEYS)):
        scorer = Scorer(weights)
        scorer.record = RECORD
        found.append([scorer.snapshot(t)["subscores"]["confidence"] for t in (20.0, 45.3, END)])
    alone, beside = found
    assert alone == beside
    assert (alone[-1]["score"] is None) == (key in NOT_THERE)


@pytest.mark.parametrize(
    "late",
    [
        sound_quality(0, 20, "noisy"),
        speech((50.0, 60.0)),
        sounds(0, 20, (400.0,)),
    ],
    ids=["no longer judged", "speech", "voice"],
)
def test_sound_that_becomes_known_later_moves_the_speakers_own_middle(late: list[Observation]) -> None:
    first = [*sounds(0, END, [100.0 + i for i in range(int(2 * END))]), *speech((0.0, 50.0))]
    scorer = fold(first, PRACTICE)
    rows = (0, int(2 * END))
    before = scorer.record.evidence.medians(*rows)
    for observation in late:
        scorer.add(observation)
    after = scorer.record.evidence.medians(*rows)
    assert after == fold([*first, *late], PRACTICE).record.evidence.medians(*rows)
    assert after != before

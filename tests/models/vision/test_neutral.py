import json
from dataclasses import fields, replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.observations import FaceSample, Observation, PostureSample
from models.stage import VideoChunk
from models.vision.neutral import LEAST_FACES, LEAST_POSTURES, SMILING, Neutral, neutral_of
from models.vision.pictures import Image
from models.vision.posture import PostureStage
from tests.models.vision.portrait import PERSON, portrait
from tests.models.vision.turning import turned
from tests.models.vision.watching import watch

FACE = FaceSample(
    0.0,
    1,
    yaw=2.0,
    pitch=-6.0,
    gaze_x=0.05,
    gaze_y=-0.1,
    on_camera=True,
    eye_openness=0.25,
    lip_corners=-1.2,
    brow_height=2.9,
)
POSTURE = PostureSample(0.0, True, 4.0, 0.1, 0.4, True, head_y=0.3)
values = st.one_of(st.none(), st.floats(-100, 100))


@given(st.builds(Neutral, **{field.name: values for field in fields(Neutral)}))
def test_json_keeps_everything(neutral: Neutral) -> None:
    assert Neutral.from_json(json.loads(json.dumps(neutral.to_json()))) == neutral


def test_unknown_fields_are_left_out() -> None:
    assert Neutral.from_json({"yaw": 3, "colour": "red", "pitch": None}) == Neutral(yaw=3.0)


@pytest.mark.parametrize("data", [{"yaw": "3"}, {"yaw": 1e9}, {"yaw": float("nan")}, {"yaw": [1]}])
def test_what_is_no_number_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="in numbers"):
        Neutral.from_json(data)


def test_neutral_is_the_median_of_what_was_seen_well() -> None:
    bad: list[Observation] = [
        replace(FACE, yaw=40.0, faces=2),
        replace(FACE, yaw=40.0, problem="dark"),
        replace(FACE, yaw=40.0, on_camera=None),
        FaceSample(0.0, 0),
        replace(POSTURE, lean=3.0, in_frame=False),
    ]
    one_glance = replace(FACE, yaw=30.0, on_camera=False)
    samples: list[Observation] = [*bad * 9, *[FACE] * 10, one_glance, *[POSTURE] * 4]

    assert neutral_of(samples) == Neutral(
        2.0, -6.0, 0.05, -0.1, 0.25, -1.2, 2.9, shoulder_tilt=4.0, lean=0.1, head_y=0.3, distance=0.4
    )


def test_too_little_is_no_neutral() -> None:
    assert neutral_of([FACE] * (LEAST_FACES - 1) + [POSTURE] * (LEAST_POSTURES - 1)) == Neutral()
    assert neutral_of([FACE] * LEAST_FACES).head_y is None
    assert neutral_of([POSTURE] * LEAST_POSTURES).yaw is None
    assert neutral_of([]) == Neutral()


def shaking(image: Image, neutral: Neutral | None = None) -> list[FaceSample]:
    """What is said of a face that is never quite still."""
    return watch([np.roll(image, n % 2, axis=1) for n in range(12)], neutral=neutral)


def test_a_camera_that_stands_high_is_made_up_for() -> None:
    """Somebody who looks at the screen, with the camera above it, and then past the screen."""
    at_screen = turned(pitch=-14)
    neutral = neutral_of(shaking(at_screen))

    assert shaking(at_screen)[-1].on_camera is False
    assert shaking(at_screen, neutral)[-1].on_camera is True
    assert shaking(turned(pitch=-32), neutral)[-1].on_camera is False


def test_a_smile_does_not_become_the_norm() -> None:
    smiling = portrait()
    neutral = neutral_of(shaking(smiling))
    after = shaking(smiling, neutral)[0]

    assert neutral.lip_corners is None
    assert neutral.brow_height is not None
    assert after.smile is not None
    assert after.smile > 0.5


def test_a_mouth_that_is_always_a_little_up_is_no_smile() -> None:
    corners = shaking(portrait())[0].lip_corners
    assert corners is not None
    up = shaking(portrait(), Neutral(lip_corners=corners - 0.1))[0].smile

    assert neutral_of([replace(FACE, lip_corners=SMILING - 0.1)] * 10).lip_corners == SMILING - 0.1
    assert up is not None
    assert up < 0.3


def test_closed_eyes_are_no_neutral() -> None:
    """Lids that stay shut are told as a look away, which must not pass for this person's eyes."""
    shut: list[Observation] = [replace(FACE, eye_openness=0.08, on_camera=False)] * 20

    assert neutral_of(shut) == Neutral()
    assert neutral_of([*shut, *[FACE] * LEAST_FACES]).eye_openness == 0.25
    assert neutral_of([replace(FACE, eye_openness=0.2)] * LEAST_FACES).eye_openness == 0.2, "narrow eyes"


def test_posture_is_told_relative_to_its_neutral() -> None:
    image = np.asarray(cv2.resize(PERSON, (480, 480)), np.uint8)

    def sit(neutral: Neutral | None = None) -> list[PostureSample]:
        stage = PostureStage(neutral)
        chunks = [VideoChunk(n / 2, np.roll(image, n % 2, axis=1)) for n in range(4)]
        said = [each for chunk in chunks for each in stage.feed(chunk)]
        list(stage.finish())
        return [each for each in said if isinstance(each, PostureSample)]

    plain = sit()
    relative = sit(neutral_of(plain))[-1]

    assert plain[-1].slouch is None, "without a neutral it takes a while to know"
    assert plain[-1].shoulder_tilt is not None
    assert relative.shoulder_tilt is not None
    assert abs(relative.shoulder_tilt) < abs(plain[-1].shoulder_tilt) / 2
    assert relative.lean == pytest.approx(0, abs=0.05)
    assert relative.slouch == pytest.approx(0, abs=0.05)

"""The stage for expressions on a real face, and its rules on points that are moved as muscles move them."""

import base64
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.observations import EXPRESSIONS, ExpressionPicture, ExpressionSample, FaceSample, Observation
from models.stage import VideoChunk
from models.vision import landmarks
from models.vision.expression import PICTURE, SETTLED, ExpressionStage, Rules, crop_of
from models.vision.expression_model import ExpressionModel
from models.vision.face import FaceStage
from models.vision.landmarks import POINTS, Points
from models.vision.pictures import Image
from tests.models.vision.portrait import EMPTY, portrait
from tests.models.vision.red_reader import build


def watch(images: list[Image], model: ExpressionModel | None = None, keep: bool = False) -> list[Observation]:
    """What the stage says of pictures that come twice a second."""
    face = FaceStage()
    stage = ExpressionStage(face, model, keep)
    said: list[Observation] = []
    for n, image in enumerate(images):
        chunk = VideoChunk(n / 2, image)
        list(face.feed(chunk))
        said += stage.feed(chunk)
    said += stage.finish()
    list(face.finish())
    return said


def likeliest(sample: Observation) -> str:
    assert isinstance(sample, ExpressionSample)
    return max(EXPRESSIONS, key=lambda name: getattr(sample, name))


@pytest.fixture(scope="module")
def seen() -> tuple[FaceSample, Points]:
    """A real face and its points, taken as this person's rest."""
    stage = FaceStage()
    for n in range(4):
        list(stage.feed(VideoChunk(n / 2, portrait(size=400))))
    assert stage.found
    face, points = stage.found
    list(stage.finish())
    return replace(face, smile=0.0), points


def moved(points: Points, **up: float) -> Points:
    """The face with parts moved up by so many units: brows, jaw, corners, upper lip, lids; brows together."""
    _, scale = landmarks.head(points)
    face = points.copy()

    def raise_(indices: tuple[int, ...], by: float) -> None:
        face[[POINTS.index(index) for index in indices], 1] -= by * scale

    raise_((55, 285), up.get("inner_brows", 0.0))
    raise_((105, 334), up.get("outer_brows", 0.0))
    raise_((14, 17, 152), up.get("jaw", 0.0))
    raise_((61, 291), up.get("lip_corners", 0.0))
    raise_((0,), up.get("upper_lip", 0.0))
    raise_((160, 158, 385, 387), up.get("lids", 0.0))
    for index, sign in ((55, 1), (285, -1)):
        face[POINTS.index(index), 0] += sign * up.get("together", 0.0) / 2 * scale
    for index, sign in ((61, -1), (291, 1)):
        face[POINTS.index(index), 0] += sign * up.get("wider", 0.0) / 2 * scale
    return face


def judge(seen: tuple[FaceSample, Points], smile: float = 0.0, **up: float) -> dict[str, float]:
    """What the rules say of a face that was at rest for a while and then moved."""
    face, points = seen
    rules = Rules()
    for n in range(2 * SETTLED):
        rules.probabilities(replace(face, t=n / 2), points)
    shares = rules.probabilities(replace(face, t=SETTLED + 0.5, smile=smile), moved(points, **up))
    assert shares is not None
    assert shares.sum() == pytest.approx(1)
    return dict(zip(EXPRESSIONS, shares.tolist(), strict=True))


RAISED = {"inner_brows": 0.6, "outer_brows": 0.7}


@pytest.mark.parametrize(
    ("expression", "smile", "moves"),
    [
        ("neutral", 0.0, {}),
        ("happy", 0.9, {"lip_corners": 0.7, "wider": 1.0}),
        ("surprised", 0.0, {**RAISED, "lids": 0.3, "jaw": -1.8}),
        ("sad", 0.0, {"lip_corners": -0.6, "inner_brows": 0.4}),
        ("angry", 0.0, {"inner_brows": -0.4, "together": 0.3, "lids": -0.35}),
        ("fearful", 0.0, {**RAISED, "lids": 0.4, "wider": 1.2}),
        ("disgusted", 0.0, {"upper_lip": 0.6, "inner_brows": -0.4}),
    ],
)
def test_rules_follow_the_action_units(
    seen: tuple[FaceSample, Points], expression: str, smile: float, moves: dict[str, float]
) -> None:
    shares = judge(seen, smile, **moves)

    assert max(shares, key=lambda name: shares[name]) == expression
    assert 0.4 < shares[expression] < 0.9, "rules are never sure"


@pytest.mark.parametrize(
    "moves",
    [
        {"jaw": -1.5},
        {"jaw": -0.8, "upper_lip": 0.2, "lip_corners": -0.2},
        RAISED,
        {"inner_brows": -0.4, "together": 0.3},
        {"lids": 0.15},
        {"wider": 0.8, "jaw": -0.5},
    ],
    ids=["mouth open", "speech", "brows up", "frown", "wide eyes", "broad vowel"],
)
def test_one_movement_alone_is_no_expression(
    seen: tuple[FaceSample, Points], moves: dict[str, float]
) -> None:
    assert judge(seen, **moves)["neutral"] > 0.6


def test_rules_wait_until_they_know_the_face_at_rest(seen: tuple[FaceSample, Points]) -> None:
    face, points = seen
    rules = Rules()

    said = [rules.probabilities(replace(face, t=n / 2), points) for n in range(SETTLED + 3)]

    assert [each is not None for each in said] == [False] * SETTLED + [True] * 3


def test_rules_say_nothing_of_a_blink(seen: tuple[FaceSample, Points]) -> None:
    face, points = seen
    rules = Rules()
    for n in range(SETTLED + 3):
        rules.probabilities(replace(face, t=n / 2), points)

    assert rules.probabilities(replace(face, t=9.0), moved(points, lids=-0.9)) is None


def test_without_a_model_rules_read_a_real_smile_and_say_so() -> None:
    said = watch([portrait(320 + n % 2, size=400) for n in range(SETTLED + 4)])

    assert len(said) == 4
    assert {sample.method for sample in said if isinstance(sample, ExpressionSample)} == {"rules"}
    assert {likeliest(sample) for sample in said} == {"happy"}, "she smiles"


def test_a_face_that_cannot_be_read_gives_nothing() -> None:
    small = np.asarray(cv2.resize(portrait(size=160), (160, 120)), np.uint8)

    blurred = np.asarray(cv2.GaussianBlur(portrait(size=400), (0, 0), 9), np.uint8)

    assert watch([EMPTY] * 14) == []
    assert watch([small] * 14) == []
    assert not watch([portrait(size=400)] * 4 + [blurred] * 14), "4 pictures are too few for rules"


@pytest.fixture
def model(tmp_path: Path) -> ExpressionModel:
    return ExpressionModel(build(tmp_path / "red.onnx", gain=40.0))


def blushing(image: Image) -> Image:
    """The picture with a red patch on the face's left cheek."""
    patched = image.copy()
    patched[255:295, 270:310] = (240, 20, 20)
    return patched


def test_a_model_is_asked_about_every_picture(model: ExpressionModel) -> None:
    said = watch([blushing(portrait(size=400))] * 3 + [EMPTY, portrait(size=400)], model)

    assert [sample.t for sample in said if isinstance(sample, ExpressionSample)] == [0, 0.5, 1, 2]
    assert {getattr(sample, "method", None) for sample in said} == {"model"}
    assert [likeliest(sample) for sample in said][:3] == ["happy"] * 3


def test_pictures_of_what_it_looked_at_come_at_the_end(model: ExpressionModel) -> None:
    said = watch([blushing(portrait(size=400))] * 3, model, keep=True)

    (picture,) = [each for each in said if isinstance(each, ExpressionPicture)]
    assert said[-1] is picture
    assert (picture.expression, picture.method) == ("happy", "occlusion")
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(picture.png), np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (PICTURE, PICTURE, 3)
    orange = shown[..., 2].astype(int) - shown[..., 0]
    row, column = np.unravel_index(orange.argmax(), orange.shape)
    assert orange.max() > 80
    assert 40 < row < 80, "the cheek"
    assert column < 48


def test_no_picture_is_remembered_unless_it_may_be_kept(model: ExpressionModel) -> None:
    said = watch([blushing(portrait(size=400))] * 3, model, keep=False)

    assert not [each for each in said if isinstance(each, ExpressionPicture)]


def test_crops_are_upright_and_of_the_face() -> None:
    crops = []
    for turn in (0.0, 18.0):
        stage = FaceStage()
        image = portrait(size=400, turn=turn)
        for n in range(3):
            list(stage.feed(VideoChunk(n / 2, image)))
        assert stage.found
        face, points = stage.found
        assert face.roll is not None
        crops.append(cv2.cvtColor(crop_of(image, points, face.roll), cv2.COLOR_RGB2GRAY))
        list(stage.finish())

    inner = [crop[40:-40, 40:-40].astype(float).ravel() for crop in crops]
    assert np.corrcoef(*inner)[0, 1] > 0.9

"""Real ONNX models, built here: what is taken, what is refused, and what they are said to look at."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from models.observations import EXPRESSIONS
from models.registry import ModelError
from models.vision.expression_model import EXPECTED, ExpressionModel
from models.vision.pictures import Image
from tests.models.vision.red_reader import build

HAPPY, SAD = EXPRESSIONS.index("happy"), EXPRESSIONS.index("sad")
REORDERED = tuple(reversed(EXPRESSIONS))


def face(red: tuple[int, int] | None = None) -> Image:
    """A grey crop with a red square of a quarter of its side, its corner at (row, column), in quarters."""
    crop = np.full((200, 200, 3), 120, np.uint8)
    if red:
        row, column = 50 * red[0], 50 * red[1]
        crop[row : row + 50, column : column + 50] = (230, 40, 40)
    return crop


@pytest.fixture
def model(tmp_path: Path) -> ExpressionModel:
    return ExpressionModel(build(tmp_path / "red.onnx"))


def test_probabilities_are_those_of_the_network(model: ExpressionModel) -> None:
    plain, red = model.probabilities(face()), model.probabilities(face((1, 1)))

    assert plain.sum() == pytest.approx(1)
    assert plain[0] == pytest.approx(np.e / (np.e + 6), abs=1e-3), "a bias of 1 for neutral"
    redness = 60 * (230 - 40) / 255 / 16
    assert red[HAPPY] / red[SAD] == pytest.approx(np.exp(redness), rel=0.05)


def test_channels_are_rgb(model: ExpressionModel) -> None:
    green = face((1, 1))[..., [1, 0, 2]]

    assert model.probabilities(np.ascontiguousarray(green)).argmax() == SAD


def test_classes_may_come_in_another_order(model: ExpressionModel, tmp_path: Path) -> None:
    reordered = ExpressionModel(
        build(tmp_path / "reordered.onnx", order=REORDERED, classes=", ".join(REORDERED))
    )

    np.testing.assert_allclose(
        reordered.probabilities(face((2, 0))), model.probabilities(face((2, 0))), atol=1e-6
    )


def test_temperature_takes_certainty_away(model: ExpressionModel, tmp_path: Path) -> None:
    cooler = ExpressionModel(build(tmp_path / "t.onnx", temperature="2.5"))
    sure, unsure = model.probabilities(face((1, 1))), cooler.probabilities(face((1, 1)))

    assert np.log(sure[HAPPY] / sure[0]) == pytest.approx(2.5 * np.log(unsure[HAPPY] / unsure[0]), rel=1e-3)
    assert unsure.argmax() == sure.argmax()


def test_input_is_normalised_as_the_model_says(tmp_path: Path) -> None:
    scaled = ExpressionModel(build(tmp_path / "scaled.onnx", gain=60 / 255, std="0.00392156862745098"))
    moved = ExpressionModel(build(tmp_path / "moved.onnx", mean="0.4,0.4,0.4", std="0.5,0.5,0.5"))
    usual = ExpressionModel(build(tmp_path / "usual.onnx"))

    red = usual.probabilities(face((1, 1)))
    np.testing.assert_allclose(scaled.probabilities(face((1, 1))), red, atol=1e-4)
    odds = [np.log(shares[HAPPY] / shares[SAD]) for shares in (red, moved.probabilities(face((1, 1))))]
    assert odds[1] > 1.5 * odds[0], "half the standard deviation, twice the contrast"


@pytest.mark.parametrize(
    ("channels", "shape"),
    [(1, (1, 1, 48, 48)), (3, ("n", 3, "h", "w")), (3, (1, 3, 96, 64)), (1, (None, 1, None, None))],
    ids=["grey", "free", "oblong", "nameless"],
)
def test_shapes_that_are_taken(tmp_path: Path, channels: int, shape: tuple[int | str, ...]) -> None:
    model = ExpressionModel(build(tmp_path / "m.onnx", channels=channels, shape=shape, gain=5.0))
    bright = np.full((120, 100, 3), 250, np.uint8)

    assert model.probabilities(face()).sum() == pytest.approx(1)
    if channels == 1:
        assert model.probabilities(bright).argmax() == HAPPY


@pytest.mark.parametrize("place", [(0, 0), (1, 2), (3, 3), (2, 0)])
@pytest.mark.parametrize("means", ["class activation", "occlusion"])
def test_what_it_looked_at_is_where_the_red_is(tmp_path: Path, means: str, place: tuple[int, int]) -> None:
    path = tmp_path / "m.onnx"
    if means == "occlusion":
        build(path, gain=20.0)
    else:
        build(path, gain=20.0, features=True, class_weights="layer")

    model = ExpressionModel(path)
    heat, found = model.looked_at(face(place), "happy")

    assert found == means
    assert heat.shape == (200, 200)
    assert (heat.min(), heat.max()) == (pytest.approx(0, abs=1e-6), pytest.approx(1))
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    top, left = 50 * place[0], 50 * place[1]
    assert top - 5 <= row <= top + 55
    assert left - 5 <= column <= left + 55
    inside = heat[top : top + 50, left : left + 50]
    assert inside.mean() > 5 * (heat.sum() - inside.sum()) / (heat.size - inside.size)


def test_where_nothing_spoke_for_it_nothing_is_marked(tmp_path: Path) -> None:
    model = ExpressionModel(build(tmp_path / "m.onnx", features=True, class_weights="layer"))

    assert model.looked_at(face(), "happy")[0].max() == 0


def _with(**how: object) -> Callable[[Path], Path]:
    return lambda path: build(path, **how)  # type: ignore[arg-type]


def _bytes(data: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return write


def _cut(path: Path) -> Path:
    whole = build(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: path, "there is no such file"),
        (_bytes(b""), "damaged or no ONNX model"),
        (_bytes(b"\x00GIF89a" * 100), "damaged or no ONNX model"),
        (_cut, "damaged or no ONNX model"),
        (_with(shape=(2, 3, 64, 64)), r"its input has the shape \(2, 3, 64, 64\)"),
        (_with(channels=4), r"its input has the shape \(1, 4, 64, 64\)"),
        (_with(shape=(1, 3, 8, 8)), "too small for a face"),
        (_with(type_=TensorProto.UINT8), r"its input is tensor\(uint8\)"),
        (_with(order=(*EXPRESSIONS, "contempt")), r"its output has the shape \(1, 8\)"),
        (_with(flat=True), r"its output has the shape \(1, 1, 7\)"),
        (_with(gain=float("nan")), "no numbers"),
        (_with(temperature="0"), "greater than 0"),
        (_with(temperature="warm"), "its temperature is 'warm', which is no number"),
        (_with(temperature="nan"), "its temperature is 'nan'"),
        (_with(std="1,1"), "its std is '1,1'"),
        (_with(classes="neutral,happy,sad"), "its classes are 'neutral,happy,sad', not neutral, happy, surp"),
        (_with(classes=",".join((*EXPRESSIONS[:6], "bored"))), "bored', not neutral"),
        (_with(class_weights="layer"), "second output is no feature map"),
        (_with(features=True, class_weights="bias"), "class_weights 'bias' are no initializer of 7 by 2"),
        (_with(features=True, class_weights="nowhere"), "class_weights 'nowhere' are no initializer"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(
    tmp_path: Path, make: Callable[[Path], Path], what: str
) -> None:
    path = make(tmp_path / "other.onnx")

    with pytest.raises(ModelError, match=what) as refused:
        ExpressionModel(path)

    sentence = str(refused.value)
    assert sentence.startswith(f"The expression model {path} cannot be used: ")
    assert sentence.endswith(f"; {EXPECTED}.")
    assert "\n" not in sentence

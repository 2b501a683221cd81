"""Branches worked out side by side give the same numbers as one after the other."""

import numpy as np
import pytest

from models.network import cpu_session
from models.vision import attention_mesh, tensorflow_lite
from models.vision.branches import side_by_side

PATH = tensorflow_lite.wheel() / "modules" / "face_landmark" / "face_landmark_with_attention.tflite"


def branches(*results: str) -> bytes:
    given = {attention_mesh.FEATURES: "features"}
    return tensorflow_lite.to_onnx(PATH, {each: each for each in results}, given, ["lips", "left", "right"])


def test_the_results_are_those_of_the_branches_alone() -> None:
    apart = branches("conv_lips", "conv_left_eye", "conv_left_iris")
    rng = np.random.default_rng(0)
    inputs = {
        "features": rng.normal(size=(1, 32, 48, 48)).astype(np.float32),
        **{name: rng.uniform(-1, 1, (1, 16, 16, 2)).astype(np.float32) for name in ("lips", "left", "right")},
    }
    expected = cpu_session(apart).run(None, inputs)
    together = cpu_session(side_by_side(apart, "all"))
    taken = {each.name for each in together.get_inputs()}
    (found,) = together.run(None, {name: value for name, value in inputs.items() if name in taken})

    rows = found.reshape(len(expected), -1)
    assert rows.shape[1] == max(each.size for each in expected)
    for row, own in zip(rows, expected, strict=True):
        np.testing.assert_allclose(row[: own.size], own.ravel(), atol=1e-3)
        assert not row[own.size :].any()


def test_branches_that_are_not_alike_are_refused() -> None:
    with pytest.raises(ValueError, match="not alike"):
        side_by_side(branches("conv_lips", "conv_faceflag"), "all")

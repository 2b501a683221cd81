"""A configured ONNX model that reads expressions, and what it looked at.

A model that serves has one input, float32 of shape (1, 1 or 3, height, width): an upright square crop of the
face, grey or RGB, 0..1, of the size that the model fixes, or of `FREE_SIZE` where it fixes none. Its first
output, float32 of shape (1, 7), holds the logits of `EXPRESSIONS` in their order. Metadata properties, all
optional:

- `classes`: the seven names in another order, separated by commas;
- `mean`, `std`: one number, or one for each channel, that the input is normalised with: (x - mean) / std;
- `temperature`: what the logits are divided by before the softmax, found on faces kept back from training
  (temperature scaling: Guo et al. 2017, "On calibration of modern neural networks");
- `class_weights`: the name of the initializer, shape (7, C) or (C, 7), of a last linear layer that stands on
  the mean of a second output, the feature maps of shape (1, C, h, w). With both, what the model looked at is
  a class activation map; without, it is found by occlusion.
"""

import math
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from models.network import cpu_session
from models.observations import EXPRESSIONS, Expression
from models.registry import ModelError
from models.vision.pictures import Image

Floats = npt.NDArray[np.float32]
Means = Literal["class activation", "occlusion"]

FREE_SIZE = 112
"""Pixels of height and width where the model takes any."""
SMALLEST_INPUT = 16
EXPECTED = "expected one float32 input of shape (1, 1 or 3, height, width) and logits of shape (1, 7)"
PATCHES = 6
"""Steps of the occluding patch across and down; it covers two steps each way."""
GREY = 0.5


class ExpressionModel:
    """Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Load and try the model. Raises ModelError: what is wrong with it, and what is expected."""
        self._path = path
        if not path.is_file():
            raise self._refusal("there is no such file")
        try:
            self._session = cpu_session(str(path))
        except Exception:
            # ONNX Runtime has a class for each way in which a file can be broken
            raise self._refusal("it is damaged or no ONNX model") from None
        properties: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        self._channels, self._size = self._input()
        self._order = self._classes(properties.get("classes"))
        self._mean = self._normalisation(properties, "mean", 0.0)
        self._std = self._normalisation(properties, "std", 1.0)
        (self._temperature,) = self._numbers(properties, "temperature", 1.0)
        if not (self._std > 0).all() or self._temperature <= 0:
            raise self._refusal("its std and temperature must be greater than 0")
        self._weights = self._class_weights(properties.get("class_weights"), self._try())

    def probabilities(self, face: Image) -> npt.NDArray[np.float64]:
        """Of an upright square crop of a face (RGB, any size): shape (7,), in the order of `EXPRESSIONS`."""
        return self._softmax(self._run(self._prepare(face))[0])

    def looked_at(self, face: Image, expression: Expression) -> tuple[Floats, Means]:
        """What spoke for an expression, 0 (nothing) to 1 (most) over the crop, and how that was found.

        A class activation map (Zhou et al. 2016, "Learning deep features for discriminative localization")
        where the model shows its feature maps; else how much less likely the expression becomes with each
        part covered (Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks"), which
        takes 25 runs of the model.
        """
        index = EXPRESSIONS.index(expression)
        prepared = self._prepare(face)
        if self._weights is None:
            return _spread(self._occluded(prepared, index), face), "occlusion"
        _, features = self._run(prepared)
        assert features is not None
        return _spread(
            np.tensordot(self._weights[self._order[index]], features[0], 1), face
        ), "class activation"

    def _prepare(self, face: Image) -> Floats:
        width, height = self._size
        scaled = cv2.resize(face, (width, height), interpolation=cv2.INTER_AREA)
        if self._channels == 1:
            scaled = cv2.cvtColor(scaled, cv2.COLOR_RGB2GRAY)[..., None]
        return self._normalised((scaled.astype(np.float32) / 255).transpose(2, 0, 1)[None])

    def _normalised(self, crop: Floats) -> Floats:
        normalised = (crop - self._mean) / self._std
        return np.ascontiguousarray(normalised, dtype=np.float32)

    def _run(self, prepared: Floats) -> tuple[Floats, Floats | None]:
        outputs = self._session.run(None, {self._session.get_inputs()[0].name: prepared})
        return outputs[0], outputs[1] if len(outputs) > 1 else None

    def _softmax(self, logits: Floats) -> npt.NDArray[np.float64]:
        ordered = logits[0].astype(np.float64)[self._order] / self._temperature
        powers = np.exp(ordered - ordered.max())
        shares: npt.NDArray[np.float64] = powers / powers.sum()
        return shares

    def _occluded(self, prepared: Floats, index: int) -> Floats:
        """Mean fall of the probability over the patches that cover each of PATCHES x PATCHES cells."""
        whole = self._softmax(self._run(prepared)[0])[index]
        _, channels, height, width = prepared.shape
        rows = np.linspace(0, height, PATCHES + 1).round().astype(int)
        columns = np.linspace(0, width, PATCHES + 1).round().astype(int)
        grey = self._normalised(np.full((1, channels, 1, 1), GREY, np.float32))
        falls, covers = np.zeros((PATCHES, PATCHES)), np.zeros((PATCHES, PATCHES))
        for i in range(PATCHES - 1):
            for j in range(PATCHES - 1):
                covered = prepared.copy()
                covered[:, :, rows[i] : rows[i + 2], columns[j] : columns[j + 2]] = grey
                falls[i : i + 2, j : j + 2] += whole - self._softmax(self._run(covered)[0])[index]
                covers[i : i + 2, j : j + 2] += 1
        return (falls / covers).astype(np.float32)

    # --- what the model must be

    def _refusal(self, what: str) -> ModelError:
        return ModelError(f"The expression model {self._path} cannot be used: {what}; {EXPECTED}.")

    def _input(self) -> tuple[int, tuple[int, int]]:
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise self._refusal(f"it has {len(inputs)} inputs")
        shape, type_ = inputs[0].shape, inputs[0].type
        if type_ != "tensor(float)":
            raise self._refusal(f"its input is {type_}")
        fits = (len(shape) == 4 and shape[0] in (1, None)) or (len(shape) == 4 and isinstance(shape[0], str))
        if not fits or shape[1] not in (1, 3):
            raise self._refusal(f"its input has the shape {_shape(shape)}")
        height, width = (side if isinstance(side, int) else FREE_SIZE for side in shape[2:])
        if min(height, width) < SMALLEST_INPUT:
            raise self._refusal(f"its input has the shape {_shape(shape)}, too small for a face")
        return shape[1], (width, height)

    def _classes(self, names: str | None) -> list[int]:
        """Where in the output each of EXPRESSIONS is."""
        found = list(EXPRESSIONS) if names is None else [name.strip() for name in names.split(",")]
        if sorted(found) != sorted(EXPRESSIONS):
            raise self._refusal(f"its classes are {names!r}, not {', '.join(EXPRESSIONS)}")
        return [found.index(expression) for expression in EXPRESSIONS]

    def _numbers(self, properties: dict[str, str], name: str, usual: float) -> list[float]:
        text = properties.get(name, str(usual))
        try:
            numbers = [float(part) for part in text.split(",")]
        except ValueError:
            numbers = []
        if len(numbers) not in (1, self._channels) or not all(map(math.isfinite, numbers)):
            raise self._refusal(f"its {name} is {text!r}, which is no number")
        return numbers

    def _normalisation(self, properties: dict[str, str], name: str, usual: float) -> Floats:
        return np.array(self._numbers(properties, name, usual), np.float32).reshape(1, -1, 1, 1)

    def _try(self) -> Floats | None:
        """Run it on a grey picture; its feature maps if it gives some."""
        width, height = self._size
        grey = np.full((1, self._channels, height, width), GREY, np.float32)
        try:
            logits, features = self._run(self._normalised(grey))
        except Exception:
            # what a network may fail with has no common class
            raise self._refusal("it fails on a grey picture") from None
        type_ = self._session.get_outputs()[0].type
        if type_ != "tensor(float)":
            raise self._refusal(f"its output is {type_}")
        if logits.shape != (1, len(EXPRESSIONS)):
            raise self._refusal(f"its output has the shape {_shape(logits.shape)}")
        if not np.isfinite(logits).all():
            raise self._refusal("its logits for a grey picture are no numbers")
        return features

    def _class_weights(self, name: str | None, features: Floats | None) -> Floats | None:
        """The last layer's weights, shape (7, C), in the order of the output; None without the property."""
        if name is None:
            return None
        if features is None or features.ndim != 4:
            raise self._refusal("it names class_weights but its second output is no feature map (1, C, h, w)")
        import onnx

        found = [each for each in onnx.load(self._path).graph.initializer if each.name == name]
        weights = onnx.numpy_helper.to_array(found[0]) if found else np.empty(0)
        for candidate in (weights, weights.T):
            if candidate.shape == (len(EXPRESSIONS), features.shape[1]):
                return np.asarray(candidate, np.float32)
        raise self._refusal(f"its class_weights {name!r} are no initializer of 7 by {features.shape[1]}")


def _spread(cells: Floats, face: Image) -> Floats:
    """What speaks for the expression in each cell, smooth over the crop, the most being 1."""
    size = face.shape[1], face.shape[0]
    smooth = cv2.resize(np.maximum(cells, 0).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    heat: Floats = np.maximum(smooth, 0) / max(float(smooth.max()), 1e-9)
    return heat


def _shape(shape: Any) -> str:
    return "(" + ", ".join(str(side) for side in shape) + ")"

"""A small expression model that is a real network: it takes a face for happy where there is red in it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

from models.observations import EXPRESSIONS

SIDE = 64
CELL = 8
"""Pixels of a cell of the feature maps."""
RED, GREEN = 0, 1
"""Feature maps; what is green speaks for sad."""


def build(
    path: Path,
    *,
    order: Sequence[str] = EXPRESSIONS,
    channels: int = 3,
    shape: Sequence[int | str] | None = None,
    features: bool = False,
    flat: bool = False,
    type_: int = TensorProto.FLOAT,
    gain: float = 60.0,
    **properties: str,
) -> Path:
    """Write the model: a convolution, the mean of its maps, a linear layer to the logits of `order`.

    `features` gives the maps as a second output, `flat` one dimension of logits too many. A model of one
    channel takes what is bright for happy.
    """
    kernel = np.zeros((2, channels, CELL, CELL), np.float32)
    if channels == 3:
        kernel[RED] = np.array([1.0, -0.5, -0.5], np.float32)[:, None, None]
        kernel[GREEN] = np.array([-0.5, 1.0, -0.5], np.float32)[:, None, None]
    else:
        kernel[RED] = 1.0
    layer = np.zeros((2, len(order)), np.float32)
    layer[RED, list(order).index("happy")] = gain
    layer[GREEN, list(order).index("sad")] = gain
    bias = np.zeros(len(order), np.float32)
    bias[list(order).index("neutral")] = 1.0
    nodes = [
        helper.make_node("Conv", ["picture", "kernel"], ["cells"], strides=[CELL, CELL]),
        helper.make_node("Relu", ["cells"], ["maps"]),
        helper.make_node("GlobalAveragePool", ["maps"], ["means"]),
        helper.make_node("Flatten", ["means"], ["both"]),
        helper.make_node("Gemm", ["both", "layer", "bias"], ["logits"]),
    ]
    if type_ != TensorProto.FLOAT:
        nodes.insert(0, helper.make_node("Cast", ["raw"], ["picture"], to=TensorProto.FLOAT))
    if flat:
        nodes.append(helper.make_node("Unsqueeze", ["logits", "first"], ["more"]))
    wanted = shape or (1, channels, SIDE, SIDE)
    outputs = [helper.make_tensor_value_info("more" if flat else "logits", TensorProto.FLOAT, None)]
    if features:
        outputs.append(helper.make_tensor_value_info("maps", TensorProto.FLOAT, None))
    given = {"kernel": kernel / CELL**2, "layer": layer, "bias": bias, "first": np.array([0], np.int64)}
    graph = helper.make_graph(
        nodes,
        "red reader",
        [helper.make_tensor_value_info("picture" if type_ == TensorProto.FLOAT else "raw", type_, wanted)],
        outputs,
        [numpy_helper.from_array(array, name) for name, array in given.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, properties)
    save(model, path)
    return path

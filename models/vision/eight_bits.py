"""Inverted residuals in whole numbers: blocks of a network worked out in eight bits a number.

M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018),
https://arxiv.org/abs/1801.04381: a product by place widens a picture's channels, one by channel looks about
each place, and a third narrows them again. What lies between is from 0 to 6 by their rectifiers: eight bits
tell it well, and processors take four times as many of them at once (B. Jacob et al., "Quantization and
Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference" (2018),
https://arxiv.org/abs/1712.05877). What goes from block to block stays in floating point.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

Range = tuple[float, float]
"""Lowest and highest value."""

_HIGHEST = 6.0
_CHANNELS_LAST, _CHANNELS_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
_OPTIONAL = "com.microsoft"
"""Operators of ONNX Runtime beside those of ONNX."""


def blocks(network: bytes) -> list[str]:
    """What goes into each inverted residual of an ONNX network, by name and in order."""
    from onnx import load_from_string

    return [block[0].input[0] for block in _Blocks(load_from_string(network).graph).all()]


def in_eight_bits(network: bytes, ranges: Sequence[Range | None]) -> bytes:
    """The network with its inverted residuals in eight bits where the range is known of what goes into them.

    `ranges` are those of the first blocks, in the order of `blocks`; beyond the range values are cut off.
    """
    from onnx import helper, load_from_string

    model = load_from_string(network)
    graph = _Blocks(model.graph)
    for block, values in zip(graph.all(), ranges, strict=False):
        if values is not None:
            graph.replace(block, values)
    model.opset_import.append(helper.make_opsetid(_OPTIONAL, 1))
    data: bytes = model.SerializeToString()
    return data


class _Blocks:
    """The inverted residuals of a graph: five operators each, of which the second and fourth rectify."""

    def __init__(self, graph: Any) -> None:
        from onnx import numpy_helper

        self._graph = graph
        self._values = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        self._users: dict[str, list[Any]] = {}
        for node in graph.node:
            for name in node.input:
                self._users.setdefault(name, []).append(node)
        self._numbers = count()

    def all(self) -> list[list[Any]]:
        found = []
        for node in self._graph.node:
            block = [node]
            while len(block) < 5 and len(users := self._users.get(block[-1].output[0], [])) == 1:
                block += users
            if [each.op_type for each in block] == ["Conv", "Clip"] * 2 + ["Conv"]:
                sizes = [self._values[each.input[1]].shape for each in block[::2]]
                if sizes[0][2:] == sizes[2][2:] == (1, 1) and sizes[1][1] == 1 < sizes[0][1]:
                    found.append(block)
        return found

    def replace(self, block: Sequence[Any], values: Range) -> None:
        widen, _, look, _, narrow = block
        lowest, highest = values
        step = (highest - lowest) / 255
        begin = np.float32(step), np.uint8(round(-lowest / step))
        between = np.float32(_HIGHEST / 255), np.uint8(0)
        place = list(self._graph.node).index(narrow)
        nodes: list[Any] = []
        x = self._add(nodes, "QuantizeLinear", widen.input[0], *map(self._constant, begin))
        x = self._add(nodes, "Transpose", x, perm=_CHANNELS_LAST)
        x = self._convolve(nodes, x, begin, widen, between)
        x = self._convolve(nodes, x, between, look, between)
        weight, scale, bias = self._weights(narrow)
        x = self._add(
            nodes,
            "MatMulIntegerToFloat",
            *(x, self._constant(weight[:, :, 0, 0].T), self._constant(between[0]), self._constant(scale)),
            *(self._constant(between[1]), self._constant(np.zeros(len(weight), np.int8))),
            self._constant(bias),
            domain=_OPTIONAL,
        )
        self._add(nodes, "Transpose", x, perm=_CHANNELS_FIRST)
        nodes[-1].output[0] = narrow.output[0]
        for node in reversed(nodes):
            self._graph.node.insert(place, node)
        for node in block:
            self._graph.node.remove(node)

    def _weights(self, node: Any) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32], npt.NDArray[Any]]:
        """A convolution's weights in eight bits, their scale by result, and what is added."""
        weight, bias = (self._values[name] for name in node.input[1:3])
        most = np.abs(weight).max(axis=(1, 2, 3))
        scale = (np.where(most > 0, most, 1.0) / 127).astype(np.float32)
        return np.rint(weight / scale[:, None, None, None]).astype(np.int8), scale, bias

    def _convolve(
        self,
        nodes: list[Any],
        x: str,
        before: tuple[np.float32, np.uint8],
        node: Any,
        after: tuple[np.float32, np.uint8],
    ) -> str:
        weight, scale, bias = self._weights(node)
        added = np.rint(bias / (before[0] * scale)).astype(np.int32)
        zeros = np.zeros(len(weight), np.int8)
        constants = map(self._constant, (*before, weight, scale, zeros, *after, added))
        name = self._add(nodes, "QLinearConv", x, *constants, domain=_OPTIONAL, channels_last=1)
        nodes[-1].attribute.extend(node.attribute)
        return name

    def _constant(self, value: Any) -> str:
        from onnx import numpy_helper

        name = f"eight.constant.{next(self._numbers)}"
        self._graph.initializer.append(
            numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name)
        )
        return name

    def _add(self, nodes: list[Any], operator: str, *inputs: str, **options: Any) -> str:
        from onnx import helper

        name = f"eight.{next(self._numbers)}"
        nodes.append(helper.make_node(operator, inputs, [name], **options))
        return name

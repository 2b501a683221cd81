"""Branches of a network that are built alike, worked out side by side: as groups of wider operators.

What a small operator costs is mostly to be called: three branches of a hundred operators each take longer
than one whose operators are three times as wide, though the numbers that are worked out are the same.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Names = tuple[str, ...]


def side_by_side(network: bytes, result: str) -> bytes:
    """An ONNX network whose results are the ends of branches, with one result instead of them.

    The branches end in convolutions to one place each. `result` has shape (1, branches * widest, 1, 1): the
    results in their order, each with zeros behind up to as many as the widest has. Raises ValueError for
    branches that are not alike.
    """
    from onnx import TensorProto, helper, load_from_string

    model = load_from_string(network)
    merger = _Merger(model.graph)
    ends = merger.ends([each.name for each in model.graph.output])
    merger.nodes.append(helper.make_node("Identity", [ends], [result]))
    shown = helper.make_tensor_value_info(result, TensorProto.FLOAT, None)
    graph = helper.make_graph(merger.nodes, "network", model.graph.input, [shown], merger.constants)
    merged = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    data: bytes = merged.SerializeToString()
    return data


def _check_alike(nodes: Sequence[Any]) -> None:
    kinds = [(node.op_type, node.attribute) for node in nodes]
    if any(kind != kinds[0] for kind in kinds):
        raise ValueError("The branches are not alike.")


class _Merger:
    """Writes down the operators that lead to some tensors together, once each."""

    def __init__(self, graph: Any) -> None:
        from onnx import numpy_helper

        self._makers = {output: node for node in graph.node for output in node.output}
        self._values = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        self._merged: dict[Names, tuple[str, int]] = {}
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def ends(self, results: Sequence[str]) -> str:
        convolutions = [self._makers[each] for each in results]
        _check_alike(convolutions)
        widest = max(len(self._values[each.input[1]]) for each in convolutions)
        return self._convolve(convolutions, widest)[0]

    def _together(self, names: Names) -> tuple[str, int]:
        """The channels of some tensors one behind the other, and how many each of them has."""
        if names not in self._merged:
            distinct = tuple(dict.fromkeys(names))
            if len(distinct) < len(names):
                x, count = self._together(distinct)
                channels = np.arange(len(distinct) * count).reshape(len(distinct), count)
                wanted = np.concatenate([channels[distinct.index(name)] for name in names])
                gathered = self._add("Gather", x, self._constant(wanted), axis=1)
                self._merged[names] = self._laid_out(gathered, len(wanted)), count
            else:
                self._merged[names] = self._operator([self._makers[name] for name in names])
        return self._merged[names]

    def _operator(self, nodes: Sequence[Any]) -> tuple[str, int]:
        first = nodes[0]
        _check_alike(nodes)
        match first.op_type:
            case "Conv":
                return self._convolve(nodes)
            case "Relu" | "MaxPool" | "Add":
                inputs = [
                    self._together(names) for names in zip(*(node.input for node in nodes), strict=True)
                ]
                options = {each.name: list(each.ints) for each in first.attribute}
                return self._add(first.op_type, *(name for name, _ in inputs), **options), inputs[0][1]
            case "GridSample":
                return self._begin(nodes)
            case other:
                raise ValueError(f"Branches with {other} cannot be worked out side by side.")

    def _convolve(self, nodes: Sequence[Any], count: int | None = None) -> tuple[str, int]:
        """Convolutions as groups of one, each filled up to `count` results where it is given."""
        weights: list[npt.NDArray[Any]] = []
        biases: list[npt.NDArray[Any]] = []
        for node in nodes:
            weight = self._values[node.input[1]]
            if weights and weight.shape[1:] != weights[0].shape[1:]:
                raise ValueError("The branches are not alike.")
            bias = self._values[node.input[2]] if len(node.input) > 2 else np.zeros(len(weight), np.float32)
            missing = (count or len(weight)) - len(weight)
            weights.append(np.pad(weight, [(0, missing), (0, 0), (0, 0), (0, 0)]))
            biases.append(np.pad(bias, (0, missing)))
        x, _ = self._together(tuple(node.input[0] for node in nodes))
        options = {each.name: list(each.ints) or each.i for each in nodes[0].attribute}
        options["group"] = options.get("group", 1) * len(nodes)
        constants = (self._constant(np.concatenate(each)) for each in (weights, biases))
        return self._add("Conv", x, *constants, **options), len(weights[0])

    def _begin(self, nodes: Sequence[Any]) -> tuple[str, int]:
        """Where branches begin, with a look at a part of the same picture each."""
        self.nodes.extend(nodes)
        x = self._add("Concat", *(node.output[0] for node in nodes), axis=1)
        count = self._width(nodes[0].output[0])
        return self._laid_out(x, len(nodes) * count), count

    def _laid_out(self, x: str, channels: int) -> str:
        """The same, in ONNX Runtime's layout for convolutions, in which a sum with their results is free."""
        ones = np.ones((channels, 1, 1, 1), np.float32)
        return self._add("Conv", x, self._constant(ones), group=channels)

    def _width(self, name: str) -> int:
        """How many channels the convolution takes that looks at a tensor first."""
        return next(
            len(self._values[node.input[1]])
            for node in self._makers.values()
            if node.op_type == "Conv" and node.input[0] == name
        )

    def _constant(self, value: npt.NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"together.constant.{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _add(self, operator: str, *inputs: str, **options: Any) -> str:
        from onnx import helper

        name = f"together.{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **options))
        return name

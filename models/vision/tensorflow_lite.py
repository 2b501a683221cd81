"""Networks in TensorFlow Lite's file format, written down in ONNX.

The runtime that comes with them works out every result of a network, wanted or not, and is slower on
processors with wide registers. Here only what leads to the wanted results is kept, and the numbers are the
same. Pictures are (1, channels, height, width) here, and (1, height, width, channels) in the files.

The format: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/lite/schema/schema.fbs; the code
that reads it comes with mediapipe, and is loaded without the rest of that package.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SAME = 0
"""The kind of padding that keeps the size; the other adds nothing."""
_TYPES = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64}
_CHANNELS_FIRST = (0, 3, 1, 2)
_BLOCK = 16
"""Channels that wide registers take at once. ONNX Runtime turns those of a picture about where they do not
fill blocks; so each result within a network is filled up, with zeros."""


@cache
def wheel() -> Path:
    """The folder of the mediapipe package, which is not imported: that takes longer than all networks."""
    spec = importlib.util.find_spec("mediapipe")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("The package mediapipe, which holds the networks for pictures, is missing.")
    return Path(spec.origin).parent


@cache
def _schema() -> ModuleType:
    path = wheel() / "tasks" / "metadata" / "schema_py_generated.py"
    spec = importlib.util.spec_from_file_location("tensorflow_lite_schema", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def to_onnx(
    path: Path,
    results: Mapping[str, str],
    given: Mapping[str, str] | None = None,
    grids: Sequence[str] = (),
    darkest: float = 0.0,
) -> bytes:
    """The part of a network that works out some results, in ONNX.

    `results` and `given` take names in the file to names in ONNX: what comes out, and what is put in. Where
    that is None it is "image", a picture of uint8, which the file's own network is shown from `darkest` to 1.
    `grids` are further inputs, for each place that is sampled one, in their order: where to sample,
    (1, height, width, 2), from -1 at the left and top edge to 1.
    """
    writer = _Writer(path, grids)
    if given is None:
        writer.show("image", darkest)
    return writer.write(results, given or {})


class _Writer:
    """Writes down the operators that lead to a tensor, once each."""

    def __init__(self, path: Path, grids: Sequence[str]) -> None:
        schema = _schema()
        self._model = schema.Model.GetRootAs(path.read_bytes(), 0)
        self._graph = self._model.Subgraphs(0)
        self._by_name: dict[str, int] = {}
        for index in range(self._graph.TensorsLength()):
            self._by_name.setdefault(self._graph.Tensors(index).Name().decode(), index)
        self._operators = {number: name for name, number in vars(schema.BuiltinOperator).items()}
        self._makers: dict[int, Any] = {}
        self._users: dict[int, set[str]] = {}
        samplers = []
        for operator in map(self._graph.Operators, range(self._graph.OperatorsLength())):
            for output in range(operator.OutputsLength()):
                self._makers[operator.Outputs(output)] = operator
            for source in range(operator.InputsLength()):
                self._users.setdefault(operator.Inputs(source), set()).add(self._kind(operator))
            if self._kind(operator) == "TransformTensorBilinear":
                samplers.append(operator.Outputs(0))
        self._grids = dict(zip(samplers, grids, strict=False))
        self._results: set[int] = set()
        self._names: dict[int, str] = {}
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []

    def show(self, name: str, darkest: float) -> None:
        """Let a picture of uint8 be the network's own input, as values from `darkest` to 1."""
        index = self._graph.Inputs(0)
        self._give(name, index, np.uint8)
        x = self._add("DequantizeLinear", name, self._constant((1 - darkest) / 255))
        self._names[index] = self._add("Add", x, self._constant(darkest)) if darkest else x

    def _give(self, name: str, index: int, kind: Any) -> None:
        from onnx import helper

        shape = [self._shape(index)[axis] for axis in _CHANNELS_FIRST]
        type_ = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
        self._inputs.append(helper.make_tensor_value_info(name, type_, shape))
        self._names[index] = name

    def write(self, results: Mapping[str, str], given: Mapping[str, str]) -> bytes:
        from onnx import TensorProto, helper

        inputs = self._inputs
        for name, shown in given.items():
            self._give(shown, self._by_name[name], np.float32)
        for index, grid in self._grids.items():
            _, height, width, _ = self._shape(index)
            inputs.append(helper.make_tensor_value_info(grid, TensorProto.FLOAT, [1, height, width, 2]))
        self._results = {self._by_name[name] for name in results}
        names = {self._name(self._by_name[name]): shown for name, shown in results.items()}
        for node in self._nodes:
            for own in (node.input, node.output):
                own[:] = [names.get(name, name) for name in own]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names.values()]
        graph = helper.make_graph(self._nodes, "network", inputs, outputs, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        data: bytes = model.SerializeToString()
        return data

    def _kind(self, operator: Any) -> str:
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        kind = self._operators[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        name: str = code.CustomCode().decode() if kind == "CUSTOM" else kind
        return name

    def _options(self, operator: Any, kind: str) -> Any:
        options, table = getattr(_schema(), kind)(), operator.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        return options

    def _shape(self, index: int) -> list[int]:
        tensor = self._graph.Tensors(index)
        return [tensor.Shape(axis) for axis in range(tensor.ShapeLength())]

    def _channels(self, index: int) -> int:
        """How many channels a tensor has in ONNX, at least as many as in the file."""
        own = self._shape(index)[3]
        users = {"RESULT"} if index in self._results else self._users[index]
        inner = index in self._makers and users <= _BY_CHANNEL
        return -(-own // _BLOCK) * _BLOCK if inner else own

    def _filled(self, values: Array, *counts: int) -> Array:
        """`values` with zeros behind, up to `counts` along the first axes."""
        missing = [(0, count - have) for count, have in zip(counts, values.shape, strict=False)]
        return np.pad(values, missing + [(0, 0)] * (values.ndim - len(counts)))

    def _value(self, index: int) -> Array:
        """A constant, as it lies in the file or after it is unpacked."""
        if index in self._makers:
            operator = self._makers[index]
            if self._kind(operator) not in ("DEQUANTIZE", "DENSIFY"):
                raise ValueError(f"{self._kind(operator)} gives no constant.")
            value = self._value(operator.Inputs(0))
            return value.astype(np.float32) if value.dtype == np.float16 else value
        tensor = self._graph.Tensors(index)
        data = self._model.Buffers(tensor.Buffer()).DataAsNumpy()
        values = np.frombuffer(data.tobytes(), _TYPES[tensor.Type()])
        if tensor.Sparsity() is not None:
            values = self._dense(values, tensor.Sparsity(), self._shape(index))
        return values.reshape(self._shape(index))

    def _dense(self, values: Array, sparsity: Any, shape: Sequence[int]) -> Array:
        """Rows of which only some columns are kept, those named for each row (compressed sparse rows)."""
        rows = sparsity.DimMetadata(sparsity.DimMetadataLength() - 1)
        starts = self._indices(rows.ArraySegmentsType(), rows.ArraySegments())
        columns = self._indices(rows.ArrayIndicesType(), rows.ArrayIndices())
        dense = np.zeros((len(starts) - 1, shape[-1]), values.dtype)
        dense[np.repeat(np.arange(len(starts) - 1), np.diff(starts)), columns] = values
        return dense

    def _indices(self, kind: int, table: Any) -> npt.NDArray[np.int64]:
        vector = getattr(_schema(), {1: "Int32Vector", 2: "Uint16Vector", 3: "Uint8Vector"}[kind])()
        vector.Init(table.Bytes, table.Pos)
        values: npt.NDArray[np.int64] = vector.ValuesAsNumpy().astype(np.int64)
        return values

    def _constant(self, value: Any, kind: Any = np.float32) -> str:
        from onnx import numpy_helper

        name = f"constant.{len(self._constants)}"
        values = np.ascontiguousarray(value, kind).reshape(np.shape(value))
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def _add(self, operator: str, *inputs: str, **options: Any) -> str:
        from onnx import helper

        name = f"result.{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **options))
        return name

    def _name(self, index: int) -> str:
        """A tensor's name in ONNX; what leads to it is written down if it is not yet."""
        if index not in self._names:
            operator = self._makers[index]
            kind = self._kind(operator)
            if kind not in _OPERATORS:
                raise ValueError(f"Networks with {kind} cannot be read.")
            self._names[index] = _OPERATORS[kind](self, operator)
        return self._names[index]

    def _activated(self, x: str, activation: int) -> str:
        names = {number: name for name, number in vars(_schema().ActivationFunctionType).items()}
        match names[activation]:
            case "NONE":
                return x
            case "RELU":
                return self._add("Relu", x)
            case "RELU6":
                return self._add("Clip", x, self._constant(0.0), self._constant(6.0))
            case other:
                raise ValueError(f"Networks with {other} cannot be read.")

    def _convolve(self, operator: Any, by_channel: bool) -> str:
        options = self._options(operator, "DepthwiseConv2DOptions" if by_channel else "Conv2DOptions")
        source = operator.Inputs(0)
        weight = self._value(operator.Inputs(1)).transpose((3, 0, 1, 2) if by_channel else _CHANNELS_FIRST)
        sizes, strides = weight.shape[2:], (options.StrideH(), options.StrideW())
        pads = np.zeros((2, 2), np.int64)
        if options.Padding() == SAME:
            inside = self._shape(source)[1:3]
            missing = [
                max((-(-n // step) - 1) * step + size - n, 0)
                for n, step, size in zip(inside, strides, sizes, strict=True)
            ]
            pads = np.array([[n // 2, n - n // 2] for n in missing])
        maker = self._makers.get(source)
        if maker is not None and self._kind(maker) == "PAD":
            edges = self._value(maker.Inputs(1))
            if not edges[[0, 3]].any():
                pads, source = pads + edges[1:3], maker.Inputs(0)
        count = self._channels(operator.Outputs(0))
        weight = self._filled(weight, count, 1 if by_channel else self._channels(source))
        bias = self._filled(self._value(operator.Inputs(2)), count)
        x = self._add(
            "Conv",
            *(self._name(source), self._constant(weight), self._constant(bias)),
            strides=strides,
            pads=pads.T.ravel().tolist(),
            group=count if by_channel else 1,
        )
        return self._activated(x, options.FusedActivationFunction())

    def _sum(self, operator: Any) -> str:
        options = self._options(operator, "AddOptions")
        x = self._add("Add", *(self._name(operator.Inputs(n)) for n in range(2)))
        return self._activated(x, options.FusedActivationFunction())

    def _pad(self, operator: Any) -> str:
        x, edges = self._name(operator.Inputs(0)), self._value(operator.Inputs(1))[list(_CHANNELS_FIRST)]
        if not edges[[0, 2, 3]].any():
            # Channels of zeros, as a product: it can be taken in the layout of the convolutions around it.
            kept, count = (self._channels(index) for index in (operator.Inputs(0), operator.Outputs(0)))
            before = edges[1, 0]
            if kept == count and not before:
                return x
            return self._add("Conv", x, self._constant(np.eye(count, kept, -before)[:, :, None, None]))
        return self._add("Pad", x, self._constant(edges.T.ravel(), np.int64))

    def _pool(self, operator: Any) -> str:
        options = self._options(operator, "Pool2DOptions")
        return self._add(
            "MaxPool",
            self._name(operator.Inputs(0)),
            kernel_shape=[options.FilterHeight(), options.FilterWidth()],
            strides=[options.StrideH(), options.StrideW()],
        )

    def _resize(self, operator: Any) -> str:
        options = self._options(operator, "ResizeBilinearOptions")
        before, after = self._shape(operator.Inputs(0)), self._shape(operator.Outputs(0))
        by = [1.0, 1.0, after[1] / before[1], after[2] / before[2]]
        mode = "half_pixel" if options.HalfPixelCenters() else "asymmetric"
        return self._add(
            "Resize",
            *(self._name(operator.Inputs(0)), "", self._constant(by)),
            mode="linear",
            coordinate_transformation_mode="align_corners" if options.AlignCorners() else mode,
        )

    def _reshape(self, operator: Any) -> str:
        x = self._name(operator.Inputs(0))
        if len(self._shape(operator.Inputs(0))) == 4:
            x = self._add("Transpose", x, perm=[0, 2, 3, 1])
        shape = self._shape(operator.Outputs(0))
        return self._add("Reshape", x, self._constant(shape, np.int64))

    def _sloped(self, operator: Any) -> str:
        """A slope of its own below 0 for each channel.

        What is below 0, turned about, times one less the slope, on top of all: as products by channel, which
        ONNX Runtime keeps in the layout of the convolutions around them, with the rectifier and the sum in
        them. Its own operator for this takes twice as long.
        """
        x, slope = self._name(operator.Inputs(0)), self._value(operator.Inputs(1)).reshape(-1, 1, 1, 1)
        slope = self._filled(slope, self._channels(operator.Outputs(0)))
        turned = self._add("Conv", x, self._constant(-np.ones_like(slope)), group=len(slope))
        below = self._add("Relu", turned)
        added = self._add("Conv", below, self._constant(1 - slope), group=len(slope))
        return self._add("Add", added, x)

    def _sample(self, operator: Any) -> str:
        grid = self._grids[operator.Outputs(0)]
        return self._add("GridSample", self._name(operator.Inputs(0)), grid, align_corners=0)

    def _depth_to_space(self, operator: Any) -> str:
        options = self._options(operator, "DepthToSpaceOptions")
        return self._add("DepthToSpace", self._name(operator.Inputs(0)), blocksize=options.BlockSize())

    def _join(self, operator: Any) -> str:
        axis = self._options(operator, "ConcatenationOptions").Axis()
        parts = [operator.Inputs(n) for n in range(operator.InputsLength())]
        if len(self._shape(parts[0])) == 4:
            axis = _CHANNELS_FIRST.index(axis)
        return self._add("Concat", *map(self._name, parts), axis=axis)


_OPERATORS: dict[str, Callable[[_Writer, Any], str]] = {
    "CONV_2D": lambda writer, operator: writer._convolve(operator, by_channel=False),
    "DEPTHWISE_CONV_2D": lambda writer, operator: writer._convolve(operator, by_channel=True),
    "ADD": _Writer._sum,
    "PAD": _Writer._pad,
    "MAX_POOL_2D": _Writer._pool,
    "RESIZE_BILINEAR": _Writer._resize,
    "RESHAPE": _Writer._reshape,
    "RELU": lambda writer, operator: writer._add("Relu", writer._name(operator.Inputs(0))),
    "LOGISTIC": lambda writer, operator: writer._add("Sigmoid", writer._name(operator.Inputs(0))),
    "PRELU": _Writer._sloped,
    "TransformTensorBilinear": _Writer._sample,
    "DEPTH_TO_SPACE": _Writer._depth_to_space,
    "CONCATENATION": _Writer._join,
}
_BY_CHANNEL = {
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "ADD",
    "PAD",
    "MAX_POOL_2D",
    "RESIZE_BILINEAR",
    "RELU",
    "PRELU",
}
"""Those that keep channels of zeros apart from the others, or leave them out."""

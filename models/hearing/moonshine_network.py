"""Moonshine's networks written down anew around the weights of the wheel, for speed.

The wheel's own graphs spend most of a decoding step on some 900 small operators that work out shapes. Here a
step is 110 operators: products side by side are one, attention and rotary embedding are one operator each,
and the 8-bit weights are signed, for which processors have faster instructions. The numbers are the same.

Architecture: Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice Commands"
(2024), https://arxiv.org/abs/2410.15608, section 3; RoPE as in Su et al., "RoFormer" (2021).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

LAYERS, HEADS, WIDTH = 6, 8, 288
"""Of the encoder and of the decoder of the tiny model."""
ROTATED = 32
"""Leading dimensions of each head that carry the position."""
MOST_POSITIONS = 4096
"""Tokens or, at 41.7 a second, encoder frames."""
EPSILON = 1e-5
CONTRIBUTED = "com.microsoft"
"""The operator set of ONNX Runtime itself."""
_TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64}


class Product(NamedTuple):
    """An 8-bit matrix to multiply with, shape (in, out), as (weight - zero) * scale; and what to add."""

    weight: npt.NDArray[np.int8]
    scale: float
    zero: int
    bias: Array | None


class Weights:
    """The constants of a network in ONNX Runtime's file format, which only its runtime is made to read."""

    def __init__(self, path: Path) -> None:
        """Read `path`. Raises OSError when it is not there, other errors when it is not what it should be."""
        from onnxruntime.tools.ort_format_model.ort_flatbuffers_py.fbs.InferenceSession import (
            InferenceSession,
        )

        self._constants: dict[str, Array] = {}
        self._products: dict[str, list[str]] = {}
        self._read(InferenceSession.GetRootAs(path.read_bytes(), 0).Model().Graph())

    def _read(self, graph: Any) -> None:
        for tensor in map(graph.Initializers, range(graph.InitializersLength())):
            kind = _TYPES.get(tensor.DataType())
            if kind is not None and tensor.RawDataLength():
                shape = [tensor.Dims(n) for n in range(tensor.DimsLength())]
                values = np.frombuffer(tensor.RawDataAsNumpy().tobytes(), kind).reshape(shape)
                self._constants[tensor.Name().decode()] = values
        for node in map(graph.Nodes, range(graph.NodesLength())):
            if node.OpType() in (b"DynamicQuantizeMatMul", b"MatMulIntegerToFloat"):
                inputs = [node.Inputs(n).decode() for n in range(node.InputsLength())]
                self._products[node.Outputs(0).decode()] = inputs
            for attribute in map(node.Attributes, range(node.AttributesLength())):
                if attribute.G() is not None:
                    self._read(attribute.G())

    def __getitem__(self, name: str) -> Array:
        return self._constants[name]

    def product(self, output: str) -> Product:
        """The matrix of the product whose result has this name; its weights made signed."""
        inputs = self._products[output]
        if len(inputs) == 5:
            _, weight, scale, zero, bias = inputs
        else:
            _, weight, _, scale, _, zero, *_, bias = [*inputs, ""]
        return Product(
            (self[weight].astype(np.int16) - 128).astype(np.int8),
            float(self[scale]),
            int(self[zero]) - 128,
            self[bias] if bias else None,
        )


class _Graph:
    """A network as it is written down: every method adds operators and gives the name of their result."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._count = 0

    def constant(self, value: Any, kind: Any = np.float32) -> str:
        from onnx import numpy_helper

        name = self._name("constant")
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), name))
        return name

    def add(
        self, operator: str, *inputs: str, outputs: Sequence[str] = (), domain: str = "", **options: Any
    ) -> str:
        from onnx import helper

        results = list(outputs) or [self._name(operator)]
        self._nodes.append(helper.make_node(operator, inputs, results, domain=domain, **options))
        return results[0]

    def multiply(self, x: str, *products: Product, output: str | None = None) -> str:
        """`x` times the matrices side by side."""
        wide = len(products) > 1
        scales = [np.full(p.weight.shape[1], p.scale) for p in products] if wide else [products[0].scale]
        zeros = [np.full(p.weight.shape[1], p.zero) for p in products] if wide else [products[0].zero]
        inputs = [
            self.constant(np.concatenate([p.weight for p in products], axis=1), np.int8),
            self.constant(np.concatenate(scales) if wide else scales[0]),
            self.constant(np.concatenate(zeros) if wide else zeros[0], np.int8),
        ]
        if products[0].bias is not None:
            inputs.append(self.constant(products[0].bias))
        outputs = [output] if output else []
        return self.add("DynamicQuantizeMatMul", x, *inputs, outputs=outputs, domain=CONTRIBUTED)

    def normalise(self, x: str, scale: Array) -> str:
        return self.add("LayerNormalization", x, self.constant(scale), axis=-1, epsilon=EPSILON)

    def join(self, x: str, residual: str, scale: Array) -> tuple[str, str]:
        """The sum of both, normalised and as it is."""
        total = self.add("Add", x, residual)
        return self.normalise(total, scale), total

    def split(self, x: str, parts: int, axis: int = -1) -> list[str]:
        names = [self._name("part") for _ in range(parts)]
        self.add("Split", x, outputs=names, axis=axis, num_outputs=parts)
        return names

    def rotate(self, x: str, position: str, angles: tuple[str, str]) -> str:
        return self.add(
            "RotaryEmbedding",
            *(x, position, *angles),
            domain=CONTRIBUTED,
            interleaved=1,
            num_heads=HEADS,
            rotary_embedding_dim=ROTATED,
        )

    def attend(self, *inputs: str, outputs: Sequence[str] = (), causal: bool = False) -> str:
        """Attention of queries to keys and values, shape (1, n, WIDTH) or, but the first, by head."""
        return self.add(
            "MultiHeadAttention",
            *inputs,
            outputs=outputs,
            domain=CONTRIBUTED,
            num_heads=HEADS,
            unidirectional=int(causal),
            scale=(WIDTH // HEADS) ** -0.5,
        )

    def angles(self) -> tuple[str, str]:
        """Cosines and sines of every position."""
        turns = np.arange(MOST_POSITIONS)[:, None] * 10_000.0 ** -(np.arange(0, ROTATED, 2) / ROTATED)
        return self.constant(np.cos(turns)), self.constant(np.sin(turns))

    def done(self, inputs: dict[str, Sequence[int | str]], outputs: dict[str, Sequence[int | str]]) -> bytes:
        """The network in ONNX; `inputs` and `outputs` with their shapes, whole numbers where named ids."""
        from onnx import TensorProto, helper

        def described(shapes: dict[str, Sequence[int | str]]) -> Iterator[Any]:
            for name, shape in shapes.items():
                kind = TensorProto.INT64 if name in ("ids", "position") else TensorProto.FLOAT
                yield helper.make_tensor_value_info(name, kind, shape)

        graph = helper.make_graph(
            self._nodes, "moonshine", [*described(inputs)], [*described(outputs)], self._constants
        )
        operators = [helper.make_opsetid("", 18), helper.make_opsetid(CONTRIBUTED, 1)]
        data: bytes = helper.make_model(graph, opset_imports=operators, ir_version=8).SerializeToString()
        return data

    def _name(self, stem: str) -> str:
        self._count += 1
        return f"{stem}.{self._count}"


def by_layer(kind: str) -> list[str]:
    """The names of one kind of keys and values: "cross", "past" or "present"."""
    return [f"{kind}.{layer}.{part}" for layer in range(LAYERS) for part in ("key", "value")]


def encoder(encoding: Weights, decoding: Weights) -> bytes:
    """The network, in ONNX, from `sound` (1, samples) to the `cross` keys and values of each layer.

    They are all that the decoder uses of the sound, shape (1, HEADS, frames, WIDTH / HEADS) each.
    """
    graph = _Graph()
    x = graph.add("Unsqueeze", "sound", graph.constant([1], np.int64))
    x = graph.add("Conv", x, graph.constant(encoding["conv1.weight_add_tensor"]), strides=[64])
    x = graph.add("Tanh", x)
    flat = graph.add("Reshape", x, graph.constant([0, 1, -1], np.int64))
    flat = graph.add("InstanceNormalization", flat, graph.constant([1]), graph.constant([0]), epsilon=EPSILON)
    x = graph.add("Reshape", flat, graph.constant([0, WIDTH, -1], np.int64))
    x = graph.add("Mul", x, graph.constant(encoding["onnx::Mul_2080"]))
    x = graph.add("Add", x, graph.constant(encoding["onnx::Add_2081"]))
    for name, stride in (("conv2", 3), ("conv3", 2)):
        kernel = (encoding[f"{name}.weight_add_tensor"], encoding[f"{name}.bias"])
        x = graph.add("Conv", x, *map(graph.constant, kernel), strides=[stride])
        x = graph.add("Gelu", x, domain=CONTRIBUTED)
    x = graph.add("Transpose", x, perm=[0, 2, 1])
    angles, start = graph.angles(), graph.constant([0], np.int64)
    normal = graph.normalise(x, encoding["layers.0.input_layernorm.weight"])
    for n in range(LAYERS):
        at = f"/layers.{n}/"
        heard = [encoding.product(f"{at}self_attn/{part}_proj/MatMul_output_0") for part in "qkv"]
        query, key, value = graph.split(graph.multiply(normal, *heard), 3)
        query, key = (graph.rotate(one, start, angles) for one in (query, key))
        seen = graph.attend(query, key, value)
        y = graph.multiply(seen, encoding.product(f"{at}self_attn/o_proj/MatMul_output_0"))
        normal, x = graph.join(y, x, encoding[f"layers.{n}.post_attention_layernorm.weight"])
        y = graph.multiply(normal, encoding.product(f"{at}mlp/fc1/Add_output_0"))
        y = graph.add("Gelu", y, domain=CONTRIBUTED)
        y = graph.multiply(y, encoding.product(f"{at}mlp/fc2/Add_output_0"))
        following = f"layers.{n + 1}.input_layernorm.weight" if n + 1 < LAYERS else "layer_norm.weight"
        normal, x = graph.join(y, x, encoding[following])
    by_head = graph.constant([0, 0, HEADS, WIDTH // HEADS], np.int64)
    names = by_layer("cross")
    for n, name in enumerate(names):
        at = f"/model/decoder/layers.{n // 2}/encoder_attn/"
        y = graph.multiply(normal, decoding.product(f"{at}{'kv'[n % 2]}_proj/MatMul_output_0"))
        graph.add("Transpose", graph.add("Reshape", y, by_head), outputs=[name], perm=[0, 2, 1, 3])
    shape = (1, HEADS, "frames", WIDTH // HEADS)
    return graph.done({"sound": (1, "samples")}, dict.fromkeys(names, shape))


def decoder(weights: Weights) -> bytes:
    """The network, in ONNX, from tokens to the `logits` (1, n, vocabulary) of the token after each.

    `ids` has shape (1, n), `position` (1,) is that of the first; `past` keys and values are those of the
    tokens before, `present` ones include these tokens', `cross` ones are the encoder's.
    """
    graph = _Graph()
    embedding = "model.decoder.embed_tokens.weight_merged_0_"
    x = graph.add("Gather", graph.constant(weights[embedding + "quantized"], np.uint8), "ids")
    x = graph.add(
        "DequantizeLinear",
        *(x, graph.constant(weights[embedding + "scale"])),
        graph.constant(weights[embedding + "zero_point"], np.uint8),
    )
    angles = graph.angles()
    normal = graph.normalise(x, weights["model.decoder.layers.0.input_layernorm.weight_merged_0"])
    for n in range(LAYERS):
        at, layer = f"/model/decoder/layers.{n}/", f"model.decoder.layers.{n}."
        said = [weights.product(f"{at}self_attn/{part}_proj/MatMul_output_0") for part in "qkv"]
        query, key, value = graph.split(graph.multiply(normal, *said), 3)
        query, key = (graph.rotate(one, "position", angles) for one in (query, key))
        past, present = ([f"{kind}.{n}.key", f"{kind}.{n}.value"] for kind in ("past", "present"))
        seen = graph.attend(
            *(query, key, value, "", "", "", *past), outputs=[f"said.{n}", *present], causal=True
        )
        y = graph.multiply(seen, weights.product(f"{at}self_attn/o_proj/MatMul_output_0"))
        normal, x = graph.join(y, x, weights[f"{layer}post_attention_layernorm.weight_merged_0"])
        query = graph.multiply(normal, weights.product(f"{at}encoder_attn/q_proj/MatMul_output_0"))
        seen = graph.attend(query, f"cross.{n}.key", f"cross.{n}.value")
        y = graph.multiply(seen, weights.product(f"{at}encoder_attn/o_proj/MatMul_output_0"))
        normal, x = graph.join(y, x, weights[f"{layer}final_layernorm.weight_merged_0"])
        y = graph.multiply(normal, weights.product(f"{at}mlp/fc1/Add_output_0"))
        linear, gate = graph.split(y, 2)
        # with alpha 1 this is the sigmoid linear unit
        y = graph.add("Mul", graph.add("QuickGelu", gate, domain=CONTRIBUTED, alpha=1.0), linear)
        y = graph.multiply(y, weights.product(f"{at}mlp/fc2/Add_output_0"))
        following = f"layers.{n + 1}.input_layernorm" if n + 1 < LAYERS else "norm"
        normal, x = graph.join(y, x, weights[f"model.decoder.{following}.weight_merged_0"])
    graph.multiply(normal, weights.product("logits"), output="logits")
    head = WIDTH // HEADS
    return graph.done(
        {
            "ids": (1, "n"),
            "position": (1,),
            **dict.fromkeys(by_layer("past"), (1, HEADS, "past", head)),
            **dict.fromkeys(by_layer("cross"), (1, HEADS, "frames", head)),
        },
        {"logits": (1, "n", "tokens"), **dict.fromkeys(by_layer("present"), (1, HEADS, "all", head))},
    )

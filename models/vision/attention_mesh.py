"""The networks of the face mesh as one: a mesh of the whole face, then a second look at lips and eyes.

I. Grishchenko et al., "Attention Mesh: High-fidelity Face Mesh Prediction in Real-time" (2020),
https://arxiv.org/abs/2006.10962. Where the second look goes follows from the mesh, and what it finds takes
the place of the mesh's own points; here both are operators of the network, so that nothing leaves it on the
way. Of the mesh only those points are worked out that somebody wants or that the second look needs: most of
the weights belong to the others, and would drive everything else from the processor's cache.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.vision.branches import side_by_side
from models.vision.tensorflow_lite import to_onnx, wheel

SIDE = 192
"""Pixels of the square that the network looks at."""
AROUND = 1.5
"""How much larger what is looked at is than what the mesh says of it."""

# What is looked at again: the points of the lips, and of each eye with its brow, in the networks' own order.
_LIPS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),
    *(76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408),
    *(62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407),
)
_LEFT_EYE = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110, 24),
    *(23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232, 233, 244),
    *(113, 225, 224, 223, 222, 221, 189, 35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121),
    *(128, 245, 156, 70, 63, 105, 66, 107, 55, 193),
)
_RIGHT_EYE = (
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255, 339),
    *(254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449, 450, 451),
    *(452, 453, 464, 342, 445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295, 372, 340, 346),
    *(347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417),
)
_LEFT_IRIS, _RIGHT_IRIS = tuple(range(468, 473)), tuple(range(473, 478))
_RESULTS = ("conv_lips", "conv_left_eye", "conv_right_eye", "conv_left_iris", "conv_right_iris")
_ROWS = (_LIPS, _LEFT_EYE, _RIGHT_EYE, _LEFT_IRIS, _RIGHT_IRIS)
"""Which points each of the results has."""
_PARTS = ("lips", "left", "right")
_PART_OF = (0, 1, 2, 1, 2)
"""In which of the parts they are measured."""
_OUTER_LIPS, _ABOUT_EYE = 20, 26
"""The first points of the lips and the last of an eye are the outermost."""
_OUTERMOST = (
    (*_LIPS[:_OUTER_LIPS], *_LIPS[:1] * (_ABOUT_EYE - _OUTER_LIPS)),
    _LEFT_EYE[-_ABOUT_EYE:],
    _RIGHT_EYE[-_ABOUT_EYE:],
)
"""Of each part; as many of each, so that all are worked out at once."""
_LEVEL = ((61, 291), (33, 133), (362, 263))
"""Between which points a line is level in what is looked at, of each part."""
_PATH = ("modules", "face_landmark", "face_landmark_with_attention.tflite")
FEATURES = "p_re_lu_3"
"""The intermediate result in which the parts are looked at, as large as a quarter of the square a side."""
_PART_SIDE = 16
"""Places a side at which the features of a part are taken."""
_PART_RANGE = 64
"""Results run from 0 to this across a part."""

_SECOND_LOOK = """
second_look (float[1, rows, 1, 1] mesh) => (float[3, 16, 16, 2] grids) {
    flat = Reshape(mesh, by_point)
    xy = Gather<axis = 1>(flat, columns_xy)
    along = MatMul(ends_less_begins, xy)
    level = LpNormalization<axis = 1, p = 2>(along)
    right_and_down = MatMul(level, with_quarter_turn)
    axes = Reshape(right_and_down, by_axis)

    outermost = Gather<axis = 0>(xy, outermost_points)
    as_columns = Transpose<perm = [0, 2, 1]>(outermost)
    turned = MatMul(axes, as_columns)
    lowest = ReduceMin<axes = [2]>(turned)
    highest = ReduceMax<axes = [2]>(turned)
    extent = Sub(highest, lowest)
    sides = Mul(axes, extent)
    total = Add(lowest, highest)
    total_as_row = Transpose<perm = [0, 2, 1]>(total)
    twice_middle = MatMul(total_as_row, axes)

    squares = Concat<axis = 1>(sides, twice_middle)
    seen = MatMul(steps, squares)
    grids = Reshape(seen, by_grid)
}
"""
"""From the mesh to where the features of each part are taken, from -1 at the square's left and top edge to 1.

Rows of the mesh are x, y and depth in pixels, from the square's middle. Of a part's square come the sides to
the right and down, as long as the part, and twice its middle."""
_PLACED = """
placed (float[1, numbers, 1, 1] parts) => (float[wanted, 3] points) {
    found = Reshape(parts, by_part)
    units_and_corners = MatMul(units_and_corner, squares)
    own = Gather<axis = 0>(units_and_corners, part_of)
    units, corners = Split<axis = 1>(own, two_and_one)
    inside = MatMul(found, units)
    again = Add(inside, corners)
    rows_again = Reshape(again, by_row)
    both = Concat<axis = 0>(xy, rows_again)
    across_and_down = Gather<axis = 0>(both, wanted_xy)
    depths = Gather<axis = 1>(flat, column_z)
    away = Gather<axis = 0>(depths, wanted_z)
    points = Concat<axis = 1>(across_and_down, away)
}
"""
"""From what the parts say of their own points, to the wanted points, as the mesh has them."""


def attention_mesh(wanted: Sequence[int]) -> bytes:
    """An ONNX network from "image", uint8 of shape (1, 3, `SIDE`, `SIDE`), to "points" and "present".

    "points" has shape (len(wanted), 3): x, y and depth in pixels from the square's middle, of the points that
    `wanted` numbers as mediapipe does: 468 of the face, then five of each iris, which are as deep here as the
    outer corner of their eye. "present" is the log odds that there is a face.
    """
    from onnx import compose, helper, load_from_string

    path = wheel().joinpath(*_PATH)
    needed = {*wanted, *sum(_LEVEL, ()), *sum(_OUTERMOST, ())}
    kept = sorted(needed - {*_LEFT_IRIS, *_RIGHT_IRIS})
    found = [[point for point in own if point in wanted] for own in _ROWS]
    first = load_from_string(
        to_onnx(path, {"output_mesh": "mesh", "conv_faceflag": "present", FEATURES: "features"})
    )
    _widen(first.graph)
    _keep(
        first.graph,
        "mesh",
        _numbers(kept, 3),
        np.tile(np.array([SIDE / 2, SIDE / 2, 0], np.float32), len(kept)),
    )
    parts = load_from_string(
        to_onnx(path, dict(zip(_RESULTS, _RESULTS, strict=True)), {FEATURES: "features"}, _PARTS)
    )
    for result, every, own in zip(_RESULTS, _ROWS, found, strict=True):
        _keep(parts.graph, result, _numbers([every.index(point) for point in own], 2))
    merged = load_from_string(side_by_side(parts.SerializeToString(), "parts"))
    second = compose.add_prefix(merged, "second.")
    joined = {"second.features": "features", "second.parts": "parts"}
    joined |= {f"second.{name}": name for name in _PARTS}
    for node in second.graph.node:
        for names in (node.input, node.output):
            names[:] = [joined.get(name, name) for name in names]
    nodes = [
        *first.graph.node,
        *_nodes(_SECOND_LOOK),
        helper.make_node("Split", ["grids"], list(_PARTS), axis=0),
        *second.graph.node,
        *_nodes(_PLACED),
    ]
    constants = [*first.graph.initializer, *second.graph.initializer, *_constants(kept, found, wanted)]
    results = [helper.make_tensor_value_info(name, 1, None) for name in ("points", "present")]
    graph = helper.make_graph(nodes, "attention_mesh", first.graph.input, results, constants)
    model = helper.make_model(graph, opset_imports=first.opset_import, ir_version=first.ir_version)
    data: bytes = model.SerializeToString()
    return data


def _nodes(text: str) -> list[Any]:
    from onnx import parser

    return list(parser.parse_graph(text).node)


def _widen(graph: Any) -> None:
    """Where a sum gets as many channels again, of zeros on one side, put the other side's input there.

    To lie side by side takes a third of the time that a product needs which only fills up; what is put there
    is taken away again by the weights of the other side.
    """
    from onnx import helper, numpy_helper

    constants = {each.name: each for each in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    for total in [node for node in graph.node if node.op_type == "Add"]:
        filled, found = sorted((makers[name] for name in total.input), key=lambda node: len(node.input))
        if [filled.op_type, found.op_type] != ["Conv", "Conv"] or len(filled.input) > 2:
            continue
        filling, weight = (numpy_helper.to_array(constants[node.input[1]]) for node in (filled, found))
        count, own = filling.shape[:2]
        if weight.shape != filling.shape or count != 2 * own:
            continue
        less = np.concatenate([np.zeros_like(filling[:own]), filling[:own]])
        constants[found.input[1]].CopyFrom(numpy_helper.from_array(weight - less, found.input[1]))
        beside = helper.make_node("Concat", [filled.input[0], found.input[0]], filled.output, axis=1)
        graph.node.insert(list(graph.node).index(found), beside)
        graph.node.remove(filled)


def _numbers(points: Sequence[int], count: int) -> npt.NDArray[np.int64]:
    """Which numbers of a result are those of some points, `count` each."""
    rows: npt.NDArray[np.int64] = (count * np.array(points)[:, None] + np.arange(count)).ravel()
    return rows


def _keep(
    graph: Any, result: str, rows: npt.NDArray[np.int64], less: npt.NDArray[np.float32] | float = 0.0
) -> None:
    """Leave out all but some numbers of the result of a last convolution, and take away `less`."""
    from onnx import numpy_helper

    (maker,) = (node for node in graph.node if result in node.output)
    _, weight, bias = maker.input
    for constant in graph.initializer:
        if constant.name in (weight, bias):
            kept = numpy_helper.to_array(constant)[rows]
            if constant.name == bias:
                kept = kept - np.float32(less)
            constant.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(kept), constant.name))


def _constants(kept: Sequence[int], found: Sequence[Sequence[int]], wanted: Sequence[int]) -> list[Any]:
    """What the operators between the networks need, by name.

    `kept` are the points of the mesh, `found` those of each result of the second look.
    """
    from onnx import numpy_helper

    row = {point: n for n, point in enumerate(kept)}
    widest = max(map(len, found))
    again = {point: len(kept) + n * widest + k for n, own in enumerate(found) for k, point in enumerate(own)}
    corner = dict.fromkeys(_LEFT_IRIS, _LEFT_EYE[0]) | dict.fromkeys(_RIGHT_IRIS, _RIGHT_EYE[0])
    steps = AROUND * ((np.arange(_PART_SIDE) + 0.5) / _PART_SIDE - 0.5)
    across, down = np.meshgrid(steps, steps)
    whole: dict[str, Any] = {
        "by_point": (-1, 3),
        "columns_xy": (0, 1),
        "column_z": (2,),
        "by_axis": (-1, 2, 2),
        "outermost_points": [[row[point] for point in each] for each in _OUTERMOST],
        "by_grid": (len(_PARTS), _PART_SIDE, _PART_SIDE, 2),
        "by_part": (len(found), widest, 2),
        "part_of": _PART_OF,
        "two_and_one": (2, 1),
        "by_row": (-1, 2),
        "wanted_xy": [again[point] if point in again else row[point] for point in wanted],
        "wanted_z": [row[corner.get(point, point)] for point in wanted],
    }
    unit = AROUND / _PART_RANGE
    real: dict[str, Any] = {
        "ends_less_begins": [_only(row, end) - _only(row, begin) for begin, end in _LEVEL],
        "with_quarter_turn": [[1, 0, 0, 1], [0, 1, -1, 0]],
        "steps": np.column_stack([across.ravel(), down.ravel(), np.full(across.size, 0.5)]) * 2 / SIDE,
        "units_and_corner": [[unit, 0, 0], [0, unit, 0], [-AROUND / 2, -AROUND / 2, 0.5]],
    }
    return [
        numpy_helper.from_array(np.ascontiguousarray(value, kind), name)
        for kind, values in ((np.int64, whole), (np.float32, real))
        for name, value in values.items()
    ]


def _only(row: Mapping[int, int], point: int) -> npt.NDArray[np.float64]:
    """What takes one point's row out of those of the mesh."""
    taken = np.zeros(len(row))
    taken[row[point]] = 1
    return taken

"""A network in eight bits says nearly what it says in floating point, and no less steadily."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from onnx import TensorProto, helper, load_from_string, numpy_helper

from models.network import cpu_session
from models.vision import body_points
from models.vision.body_points import BodyPoints
from models.vision.detector import Detector
from models.vision.eight_bits import blocks, in_eight_bits
from models.vision.pictures import Image
from models.vision.regions import Region
from tests.models.vision.portrait import PERSON

SIDE, CHANNELS, WIDER = 12, 16, 48


def residuals(count: int) -> bytes:
    """Inverted residuals one behind the other, each added to what went into it."""
    rng = np.random.default_rng(3)
    nodes: list[Any] = []
    constants = [numpy_helper.from_array(np.float32(each), f"at {each}") for each in (0, 6)]

    def convolve(x: str, shape: tuple[int, ...], **options: object) -> str:
        weight = rng.normal(0, 1.4 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32)
        bias = rng.normal(0, 0.5, shape[0]).astype(np.float32)
        names = [f"{kind} {len(constants)}" for kind in ("weight", "bias")]
        constants.extend(map(numpy_helper.from_array, (weight, bias), names))
        return add("Conv", x, *names, **options)

    def add(operator: str, *inputs: str, **options: object) -> str:
        nodes.append(helper.make_node(operator, inputs, [f"result {len(nodes)}"], **options))
        return f"result {len(nodes) - 1}"

    x = "image"
    for _ in range(count):
        wide = add("Clip", convolve(x, (WIDER, CHANNELS, 1, 1)), "at 0", "at 6")
        looked = convolve(wide, (WIDER, 1, 3, 3), group=WIDER, pads=[1, 1, 1, 1])
        narrow = convolve(add("Clip", looked, "at 0", "at 6"), (CHANNELS, WIDER, 1, 1))
        x = add("Add", narrow, x)
    shape = [1, CHANNELS, SIDE, SIDE]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, shape)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data


def run(network: bytes) -> npt.NDArray[np.float32]:
    image = np.random.default_rng(1).normal(0, 1, (1, CHANNELS, SIDE, SIDE)).astype(np.float32)
    (result,) = cpu_session(network).run(None, {"image": image})
    return np.asarray(result)


def test_blocks_say_the_same_in_eight_bits() -> None:
    network = residuals(2)
    expected = run(network)

    own = run(in_eight_bits(network, [(-5.0, 5.0), (-8.0, 8.0)]))

    assert np.abs(own - expected).max() > 0
    assert np.abs(own - expected).mean() < 0.02 * np.abs(expected).mean()


def test_only_blocks_of_known_range_change() -> None:
    network = residuals(3)

    def kinds(ranges: list[tuple[float, float] | None]) -> list[str]:
        return [node.op_type for node in load_from_string(in_eight_bits(network, ranges)).graph.node]

    assert len(blocks(network)) == 3
    assert kinds([]) == [node.op_type for node in load_from_string(network).graph.node]
    assert kinds([None, (-8.0, 8.0)]).count("QLinearConv") == 2
    assert kinds([None, (-8.0, 8.0)]).count("Conv") == 6


def test_what_lies_beyond_the_range_is_cut_off() -> None:
    network = residuals(1)

    narrow, wide = (run(in_eight_bits(network, [(-x, x)])) for x in (0.5, 5.0))

    assert np.abs(narrow - wide).mean() > 10 * np.abs(run(network) - wide).mean()


@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_a_body_is_where_it_is_in_floating_point(gain: float) -> None:
    image: Image = (PERSON * gain).astype(np.uint8)
    own, floating = BodyPoints(), BodyPoints()
    floating._network = cpu_session(body_points.following())

    told = []
    for n in range(4):
        region = Region(230 + 10 * n, 330, 700 + 30 * n, 0.05 * n)
        told.append([np.asarray(each._look(image, region)) for each in (own, floating)])
    apart = np.array([np.hypot(*(ours - theirs)[:, :2].T)[[0, 7, 8, 11, 12]] for ours, theirs in told])

    shoulders = float(np.hypot(*(told[0][1][11] - told[0][1][12])[:2]))
    assert apart.mean() < 0.01 * shoulders
    assert apart.max() < 0.03 * shoulders


def test_bodies_are_detected_as_in_floating_point() -> None:
    floating = Detector(body_points.detecting(), 224, (8, 16, 32, 32, 32))

    (own,), (other,) = (each.find(PERSON, 0.5) for each in (body_points._detector(), floating))

    assert own.score == pytest.approx(other.score, abs=0.02)
    assert np.abs(own.points[:2] - other.points[:2]).max() < 0.02 * np.hypot(
        *(other.points[1] - other.points[0])
    )

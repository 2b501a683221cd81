"""Prints what the networks for bodies have in them, for the ranges that eight bits have to tell.

    python -m models.training.ranges FOLDER

FOLDER holds films of people before a camera, in front and to the side, near and far. A line for each inverted
residual: the lowest and the highest value that went into it, a tenth more than was seen, outwards to a whole
number. They stand in models/vision/body_points.py.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import av.error
import click
import numpy as np

from models.network import cpu_session
from models.vision import body_points
from models.vision.body_points import BodyPoints
from models.vision.eight_bits import Range, blocks
from models.vision.pictures import Image, reduce
from models.vision.posture import PostureStage

MORE = 1.1
"""How much further than what was seen the ranges go."""


class Watched:
    """A network in floating point, and the ranges of what went into its inverted residuals."""

    def __init__(self, network: bytes) -> None:
        from onnx import TensorProto, helper, load_from_string

        model = load_from_string(network)
        self._results = [each.name for each in model.graph.output]
        self._names = blocks(network)
        for name in self._names:
            model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        self._network = cpu_session(model.SerializeToString())
        self.ranges: list[Range] = [(0.0, 0.0)] * len(self._names)

    def run(self, _: None, given: dict[str, Any]) -> Any:
        """The results for a picture, as a session has them."""
        told = self._network.run([*self._results, *self._names], given)
        inside = told[len(self._results) :]
        self.ranges = [
            (min(low, float(each.min())), max(high, float(each.max())))
            for (low, high), each in zip(self.ranges, inside, strict=True)
        ]
        return told[: len(self._results)]


def pictures(path: Path) -> Iterator[Image]:
    """Of a film, as many as the posture stage looks at."""
    with av.open(str(path)) as film:
        due = -math.inf
        for frame in film.decode(video=0):
            if frame.time is not None and frame.time >= due:
                due = frame.time + 1 / PostureStage.fps
                yield reduce(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Print the ranges found in the films in FOLDER."""
    detecting, following = Watched(body_points.detecting()), Watched(body_points.following())
    for path in sorted(folder.iterdir()):
        body = BodyPoints()
        body._network, body._detector._network = following, detecting
        try:
            for image in pictures(path):
                body.find(image)
                body._detector.find(image, body_points.PRESENT)
        except (av.error.FFmpegError, IndexError):
            click.echo(f"{path.name}: left out, no film", err=True)
    for name, watched in {"detecting": detecting, "following": following}.items():
        click.echo(f"{name}:")
        for low, high in watched.ranges:
            click.echo(f"({math.floor(MORE * low)}, {math.ceil(MORE * high)}),")


if __name__ == "__main__":
    main()

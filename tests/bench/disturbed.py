"""How well is still seen what a bad line, bad light or a small picture leave of it.

The labelled clips of `rapport bench seeing`, coded in VP8 as a browser does while it films: as they are, at
the rate of a bad line, half as large, with few frames a second, dark with a camera's noise, and in glaring
light. Each has the figures of `rapport bench seeing` that say how much was told right, and `unsure`, the
shares of which nothing was said. Everything is the same at every run.

Without a folder, a photograph that comes and goes is all there is to see.
"""

import tempfile
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from sessions.intake import Cadence
from sessions.media import open_media
from tests.bench.labels import Clip
from tests.bench.running import say, show
from tests.bench.seeing import labelled_clips, summary, watched

FIGURES = (
    "face_f1",
    "camera_balanced_accuracy",
    "smile_balanced_accuracy",
    "head_accuracy",
    "blinks",
    "unsure",
)
LIVE = {"deadline": "realtime", "cpu-used": "-8", "error-resilient": "1", "lag-in-frames": "0"}
"""Settings of the encoder while it films; at speed -8 it takes no more or less trouble on a busy machine."""
TIMES = Fraction(1, 1000)
BRIGHTNESS = np.arange(256, dtype=np.float32) / 255


@dataclass(frozen=True)
class Disturbance:
    """What becomes of a picture on its way."""

    kbps: int = 800
    """Rate of the line, kbit/s."""
    scale: float = 1.0
    """Of its sides."""
    fps: float = 30.0
    """Frames a second, at most."""
    gamma: float = 1.0
    """Power to which brightness 0..1 is raised."""
    noise: float = 0.0
    """Standard deviation of what is added to each value 0..255."""


DISTURBANCES = {
    "as_it_is": Disturbance(),
    "line_of_150_kbps": Disturbance(kbps=150),
    "half_as_large": Disturbance(scale=0.5),
    "12_frames_a_second": Disturbance(fps=12),
    "dark": Disturbance(gamma=2.5, noise=6),
    "bright": Disturbance(gamma=0.5),
}


def run(data: Path | None) -> dict[str, Any]:
    """Measure; `data` is a folder of clips."""
    began = time.monotonic()
    with labelled_clips(data) as (clips, skipped):
        figures: dict[str, Any] = {"skipped": skipped}
        for name, disturbance in DISTURBANCES.items():
            say(f"{name} …")
            figures[name] = _figures(clips, disturbance)
    figures["took_s"] = time.monotonic() - began
    show(figures)
    return figures


def _figures(clips: list[Clip], disturbance: Disturbance) -> dict[str, Any]:
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        for clip in clips:
            seen.append(watched(disturbed(clip, disturbance, Path(folder))))
            # they hold pictures, which nobody looks at again
            seen[-1].extremes.clear()
    told = summary(seen)
    return {name: told[name] for name in FIGURES}


def disturbed(clip: Clip, disturbance: Disturbance, folder: Path) -> Clip:
    """The clip as it comes out of the line, written to `folder`; its times and labels stay."""
    path, cadence = folder / f"{Path(clip.name).stem}.webm", Cadence(disturbance.fps)
    chance = np.random.default_rng(0)
    with av.open(str(path), "w") as file:
        stream: Any = None
        for frame, t in clip.media.video():
            if not cadence.due(t):
                continue
            picture = _spoiled(frame, disturbance, chance)
            if stream is None:
                stream = file.add_stream("libvpx", 30)
                stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
                stream.bit_rate, stream.options = 1000 * disturbance.kbps, LIVE
                stream.codec_context.time_base = TIMES
            picture.pts, picture.time_base = round(t / TIMES), TIMES
            file.mux(stream.encode(picture))
        file.mux(stream.encode())
    return replace(clip, media=open_media(path))


def _spoiled(frame: av.VideoFrame, disturbance: Disturbance, chance: np.random.Generator) -> av.VideoFrame:
    width, height = (2 * round(disturbance.scale * side / 2) for side in (frame.width, frame.height))
    picture = frame.reformat(width, height, "rgb24")
    if (disturbance.gamma, disturbance.noise) != (1.0, 0.0):
        image = BRIGHTNESS.take(np.asarray(picture.to_ndarray(), np.uint8)) ** np.float32(disturbance.gamma)
        image += chance.standard_normal(image.shape, np.float32) * np.float32(disturbance.noise / 255)
        picture = av.VideoFrame.from_ndarray((255 * image).clip(0, 255).astype(np.uint8), "rgb24")
    return picture.reformat(format="yuv420p")

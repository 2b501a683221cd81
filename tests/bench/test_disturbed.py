"""What the benchmark of disturbed pictures does to a clip."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.bench.disturbed import Disturbance, disturbed
from tests.bench.labels import Clip, open_labels
from tests.fixtures import media

SECONDS = 2.0


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    """Two seconds of somebody."""
    film = media.write_clip(tmp_path / "film.mp4", SECONDS, silent=True)
    (tmp_path / "labels.json").write_text(json.dumps({"clips": {film.name: {"face": [[0, SECONDS, "yes"]]}}}))
    return open_labels(tmp_path)[0][0]


def pictures(clip: Clip) -> list[tuple[npt.NDArray[np.float64], float]]:
    """Every frame in luma 0..255, with its time."""
    return [(frame.to_ndarray(format="gray").astype(float), t) for frame, t in clip.media.video()]


def test_times_and_labels_stay(clip: Clip, tmp_path: Path) -> None:
    """To the millisecond, and each picture is still about what it was."""
    before, after = pictures(clip), pictures(disturbed(clip, Disturbance(), tmp_path))
    assert [t for _, t in after] == pytest.approx([t for _, t in before], abs=0.001)
    assert np.abs(after[-1][0] - before[-1][0]).mean() < 4


def test_it_is_the_same_at_every_run(clip: Clip, tmp_path: Path) -> None:
    """Noise and coding as well."""
    noisy = Disturbance(kbps=100, noise=6)
    one, other = (pictures(disturbed(clip, noisy, tmp_path)) for _ in range(2))
    assert all((a == b).all() for (a, _), (b, _) in zip(one, other, strict=True))


def test_each_disturbance_does_what_it_says(clip: Clip, tmp_path: Path) -> None:
    """Size, frames a second, light and noise."""
    whole = pictures(clip)
    height, width = whole[0][0].shape
    half = pictures(disturbed(clip, Disturbance(scale=0.5), tmp_path))
    assert half[0][0].shape == (height // 2, width // 2)
    few = pictures(disturbed(clip, Disturbance(fps=10), tmp_path))
    assert len(few) == pytest.approx(10 * SECONDS, abs=1)
    dark = pictures(disturbed(clip, Disturbance(gamma=2.5), tmp_path))
    bright = pictures(disturbed(clip, Disturbance(gamma=0.5), tmp_path))
    assert dark[0][0].mean() < 0.8 * whole[0][0].mean() < whole[0][0].mean() < bright[0][0].mean()


def test_a_bad_line_leaves_less(clip: Clip, tmp_path: Path) -> None:
    """The lower the rate, the further from what was sent."""
    sent = pictures(clip)

    def loss(kbps: int) -> float:
        came = pictures(disturbed(clip, Disturbance(kbps=kbps), tmp_path))
        return float(np.mean([np.abs(a - b).mean() for (a, _), (b, _) in zip(sent, came, strict=True)]))

    assert loss(30) > 1.3 * loss(2000)

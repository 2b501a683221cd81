"""From frames to chunks."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.stage import SAMPLE_RATE, AudioChunk
from sessions.intake import AudioIntake, Cadence, video_chunk


def frame(samples: int, rate: int = 48_000, layout: str = "stereo", hz: float = 450.0) -> av.AudioFrame:
    wave = (np.sin(2 * np.pi * hz * np.arange(samples) / rate) * 20_000).astype(np.int16)
    channels = len(av.AudioLayout(layout).channels)
    made = av.AudioFrame.from_ndarray(np.repeat(wave, channels)[None], format="s16", layout=layout)
    made.sample_rate, made.time_base = rate, Fraction(1, rate)
    return made


def run(times: list[float]) -> list[AudioChunk]:
    intake = AudioIntake()
    chunks = [chunk for t in times for chunk in intake.add(frame(960), t)]
    return chunks + intake.flush()


def test_packets_become_blocks_of_100_ms_without_a_seam() -> None:
    chunks = run([n * 0.02 for n in range(50)])
    assert 9 <= len(chunks) <= 11
    assert all(abs(b.t - a.end) < 1e-6 for a, b in pairwise(chunks))
    assert chunks[-1].end == pytest.approx(1.0, abs=0.01)


def test_stereo_keeps_its_pitch() -> None:
    sound = np.concatenate([chunk.samples for chunk in run([n * 0.02 for n in range(50)])])
    spectrum = np.abs(np.fft.rfft(sound[: SAMPLE_RATE // 2]))
    assert spectrum.argmax() * 2 == pytest.approx(450, abs=2)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 96_000])
@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_any_rate_and_layout(rate: int, layout: str) -> None:
    intake = AudioIntake()
    chunks = [
        c for n in range(20) for c in intake.add(frame(rate // 10, rate, layout), n * (rate // 10) / rate)
    ]
    chunks += intake.flush()
    assert chunks[-1].end == pytest.approx(2.0, abs=0.05)


def test_short_losses_become_silence_and_long_ones_a_hole() -> None:
    short = run([0.0, 0.02, 0.04, 0.16, 0.18])
    assert all(abs(b.t - a.end) < 1e-6 for a, b in pairwise(short))
    assert short[-1].end == pytest.approx(0.2, abs=0.01)
    long = run([0.0, 0.02, 0.04, 3.0, 3.02])
    assert [chunk.t for chunk in long] == pytest.approx([0.0, 3.0])


def test_late_first_packets_do_not_make_all_others_late() -> None:
    late = [0.3, 0.3, 0.3, 0.3, 0.3, 0.3]
    chunks = run([*late, *(n * 0.02 for n in range(16, 50))])
    assert chunks[0].t == pytest.approx(0.3)
    assert chunks[-1].end == pytest.approx(1.0, abs=0.045)


@settings(max_examples=30)
@given(st.lists(st.floats(-1, 2), min_size=1, max_size=30))
def test_chunks_never_overlap(steps: list[float]) -> None:
    chunks = run(np.maximum(np.cumsum(steps), 0).tolist())
    assert all(b.t >= a.end - 1e-6 for a, b in pairwise(chunks))


def test_large_pictures_are_scaled_and_keep_their_shape() -> None:
    image = np.zeros((1080, 1920, 3), np.uint8)
    assert video_chunk(av.VideoFrame.from_ndarray(image, "rgb24"), 0.0).image.shape == (360, 640, 3)
    small = np.zeros((120, 160, 3), np.uint8)
    assert video_chunk(av.VideoFrame.from_ndarray(small, "rgb24"), 0.0).image.shape == (120, 160, 3)


@pytest.mark.parametrize("source", [7, 15, 29.97, 30, 60])
def test_cadence_holds_its_rate(source: float) -> None:
    cadence = Cadence(10)
    looked = sum(cadence.due(n / source) for n in range(round(source * 10)))
    assert looked == pytest.approx(min(source, 10) * 10, rel=0.12)

"""Media files as a candidate's camera and microphone: frames with times on one axis that begins at 0."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from aiortc.codecs.opus import OpusDecoder, OpusEncoder
from aiortc.jitterbuffer import JitterFrame

from sessions.intake import rgb

NOT_MEDIA = frozenset({"tty", "image2", "png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe", "gif", "svg_pipe"})
"""FFmpeg's readers that would take a text or a still picture for a film."""
SHORTEST_S = 0.5
CALL_RATE = 48_000
PACKET = 960
"""Samples of a packet: 20 ms, as browsers send them."""


class BadMedia(Exception):
    """The file cannot be analysed; one line says why and what to do."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that was looked into and found usable."""

    path: Path
    duration: float
    """Seconds; of a truncated file, what is promised rather than what is there."""
    has_video: bool
    has_audio: bool
    start: float
    """Stamp in seconds of the earliest stream, subtracted from every time."""

    def video(self) -> Iterator[tuple[av.VideoFrame, float]]:
        """Pictures, upright, each with its time in seconds; ends early where a truncated file does."""
        for frame, t in self._frames("video"):
            assert isinstance(frame, av.VideoFrame)
            yield upright(frame), t

    def microphone(self) -> Iterator[tuple[av.AudioFrame, float]]:
        """The sound as a call's microphone gives it: 20 ms of 16-bit stereo at 48 kHz, each with its time."""
        resampler = av.AudioResampler("s16", "stereo", CALL_RATE, PACKET)
        first: float | None = None
        given = 0
        for frame, t in self._frames("audio"):
            assert isinstance(frame, av.AudioFrame)
            first = t if first is None else first
            frame.pts = None
            for packet in resampler.resample(frame):
                packet.pts, packet.time_base = round(first * CALL_RATE) + given, Fraction(1, CALL_RATE)
                yield packet, first + given / CALL_RATE
                given += packet.samples

    def heard(self) -> Iterator[tuple[av.AudioFrame, float]]:
        """The sound as it comes out of a call, coded with Opus and decoded again.

        Recognisers answer to small differences; so a file is read as the same session would be live.
        """
        encoder, decoder = OpusEncoder(), OpusDecoder()
        first: float | None = None
        for sound, t in self.microphone():
            first = t if first is None else first
            payloads, stamp = encoder.encode(sound)
            for payload in payloads:
                for frame in decoder.decode(JitterFrame(payload, stamp)):
                    yield frame, first + stamp / CALL_RATE

    def _frames(self, kind: str) -> Iterator[tuple[av.VideoFrame | av.AudioFrame, float]]:
        latest = 0.0
        with av.open(self.path) as container:
            stream = next(each for each in container.streams if each.type == kind)
            stream.codec_context.thread_type = "AUTO"
            packets = container.demux(stream)
            while True:
                try:
                    packet = next(packets, None)
                    frames = packet.decode() if packet is not None else []
                except av.error.FFmpegError:
                    # a damaged packet costs what it held; the end of a truncated file ends the demuxer
                    continue
                if packet is None:
                    return
                for frame in frames:
                    assert isinstance(frame, av.VideoFrame | av.AudioFrame)
                    latest = latest if frame.time is None else max(0.0, frame.time - self.start)
                    yield frame, latest


def open_media(path: Path) -> MediaFile:
    """Look into a media file. Raises BadMedia when there is nothing in it to analyse."""
    if not path.exists():
        raise BadMedia(f"{path}: there is no such file")
    if path.is_dir():
        raise BadMedia(f"{path}: this is a folder; name a video or audio file")
    if path.stat().st_size == 0:
        raise BadMedia(f"{path}: the file is empty")
    try:
        with av.open(path) as container:
            if NOT_MEDIA & set(container.format.name.split(",")):
                raise BadMedia(f"{path}: this is not a video or audio file")
            streams = {
                each.type: each for each in reversed(container.streams) if each.type in ("video", "audio")
            }
            starts = [
                float(s.start_time * s.time_base) for s in streams.values() if s.start_time and s.time_base
            ]
            promised = (container.duration or 0) / 1_000_000
    except av.error.FFmpegError as error:
        raise BadMedia(
            f"{path}: cannot be read as video or audio ({error.strerror}); is the file whole?"
        ) from None
    if not streams:
        raise BadMedia(f"{path}: there is neither picture nor sound in this file")
    start = min(starts) if len(starts) == len(streams) else min([0.0, *starts])
    media = MediaFile(path, promised, "video" in streams, "audio" in streams, start)
    seen = max((_reach(media, kind) for kind in streams), default=0.0)
    if seen < SHORTEST_S:
        raise BadMedia(f"{path}: less than {SHORTEST_S} s of it can be decoded; is the file whole?")
    return media


def _reach(media: MediaFile, kind: str) -> float:
    """How far a track goes, in seconds, looking no further than needed."""
    t = 0.0
    for _, t in media._frames(kind):
        if t >= SHORTEST_S:
            break
    return t


def upright(frame: av.VideoFrame) -> av.VideoFrame:
    """The picture turned the way that the file's display matrix says."""
    turns = round(frame.rotation / 90) % 4
    if not turns:
        return frame
    turned = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.rot90(rgb(frame), turns)), "rgb24")
    turned.pts, turned.time_base = frame.pts, frame.time_base
    return turned

"""Received packets as a film: WebM for VP8, Matroska for H.264, with Opus; nothing is coded anew.

The film's time is session time. Sound is there from 0 to the end, silence where none was received, so that
every player keeps picture and sound together over gaps; a picture stands until the next one.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import IO, Any, Literal, TypeAlias

import av
import av.error

Codec: TypeAlias = Literal["opus", "VP8", "H264"]

SILENCE = b"\xf8\xff\xfe"
"""20 ms of silence in Opus: full-band CELT with nothing coded (RFC 6716 §3.1, §4.3)."""
SILENCE_S = 0.02
OVERLAP_S = 0.005
"""Sound may begin this much before the end of the sound before it, which is what rounding makes of it."""
LATEST_S = 1.0
"""How much later than a picture sound of the same time may arrive."""
OPUS_RATE = 48_000
MILLISECONDS = Fraction(1, 1000)
VIDEO_TYPES: dict[Codec, str] = {"VP8": "video/webm", "H264": "video/x-matroska"}
AUDIO_TYPE = "audio/webm"


@dataclass(frozen=True, slots=True)
class Packet:
    """An encoded picture or packet of sound, as it came out of the jitter buffer."""

    t: float
    """Session time, s."""
    codec: Codec
    key: bool
    """A picture that needs no earlier one; always true of sound."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """What must be known of the pictures before the first one is written."""

    codec: Codec
    first: bytes
    """The first key frame."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a VP8 key frame (RFC 6386 §9.1)."""
        return tuple(int.from_bytes(self.first[at : at + 2], "little") & 0x3FFF for at in (6, 8))  # type: ignore[return-value]


def first_picture(packets: Iterable[Packet]) -> Picture | None:
    """The first key frame, where there is one."""
    return next(
        (
            Picture(packet.codec, packet.data)
            for packet in packets
            if packet.codec != "opus" and packet.key and len(packet.data) >= 10
        ),
        None,
    )


def media_type(picture: Picture | None) -> str:
    """The film's MIME type."""
    return VIDEO_TYPES[picture.codec] if picture else AUDIO_TYPE


def write_film(packets: Iterable[Packet], picture: Picture | None, out: IO[bytes] | io.RawIOBase) -> float:
    """Write `packets` as a film, playable and seekable; its length in seconds.

    `picture` is the first of them, as by `first_picture`; pictures of another codec are left out.
    """
    name = "matroska" if picture and picture.codec == "H264" else "webm"
    # else the file would hold random numbers, and the same packets give another file each time
    options = {"fflags": "bitexact"}
    end = 0.0
    with av.open(out, "w", format=name, options=options) as container:
        streams: dict[str, Any] = {}
        if picture:
            streams["picture"] = _picture_stream(container, picture)
        streams["sound"] = container.add_stream("libopus", OPUS_RATE, layout="stereo")
        for packet in _in_sync(packets, picture.codec if picture else None):
            made = av.Packet(packet.data)
            made.stream = streams["sound" if packet.codec == "opus" else "picture"]
            made.pts = made.dts = round(packet.t * 1000)
            made.time_base = MILLISECONDS
            made.is_keyframe = packet.key
            if packet.codec == "opus":
                made.duration = round(1000 * opus_seconds(packet.data))
            container.mux_one(made)
            end = max(end, packet.t)
    return end


def _picture_stream(container: Any, picture: Picture) -> Any:
    if picture.codec == "VP8":
        width, height = picture.size
        return container.add_mux_stream("vp8", width=width, height=height)
    # the demuxer of the bare stream finds its parameter sets, which Matroska keeps in its header
    with av.open(io.BytesIO(picture.first), format="h264") as bare:
        return container.add_stream_from_template(bare.streams.video[0], opaque=True)


def _in_sync(packets: Iterable[Packet], pictures: Codec | None) -> Iterator[Packet]:
    """The packets with increasing times, pictures from a key frame on, holes in the sound filled."""
    heard_until, shown_ms, broken = 0.0, -1, True
    for packet in packets:
        if packet.codec == "opus":
            if packet.t < heard_until - OVERLAP_S:
                continue
            yield from _silence(heard_until, packet.t)
            heard_until = max(packet.t, heard_until) + opus_seconds(packet.data)
            yield packet
        elif packet.codec == pictures:
            broken = broken and not packet.key
            if broken:
                continue
            # pictures that came in one go are shown one after the other: each builds on the one before
            shown_ms = max(shown_ms + 1, round(packet.t * 1000))
            silent_until = packet.t - LATEST_S
            yield from _silence(heard_until, silent_until)
            heard_until += SILENCE_S * _packets_of_silence(heard_until, silent_until)
            yield replace(packet, t=shown_ms / 1000)
    yield from _silence(heard_until, shown_ms / 1000)


def _packets_of_silence(start: float, end: float) -> int:
    return max(0, int((end - start + OVERLAP_S) / SILENCE_S))


def _silence(start: float, end: float) -> Iterator[Packet]:
    for n in range(_packets_of_silence(start, end)):
        yield Packet(start + n * SILENCE_S, "opus", True, SILENCE)


def opus_seconds(data: bytes) -> float:
    """How long an Opus packet sounds (RFC 6716 §3.1, §3.2)."""
    if not data:
        return 0.0
    config, code = data[0] >> 3, data[0] & 3
    if config < 12:
        frame = (10.0, 20.0, 40.0, 60.0)[config & 3]
    elif config < 16:
        frame = (10.0, 20.0)[config & 1]
    else:
        frame = (2.5, 5.0, 10.0, 20.0)[config & 3]
    count = (1, 2, 2, data[1] & 0x3F if len(data) > 1 else 0)[code]
    return frame * count / 1000

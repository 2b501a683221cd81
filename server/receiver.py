"""What is changed in aiortc's receiver: frames are handed on at once, and what waits is bounded.

aiortc's own jitter buffer, made for play-out, holds a picture until the next one begins (33 ms at 30 frames
a second) and sound until four later packets are there (80 ms, and 300 ms for good after the first lost
packet). Analysis needs no even play-out, only order: a picture is whole with the packet that carries the
RTP marker (RFC 7741 §4.1), and every Opus packet is whole by itself (RFC 7587 §4.2).

Encoded pictures wait for aiortc's decoder thread in a queue without bound, so that on a machine that falls
behind, feedback would be about an ever older past. What reaches that queue is what a recording keeps, so it
is also where encoded frames can be tapped.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_gt

from sessions import metrics

Tap: TypeAlias = Callable[[RTCRtpCodecParameters, JitterFrame], bool]
"""Is shown every encoded frame on the event loop, stamped as it will be when decoded; true asks the sender
for a key frame."""
_BUFFER, _QUEUE, _ERROR, _MAPPER = (
    f"_RTCRtpReceiver__{name}"
    for name in ("jitter_buffer", "decoder_queue", "decoder_error", "timestamp_mapper")
)


class PictureBuffer(JitterBuffer):  # type: ignore[misc]
    """Releases a picture with its last packet; packets that are missing are waited for as in aiortc."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity, is_video=True)

    def further(self) -> Iterator[JitterFrame]:
        """Further pictures that are whole.

        A packet that comes late makes several pictures whole, of which aiortc takes one: the others would be
        late for good.
        """
        while (frame := self._remove_frame(0)) is not None:
            yield frame

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        packets: list[RtpPacket] = []
        for count in range(self._capacity):
            packet = self._packets[(self._origin + count) % self._capacity]
            if packet is None:
                return None
            if packets and packet.timestamp != packets[0].timestamp:
                break
            packets.append(packet)
            if packet.marker:
                break
        self.remove(len(packets))
        return JitterFrame(data=b"".join(each._data for each in packets), timestamp=packets[0].timestamp)


class SoundBuffer:
    """Releases every packet at once; one that was overtaken is dropped, 20 ms that become silence."""

    def __init__(self) -> None:
        self._newest: int | None = None

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """The frame in `packet`, if it is newer than all before; never asks for a key frame."""
        if self._newest is not None and not uint16_gt(packet.sequence_number, self._newest):
            return False, None
        self._newest = packet.sequence_number
        return False, JitterFrame(data=packet._data, timestamp=packet.timestamp)


class TappedQueue(queue.Queue[Any]):
    """Encoded frames that wait for the decoder, each shown to `tap` first."""

    def __init__(self, tap: Tap, ask_for_key_frame: threading.Event) -> None:
        super().__init__()
        self._tap = tap
        self._ask = ask_for_key_frame

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Let a (codec, JitterFrame) wait, or None, which ends the decoder."""
        if item is not None:
            if self._tap(*item):
                self._ask.set()
            if not self._keeps(*item):
                return
        super().put(item, block, timeout)

    def _keeps(self, codec: RTCRtpCodecParameters, frame: JitterFrame) -> bool:
        return True


class DecoderQueue(TappedQueue):
    """Encoded pictures that wait for the decoder. When it is too far behind they are dropped up to the next
    key frame, which is asked for: pictures in between build on dropped ones.
    """

    BEHIND = 15
    """Pictures that may wait: half a second."""

    def __init__(
        self, tap: Tap, ask_for_key_frame: threading.Event, further: Callable[[], Iterator[JitterFrame]]
    ) -> None:
        """`further` are pictures that became whole together with one that is put."""
        super().__init__(tap, ask_for_key_frame)
        self._further = further
        self._dropping = False

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """See `TappedQueue`."""
        super().put(item, block, timeout)
        if item is not None:
            for frame in self._further():
                super().put((item[0], frame), block, timeout)

    def _keeps(self, codec: RTCRtpCodecParameters, frame: JitterFrame) -> bool:
        behind = self._dropping or self.qsize() >= self.BEHIND
        self._dropping = behind and not is_key_frame(codec.name, frame.data)
        if self._dropping:
            metrics.DROPPED_FRAMES.inc(1 + self._empty())
            self._ask.set()
        return not self._dropping

    def _empty(self) -> int:
        count = 0
        while True:
            try:
                self.get_nowait()
            except queue.Empty:
                return count
            count += 1


def is_key_frame(codec: str, data: bytes) -> bool:
    """Whether an encoded VP8 (RFC 6386 §9.1) or H.264 (NAL units 5 and 7) picture needs no earlier one."""
    if codec == "VP8":
        return bool(data) and not data[0] & 1
    return any(part and part[0] & 0x1F in (5, 7) for part in data.split(b"\x00\x00\x01")[1:])


def make_prompt(receiver: RTCRtpReceiver, tap: Tap) -> None:
    """Give an aiortc receiver the parts above; to be called before media flows."""
    buffer: JitterBuffer = getattr(receiver, _BUFFER)
    ask = getattr(receiver, _ERROR)
    if buffer._is_video:
        pictures, mapper = PictureBuffer(buffer.capacity), getattr(receiver, _MAPPER)

        def further() -> Iterator[JitterFrame]:
            for frame in pictures.further():
                yield JitterFrame(frame.data, mapper.map(frame.timestamp))

        setattr(receiver, _BUFFER, pictures)
        setattr(receiver, _QUEUE, DecoderQueue(tap, ask, further))
    else:
        setattr(receiver, _BUFFER, SoundBuffer())
        setattr(receiver, _QUEUE, TappedQueue(tap, ask))

"""Jitter buffers that hand a frame on as soon as it is whole.

aiortc's own buffer, made for play-out, holds a picture until the next one begins (33 ms at 30 frames a
second) and sound until four later packets are there (80 ms, and 300 ms for good after the first lost
packet). Analysis needs no even play-out, only order: a picture is whole with the packet that carries the
RTP marker (RFC 7741 §4.1), and every Opus packet is whole by itself (RFC 7587 §4.2).
"""

from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_gt

_ATTRIBUTE = "_RTCRtpReceiver__jitter_buffer"


class PictureBuffer(JitterBuffer):  # type: ignore[misc]
    """Releases a picture with its last packet; packets that are missing are waited for as in aiortc."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity, is_video=True)

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


def hand_on_at_once(receiver: RTCRtpReceiver) -> None:
    """Give the receiver one of the buffers above; to be called before media flows."""
    buffer: JitterBuffer = getattr(receiver, _ATTRIBUTE)
    setattr(receiver, _ATTRIBUTE, PictureBuffer(buffer.capacity) if buffer._is_video else SoundBuffer())

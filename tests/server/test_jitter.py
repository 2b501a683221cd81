"""Jitter buffers that hand frames on at once."""

import random

from aiortc import RTCPeerConnection
from aiortc.rtp import RtpPacket

from server.jitter import PictureBuffer, SoundBuffer, hand_on_at_once


def packet(sequence: int, timestamp: int, marker: bool = False) -> RtpPacket:
    made = RtpPacket(sequence_number=sequence % 65536, timestamp=timestamp, marker=marker)
    made._data = bytes([sequence % 256])
    return made


def pictures(count: int, size: int = 3, first: int = 65530) -> list[RtpPacket]:
    """Pictures of `size` packets each; the numbers run over the end of 16 bits."""
    return [
        packet(first + n * size + part, n * 3000, marker=part == size - 1)
        for n in range(count)
        for part in range(size)
    ]


def test_a_picture_comes_with_its_last_packet() -> None:
    buffer = PictureBuffer(512)
    released = [buffer.add(each)[1] for each in pictures(10)]
    assert [frame.timestamp for frame in released if frame] == [n * 3000 for n in range(10)]
    assert [n for n, frame in enumerate(released) if frame] == list(range(2, 30, 3))
    assert all(frame is None or len(frame.data) == 3 for frame in released)


def test_pictures_shuffled_on_the_way_come_out_whole_and_in_order() -> None:
    sent = pictures(40)
    for start in range(1, len(sent) - 4, 5):
        part = sent[start : start + 4]
        random.Random(start).shuffle(part)
        sent[start : start + 4] = part
    buffer = PictureBuffer(512)
    times = [frame.timestamp for each in sent if (frame := buffer.add(each)[1])]
    assert times == sorted(times)
    assert len(times) >= 35


def test_a_lost_packet_is_waited_for_and_then_asked_around() -> None:
    buffer = PictureBuffer(16)
    sent = pictures(20)
    del sent[4]
    asked = [buffer.add(each) for each in sent]
    assert asked[2][1], "the first picture is whole"
    assert not asked[4][1], "the second is not"
    assert any(flag for flag, _ in asked), "a key frame is asked for once the buffer is full"
    assert asked[-1][1], "and later pictures come again"


def test_sound_comes_at_once_and_an_overtaken_packet_is_dropped() -> None:
    buffer = SoundBuffer()
    order = [65534, 65535, 1, 0, 2]
    released = [buffer.add(packet(n, n * 960))[1] for n in order]
    assert [bool(frame) for frame in released] == [True, True, True, False, True]


async def test_aiortc_still_keeps_its_buffer_where_it_is_replaced() -> None:
    connection = RTCPeerConnection()
    try:
        for kind, expected in [("audio", SoundBuffer), ("video", PictureBuffer)]:
            receiver = connection.addTransceiver(kind, direction="recvonly").receiver
            hand_on_at_once(receiver)
            assert isinstance(receiver._RTCRtpReceiver__jitter_buffer, expected)
    finally:
        await connection.close()

"""The changed parts of the receiver."""

import random
import threading
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import RTCPeerConnection
from aiortc.codecs.h264 import H264Encoder, h264_depayload
from aiortc.codecs.vpx import Vp8Encoder, vp8_depayload
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket

from server.receiver import DecoderQueue, PictureBuffer, SoundBuffer, TappedQueue, is_key_frame, make_prompt


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


def test_pictures_behind_a_late_packet_come_out_with_it() -> None:
    buffer = PictureBuffer(512)
    sent = pictures(12, size=1)
    sent.insert(7, sent.pop(1))
    waiting = DecoderQueue(lambda codec, frame: False, threading.Event(), buffer.further)
    codec = RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90_000, payloadType=96)
    counts = []
    for each in sent:
        if (frame := buffer.add(each)[1]) is not None:
            waiting.put((codec, frame))
        counts.append(waiting.qsize())
    assert counts == [*[1] * 7, *range(8, 13)]
    assert [waiting.get()[1].timestamp for _ in sent] == [n * 3000 for n in range(12)]


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


def encoded(codec: str, count: int) -> list[bytes]:
    """Pictures as aiortc hands them to its decoder; only the first is a key frame."""
    encoder = Vp8Encoder() if codec == "VP8" else H264Encoder()
    frames = []
    for n in range(count):
        image = np.full((480, 640, 3), 10 * n, np.uint8)
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts, frame.time_base = n * 3000, Fraction(1, 90_000)
        payloads, _ = encoder.encode(frame)
        depayload = vp8_depayload if codec == "VP8" else h264_depayload
        frames.append(b"".join(map(depayload, payloads)))
    return frames


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_key_frames_are_told_apart(codec: str) -> None:
    assert [is_key_frame(codec, data) for data in encoded(codec, 4)] == [True, False, False, False]


def test_a_decoder_that_is_behind_starts_anew_at_a_key_frame() -> None:
    ask = threading.Event()
    shown: list[int] = []

    def tap(codec: RTCRtpCodecParameters, frame: JitterFrame) -> bool:
        shown.append(frame.timestamp)
        return False

    waiting = DecoderQueue(tap, ask, lambda: iter(()))
    codec = RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90_000, payloadType=96)
    key, delta = b"\x10", b"\x11"
    for n, data in enumerate([key, *[delta] * (DecoderQueue.BEHIND - 1)]):
        waiting.put((codec, JitterFrame(data, n)))
    assert waiting.qsize() == DecoderQueue.BEHIND
    assert not ask.is_set()
    for n in range(5):
        waiting.put((codec, JitterFrame(delta, 100 + n)))
    assert waiting.empty(), "nothing old is decoded any more"
    assert ask.is_set(), "a key frame is asked for"
    waiting.put((codec, JitterFrame(key, 200)))
    waiting.put((codec, JitterFrame(delta, 201)))
    waiting.put(None)
    assert [waiting.get()[1].timestamp for _ in range(2)] == [200, 201]
    assert waiting.get() is None
    assert len(shown) == DecoderQueue.BEHIND + 7, "a tap is shown what is dropped as well"


def test_a_tap_may_ask_for_a_key_frame() -> None:
    ask = threading.Event()
    waiting = TappedQueue(lambda _, frame: frame.timestamp == 2, ask)
    codec = RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90_000, payloadType=96)
    asked = []
    for n in (1, 2):
        waiting.put((codec, JitterFrame(b"", n)))
        asked.append(ask.is_set())
    assert asked == [False, True]
    assert waiting.qsize() == 2


async def test_aiortc_still_keeps_these_parts_where_they_are_replaced() -> None:
    connection = RTCPeerConnection()
    try:
        for kind, expected in [("audio", SoundBuffer), ("video", PictureBuffer)]:
            receiver = connection.addTransceiver(kind, direction="recvonly").receiver
            make_prompt(receiver, lambda codec, frame: False)
            assert isinstance(receiver._RTCRtpReceiver__jitter_buffer, expected)
            assert isinstance(receiver._RTCRtpReceiver__decoder_queue, TappedQueue)
        assert isinstance(receiver._RTCRtpReceiver__decoder_queue, DecoderQueue)
    finally:
        await connection.close()

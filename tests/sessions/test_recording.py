"""From received packets to a film: kept as they came, on session time, whatever happens in between."""

import asyncio
import errno
import io
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder, h264_depayload
from aiortc.codecs.opus import OpusEncoder
from aiortc.codecs.vpx import Vp8Encoder, vp8_depayload
from hypothesis import given
from hypothesis import strategies as st

from server.receiver import is_key_frame
from sessions import recording, sealed
from sessions.recording import KEY_FRAME_EVERY_S, Recorder, Recordings, logged_packets
from sessions.remux import SILENCE, Codec, Packet, first_picture, opus_seconds, write_film

KEY = bytes(range(32))


def pictures(
    start: float, count: int, codec: Codec = "VP8", size: tuple[int, int] = (320, 240)
) -> list[Packet]:
    """`count` pictures at 30 Hz as a connection would bring them; each is lighter than the one before."""
    encoder = Vp8Encoder() if codec == "VP8" else H264Encoder()
    depayload = vp8_depayload if codec == "VP8" else h264_depayload
    made = []
    for n in range(count):
        image = np.full((size[1], size[0], 3), 40 + 2 * (n % 100), np.uint8)
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts, frame.time_base = n * 3000, Fraction(1, 90_000)
        payloads, _ = encoder.encode(frame)
        data = b"".join(map(depayload, payloads))
        made.append(Packet(start + n / 30, codec, is_key_frame(codec, data), data))
    return made


def sounds(start: float, count: int) -> list[Packet]:
    """`count` packets of 20 ms of a tone."""
    encoder, made = OpusEncoder(), []
    for n in range(count):
        t = np.arange(960) / 48_000 + n * 0.02
        tone = np.repeat((8000 * np.sin(2 * np.pi * 400 * t)).astype(np.int16), 2)[None]
        frame = av.AudioFrame.from_ndarray(tone, "s16", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, n * 960, Fraction(1, 48_000)
        payloads, _ = encoder.encode(frame)
        made += [Packet(start + n * 0.02, "opus", True, payload) for payload in payloads]
    return made


def in_order(*packets: Iterable[Packet]) -> list[Packet]:
    return sorted((packet for each in packets for packet in each), key=lambda packet: packet.t)


def film(packets: list[Packet]) -> bytes:
    out = io.BytesIO()
    write_film(packets, first_picture(packets), out)
    return out.getvalue()


def seen(data: bytes) -> list[tuple[float, int, int]]:
    """(time, width, mean luma) of each picture."""
    with av.open(io.BytesIO(data), "r") as container:
        return [
            (round(frame.time or 0, 3), frame.width, int(frame.to_ndarray(format="gray").mean()))
            for frame in container.decode(video=0)
        ]


def heard(data: bytes, rate: int = 8000) -> Any:
    """The film's sound from 0 s on."""
    resampler = av.AudioResampler("flt", "mono", rate)
    with av.open(io.BytesIO(data), "r") as container:
        pieces = []
        for frame in container.decode(audio=0):
            frame.pts = None
            pieces += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
    return np.concatenate(pieces)


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_packets_become_a_film_without_being_coded_anew(codec: Codec) -> None:
    packets = in_order(pictures(0.25, 60, codec), sounds(0.0, 120))
    data = film(packets)
    assert [t for t, _, _ in seen(data)] == [round(0.25 + n / 30, 3) for n in range(60)]
    with av.open(io.BytesIO(data), "r") as container:
        assert container.duration == pytest.approx(2_400_000, abs=20_000)
        kept = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    if codec == "VP8":
        assert kept == [packet.data for packet in packets if packet.codec == "VP8"]
    assert film(packets) == data, "the same packets give the same film"


def test_gaps_are_kept_in_sync() -> None:
    """Nothing from 1 to 4 s, then another connection whose pictures have another size."""
    first = in_order(pictures(0.0, 30), sounds(0.0, 50))
    second = in_order(pictures(4.0, 30, size=(160, 120)), sounds(4.0, 50))
    data = film([*first, *second])
    assert {width for t, width, _ in seen(data) if t < 4} == {320}
    assert {width for t, width, _ in seen(data) if t >= 4} == {160}
    sound = heard(data)
    loud = np.abs(sound[: len(sound) // 80 * 80]).reshape(-1, 80).max(1) > 0.05
    assert loud[5:95].all()
    assert not loud[110:395].any()
    assert loud[405:495].all()


def test_only_sound_only_picture_and_none_of_the_kind_expected() -> None:
    only_sound = film(sounds(1.0, 50))
    assert len(heard(only_sound)) == pytest.approx(16_000, abs=100), "silence up to where it begins"
    only_pictures = film(pictures(1.0, 30))
    assert len(seen(only_pictures)) == 30
    assert not np.abs(heard(only_pictures)).any()


def test_pictures_that_come_in_one_go_are_all_shown() -> None:
    burst = [replace(packet, t=max(packet.t, 0.5)) for packet in pictures(0.0, 30)]
    times = [t for t, _, _ in seen(film(burst))]
    assert len(times) == 30
    assert times[14] < 0.52


def test_pictures_before_the_first_key_frame_are_left_out() -> None:
    packets = pictures(0.0, 40)[5:]
    assert first_picture(packets) is None
    assert len(seen(film(in_order(packets, pictures(2.0, 10))))) == 10


@given(
    st.lists(
        st.tuples(
            st.floats(0, 20), st.sampled_from(["opus", "VP8", "H264"]), st.booleans(), st.binary(max_size=30)
        ),
        max_size=30,
    )
)
def test_whatever_arrives_can_be_muxed(given_packets: list[tuple[float, Codec, bool, bytes]]) -> None:
    """Times that go to and fro, broken packets, codecs that change: at worst there is less to see."""
    packets = [*pictures(0.5, 2), *(Packet(*each) for each in given_packets)]
    with av.open(io.BytesIO(film(packets)), "r") as container:
        times: dict[str, list[int]] = {"video": [], "audio": []}
        for packet in container.demux():
            if packet.size and packet.pts is not None:
                times[packet.stream.type].append(packet.pts)
    assert len(times["video"]) >= 2
    assert all(stamps == sorted(stamps) for stamps in times.values())


@pytest.mark.parametrize(
    ("data", "seconds"),
    [(SILENCE, 0.02), (b"\x08", 0.02), (b"\x7b\x83", 0.06), (b"\x79", 0.04), (b"\xe3\x04", 0.01), (b"", 0)],
)
def test_length_of_opus_packets(data: bytes, seconds: float) -> None:
    assert opus_seconds(data) == pytest.approx(seconds)


# --- recorder and folder


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    return Recordings(tmp_path / "recordings", KEY)


async def record(recordings: Recordings, packets: list[Packet]) -> list[str]:
    """Record a session "s1"; what was told to the candidate."""
    told: list[str] = []
    recorder = recordings.recorder("s1", told.append)
    for packet in packets:
        if packet.codec == "opus":
            recorder.sound(packet)
        else:
            recorder.picture(packet, "connection")
    await recorder.close()
    return told


async def test_from_packets_to_a_film(recordings: Recordings, tmp_path: Path) -> None:
    packets = in_order(pictures(0.0, 30), sounds(0.0, 50))
    assert await record(recordings, packets) == []
    assert list(logged_packets(tmp_path / "recordings" / "s1.log", KEY)) == packets
    found = recordings.find("s1")
    assert found
    assert found.type is None, "it is not yet put together"
    recordings.finish("s1")
    found = recordings.find("s1")
    assert found
    assert found.type == "video/webm"
    with recordings.open("s1") as film:
        assert len(seen(film.read(0, film.size))) == 30
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == ["s1.film"]
    (tmp_path / "recordings" / "s1.film.part").write_bytes(b"half of another")
    assert recordings.delete("s1")
    assert list((tmp_path / "recordings").iterdir()) == []
    assert recordings.find("s1") is None
    assert not recordings.delete("s1")


async def test_no_byte_of_a_packet_can_be_read_on_disk(recordings: Recordings, tmp_path: Path) -> None:
    packets = in_order(pictures(0.0, 30), sounds(0.0, 50))
    await record(recordings, packets)
    logged = (tmp_path / "recordings" / "s1.log").read_bytes()
    recordings.finish("s1")
    made = (tmp_path / "recordings" / "s1.film").read_bytes()
    for packet in packets:
        assert packet.data[:16] not in logged
        assert packet.data[:16] not in made
    assert b"webm" not in made[sealed.HEADER :]
    with pytest.raises(sealed.WrongKey):
        Recordings(tmp_path / "recordings", bytes(32)).open("s1")


async def test_a_killed_server_leaves_a_film_to_be_finished(recordings: Recordings, tmp_path: Path) -> None:
    await record(recordings, in_order(pictures(0.0, 60), sounds(0.0, 100)))
    source = tmp_path / "recordings" / "s1.log"
    # killed in the middle of a piece that was added later
    with source.open("ab") as file:
        file.write((5000).to_bytes(4, "big") + b"half of it")
    assert recordings.unfinished() == ["s1"]
    recordings.finish("s1")
    with recordings.open("s1") as film:
        assert len(seen(film.read(0, film.size))) == 60


async def test_without_a_packet_nothing_is_written(recordings: Recordings, tmp_path: Path) -> None:
    assert await record(recordings, []) == []
    assert list((tmp_path / "recordings").iterdir()) == []


async def test_a_full_disk_stops_the_recording_with_a_sentence(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WRITE_EVERY_S", 0.01)
    told: list[str] = []
    recorder = recordings.recorder("s1", told.append)

    def full(log: object, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    recorder.sound(Packet(0.0, "opus", True, SILENCE))
    await asyncio.sleep(0.1)
    monkeypatch.setattr(sealed.SealedLog, "_write", full)
    recorder.sound(Packet(0.02, "opus", True, SILENCE))
    while not told:  # noqa: ASYNC110 - what is waited for comes by callback
        await asyncio.sleep(0.01)
    assert told == [recording.FULL]
    assert not recorder.running
    recorder.sound(Packet(0.04, "opus", True, SILENCE))
    await recorder.close()
    monkeypatch.undo()
    recordings.finish("s1")
    assert recordings.find("s1"), "what was written before is kept"


async def test_a_folder_that_cannot_be_written_is_no_end_of_the_session(tmp_path: Path) -> None:
    told: list[str] = []
    recorder = Recorder(tmp_path / "missing" / "s1.log", KEY, told.append)
    recorder.sound(Packet(0.0, "opus", True, SILENCE))
    await recorder.close()
    await asyncio.sleep(0)
    assert not recorder.running


async def test_more_than_the_disk_takes_stops_the_recording(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WAITING_MAX", 3)
    assert await record(recordings, sounds(0.0, 10)) == [recording.SLOW]


async def test_key_frames_are_asked_for(recordings: Recordings) -> None:
    recorder = recordings.recorder("s1", lambda sentence: None)

    def picture(t: float, key: bool, source: str = "first") -> bool:
        return recorder.picture(Packet(t, "VP8", key, b"\x10" * 20), source)

    assert picture(0.0, False), "nothing can be shown before the first"
    assert not picture(0.1, False), "asked a moment ago"
    assert picture(1.1, False), "nothing came"
    assert not picture(1.2, True)
    assert not picture(1.2 + KEY_FRAME_EVERY_S - 0.1, False)
    assert picture(1.2 + KEY_FRAME_EVERY_S, False), "so that one can seek"
    assert not picture(12.0, True)
    assert picture(13.0, False, "second"), "another connection begins anew"
    assert not picture(13.1, True, "second")
    recorder.miss_picture()
    assert picture(15.0, False, "second"), "the camera was off in between"
    await recorder.close()

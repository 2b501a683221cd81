"""Candidates by the number, as a process of its own: what they send is known, what comes back is measured.

Each candidate talks to the server as the browser does (WHIP signalling, two data channels, heartbeat) and
sends 640 × 480 VP8 at 29.97 Hz and 1 Mbit/s, in which a face comes and goes every 2 s (± 0.4 s), and looped
real speech on Opus. Both are encoded beforehand and sent as packets, so that sending costs little. All is
timed by this process's clock: a picture when its first packet is handed to RTP, a word when its sound would
have left a microphone, a message when it arrives. All traffic stays on 127.0.0.1.

    python -m tests.bench.load http://127.0.0.1:8080 --token OWNER -n 4 --seconds 60 --pid $SERVER

writes the measurements as JSON to standard output.
"""

import argparse
import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from server.ice import use_host_addresses
from tests.bench.measure import SaidWord, Switch, Usage, answers, confirmed_after
from tests.bench.recording import Recording, recording
from tests.fixtures import media

CLOCK = 90_000
FRAME_TICKS = 3003
"""Of the video clock a picture: 29.97 Hz meets every phase of a receiver that looks ten times a second."""
FPS = 30
SWITCH_S, JITTER_S = 2.0, 0.4
PHASES = 3
"""Pictures for each that the face lane looks at."""
OPUS_RATE, PACKET_S = 48_000, 0.02
HEARTBEAT_S = 2.0
EARLY_S = 0.05
"""Word times are marked by ear; a message may come that much before them."""


def encode_pictures(face: bool, kbps: int = 1000) -> list[bytes]:
    """VP8 packets, of which only the first is a keyframe, so that segments can follow in any order."""
    codec: Any = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = media.WIDTH, media.HEIGHT, "yuv420p"
    codec.time_base, codec.framerate = Fraction(1, FPS), Fraction(FPS)
    codec.bit_rate, codec.gop_size = kbps * 1000, 10_000
    codec.options = {"deadline": "realtime", "cpu-used": "4", "lag-in-frames": "0", "error-resilient": "1"}
    grain = np.random.default_rng(1)
    packets: list[bytes] = []
    for n in range(round(FPS * (SWITCH_S + JITTER_S)) + PHASES):
        noisy = media.picture(n / FPS, face) + grain.normal(0, 3, (media.HEIGHT, media.WIDTH, 1))
        frame = av.VideoFrame.from_ndarray(np.clip(noisy, 0, 255).astype(np.uint8), format="rgb24")
        frame.pts = n
        packets += map(bytes, codec.encode(frame))
    return [*packets, *map(bytes, codec.encode(None))]


def encode_sound(path: Path) -> list[bytes]:
    """Opus packets of 20 ms."""
    codec: Any = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format, codec.bit_rate = OPUS_RATE, "stereo", "s16", 48_000
    resampler = av.AudioResampler("s16", "stereo", OPUS_RATE, round(OPUS_RATE * PACKET_S))
    packets: list[bytes] = []
    with av.open(str(path)) as container:
        for frame in itertools.chain(container.decode(audio=0), [None]):
            for piece in resampler.resample(frame):
                packets += map(bytes, codec.encode(piece))
    return [*packets, *map(bytes, codec.encode(None))]


class Camera(MediaStreamTrack):  # type: ignore[misc]
    """Encoded pictures in which a face comes and goes, every `switch_s` seconds, at most SWITCH_S, or so."""

    kind = "video"

    def __init__(self, segments: dict[bool, list[bytes]], seed: int, switch_s: float = SWITCH_S) -> None:
        super().__init__()
        self.switches: list[Switch] = []
        self.began = 0.0
        self._segments = segments
        self._switch_s = switch_s
        self._random = random.Random(seed)
        self._sent = self._at = self._left = 0
        self._face = False
        self._start = 0.0

    def restart_segment(self) -> None:
        """Send the segment again from its keyframe, as the receiver asks for a whole picture."""
        self._at = 0

    async def recv(self) -> "av.Packet[Any]":
        """The next picture when it is due."""
        if not self._sent:
            self._start, self.began = time.monotonic(), time.time()
        await asyncio.sleep(max(0.0, self._start + self._sent * FRAME_TICKS / CLOCK - time.monotonic()))
        if not self._left:
            self._face, self._at = not self._face, 0
            self._left = round(FPS * (self._switch_s + self._random.uniform(-JITTER_S, JITTER_S)))
            # One picture in PHASES is looked at. Each takes its turn to be the first that differs, so that
            # the wait for the next look is the same wherever many of them are averaged.
            self._left += (len(self.switches) - self._sent - self._left) % PHASES
            self.switches.append(Switch(time.time(), self._face))
        packet = av.Packet(self._segments[self._face][self._at])
        packet.pts, packet.time_base = self._sent * FRAME_TICKS, Fraction(1, CLOCK)
        self._sent, self._at, self._left = self._sent + 1, self._at + 1, self._left - 1
        return packet


class Microphone(MediaStreamTrack):  # type: ignore[misc]
    """An encoded recording in a loop, begun at `phase` (0..1) of it: people do not speak in unison."""

    kind = "audio"

    def __init__(self, packets: list[bytes], said: Recording, phase: float = 0.0) -> None:
        super().__init__()
        self._skipped = round(phase * len(packets))
        self.began = 0.0
        self._packets = packets
        self._said = said
        self._sent = 0
        self._start = 0.0

    async def recv(self) -> "av.Packet[Any]":
        """The next packet when a microphone would have all of its sound."""
        if not self._sent:
            self._start, self.began = time.monotonic(), time.time()
        await asyncio.sleep(max(0.0, self._start + (self._sent + 1) * PACKET_S - time.monotonic()))
        packet = av.Packet(self._packets[(self._skipped + self._sent) % len(self._packets)])
        packet.pts, packet.time_base = round(self._sent * OPUS_RATE * PACKET_S), Fraction(1, OPUS_RATE)
        self._sent += 1
        return packet

    def _loops(self) -> list[float]:
        length = len(self._packets) * PACKET_S
        began = self.began - self._skipped * PACKET_S
        return [began + n * length for n in range((self._skipped + self._sent) // len(self._packets) + 1)]

    @property
    def words(self) -> list[SaidWord]:
        """What was said so far, by the clock."""
        return [
            SaidWord(word.text, t + word.start, t + word.end)
            for t in self._loops()
            for word in self._said.words
        ]

    @property
    def switches(self) -> list[Switch]:
        """When speech began and ended so far, by the clock."""
        spans = self._said.stretches
        return [
            Switch(t + at, state)
            for t in self._loops()
            for span in spans
            for at, state in zip(span, (True, False), strict=True)
        ]


class Candidate:
    """One session, from its creation to its report."""

    def __init__(self, http: aiohttp.ClientSession, camera: Camera, microphone: Microphone) -> None:
        self.camera, self.microphone = camera, microphone
        self.started = 0.0
        self.messages: list[tuple[float, dict[str, Any]]] = []
        self.report: dict[str, Any] = {}
        self.report_ready_s = 0.0
        self._http = http
        self.id = self._token = ""
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._heartbeat: asyncio.Task[None] | None = None

    async def start(self, owner: str) -> None:
        """Create the session and connect."""
        self.started = time.time()
        headers = {"Authorization": f"Bearer {owner}"}
        async with self._http.post("/api/sessions", json={"title": "Load"}, headers=headers) as response:
            created = await _json(response, 201)
        self.id = created["id"]
        await self.connect(created["rtc"], created["token"])

    async def connect(self, rtc: str, token: str) -> None:
        """Connect to a session that is there, whose address for offers is `rtc`."""
        self._token = token
        self._pc.addTrack(self.microphone)
        self._pc.addTrack(self.camera)
        sender = next(each for each in self._pc.getTransceivers() if each.kind == "video")
        # aiortc would ask its own encoder for a keyframe, and there is none
        sender.sender._send_keyframe = self.camera.restart_segment
        codecs = RTCRtpSender.getCapabilities("video").codecs
        sender.setCodecPreferences([each for each in codecs if each.mimeType in ("video/VP8", "video/rtx")])
        metrics = self._pc.createDataChannel("metrics", ordered=False, maxRetransmits=0)
        events = self._pc.createDataChannel("events")
        for channel in (metrics, events):
            channel.on("message", partial(self._receive, events.send))
        self._heartbeat = asyncio.create_task(self._beat(events))
        await self._pc.setLocalDescription(await self._pc.createOffer())
        async with self._http.post(
            rtc,
            data=self._pc.localDescription.sdp,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"},
        ) as response:
            answer = await response.text()
            if response.status != 201:
                raise RuntimeError(f"the offer was answered with {response.status}: {answer}")
        await self._pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def end(self) -> None:
        """End the session and read its report."""
        asked = time.monotonic()
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._http.delete(f"/api/sessions/{self.id}/rtc", headers=headers) as response:
            ended = await _json(response, 200)
        async with self._http.get(ended["report"], headers=headers) as response:
            self.report = await _json(response, 200)
        self.report_ready_s = time.monotonic() - asked
        await self.close()

    async def close(self) -> None:
        """Leave without a word."""
        if self._heartbeat:
            self._heartbeat.cancel()
        await self._pc.close()

    def of(self, kind: str) -> list[tuple[float, dict[str, Any]]]:
        """The data of all messages of a type."""
        return [(at, message["data"]) for at, message in self.messages if message["type"] == kind]

    def _receive(self, send: Callable[[str], None], text: str) -> None:
        at, message = time.time(), json.loads(text)
        if message["type"] == "ping":
            send(json.dumps({**message, "type": "pong"}))
        elif message["type"] != "pong":
            self.messages.append((at, message))

    async def _beat(self, events: Any) -> None:
        while True:
            if events.readyState == "open":
                events.send(json.dumps({"v": 1, "type": "ping", "data": {"sent": time.time()}}))
            await asyncio.sleep(HEARTBEAT_S)


async def _json(response: aiohttp.ClientResponse, status: int) -> dict[str, Any]:
    text = await response.text()
    if response.status != status:
        raise RuntimeError(f"{response.method} {response.url.path}: {response.status} {text}")
    body: dict[str, Any] = json.loads(text)
    return body


def measured(candidate: Candidate, begin: float, end: float) -> dict[str, Any]:
    """One candidate's figures from `begin` to `end`, as lists."""
    snapshots = candidate.of("snapshot")
    within = [data for at, data in snapshots if begin <= at < end]
    faces = [Switch(at, s["face"]["present"]) for at, s in snapshots if s["face"]["present"] is not None]
    voices = [Switch(at, s["voice"]["speaking"]) for at, s in snapshots if s["voice"]["speaking"] is not None]
    feedback, feedback_missed = answers(candidate.camera.switches, faces, begin, end)
    speech, speech_missed = _onsets(candidate.microphone.switches, voices, begin, end)
    words = candidate.microphone.words
    began = min(candidate.camera.began, candidate.microphone.began)
    captions, captions_missed = confirmed_after(candidate.of("caption"), words, began, begin, end - 5)
    scored = (at for at, s in snapshots if any(each["score"] is not None for each in s["subscores"].values()))
    first = next(scored, None)
    return {
        "id": candidate.id,
        "first_subscore_s": None if first is None else first - candidate.started,
        "snapshot_hz": len(within) / (end - begin),
        "frame_age_ms": [s["frame_age_ms"] for s in within if s["frame_age_ms"] is not None],
        "feedback_ms": [1000 * delay for delay in feedback],
        "feedback_missed": feedback_missed,
        "speech_onset_ms": [1000 * delay for delay in speech],
        "speech_missed": speech_missed,
        "caption_s": captions,
        "caption_missed": captions_missed,
        "caption_words": captions_missed + len(captions),
        "waiting": sum(data["state"] == "waiting" for _, data in candidate.of("state")),
        "report_ready_s": candidate.report_ready_s,
    }


def _onsets(switches: list[Switch], told: list[Switch], begin: float, end: float) -> tuple[list[float], int]:
    # how late the end of speech is told is the detector's choice, and not measured
    delays: list[float] = []
    missed = 0
    for onset, offset in zip(switches[::2], switches[1::2], strict=True):
        found, lost = answers([onset, offset], told, begin, end, EARLY_S)
        delays += found
        missed += lost
    return delays, missed


async def load(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the candidates and measure them."""
    said = recording(arguments.data)
    segments = {face: encode_pictures(face) for face in (True, False)}
    opus = encode_sound(said.path)
    usage = Usage(arguments.pid)
    async with aiohttp.ClientSession(arguments.url) as http:
        candidates = [
            Candidate(http, Camera(segments, seed), Microphone(opus, said, seed / arguments.sessions))
            for seed in range(arguments.sessions)
        ]
        for candidate in candidates:
            await candidate.start(arguments.token)
        await asyncio.sleep(arguments.warmup)
        metrics = [await _text(http, "/metrics")]
        begin, cpu, own = time.time(), usage.cpu_s(), time.process_time()
        lags: list[float] = []
        rss: list[tuple[float, float]] = []
        while (now := time.time()) < begin + arguments.seconds:
            await asyncio.sleep(0.1)
            lags.append(1000 * (time.time() - now - 0.1))
            if not rss or now - begin - rss[-1][0] > 5:
                rss.append((now - begin, usage.rss_mb()))
                print(
                    f"  {now - begin:5.0f} of {arguments.seconds:.0f} s, {rss[-1][1]:.0f} MB", file=sys.stderr
                )
        end = time.time()
        cpu, own = usage.cpu_s() - cpu, time.process_time() - own
        metrics.append(await _text(http, "/metrics"))
        for candidate in candidates:
            await candidate.end()
    return {
        "seconds": end - begin,
        "recording": said.path.name,
        "cpu_s": cpu,
        "sender_cpu_s": own,
        "sender_lag_ms": lags,
        "rss_mb": rss,
        "metrics": metrics,
        "candidates": [measured(candidate, begin, end) for candidate in candidates],
    }


async def _text(http: aiohttp.ClientSession, path: str) -> str:
    async with http.get(path) as response:
        return await response.text()


def only_loopback() -> None:
    """Keep this process's media on 127.0.0.1."""
    use_host_addresses(("127.0.0.1",))


def main() -> None:
    """Parse the command line, run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--token", required=True, help="the owner's")
    parser.add_argument("-n", "--sessions", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60, help="measured time, after the warm-up")
    parser.add_argument("--warmup", type=float, default=6)
    parser.add_argument("--pid", type=int, required=True, help="the server's process")
    parser.add_argument("--data", type=Path, help="folder of shared recordings")
    only_loopback()
    json.dump(asyncio.run(load(parser.parse_args())), sys.stdout)


if __name__ == "__main__":
    main()

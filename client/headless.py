"""The client without a browser: streams frames to a server in real time, as a candidate's page would."""

import asyncio
import fractions
import json
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import aiohttp
import aioice.ice
import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

HEARTBEAT_S = 2.0
FPS = 30
"""Pictures sent a second at most, as by a camera."""
LONGEST_SIDE = 640
"""Pixels of the pictures sent."""
VIDEO_CLOCK = 90_000
PACKET_S = 0.02
IN_FLIGHT_S = 0.3
"""What was sent last still needs to arrive."""

Timed = Iterator[tuple[Any, float]]
"""Frames, each with its time in seconds from the beginning."""
OnMessage = Callable[[str, dict[str, Any]], None]


class Refused(Exception):
    """The server said no; carries its sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Playback:
    """The moment at which the tracks of one source began to play together."""

    def __init__(self) -> None:
        self._began: float | None = None

    async def until(self, t: float) -> None:
        """Return when `t` seconds of the source have passed; the first call starts it."""
        if self._began is None:
            self._began = time.monotonic()
        await asyncio.sleep(max(0.0, self._began + t - time.monotonic()))


class FileCamera(MediaStreamTrack):  # type: ignore[misc]
    """Timed pictures as a live track."""

    kind = "video"

    def __init__(self, frames: Timed, playback: Playback) -> None:
        super().__init__()
        self._frames, self._playback = frames, playback
        self._due = 0.0
        self.done = asyncio.Event()

    async def recv(self) -> av.VideoFrame:
        """The next picture, when its time has come."""
        while True:
            frame, t = await asyncio.to_thread(next, self._frames, (None, 0.0))
            if frame is None:
                self.done.set()
                self.stop()
                raise MediaStreamError
            if t >= self._due - 0.001:
                break
        self._due = max(self._due + 1 / FPS, t)
        scale = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
        width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
        sent: av.VideoFrame = await asyncio.to_thread(
            frame.reformat, width=width, height=height, format="yuv420p"
        )
        sent.pts, sent.time_base = round(t * VIDEO_CLOCK), fractions.Fraction(1, VIDEO_CLOCK)
        await self._playback.until(t)
        return sent


class FileMicrophone(MediaStreamTrack):  # type: ignore[misc]
    """Timed packets of sound, 20 ms of 16-bit stereo at 48 kHz, as a live track."""

    kind = "audio"

    def __init__(self, packets: Timed, playback: Playback) -> None:
        super().__init__()
        self._packets, self._playback = packets, playback
        self.done = asyncio.Event()

    async def recv(self) -> av.AudioFrame:
        """The next packet, when its time is over: a microphone has it no earlier."""
        packet, t = next(self._packets, (None, 0.0))
        if packet is None:
            self.done.set()
            self.stop()
            raise MediaStreamError
        await self._playback.until(t + PACKET_S)
        sound: av.AudioFrame = packet
        return sound


class HeadlessClient:
    """One candidate's session with a server, over HTTP and WebRTC."""

    def __init__(
        self,
        url: str,
        owner_token: str,
        on_message: OnMessage = lambda kind, data: None,
        loopback: bool = False,
    ) -> None:
        """`on_message` hears the type and data of every message; `loopback` keeps media on 127.0.0.1."""
        if loopback:
            # aioice has no setting for this and would skip loopback, leaving no candidate without a network
            aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
        self.url, self._owner_token, self._on_message = url, owner_token, on_message
        self.session: dict[str, Any] = {}
        self.events: RTCDataChannel | None = None
        self._http = aiohttp.ClientSession()
        self._connection: RTCPeerConnection | None = None
        self._heartbeat: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.drop()
        await self._http.close()

    async def create(self, **wanted: object) -> dict[str, Any]:
        """Ask for a session (title, question_set, keep, …); the server's reply. Raises Refused."""
        self.session = await self._call("POST", "/api/sessions", self._owner_token, json=wanted)
        return self.session

    async def connect(self, *tracks: MediaStreamTrack) -> None:
        """Connect to the session, for the first time or again, sending `tracks`. Raises Refused."""
        await self.drop()
        servers = [RTCIceServer(**server) for server in self.session["ice_servers"]]
        connection = self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        for track in tracks:
            connection.addTrack(track)
        for transceiver in connection.getTransceivers():
            if transceiver.kind == "video":
                codecs = RTCRtpSender.getCapabilities("video").codecs
                transceiver.setCodecPreferences(
                    [c for c in codecs if c.mimeType in ("video/VP8", "video/rtx")]
                )
        for channel in (
            connection.createDataChannel("metrics", ordered=False, maxRetransmits=0),
            connection.createDataChannel("events"),
        ):
            channel.on("message", self._hear)
        self.events = channel
        await connection.setLocalDescription(await connection.createOffer())
        answer = await self._call(
            "POST",
            self.session["rtc"],
            self.session["token"],
            data=connection.localDescription.sdp,
            headers={"Content-Type": "application/sdp"},
        )
        await connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        self._heartbeat = asyncio.create_task(self._beat(channel))

    async def drop(self) -> None:
        """Close the connection without ending the session."""
        if self._heartbeat:
            self._heartbeat.cancel()
        if self._connection:
            await self._connection.close()
        self._connection = self.events = self._heartbeat = None

    def send(self, kind: str, data: dict[str, Any]) -> None:
        """Send a message on the `events` channel, if it is open."""
        if self.events and self.events.readyState == "open":
            self.events.send(json.dumps({"v": 1, "type": kind, "data": data}))

    async def end(self) -> dict[str, Any]:
        """End the session; its report."""
        ended = await self._call("DELETE", self.session["rtc"], self.session["token"])
        return await self._call("GET", ended["report"], self.session["token"])

    async def _call(self, method: str, path: str, token: str, **kwargs: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", **kwargs.pop("headers", {})}
        async with self._http.request(method, urljoin(self.url, path), headers=headers, **kwargs) as response:
            text = await response.text()
            if response.status >= 400:
                raise Refused(response.status, _sentence(text, response.status))
            if response.content_type == "application/sdp":
                return {"sdp": text}
            body: dict[str, Any] = json.loads(text)
            return body

    def _hear(self, text: str) -> None:
        message = json.loads(text)
        if message["type"] == "ping":
            self.send("pong", message["data"])
        self._on_message(message["type"], message["data"])

    async def _beat(self, channel: RTCDataChannel) -> None:
        while channel.readyState != "closed":
            await asyncio.sleep(HEARTBEAT_S)
            self.send("ping", {"sent": time.time()})


def _sentence(text: str, status: int) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {status}"


async def rehearse(
    client: HeadlessClient, video: Timed | None, audio: Timed | None, **wanted: object
) -> dict[str, Any]:
    """Stream a source from beginning to end in a session of its own; the report. Raises Refused."""
    await client.create(**wanted)
    playback = Playback()
    tracks = [FileCamera(video, playback)] if video else []
    tracks += [FileMicrophone(audio, playback)] if audio else []
    await client.connect(*tracks)
    for track in tracks:
        await track.done.wait()
    await asyncio.sleep(IN_FLIGHT_S)
    return await client.end()

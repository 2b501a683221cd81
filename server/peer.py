"""The server's end of a candidate's peer connection: media in, messages out."""

import asyncio
import re
import time
from functools import partial
from typing import Any

import av
import structlog
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.jitterbuffer import JitterFrame
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from server import wire
from server.receiver import is_key_frame, make_prompt
from sessions.clock import TrackClock
from sessions.intake import AudioIntake
from sessions.remux import Codec, Packet
from sessions.session import LiveSession
from sessions.state import State
from sessions.wire import message

log = structlog.get_logger()
HEARTBEAT_S = 2.0
SILENCE_S = 6.0
"""Neither a message nor media for this long: the other end is gone."""
LINGER_S = 1.0
"""Time for the last messages to leave before the connection is closed."""
BUFFERED_MAX = 16_384
"""Bytes that may wait in the `metrics` channel before snapshots are dropped."""
START_KBPS, MIN_KBPS, MAX_KBPS = 1200, 600, 2000
"""Hints to Chromium, which else begins at 280 kbps and falls to 480×360."""
RECORDED: dict[str, Codec] = {"opus": "opus", "VP8": "VP8", "H264": "H264"}
"""What is recorded, by aiortc's names."""


class BadOffer(Exception):
    """The offer cannot be answered; says why in words for the one who sent it."""


class Peer:
    """One connection of a candidate to a session. A reconnect is a new peer."""

    def __init__(self, session: LiveSession, ice_servers: list[RTCIceServer]) -> None:
        self._session = session
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=ice_servers))
        self._channels: dict[str, RTCDataChannel] = {}
        self._clocks: dict[MediaStreamTrack, TrackClock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard = time.monotonic()
        self._closed = False
        self._connection.on("track", self._on_track)
        self._connection.on("datachannel", self._on_channel)
        self._connection.on("connectionstatechange", self._on_state)

    async def answer(self, offer: str) -> str:
        """The answer to an SDP offer, with this server's candidates. Raises BadOffer."""
        await take_offer(self._connection, offer)
        if not self._connection.getTransceivers():
            raise BadOffer("The offer has no media; add a camera or a microphone track.")
        if self._connection.sctp is None:
            raise BadOffer("The offer has no data channel; open `metrics` and `events` before it is made.")
        for transceiver in self._connection.getTransceivers():
            make_prompt(transceiver.receiver, partial(self._tap, transceiver.receiver.track))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        self._start(self._watch())
        return with_bit_rates(self._connection.localDescription.sdp)

    async def close(self, reason: str) -> None:
        """Close the connection; the session then waits for the candidate, unless it is over."""
        if self._closed:
            return
        self._closed = True
        self._session.detach(self, reason)
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        await self._connection.close()

    # --- Viewer

    def snapshot(self, text: str) -> None:
        """Send on `metrics`, unless it is congested: the next one will say more."""
        channel = self._channels.get("metrics")
        if channel and channel.readyState == "open" and channel.bufferedAmount < BUFFERED_MAX:
            channel.send(text)

    def event(self, text: str) -> None:
        """Send on `events`."""
        channel = self._channels.get("events")
        if channel and channel.readyState == "open":
            channel.send(text)

    # --- what aiortc tells

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._clocks[track] = TrackClock(self._session.clock)
        self._start(self._take_video(track) if track.kind == "video" else self._take_audio(track))

    def _on_channel(self, channel: RTCDataChannel) -> None:
        self._channels[channel.label] = channel
        channel.on("message", self._on_message)
        if channel.label == "events" and not self._closed and not self._session.over:
            self._session.attach(self)

    def _on_state(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._start(self.close("connection lost"))

    def _on_message(self, text: str | bytes) -> None:
        self._heard = time.monotonic()
        try:
            kind, data = wire.parse(text)
        except ValueError:
            log.warning("message not understood", session=self._session.record.id, size=len(text))
            return
        if kind == "ping":
            self.event(message("pong", {"sent": data["sent"]}))
        elif kind == "next":
            self._session.next_question(data["index"])
        elif kind == "tracks":
            self._session.switch(data["camera"], data["microphone"])

    # --- media

    def _tap(self, track: MediaStreamTrack, codec: RTCRtpCodecParameters, frame: JitterFrame) -> bool:
        # the first to see a frame, so that what is recorded and what is observed lie alike on the time axis
        t = self._clocks[track].at(frame.timestamp / codec.clockRate, time.monotonic())
        name = RECORDED.get(codec.name)
        if name is None or track is not next(each for each in self._clocks if each.kind == track.kind):
            return False
        whole = name == "opus" or is_key_frame(name, frame.data)
        return self._session.encoded(Packet(t, name, whole, frame.data), self)

    async def _take_video(self, track: MediaStreamTrack) -> None:
        clock = self._clocks[track]
        try:
            while True:
                # every frame is taken at once: what nobody reads waits in aiortc without bound
                frame = await track.recv()
                self._heard = arrived = time.monotonic()
                assert isinstance(frame, av.VideoFrame)
                self._session.video(frame, clock.at(frame.time or 0.0, arrived), arrived)
        except MediaStreamError:
            return

    async def _take_audio(self, track: MediaStreamTrack) -> None:
        clock, intake = self._clocks[track], AudioIntake()
        try:
            while True:
                frame = await track.recv()
                self._heard = arrived = time.monotonic()
                assert isinstance(frame, av.AudioFrame)
                for chunk in intake.add(frame, clock.at(frame.time or 0.0, arrived)):
                    self._session.audio(chunk, arrived)
        except MediaStreamError:
            return

    async def _watch(self) -> None:
        while self._session.state is not State.ENDED and not self._closed:
            await asyncio.sleep(HEARTBEAT_S)
            self.event(message("ping", {"sent": time.time()}))
            if time.monotonic() - self._heard > SILENCE_S:
                await self.close("connection lost")
        await asyncio.sleep(LINGER_S)
        await self.close("ended")

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def take_offer(connection: RTCPeerConnection, offer: str) -> None:
    """Let a connection take an SDP offer. Raises BadOffer."""
    try:
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    except Exception as error:
        # aiortc raises whatever its parser runs into
        raise BadOffer("This is not a usable SDP offer; send the browser’s own, unchanged.") from error


def with_bit_rates(sdp: str) -> str:
    """The answer with bit-rate hints after each VP8 line, so that Chromium keeps 640×480."""
    hint = (
        f"x-google-start-bitrate={START_KBPS};x-google-min-bitrate={MIN_KBPS};x-google-max-bitrate={MAX_KBPS}"
    )
    return re.sub(r"(a=rtpmap:(\d+) VP8/90000\r\n)", rf"\1a=fmtp:\2 {hint}\r\n", sdp)

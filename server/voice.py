"""An interviewer's voice, sent on request to be written down: a leg with sound alone, in WHIP's shape."""

import asyncio
import contextlib
import time

import av
from aiohttp import web
from aiortc import MediaStreamTrack, RTCConfiguration, RTCIceServer, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError

from server.access import ICE_SERVERS, PERCEPTION, refusal
from server.live_room import LiveRoom
from server.peer import BadOffer, take_offer
from server.rules import MEMBER, ROOM
from server.signalling import offer_of
from sessions.clock import TrackClock
from sessions.intake import AudioIntake
from sessions.other_speaker import OtherSpeaker
from sessions.perception import Perception
from sessions.session import LiveSession

routes = web.RouteTableDef()


class Ear:
    """One interviewer's connection; nothing is sent back, and nothing of the sound is kept."""

    def __init__(
        self,
        live: LiveRoom,
        session: LiveSession,
        member: str,
        perception: Perception,
        ice_servers: list[RTCIceServer],
    ) -> None:
        self._clock = session.clock
        self._speaker = OtherSpeaker(
            lambda: perception.transcription(True),
            lambda said: live.heard(member, said),
            lambda asked: live.asked_aloud(member, asked),
            lambda: next(live.utterances),
        )
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=ice_servers))
        self._hearing: asyncio.Task[None] | None = None
        self._closed = False
        self._connection.on("track", self._on_track)
        self._connection.on("connectionstatechange", self._on_state)

    async def answer(self, offer: str) -> str:
        """The answer to an SDP offer with one track of sound. Raises BadOffer."""
        await take_offer(self._connection, offer)
        if [each.kind for each in self._connection.getTransceivers()] != ["audio"]:
            raise BadOffer("Send one track of sound and nothing else.")
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return str(self._connection.localDescription.sdp)

    async def close(self) -> None:
        """Listen no more."""
        if self._closed:
            return
        self._closed = True
        if self._hearing:
            self._hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._hearing
        await self._connection.close()
        await self._speaker.close()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._hearing = asyncio.ensure_future(self._hear(track))

    async def _on_state(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            await self.close()

    async def _hear(self, track: MediaStreamTrack) -> None:
        clock, intake = TrackClock(self._clock), AudioIntake()
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                arrived = time.monotonic()
                assert isinstance(frame, av.AudioFrame)
                for chunk in intake.add(frame, clock.at(frame.time or 0.0, arrived)):
                    self._speaker.hear(chunk, arrived)


@routes.post("/api/rooms/{id}/voice")
async def listen(request: web.Request) -> web.Response:
    """Take an SDP offer with the asker's sound, answer it, and write down what they say."""
    live, member = request[ROOM], request[MEMBER]
    offer = await offer_of(request)
    session = live.session
    if not live.analysed:
        raise refusal(web.HTTPConflict, "Nothing is written down now: the candidate shares nothing.")
    if session is None or session.over:
        raise refusal(web.HTTPConflict, "Nothing is written down now: nothing is measured in this room.")
    ear = Ear(live, session, member.id, request.app[PERCEPTION], request.app[ICE_SERVERS])
    try:
        answer = await ear.answer(offer)
    except BadOffer as error:
        await ear.close()
        raise refusal(web.HTTPBadRequest, str(error)) from None
    await live.listen(member.id, ear)
    return web.Response(
        status=201, text=answer, content_type="application/sdp", headers={"Location": request.path}
    )


@routes.delete("/api/rooms/{id}/voice")
async def stop_listening(request: web.Request) -> web.Response:
    """Write down no more of what the asker says."""
    await request[ROOM].stop_listening(request[MEMBER].id)
    return web.Response(status=204)

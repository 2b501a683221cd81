"""Signalling in WHIP's shape (RFC 9725): offers answered, connections closed."""

from functools import partial

from aiohttp import web

from server.access import ICE_SERVERS, PEERS, refusal
from server.hall import HALL
from server.peer import BadOffer, Peer
from server.rules import SESSION

routes = web.RouteTableDef()
MAX_OFFER = 64 * 1024
"""Bytes; a browser's offer has some 6,000."""


@routes.post("/api/sessions/{id}/rtc")
async def connect(request: web.Request) -> web.Response:
    """Take an SDP offer, answer it; a later offer takes the place of an earlier connection."""
    session = request[SESSION]
    if session.over:
        raise refusal(web.HTTPGone, "This session has ended; its report is there.")
    room = await request.app[HALL].of_session(session.record.id)
    if room and not room.analysed:
        raise refusal(web.HTTPConflict, "Nothing is measured now; choose to share something first.")
    offer = await offer_of(request)
    peer = Peer(session, request.app[ICE_SERVERS])
    try:
        answer = await peer.answer(offer)
    except BadOffer as error:
        await peer.close("bad offer")
        raise refusal(web.HTTPBadRequest, str(error)) from None
    await close_peer(request.app, session.record.id, "connected anew")
    request.app[PEERS][session.record.id] = peer
    return web.Response(
        status=201,
        text=answer,
        content_type="application/sdp",
        headers={"Location": f"/api/sessions/{session.record.id}/rtc"},
    )


@routes.delete("/api/sessions/{id}/rtc")
async def end_session(request: web.Request) -> web.Response:
    """End the session; answers when its report can be read."""
    session = request[SESSION]
    await session.end("finished")
    return web.json_response({"state": session.state, "report": f"/api/sessions/{session.record.id}/report"})


@routes.post("/api/sessions/{id}/away")
async def away(request: web.Request) -> web.Response:
    """The candidate's page is being left; wait for it to come back."""
    await close_peer(request.app, request[SESSION].record.id, "page left")
    return web.Response(status=204)


async def offer_of(request: web.Request) -> str:
    """The SDP offer in the body. Raises 400, 413 or 415."""
    if request.content_type != "application/sdp":
        raise refusal(web.HTTPUnsupportedMediaType, "Send the offer as application/sdp.")
    body = await request.read()
    if len(body) > MAX_OFFER:
        sentence = f"An offer has at most {MAX_OFFER} bytes."
        raise refusal(partial(web.HTTPRequestEntityTooLarge, MAX_OFFER), sentence)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise refusal(
            web.HTTPBadRequest, "The offer is not text; send the browser’s SDP, unchanged."
        ) from None


async def close_peer(app: web.Application, session: str, reason: str) -> None:
    """Close the connection of a session's candidate, if there is one."""
    peer = app[PEERS].pop(session, None)
    if peer:
        await peer.close(reason)

"""Offers, tokens and addresses that are not as they should be; and one that is."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiortc import RTCPeerConnection

from client.headless import HeadlessClient
from tests.fixtures.server import Server


@pytest.fixture
async def bare() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without a key."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def candidate(server: Server, http: aiohttp.ClientSession) -> AsyncIterator[HeadlessClient]:
    """A session that was admitted, not connected; ended afterwards."""
    async with HeadlessClient(server.url, server.token, loopback=True) as client:
        await client.create(title="Offers")
        yield client
        await http.delete(f"/api/sessions/{client.session['id']}")


async def ask(
    bare: aiohttp.ClientSession, server: Server, method: str, path: str, token: str = "", **kwargs: Any
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}", **kwargs.pop("headers", {})}
    async with bare.request(method, server.url + path, headers=headers, **kwargs) as response:
        text = await response.text()
        return response.status, json.loads(text) if text else {}


async def offer_of(*kinds: str, channel: bool = True) -> str:
    connection = RTCPeerConnection()
    for kind in kinds:
        connection.addTransceiver(kind, direction="sendonly")
    if channel:
        connection.createDataChannel("events")
    await connection.setLocalDescription(await connection.createOffer())
    sdp: str = connection.localDescription.sdp
    await connection.close()
    return sdp


SDP = {"Content-Type": "application/sdp"}


@pytest.mark.parametrize(
    ("body", "headers", "status", "sentence"),
    [
        (b"hello", SDP, 400, "SDP offer|no media"),
        (b"", SDP, 400, "SDP offer|no media"),
        (b"\xff\xfe\x00", SDP, 400, "not text"),
        (b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", SDP, 400, "no media"),
        (b"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 20, SDP, 400, "not a usable SDP offer"),
        (b"v=0\r\n" + b"a=x\r\n" * 20_000, SDP, 413, "at most"),
        (b'{"sdp": ""}', {"Content-Type": "application/json"}, 415, "application/sdp"),
    ],
)
async def test_bad_offers_get_one_sentence(
    bare: aiohttp.ClientSession,
    server: Server,
    candidate: HeadlessClient,
    body: bytes,
    headers: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    session = candidate.session
    found, reply = await ask(
        bare, server, "POST", session["rtc"], session["token"], data=body, headers=headers
    )
    assert found == status
    assert re.search(sentence, reply["error"])
    assert (await ask(bare, server, "GET", f"/api/sessions/{session['id']}", session["token"]))[1][
        "state"
    ] == "created"


async def test_offers_without_media_or_channels(
    bare: aiohttp.ClientSession, server: Server, candidate: HeadlessClient
) -> None:
    session = candidate.session
    for offer, sentence in [
        (await offer_of(), "no media"),
        (await offer_of("video", "audio", channel=False), "no data channel"),
    ]:
        found = await ask(bare, server, "POST", session["rtc"], session["token"], data=offer, headers=SDP)
        assert found[0] == 400
        assert sentence in found[1]["error"]


async def test_a_good_offer_is_created_at_its_location(
    bare: aiohttp.ClientSession, server: Server, candidate: HeadlessClient
) -> None:
    session = candidate.session
    async with bare.post(
        server.url + session["rtc"],
        data=await offer_of("video", "audio"),
        headers={**SDP, "Authorization": f"Bearer {session['token']}"},
    ) as response:
        answer = await response.text()
        assert (response.status, response.content_type) == (201, "application/sdp")
        assert response.headers["Location"] == session["rtc"]
    assert "x-google-start-bitrate" in answer
    addresses = {line.split()[4] for line in answer.splitlines() if line.startswith("a=candidate")}
    assert addresses == {"127.0.0.1"}


async def test_tokens(bare: aiohttp.ClientSession, server: Server, candidate: HeadlessClient) -> None:
    rtc, offer = candidate.session["rtc"], await offer_of("video")
    for token in ["", "wrong", server.token]:
        assert (await ask(bare, server, "POST", rtc, token, data=offer, headers=SDP))[0] == 401
        assert (await ask(bare, server, "DELETE", rtc, token))[0] == 401
    for method, path in [("POST", "/api/sessions"), ("GET", "/api/sessions"), ("DELETE", "/api/sessions/x")]:
        for token in ["", "wrong", candidate.session["token"]]:
            status, reply = await ask(bare, server, method, path, token)
            assert (status, "address" in reply["error"]) == (401, True)


async def test_unknown_and_ended_sessions(
    bare: aiohttp.ClientSession, server: Server, candidate: HeadlessClient
) -> None:
    offer = await offer_of("video")
    assert (await ask(bare, server, "POST", "/api/sessions/none/rtc", "x", data=offer, headers=SDP))[0] == 404
    session = candidate.session
    status, reply = await ask(bare, server, "GET", f"/api/sessions/{session['id']}/report", session["token"])
    assert (status, "going on" in reply["error"]) == (409, True)
    assert (await ask(bare, server, "DELETE", session["rtc"], session["token"]))[0] == 200
    status, reply = await ask(bare, server, "POST", session["rtc"], session["token"], data=offer, headers=SDP)
    assert (status, "has ended" in reply["error"]) == (410, True)
    assert (await ask(bare, server, "GET", f"/api/sessions/{session['id']}/report", session["token"]))[
        0
    ] == 200


@pytest.mark.parametrize(("method", "path"), [("PUT", "/api/sessions"), ("GET", "/api/sessions/x/rtc")])
async def test_wrong_methods(bare: aiohttp.ClientSession, server: Server, method: str, path: str) -> None:
    status, reply = await ask(bare, server, method, path)
    assert status == 405
    assert reply["error"]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ("{", 400, "not JSON"),
        ("[]", 422, "object|dictionary"),
        ('{"title": 3}', 422, "title"),
        ('{"keep": "forever"}', 422, "keep"),
        ('{"question_set": "rhetoric"}', 422, "mixed"),
        ('{"colour": "red"}', 422, "colour"),
        (json.dumps({"title": "x" * 1000}), 422, "title"),
    ],
)
async def test_bad_wishes(
    bare: aiohttp.ClientSession, server: Server, body: str, status: int, sentence: str
) -> None:
    found, reply = await ask(bare, server, "POST", "/api/sessions", server.token, data=body)
    assert found == status
    assert re.search(sentence, reply["error"])


async def test_pages_and_probes(bare: aiohttp.ClientSession, server: Server) -> None:
    async with bare.get(server.address, allow_redirects=False) as response:
        assert response.status == 302
        assert "HttpOnly" in response.headers["Set-Cookie"]
        assert "token" not in response.headers["Location"]
    for path in [
        "/",
        "/practice",
        "/sessions/any",
        "/static/wire.json",
        "/static/sound.json",
        "/static/vendor/plotly.min.js",
    ]:
        async with bare.get(server.url + path) as response:
            assert response.status == 200
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    for path in ["/health", "/ready"]:
        assert (await ask(bare, server, "GET", path))[0] == 200
    async with bare.get(f"{server.url}/metrics") as response:
        text = await response.text()
    for name in ["sessions", "frame_age_seconds", "queue_depth", "lane_step_seconds", "loop_lag_seconds",
                 "feedback_seconds", "dropped_frames_total"]:  # fmt: skip
        assert f"rapport_{name}" in text
    async with bare.get(f"{server.url}/?token=stale") as response:
        assert response.status == 401
    assert (await ask(bare, server, "GET", "/nowhere"))[0] == 404
    assert (await ask(bare, server, "GET", "/static/../../../etc/passwd"))[0] in (403, 404)

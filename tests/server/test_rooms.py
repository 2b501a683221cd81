"""Rooms with a real server: from making one to its review."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from client.headless import FileCamera, FileMicrophone, HeadlessClient, Playback
from sessions.media import open_media
from tests.fixtures.server import Server
from tests.server.room import House, Person, house

pytestmark = pytest.mark.server


@pytest.fixture
async def room(server: Server) -> AsyncIterator[House]:
    """A room whose owner interviews."""
    async with house(server, title="An interview", questions=["Why us?", "How do you test?"]) as made:
        yield made


async def test_from_link_to_open_room(room: House) -> None:
    owner = room.owner
    welcome = owner.all("welcome")[0]
    assert welcome["room"] | {"id": ""} == {
        "id": "",
        "title": "An interview",
        "state": "waiting",
        "message": None,
    }
    assert [each["text"] for each in welcome["questions"]] == ["Why us?", "How do you test?"]
    guest = room.stranger(await room.invitation("candidate"))
    _, seen = await guest.call("GET")
    assert (seen["role"], seen["title"], seen["questions"], seen["scorecard"]) == (
        "candidate", "An interview", None, None,
    )  # fmt: skip
    candidate = await room.let_in("candidate", "Candidate")
    met = await candidate.come_in()
    assert (met["questions"], met["marks"], met["knocks"]) == ([], [], [])
    assert met["analysis"]["state"] == "off"
    assert (await owner.hears("room"))["state"] == "open"
    shown = await owner.hears("members", lambda data: len(data["members"]) == 2)
    assert {(each["name"], each["role"], each["here"]) for each in shown["members"]} == {
        ("Owner", "interviewer", True), ("Candidate", "candidate", True),
    }  # fmt: skip
    await candidate.say("media", camera=True, microphone=True, screen=False)
    await owner.hears("members", lambda data: any(each["camera"] for each in data["members"]))


async def test_who_is_sent_away_stays_away(room: House) -> None:
    guest = room.stranger(await room.invitation("candidate"))
    _, knock = await guest.call("POST", "/knocks", {"name": " Guest "})
    told = await room.owner.hears("knocks", lambda data: bool(data["knocks"]))
    assert told["knocks"] == [{"id": knock["knock"], "name": "Guest", "role": "candidate"}]
    await room.owner.say("refuse", knocks=[knock["knock"]])
    status, found = await guest.call("GET", "/knock", token=knock["token"])
    assert (status, found["state"], found["seat"]) == (200, "refused", None)
    status, _ = await guest.call("POST", "/knocks", {"name": "   "})
    assert status == 422


async def test_signals_go_between_those_who_speak(room: House) -> None:
    candidate, other = await room.let_in("candidate"), await room.let_in("interviewer")
    for person in (candidate, other):
        await person.come_in()
    offer = {"type": "offer", "sdp": "v=0\r\n"}
    await candidate.say("signal", member=other.member, description=offer)
    assert "shared" in (await candidate.hears("problem"))["message"], "nothing before the choice"
    await candidate.say("consent", choice="none")
    await candidate.say("signal", member=other.member, description=offer)
    got = await other.hears("signal")
    assert got == {"member": candidate.member, "description": offer}
    await other.say("signal", member=candidate.member, candidate={"candidate": "", "sdpMid": "0"})
    assert (await candidate.hears("signal"))["member"] == other.member
    assert room.owner.all("signal") == []
    for _ in range(400):
        await other.say("signal", member=candidate.member, candidate={"candidate": "x"})
    assert "Too many" in (await other.hears("problem"))["message"]


async def test_only_whom_it_concerns(room: House) -> None:
    """A candidate can neither mark nor admit nor end, an interviewer cannot choose what is shared."""
    candidate = await room.let_in("candidate")
    await candidate.come_in()
    wishes: dict[str, dict[str, Any]] = {
        "mark": {"mark": "strong", "text": ""},
        "ask": {"index": 0},
        "end": {},
        "remove": {"member": room.owner.member},
        "admit": {"knocks": ["ab"]},
    }
    for type_, data in wishes.items():
        await candidate.say(type_, **data)
        await candidate.hears("problem", lambda told, type_=type_: told["about"] == type_)  # type: ignore[misc]
    await room.owner.say("consent", choice="everything")
    assert "candidate" in (await room.owner.hears("problem"))["message"].lower()
    assert candidate.socket
    await candidate.socket.send_str('{"v": 1, "type": "room", "data": {}}')
    await candidate.hears("problem", lambda told: told["about"] is None)


async def test_a_reload_and_a_removal(room: House) -> None:
    candidate = await room.let_in("candidate")
    await candidate.come_in()
    await candidate.say("consent", choice="none")
    await candidate.hears("consent")
    first = candidate._hearing, candidate.socket
    again = await candidate.come_in()
    assert again["consent"]["choice"] == "none"
    assert first[0]
    assert first[1]
    await first[0]
    assert first[1].close_code == 4001
    await room.owner.say("remove", member=candidate.member)
    assert await candidate.closed() == 4003
    status, _ = await candidate.call("POST", "/ticket")
    assert status == 410
    await room.let_in("candidate")


async def test_the_candidates_link_works_once(room: House) -> None:
    link = await room.invitation("candidate")
    first, second = room.stranger(link), room.stranger(link)
    _, knock = await first.call("POST", "/knocks", {"name": "First"})
    await room.owner.hears("knocks", lambda data: bool(data["knocks"]))
    await room.owner.say("admit", knocks=[knock["knock"]])
    _, found = await first.call("GET", "/knock", token=knock["token"])
    status, refused = await second.call("POST", "/knocks", {"name": "Second"})
    assert (status, "used already" in refused["error"]) == (409, True)
    first.token = found["seat"]
    status, _ = await first.call("DELETE", "/seat")
    assert status == 204
    status, _ = await second.call("POST", "/knocks", {"name": "Second"})
    assert status == 201


async def test_cookies_of_a_browser(server: Server, room: House) -> None:
    """A seat is a cookie that scripts cannot read and that goes to its room alone."""
    async with aiohttp.ClientSession(server.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        key = {"Authorization": f"Bearer {server.token}"}
        async with browser.post(f"/api/rooms/{room.owner.room}/seat", headers=key) as response:
            cookie = response.cookies["rapport_seat"]
        assert (cookie["path"], bool(cookie["httponly"]), cookie["samesite"]) == (
            f"/api/rooms/{room.owner.room}", True, "Strict",
        )  # fmt: skip
        async with browser.post(f"/api/rooms/{room.owner.room}/ticket") as response:
            assert response.status == 200


async def test_raters_are_blind_until_they_have_handed_in(room: House) -> None:
    owner, other = room.owner, await room.let_in("interviewer", "Other")
    candidate = await room.let_in("candidate")
    _, seen = await other.call("GET")
    assert {each["of"] for each in seen["scorecard"]} == {"question", "end"}
    one = [{"criterion": "content", "question": 0, "value": 5}, {"criterion": "overall", "value": 4}]
    two = [{"criterion": "content", "question": 0, "value": 3}, {"criterion": "overall", "value": 4}]
    status, found = await owner.call("PUT", "/ratings", {"ratings": one, "handed_in": True})
    assert (status, found["others"], found["agreement"]) == (200, [], None)
    await owner.hears("rated", lambda data: data["handed_in"] == [owner.member])
    _, found = await other.call("PUT", "/ratings", {"ratings": two})
    assert (found["others"], found["agreement"]) == ([], None), "blind while not handed in"
    _, review = await other.call("GET", "/review")
    assert [each["member"] for each in review["ratings"]] == [other.member]
    status, _ = await other.call("POST", "/shared", {"marks": True, "ratings": True})
    assert status == 409
    _, found = await other.call("PUT", "/ratings", {"ratings": two, "note": "Fine.", "handed_in": True})
    assert [each["member"] for each in found["others"]] == [owner.member]
    assert found["agreement"]["raters"] == 2
    assert found["agreement"]["alpha"] is not None
    status, _ = await other.call("PUT", "/ratings", {"ratings": one})
    assert status == 409
    status, wrong = await owner.call("PUT", "/ratings", {"ratings": [{"criterion": "charm", "value": 1}]})
    assert (status, "there are" in wrong["error"]) == (422, True)

    _, review = await candidate.call("GET", "/review")
    assert (review["ratings"], review["marks"], review["agreement"]) == ([], [], None)
    status, _ = await other.call("POST", "/shared", {"marks": True, "ratings": True})
    assert status == 200
    _, review = await candidate.call("GET", "/review")
    assert [each["note"] for each in review["ratings"]] == ["Fine."]


async def test_sharing_and_handing_in_at_once_lose_nothing(room: House) -> None:
    owner = room.owner
    for n in range(1, 9):
        marks = bool(n % 2)
        rated = {"ratings": [{"criterion": "overall", "value": 4}], "note": f"{n}", "handed_in": n == 8}
        await asyncio.gather(
            owner.call("POST", "/shared", {"marks": marks, "ratings": False}),
            owner.call("PUT", "/ratings", rated),
        )
        _, found = await owner.call("GET", "/ratings")
        assert (found["own"][0]["note"], found["own"][0]["shared"]["marks"]) == (f"{n}", marks)


async def test_deleted_rooms_are_gone(server: Server) -> None:
    async with house(server) as room:
        candidate = await room.let_in("candidate")
        await candidate.come_in()
        status, _ = await room.owner.call("DELETE", token=server.token)
        assert status == 204
        assert await candidate.closed() == 4000
        status, _ = await candidate.call("GET", "/review")
        assert status == 404
        _, listed = await room.owner.call("GET", "/api/rooms", token=server.token)
        assert room.owner.room not in {each["id"] for each in listed["rooms"]}


# --- with media


@asynccontextmanager
async def second_leg(server: Server, clip: Path, analysis: dict[str, Any]) -> AsyncIterator[None]:
    """What the candidate's page sends to be measured: a file that plays."""
    async with HeadlessClient(server.url, "", loopback=True) as client:
        client.session = {"rtc": analysis["rtc"], "token": analysis["token"], "ice_servers": []}
        opened, playback = open_media(clip), Playback()
        await client.connect(
            FileCamera(opened.video(), playback), FileMicrophone(opened.microphone(), playback)
        )
        yield


@asynccontextmanager
async def voice(interviewer: Person, clip: Path) -> AsyncIterator[None]:
    """An interviewer's microphone, to be written down."""
    connection = RTCPeerConnection()
    connection.addTrack(FileMicrophone(open_media(clip).microphone(), Playback()))
    await connection.setLocalDescription(await connection.createOffer())
    async with interviewer.http.post(
        f"/api/rooms/{interviewer.room}/voice",
        data=connection.localDescription.sdp,
        headers={"Authorization": f"Bearer {interviewer.token}", "Content-Type": "application/sdp"},
    ) as response:
        assert response.status == 201, await response.text()
        answer = await response.text()
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    yield
    await interviewer.call("DELETE", "/voice")
    await connection.close()


async def test_an_interview(server: Server, clip: Path) -> None:
    """Consent, overlay for interviewers and observers, question, mark, withdrawal, end, review."""
    async with house(server, questions=["Why us?", "How do you test?"]) as room:
        owner, candidate = room.owner, await room.let_in("candidate", "Candidate")
        observer = await room.let_in("observer", "Observer")
        await candidate.come_in()
        events: list[dict[str, Any]] = []
        watching = asyncio.create_task(_watch(observer, events))
        await owner.say("ask", index=0)
        await owner.hears("question", lambda data: data["asked_at"] is None)
        await candidate.say("consent", choice="everything")
        ready = await candidate.hears("analysis", lambda data: data["state"] == "ready")
        async with second_leg(server, clip, ready):
            await candidate.hears("question", lambda data: data["asked_at"] is not None)
            snapshot = await owner.hears("snapshot", lambda data: data["t"] > 2)
            assert set(snapshot["subscores"]) > {"confidence"}
            await owner.hears("caption", lambda data: data["speaker"] is None)
            async with voice(owner, clip):
                said = await owner.hears("caption", lambda data: bool(data["speaker"]))
                assert said["speaker"] == owner.member
            await owner.hears("caption", lambda data: bool(data["speaker"]) and data["final"])
            await owner.hears("snapshot", lambda data: bool(data["talk"]["others"]))
            await owner.say("mark", mark="follow up", text="Figures?")
            mark = await owner.hears("mark")
            assert mark["t"] is not None
            await owner.say("ask", text="And what came of it?")
            asked = await candidate.hears("question", lambda data: data["index"] == 2)
            assert asked["text"] == "And what came of it?"

            await candidate.say("consent", choice="content")
            told = await owner.hears("consent", lambda data: data["choice"] == "content")
            before = owner.heard.index(("consent", told))
            await owner.hears("snapshot", lambda data: set(data["subscores"]) == {"skill_relevance"})
            later = [data for type_, data in owner.heard[before:] if type_ == "snapshot"]
            assert later
            assert all("face" not in data and "overall" not in data for data in later)

            await candidate.say("consent", choice="none")
            await owner.hears("consent", lambda data: data["choice"] == "none")
            before = len(owner.heard)
            assert await candidate.hears("analysis", lambda data: data["state"] == "off")
            await asyncio.sleep(1.5)
            assert not {"snapshot", "caption", "follow_ups"} & {type_ for type_, _ in owner.heard[before:]}
            status, refused = await candidate.call("POST", ready["rtc"], token=ready["token"])
            assert (status, "measured" in refused["error"]) == (409, True)
            await candidate.say("consent", choice="content")
            await candidate.hears("consent", lambda data: data["choice"] == "content")
        await owner.say("end")
        assert await candidate.closed() == 4000
        await asyncio.wait_for(watching, 10)
        await _check_reviews(room, candidate, ready["session"])
        watched = [event["type"] for event in events]
        assert watched[0] == "welcome"
        assert watched.count("snapshot") >= 4
        assert "follow_ups" not in watched
        assert "knocks" not in watched


async def test_rooms_outlive_the_server(new_server: Callable[..., Server], clip: Path) -> None:
    """Stopped before anything is measured, a server measures after all; killed later, it says so to all.

    Questions keep the places that ratings name, whether they were planned or not.
    """
    server = new_server().start()
    async with house(server, questions=["Why us?", "How do you test?"]) as room:
        owner, candidate = room.owner, await room.let_in("candidate", "Candidate")
        await candidate.come_in()
        await candidate.say("consent", choice="everything")
        empty = await candidate.hears("analysis", lambda data: data["state"] == "ready")
        link = await room.invitation("observer")
        await owner.say("mark", mark="note", text="Kept.")
        await owner.say("ask", index=1)
        await owner.say("ask", text="And what came of it?")
        await owner.hears("question", lambda data: data["index"] == 2)
        rated = {"ratings": [{"criterion": "content", "question": 2, "value": 4}]}
        assert (await owner.call("PUT", "/ratings", rated))[0] == 200

        assert server.stop() == 0
        server.start()
        met = await owner.come_in()
        assert met["room"]["state"] == "open"
        assert [mark["text"] for mark in met["marks"]] == ["Kept."]
        assert [(each["text"], each["asked"]) for each in met["questions"]] == [
            ("Why us?", False), ("How do you test?", True), ("And what came of it?", True),
        ]  # fmt: skip
        status, _ = await room.stranger(link).call("POST", "/knocks", {"name": "Observer"})
        assert status == 201
        back = await candidate.come_in()
        assert back["consent"]["choice"] == "everything"
        assert back["question"] == met["question"]
        assert (back["question"]["index"], back["question"]["asked_at"]) == (2, None)
        ready = await candidate.hears("analysis", lambda data: data["state"] == "ready")
        _, listed = await owner.call("GET", "/api/sessions", token=server.token)
        assert [each["id"] for each in listed["sessions"]] == [ready["session"]] != [empty["session"]]
        async with second_leg(server, clip, ready):
            put = await candidate.hears("question", lambda data: data["asked_at"] is not None)
            assert put["text"] == "And what came of it?"
            await owner.hears("caption", lambda data: data["final"])
            await owner.say("ask", text="What else?")
            assert (await owner.hears("question", lambda data: data["text"] == "What else?"))["index"] == 3
            await owner.hears("snapshot", lambda data: data["t"] > 6)
            await owner.say("mark", mark="strong", text="")
            assert (await owner.hears("mark", lambda data: data["mark"] == "strong"))["t"] > 0
            await owner.say("mark", mark="unclear", text="", ago=60)
            assert (await owner.hears("mark", lambda data: data["mark"] == "unclear"))["t"] == 0
            # twice as long as it may take until all is on disk
            await asyncio.sleep(1)
            server.kill()
            server.start()
            met = await owner.come_in()
            assert "any longer" in met["room"]["message"]
            assert (met["question"]["index"], met["question"]["asked_at"]) == (3, None)
            assert (await candidate.come_in())["analysis"]["state"] == "ended"
            assert (await owner.call("PUT", "/ratings", rated))[0] == 200
            status, refused = await _offer_voice(owner)
            assert (status, "measured" in refused["error"]) == (409, True)
        await owner.say("end")
        await owner.closed()
        _, review = await owner.call("GET", "/review")
        assert [(each["index"], each["text"]) for each in review["questions"]] == [(2, put["text"])]
        assert [each["text"] for each in review["report"]["questions"]] == [put["text"], "What else?"]
        assert review["report"]["transcript"]
        assert [mark["mark"] for mark in review["marks"]] == ["note", "strong", "unclear"]


async def _offer_voice(interviewer: Person) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {interviewer.token}", "Content-Type": "application/sdp"}
    address = f"/api/rooms/{interviewer.room}/voice"
    async with interviewer.http.post(address, data="v=0", headers=headers) as response:
        return response.status, await response.json()


async def _watch(observer: Any, events: list[dict[str, Any]]) -> None:
    headers = {"Authorization": f"Bearer {observer.token}"}
    async with observer.http.get(f"/api/rooms/{observer.room}/watch", headers=headers) as response:
        assert response.status == 200
        events.extend(
            [json.loads(line[6:]) async for line in response.content if line.startswith(b"data: {")]
        )


async def _check_reviews(room: House, candidate: Any, session: str) -> None:
    async with asyncio.timeout(20):
        while True:
            _, mine = await candidate.call("GET", "/review")
            if mine["report"]:
                break
            assert mine["pending"]
            await asyncio.sleep(0.3)
    _, theirs = await room.owner.call("GET", "/review")
    assert mine["report"]["overall"]
    assert not mine["pending"]
    assert {each["by"] for each in mine["speech"]} == {room.owner.member}
    assert mine["marks"] == []
    assert [mark["text"] for mark in theirs["marks"]] == ["Figures?"]
    assert "overall" not in theirs["report"], "content was the narrowest"
    assert set(theirs["report"]["subscores"]) == {"skill_relevance"}
    assert [each["text"] for each in theirs["report"]["questions"]] == ["Why us?", "And what came of it?"]
    key = room.server.token
    for path in ("", "/report", "/captions.vtt", "/export", "/advice"):
        status, refused = await room.owner.call("GET", f"/api/sessions/{session}{path}", token=key)
        assert (status, "room" in refused["error"]) == (403, True), path
    _, listed = await room.owner.call("GET", "/api/sessions", token=key)
    row = next(each for each in listed["sessions"] if each["id"] == session)
    assert (row["overall"], row["interval"], row["subscores"], row["intervals"]) == (None, None, {}, {})
    await room.owner.call("POST", "/shared", {"marks": True, "ratings": False})
    _, mine = await candidate.call("GET", "/review")
    assert [mark["text"] for mark in mine["marks"]] == ["Figures?"]

"""The device check over HTTP: what is wrong with a picture, what is neutral, and sessions that know it."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import aiohttp
import av
import cv2
import numpy as np
import pytest

from client.headless import HeadlessClient, rehearse
from models.vision.neutral import Neutral
from tests.fixtures import media
from tests.fixtures.media import Picture
from tests.fixtures.server import Server
from tests.models.vision.turning import turned

FIVE_SECONDS = 25
FEW = 4


def jpeg(picture: Picture) -> bytes:
    """As the page sends it."""
    return cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 75])[1].tobytes()


def noisy(picture: Picture, n: int) -> Picture:
    """What a camera makes of a thing that stands still."""
    noise = np.random.default_rng(n).normal(0, 2, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def stills(show: Callable[[int], Picture], count: int) -> list[bytes]:
    return [jpeg(noisy(show(n), n)) for n in range(count)]


def shut(picture: Picture) -> Picture:
    """The skin above each eye drawn down over it."""
    eyes = ((190, 96), (230, 98))
    left = (media.WIDTH - media.HEIGHT) // 2
    closed = picture.copy()
    for x, y in eyes:
        columns = slice(left + x - 14, left + x + 15)
        lid = picture[y - 14 : y - 5, columns]
        closed[y - 14 : y + 5, columns] = cv2.resize(lid, (29, 19))
    return closed


def darkened(n: int) -> Picture:
    return (media.picture(n / 5) * 0.13).astype(np.uint8)


async def check(
    server: Server, parts: Iterable[bytes], calibrate: bool = False, token: str | None = None, **query: str
) -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData(default_to_multipart=True)
    for part in parts:
        form.add_field("still", part, filename="still.jpg", content_type="image/jpeg")
    wish = {"every": "0.2" if calibrate else "1", "calibrate": str(calibrate).lower()} | query
    headers = {"Authorization": f"Bearer {server.token if token is None else token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{server.url}/api/check", data=form, params=wish) as response,
    ):
        return response.status, await response.json()


async def test_a_good_face_is_measured(server: Server) -> None:
    status, found = await check(server, stills(lambda n: media.picture(n / 5), FIVE_SECONDS), calibrate=True)

    assert (status, found["picture"]["problem"]) == (200, "smiled"), "she does, in the photograph"
    assert set(found["neutral"]) == set(Neutral().to_json())
    assert found["neutral"]["lip_corners"] is None, "or smiling would be her norm"
    assert abs(found["neutral"]["yaw"]) < 8
    assert 0.2 < found["neutral"]["eye_openness"] < 0.5
    assert 0.1 < found["neutral"]["distance"] < 0.5, "the shoulders are seen"


@pytest.mark.parametrize(
    ("show", "problem"),
    [
        (lambda n: media.picture(n / 5, face=False), "no face"),
        (darkened, "dark"),
        (lambda n: np.zeros_like(media.picture(0)), "covered"),
        (lambda n: turned(yaw=-32), "looked away"),
        (lambda n: turned(yaw=-20), "looked away"),
        (lambda n: shut(media.picture(0.0)), "eyes closed"),
        (lambda n: turned(yaw=0 if n % 10 < 5 else 30), "looked away"),
    ],
    ids=["nobody", "dark", "black", "aside", "turned", "asleep", "restless"],
)
async def test_what_is_in_the_way_is_said(
    server: Server, show: Callable[[int], Picture], problem: str
) -> None:
    status, found = await check(server, stills(show, FIVE_SECONDS), calibrate=True)

    assert (status, found["neutral"], found["picture"]["problem"]) == (200, None, problem)
    assert found["picture"]["title"]
    assert found["picture"]["help"]


@pytest.mark.parametrize(
    ("show", "problem"),
    [
        (lambda n: media.picture(n), None),
        (lambda n: turned(yaw=30), None),
        (lambda n: media.picture(n, face=False), "no face"),
        (darkened, "dark"),
    ],
    ids=["good", "aside", "nobody", "dark"],
)
async def test_a_look_takes_a_few_stills(
    server: Server, show: Callable[[int], Picture], problem: str | None
) -> None:
    status, found = await check(server, stills(show, FEW))

    assert (status, found["neutral"], found["picture"]["problem"]) == (200, None, problem)


async def test_a_picture_that_stands_still(server: Server) -> None:
    assert (await check(server, [jpeg(media.picture(0))] * FEW))[1]["picture"]["problem"] == "frozen"
    found = await check(server, [jpeg(media.picture(0))] * FIVE_SECONDS, calibrate=True)
    assert (found[1]["picture"]["problem"], found[1]["neutral"]) == ("frozen", None)


def huge() -> bytes:
    """A small file with many pixels."""
    return jpeg(np.zeros((5_000, 5_000, 3), np.uint8))


@pytest.mark.parametrize(
    ("parts", "status", "sentence"),
    [
        (lambda: [b"not a picture"], 422, "no JPEG"),
        (lambda: [jpeg(media.picture(0))[:4000]], 422, "damaged"),
        (lambda: [jpeg(media.picture(0)), b""], 422, "no JPEG"),
        (lambda: [cv2.imencode(".png", media.picture(0))[1].tobytes()], 422, "no JPEG"),
        (lambda: [huge()], 422, "1920 pixels"),
        (list, 422, "no picture to"),
        (lambda: [jpeg(media.picture(0))] * 41, 413, "40 stills"),
        (lambda: [bytes(900_000)] * 8, 413, "6 MB"),
        (lambda: [bytes(2_000_000)], 413, "too large"),
    ],
    ids=["junk", "cut", "empty", "png", "huge", "none", "many", "heavy", "one heavy"],
)
async def test_what_is_no_check_gets_one_sentence(
    server: Server, parts: Callable[[], list[bytes]], status: int, sentence: str
) -> None:
    found, reply = await check(server, parts())

    assert (found, sentence in reply["error"]) == (status, True), reply


@pytest.mark.parametrize(
    ("query", "body", "headers", "status"),
    [
        ("", b"", {}, 422),
        ("?every=nan", b"", {}, 422),
        ("?every=0", b"", {}, 422),
        ("?every=1&colour=red", b"", {}, 422),
        ("?every=1", b"{}", {"Content-Type": "application/json"}, 422),
        ("?every=1", b"junk", {"Content-Type": "multipart/form-data; boundary=x"}, 422),
        ("?every=1", b"junk", {"Content-Type": "multipart/form-data"}, 422),
        ("?every=1", b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n",
         {"Content-Type": "multipart/form-data; boundary=x"}, 422),
    ],
)  # fmt: skip
async def test_bodies_that_are_no_form(
    server: Server, query: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    headers = {"Authorization": f"Bearer {server.token}", **headers}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{server.url}/api/check{query}", data=body) as response,
    ):
        assert (response.status, bool((await response.json())["error"])) == (status, True)


async def test_only_the_owner_may_ask(server: Server) -> None:
    for token in ("", "wrong"):
        assert (await check(server, [jpeg(media.picture(0))], token=token))[0] == 401


async def test_too_many_at_once_are_sent_away(server: Server) -> None:
    """And those that are let in are answered, each its own."""
    good = stills(lambda n: media.picture(n / 5), FIVE_SECONDS)
    nobody = stills(lambda n: media.picture(n / 5, face=False), FIVE_SECONDS)
    asked = [good, nobody] * 5
    replies = await asyncio.gather(*(check(server, parts, calibrate=True) for parts in asked))

    assert {status for status, _ in replies} == {200, 503}
    for parts, (status, found) in zip(asked, replies, strict=True):
        if status == 200:
            assert found["picture"]["problem"] == ("smiled" if parts is good else "no face")
        else:
            assert "try again" in found["error"]


async def create(server: Server, neutral: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {server.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{server.url}/api/sessions", data=f'{{"neutral": {neutral}}}') as response,
    ):
        reply = await response.json()
        if response.status != 201:
            return response.status, reply
        async with http.get(f"{server.url}/api/sessions/{reply['id']}") as shown:
            record = await shown.json()
        async with http.get(f"{server.url}/api/sessions") as shown:
            listed = next(each for each in (await shown.json())["sessions"] if each["id"] == reply["id"])
        assert record["calibrated"] == listed["calibrated"]
        assert "neutral" not in listed
        await http.delete(f"{server.url}/api/sessions/{reply['id']}")
        return response.status, record


@pytest.mark.parametrize(
    ("neutral", "status"),
    [
        ('{"yaw": 100}', 422),
        ('{"gaze_x": 1.5}', 422),
        ('{"eye_openness": -0.1}', 422),
        ('{"pitch": NaN}', 422),
        ('{"lean": Infinity}', 422),
        ('{"pitch": "up"}', 422),
        ('{"mood": 1}', 422),
        ("[]", 422),
        ("null", 201),
        ("{}", 201),
        ('{"yaw": 3.5, "pitch": null}', 201),
    ],
)
async def test_a_neutral_must_be_within_what_people_are(server: Server, neutral: str, status: int) -> None:
    found, reply = await create(server, neutral)

    assert found == status, reply
    if status == 422:
        assert "neutral" in reply["error"]
    else:
        assert reply["calibrated"] == ("yaw" in neutral)


def past_the_lens(seconds: float = 8) -> Iterator[tuple[av.VideoFrame, float]]:
    """Somebody whose camera stands beside the screen."""
    picture = turned(yaw=14)
    for n in range(round(30 * seconds)):
        yield av.VideoFrame.from_ndarray(noisy(picture, n % 30), format="rgb24"), n / 30


async def test_a_camera_beside_the_screen(server: Server) -> None:
    """Whoever looks past the lens is judged to look at it once that was measured, and the report says so."""
    _, found = await check(server, stills(lambda n: turned(yaw=14), FIVE_SECONDS), calibrate=True)
    assert found["neutral"]["yaw"] > 10

    reports = []
    for neutral in (None, found["neutral"]):
        async with HeadlessClient(server.url, server.token, loopback=True) as client:
            reports.append(await rehearse(client, past_the_lens(), None, neutral=neutral))

    assert [report["session"]["calibrated"] for report in reports] == [False, True]
    contact = [report["indicators"]["eye_contact"]["value"] for report in reports]
    assert contact[0] < 20
    assert contact[1] > 90

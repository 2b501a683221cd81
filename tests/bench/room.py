"""A room: how soon its interviewer sees what the candidate does, what it costs, how many can watch it.

`overlay_ms`: two Chromiums in a call, each with its fake devices; a face comes or goes before the candidate's
camera (the picture's capture time) → the changed sign on the interviewer's overlay has been painted; see
tests.bench.page. Both pages, both encoders and the server share this machine.

For the rest the candidate is the load generator's (tests.bench.load): it sends the second leg alone, since
the call goes between the browsers and leaves the server out. `overlay_message_ms`: the same change → the
first snapshot that says so has arrived on the interviewer's WebSocket. `server_cost_ratio`: CPU time of a
server with a room (one interviewer watching) over that of a server with a solo session; both run at the same
time on the same media and change places from turn to turn; the median of the turns, which are in
`server_cost_turns`.
`withdrawn_within_s`: the candidate says that less is shared → the last message to the interviewer that has
anything of what is withheld; the longest of `withdrawals` (from all to content four times, then to nothing),
0 where none came any more.

`observers`: 200 read the room's event stream in a process of their own, for RAPPORT_BENCH_ROOM_S (60)
seconds, then for a third of that; `snapshot_hz` is that of the slowest. Times with them and without take
turns. `feedback_ratio` is the mean time from the candidate's picture to the message about it in the
candidate's own connection, watched by observers over the same without them; the mean, since one picture in
three is looked at, so that times come in three heaps, between which a median jumps. `feedback_ratio_p95` is
the same of the 95th percentiles; `server_cpu_s_per_s` the server's CPU time with them and without, their
coming included.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.load import Camera, Candidate, Microphone, encode_pictures, encode_sound, only_loopback
from tests.bench.measure import Messages, Switch, Usage, answers, percentiles
from tests.bench.page import WATCH
from tests.bench.recording import Recording, recording
from tests.bench.running import running_server, say
from tests.fixtures import media as made_media
from tests.fixtures.chromium import chromium
from tests.fixtures.interview import CONNECT_MS, meet
from tests.fixtures.server import ROOT, Server
from tests.server.room import House, Person, house

SECONDS = float(os.environ.get("RAPPORT_BENCH_ROOM_S", "60"))
OBSERVERS = 200
WATCHED = (1, 1 / 3)
WITHOUT = 1 / 3
"""The turns' lengths with observers and without, of SECONDS."""
SWITCH_S = 1.0
"""Between changes before the candidate's camera: the more, the surer the comparison."""
COST_TURNS = 4
COST_TURN = 1 / 6
WARM_UP_S = 5.0
SETTLED_S = 2.0
"""After observers came or went, before anything is measured."""
AWAY = ((1.3, 2.4), (3.9, 5.0), (6.2, 7.7), (9.0, 10.2), (11.3, 12.9))
LOOP_S = 14.2
"""When the face is away in the loop that the candidate's Chromium plays; no two gaps alike, s."""
WITHDRAWN = ("content",) * 4 + ("none",)
LOOKED_FOR_S = 2.0
"""How long messages are recorded after each withdrawal."""
PATIENCE_S = 20.0
NOT_MEASURED = (
    *("welcome", "room", "members", "knocks", "consent", "signal", "question", "unasked"),
    *("mark", "rated", "problem", "pong"),
)
CONTENT: Mapping[str, Sequence[str]] = {
    "snapshot": ("seq", "t", "subscores.skill_relevance", "live.words", "live.answer_seconds", "talk"),
    "reasons": tuple(
        f"skill_relevance.{name}"
        for name in (
            *("relevance", "key_points", "key_terms", "structure", "coherence", "specificity"),
            *("vocabulary", "answer_length", "buzzwords", "skills"),
        )
    ),
    "caption": ("utterance", "start", "end", "final", "words.text", "words.committed", "speaker"),
    "follow_ups": ("suggestions", "by"),
}
"""What may be shared where content measures alone are shared, written apart from the server's own list."""


class Media:
    """What candidates send, encoded once."""

    def __init__(self, said: Recording) -> None:
        self._said = said
        self._pictures = {face: encode_pictures(face) for face in (True, False)}
        self._sound = encode_sound(said.path)

    def candidate(self, http: aiohttp.ClientSession) -> Candidate:
        """One more, who sends what every other one sends."""
        return Candidate(http, Camera(self._pictures, 0, SWITCH_S), Microphone(self._sound, self._said))


class Overlay:
    """All that an interviewer's page is told, with the time of its arrival."""

    def __init__(self) -> None:
        self.messages: list[tuple[float, dict[str, Any]]] = []
        self.news = asyncio.Event()

    async def hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Listen until the socket is closed."""
        async for received in socket:
            self.messages.append((time.time(), json.loads(received.data)))
            self.news.set()

    def snapshots(self) -> Messages:
        """The data of snapshots."""
        return [(at, message["data"]) for at, message in self.messages if message["type"] == "snapshot"]

    def last_withheld(self, choice: str, since: float) -> float | None:
        """When the last message with anything that `choice` withholds came, from `since` on."""
        found = (at for at, message in self.messages if at >= since and withheld(choice, message))
        return max(found, default=None)


def withheld(choice: str, message: dict[str, Any]) -> bool:
    """Whether a message tells anything that others may not know under "content" or "none"."""
    type_ = message["type"]
    if type_ in NOT_MEASURED:
        return False
    if choice == "none":
        return True
    shown = tuple(f"{name}." for name in CONTENT.get(type_, ()))
    return any(not f"{name}.".startswith(shown) for name in _names(message["data"]))


def _names(value: Any, prefix: str = "") -> Iterator[str]:
    """The dotted names of all values in a message's data; entries of lists have their list's name."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _names(each, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each, prefix)
    else:
        yield prefix


def faces(snapshots: Messages) -> list[Switch]:
    """What snapshots say of the face."""
    said = [(at, data["face"]["present"]) for at, data in snapshots if "face" in data]
    return [Switch(at, present) for at, present in said if present is not None]


class Interview:
    """A room with its candidate and one interviewer, the owner."""

    def __init__(self, house: House, guest: Person, candidate: Candidate, overlay: Overlay) -> None:
        self.house, self.guest, self.candidate, self.overlay = house, guest, candidate, overlay

    def feedback(self, begin: float, end: float) -> list[float]:
        """Times from a picture to the message about it in the candidate's own connection, ms."""
        told = faces(self.candidate.of("snapshot"))
        return [1000 * delay for delay in answers(self.candidate.camera.switches, told, begin, end)[0]]

    async def share(self, choice: str) -> float:
        """The candidate chooses; when that was said."""
        said = time.time()
        await self.guest.say("consent", choice=choice)
        return said


@asynccontextmanager
async def interview(server: Server, media: Media) -> AsyncIterator[Interview]:
    """An open room in which all is shared and measured."""
    async with house(server) as room:
        owner, guest = room.owner, await room.let_in("candidate")
        await guest.come_in()
        assert owner.socket
        await owner.socket.close()
        # Person checks every message against the schema, which would delay what is timed here
        _, ticket = await owner.call("POST", "/ticket")
        owner.socket, overlay = await owner.http.ws_connect(ticket["url"]), Overlay()
        hearing = asyncio.create_task(overlay.hear(owner.socket))
        await guest.say("consent", choice="everything")
        ready = await guest.hears("analysis", lambda data: data["state"] == "ready")
        candidate = media.candidate(guest.http)
        await candidate.connect(ready["rtc"], ready["token"])
        try:
            yield Interview(room, guest, candidate, overlay)
        finally:
            await candidate.close()
            await owner.socket.close()
            await hearing


async def in_pages(said: Recording) -> tuple[list[float], int]:
    """Times from a change before the candidate's camera until it is painted on the interviewer's page, ms;
    and how many changes were not shown before the next one."""
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        camera = made_media.write_mjpeg(Path(folder) / "camera.mjpeg", LOOP_S, AWAY, marker=True)
        microphone = made_media.write_wav(Path(folder) / "voice.wav", said.seconds, source=said.path)
        async with chromium() as desk, chromium(camera, microphone) as home:
            interviewer, candidate = [
                await browser.new_page(viewport={"width": 1280, "height": 800}) for browser in (desk, home)
            ]
            await meet((interviewer, candidate), server)
            sign = "#overlay .sign[data-present]"
            await interviewer.wait_for_selector(sign, timeout=CONNECT_MS)
            own = ".tile.own video"
            for page, watched in ((interviewer, [None, sign]), (candidate, [own, None])):
                await page.evaluate(WATCH, [*watched, made_media.MARKER])
            await interviewer.wait_for_timeout(1000 * WARM_UP_S)
            begin = time.time()
            await interviewer.wait_for_timeout(1000 * SECONDS)
            end = time.time()
            switches = [Switch(*each) for each in await candidate.evaluate("measured.switches")]
            told = [Switch(*each) for each in await interviewer.evaluate("measured.told")]
    delays, missed = answers(switches, told, begin, end)
    return [1000 * delay for delay in delays], missed


async def cost_turns(media: Media) -> list[float]:
    """The server's CPU time with a room over that with a solo session, turn by turn."""
    ratios = []
    with running_server() as one, running_server() as other:
        for turn in range(COST_TURNS):
            with_room, alone = (one, other) if turn % 2 else (other, one)
            async with interview(with_room, media), aiohttp.ClientSession(alone.url) as http:
                solo = media.candidate(http)
                await solo.start(alone.token)
                await asyncio.sleep(WARM_UP_S)
                usages = [Usage(server.pid) for server in (with_room, alone)]
                before = [usage.cpu_s() for usage in usages]
                await asyncio.sleep(SECONDS * COST_TURN)
                room_s, solo_s = (usage.cpu_s() - cpu for usage, cpu in zip(usages, before, strict=True))
                ratios.append(room_s / solo_s)
                await solo.end()
    return ratios


async def seats(room: House) -> list[str]:
    """Let all observers in; the tokens of their seats."""
    link = await room.invitation("observer")
    waiting: list[tuple[Person, dict[str, Any]]] = []
    for _ in range(OBSERVERS):
        person = room.stranger(link)
        waiting.append((person, (await person.call("POST", "/knocks", {"name": "Observer"}))[1]))
    await room.owner.say("admit", knocks=[knock["knock"] for _, knock in waiting])
    return [
        (await person.call("GET", "/knock", token=knock["token"]))[1]["seat"] for person, knock in waiting
    ]


async def watched(made: Interview, tokens: list[str], seconds: float) -> tuple[list[float], float, float]:
    """Each observer's snapshots a second, and from when to when all of them watched."""
    room = made.house
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.watchers", room.server.url),
        *("--room", room.owner.room, "--seconds", str(seconds)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(tokens).encode())
    process.stdin.close()
    if not await asyncio.wait_for(process.stdout.readline(), 3 * PATIENCE_S):
        raise RuntimeError("the observers could not watch")
    begin = time.time()
    line = await process.stdout.readline()
    end = time.time()
    if await process.wait():
        raise RuntimeError("an observer's stream has ended")
    return json.loads(line), begin, end


async def withdrawals(made: Interview) -> list[float]:
    """Of each withdrawal, seconds from its being said to the last message that has what is withheld."""
    found = []
    for choice in WITHDRAWN:
        given = await made.share("everything")
        async with asyncio.timeout(PATIENCE_S):
            while made.overlay.last_withheld("content", given) is None:
                made.overlay.news.clear()
                await made.overlay.news.wait()
        said = await made.share(choice)
        await asyncio.sleep(LOOKED_FOR_S)
        last = made.overlay.last_withheld(choice, said)
        found.append(0.0 if last is None else last - said)
    return found


class Observed:
    """What was measured with observers, or without."""

    def __init__(self, made: Interview, usage: Usage) -> None:
        self.rates: list[float] = []
        self.feedback: list[float] = []
        self.overlay: list[float] = []
        self.missed = 0
        self._made, self._usage = made, usage
        self._cpu = self._took = 0.0

    @property
    def cpu(self) -> float:
        """The server's CPU time, s a second."""
        return self._cpu / self._took

    async def turn(self, seconds: float, tokens: list[str]) -> None:
        """One more time, watched by observers with these seats."""
        await asyncio.sleep(SETTLED_S)
        cpu, since = self._usage.cpu_s(), time.time()
        if tokens:
            rates, begin, end = await watched(self._made, tokens, seconds)
            self.rates += rates
        else:
            begin = time.time()
            await asyncio.sleep(seconds)
            end = time.time()
        self._cpu += self._usage.cpu_s() - cpu
        self._took += time.time() - since
        told = faces(self._made.overlay.snapshots())
        overlay, missed = answers(self._made.candidate.camera.switches, told, begin, end)
        self.overlay += [1000 * delay for delay in overlay]
        self.missed += missed
        self.feedback += self._made.feedback(begin, end)


async def measure(media: Media, said: Recording) -> dict[str, Any]:
    """All figures."""
    say(f"Two Chromiums for {SECONDS:.0f} s …")
    painted, painted_missed = await in_pages(said)
    with running_server() as server:
        async with interview(server, media) as made:
            alone, crowded = (Observed(made, Usage(server.pid)) for _ in range(2))
            tokens = await seats(made.house)
            await asyncio.sleep(WARM_UP_S)
            say(f"A room without observers for {SECONDS * WITHOUT:.0f} s …")
            await alone.turn(SECONDS * WITHOUT, [])
            for share in WATCHED:
                say(f"{OBSERVERS} observers for {SECONDS * share:.0f} s, then none …")
                await crowded.turn(SECONDS * share, tokens)
                await alone.turn(SECONDS * WITHOUT, [])
            say("Withdrawals …")
            withdrawn = await withdrawals(made)
    say(f"A room beside a solo session, {COST_TURNS} times for {SECONDS * COST_TURN:.0f} s …")
    turns = await cost_turns(media)
    without, with_them = percentiles(alone.feedback, 50, 95), percentiles(crowded.feedback, 50, 95)
    return {
        "overlay_ms": percentiles(painted, 50, 95),
        "overlay_changes": len(painted),
        "overlay_missed": painted_missed,
        "overlay_message_ms": percentiles(alone.overlay, 50, 95),
        "overlay_message_missed": alone.missed,
        "server_cost_ratio": statistics.median(turns),
        "server_cost_turns": turns,
        "withdrawn_within_s": max(withdrawn),
        "withdrawals": len(withdrawn),
        "observers": {
            "count": OBSERVERS,
            "snapshot_hz": min(crowded.rates),
            "feedback_ratio": statistics.fmean(crowded.feedback) / statistics.fmean(alone.feedback),
            "feedback_ratio_p95": _over(with_them["p95"], without["p95"]),
            "feedback_ms": with_them,
            "feedback_ms_without": without,
            "server_cpu_s_per_s": {"with": crowded.cpu, "without": alone.cpu},
        },
    }


def _over(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def run(data: Path | None) -> dict[str, Any]:
    """Measure; `data` is a folder of recordings with word times."""
    only_loopback()
    said = recording(data)
    return asyncio.run(measure(Media(said), said))

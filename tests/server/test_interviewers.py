"""Interviewers' voices, with a real server: what they say is written down, and what they ask is found."""

import json
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.gemini import gemini
from tests.fixtures.server import Server
from tests.fixtures.voice import need_espeak, speak
from tests.server.room import house
from tests.server.test_rooms import second_leg, voice

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def spoken_question(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interviewer who asks, and waits for the answer."""
    need_espeak()
    path = tmp_path_factory.mktemp("asking") / "question.wav"
    speak(path, "We are a small company. Why did you leave your last job?", "lively")
    with wave.open(str(path)) as file:
        kind, sound = file.getparams(), file.readframes(file.getnframes())
    with wave.open(str(path), "wb") as file:
        file.setparams(kind)
        file.writeframes(sound + bytes(3 * kind.framerate * kind.nchannels * kind.sampwidth))
    return path


async def test_what_an_interviewer_asks(server: Server, clip: Path, spoken_question: Path) -> None:
    """A question is found in what is said, is told to all, and can be taken back; so it is in the report.

    Switched off and on again, the voice goes on where it was: no caption takes the place of another.
    """
    async with house(server, questions=["How do you test?"]) as room:
        owner, candidate = room.owner, await room.let_in("candidate", "Candidate")
        await candidate.come_in()
        await candidate.say("consent", choice="everything")
        ready = await candidate.hears("analysis", lambda data: data["state"] == "ready")
        async with second_leg(server, clip, ready):
            await owner.hears("snapshot", lambda data: data["t"] > 1)
            async with voice(owner, spoken_question):
                await owner.hears("caption", lambda data: bool(data["speaker"]))
                await owner.hears("caption", lambda data: bool(data["speaker"]) and data["final"])
                asked = await candidate.hears("question", lambda data: data["found"])
            assert "did you leave your last job" in asked["text"], asked
            said = [each for each in owner.all("caption") if each["speaker"]]
            assert asked["asked_at"] == pytest.approx(
                max(each["end"] for each in said if each["final"]), abs=0.5
            )
            seen = max(each["utterance"] for each in said)

            before = len(owner.all("caption"))
            async with voice(owner, spoken_question):
                await owner.hears("caption", lambda data: bool(data["speaker"]) and data["utterance"] > seen)
            again = [each for each in owner.all("caption")[before:] if each["speaker"]]
            assert min(each["utterance"] for each in again) > seen

            await candidate.say("unask", index=1)
            await candidate.hears("problem", lambda data: "interviewers" in data["message"])
            await owner.say("ask", index=0)
            await candidate.hears("question", lambda data: data["index"] == 0)
            await owner.say("unask", index=0)
            await owner.hears("problem", lambda data: "taken back" in data["message"])
            await owner.say("reword", index=0, text="Why did you leave?")
            await owner.hears("problem", lambda data: "reworded" in data["message"])
            await owner.say("ask", index=1)
            await owner.say("reword", index=1, text="Why did you leave?")
            reworded = await candidate.hears("question", lambda data: data["text"] == "Why did you leave?")
            assert (reworded["index"], reworded["found"]) == (1, True)
            await owner.say("unask", index=1)
            assert await candidate.hears("unasked") == {"index": 1}
            welcome = await owner.come_in()
            assert [each["index"] for each in welcome["questions"]] == [0]


async def test_a_language_model_suggests_what_to_ask(new_server: Callable[..., Server], clip: Path) -> None:
    """Only of a candidate who agreed does the answer go there, as text; interviewers see what comes back."""
    suggested = [{"text": "What exactly was it?", "because": "It was not said."}]
    async with gemini() as fake:
        fake.text = json.dumps({"suggestions": suggested})
        server = new_server(gemini_key="key", gemini_url=fake.url).start()
        async with house(server, questions=["What was it like?"]) as room:
            owner, candidate = room.owner, await room.let_in("candidate", "Candidate")
            await candidate.come_in()
            _, seen = await candidate.call("GET")
            assert seen["features"]["coach"] is True
            await candidate.say("consent", choice="content", coach=True)
            await owner.hears("consent", lambda data: data["coach"])
            assert server.stop() == 0
            server.start()
            assert (await owner.come_in())["consent"]["coach"] is True
            await candidate.come_in()
            await owner.say("ask", index=0)
            ready = await candidate.hears("analysis", lambda data: data["state"] == "ready")
            async with second_leg(server, clip, ready):
                await owner.hears("caption", lambda data: data["final"])
                found = await owner.hears("follow_ups", lambda data: data["by"] == "gemini")
                assert found["suggestions"] == suggested
                assert fake.data()["question"] == "What was it like?"
                await candidate.say("consent", choice="content")
                await owner.hears("consent", lambda data: not data["coach"])
                assert (await owner.hears("follow_ups"))["by"] == "rules"

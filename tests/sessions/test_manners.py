"""One answer in four manners through the whole pipeline: which subscores differ, and which do not."""

from fractions import Fraction

import pytest

from models.registry import ModelChoice
from scoring.rubric import SUBSCORES, load
from sessions.analysis import analyse
from sessions.media import open_media
from sessions.perception import Perception
from sessions.questions import FREE, Question
from sessions.store import SessionRecord
from tests.fixtures import media, voice

QUESTION = Question(
    "outage",
    "behavioural",
    "Tell me about a hard problem that you solved at work. What was your part?",
    45.0,
    key_terms=("problem", "cause", "fixed", "team", "result"),
    key_points=(
        "There was a real problem at work with consequences for customers.",
        "I was responsible for finding out why it happened.",
        "I took concrete steps to find the cause and to repair it.",
        "The result can be measured.",
    ),
)
STRUCTURED = (
    "In my last job the payment page failed for two percent of our customers. I was responsible for the"
    " checkout, so I had to find the cause within one week. I wrote a script that replayed four thousand"
    " payments, and I found a mistake in our own code. I fixed the problem, and I added twelve tests. As a"
    " result the failures stopped, and we saved ninety thousand dollars a year."
)
OFF_TOPIC = (
    "The weather in the mountains is lovely at this time of the year. People like to walk along the river"
    " and look at the old bridges. In the evening many of them sit outside and listen to music from the"
    " village. The food is simple, mostly bread, cheese and soup. When the snow comes everybody stays at"
    " home, and the roads are closed for several weeks."
)
MANNERS = {
    "lively, structured": ("lively", STRUCTURED),
    "flat and halting, structured": ("flat", STRUCTURED),
    "lively, off topic": ("lively", OFF_TOPIC),
    "flat and halting, off topic": ("flat", OFF_TOPIC),
}


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory, tables: list[str]) -> dict[str, dict[str, float]]:
    """The four subscores of each manner, told to the terminal as well."""
    voice.need_espeak()
    folder = tmp_path_factory.mktemp("manners")
    perception = Perception(ModelChoice())
    found = {}
    try:
        for place, (name, (manner, text)) in enumerate(MANNERS.items()):
            sound = folder / f"{place}.wav"
            seconds = voice.speak(sound, text, manner)
            clip = media.write_clip(folder / f"{place}.webm", seconds, fps=Fraction(5), sound=sound)
            record = SessionRecord.new(name, FREE.id, "all", source="file", questions=(QUESTION,))
            report = analyse(open_media(clip), perception, load(), record).report
            found[name] = {key: report["subscores"][key]["score"] for key in SUBSCORES}
    finally:
        perception.close()
    tables.append(_table(found))
    return found


def _table(scores: dict[str, dict[str, float]]) -> str:
    head = f"{'':30}" + "".join(f"{name:>17}" for name in SUBSCORES)
    lines = [f"{name:30}" + "".join(f"{row[key]:17.1f}" for key in SUBSCORES) for name, row in scores.items()]
    return "\n".join(["One answer in four manners", head, *lines])


@pytest.mark.parametrize("text", ["structured", "off topic"])
def test_manner_changes_all_but_what_is_said(scores: dict[str, dict[str, float]], text: str) -> None:
    lively, flat = scores[f"lively, {text}"], scores[f"flat and halting, {text}"]
    for key in ("confidence", "communication", "engagement"):
        assert lively[key] > flat[key] + 8
    # Halting speech lasts longer and is recognised in fragments, which costs or gives a few points.
    assert abs(lively["skill_relevance"] - flat["skill_relevance"]) < 16


@pytest.mark.parametrize("manner", ["lively", "flat and halting"])
def test_what_is_said_changes_skill_relevance_alone(scores: dict[str, dict[str, float]], manner: str) -> None:
    structured, off_topic = scores[f"{manner}, structured"], scores[f"{manner}, off topic"]
    assert structured["skill_relevance"] > off_topic["skill_relevance"] + 30
    for key in ("confidence", "communication", "engagement"):
        assert abs(structured[key] - off_topic[key]) < 10

"""Follow-up questions while an answer grows: by rules, and by the language model for whoever agreed."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from models.observations import QuestionAsked, SentenceRead
from scoring.follow_up import Suggestion, suggest
from sessions.coach import Coach
from sessions.suggesting import Suggesting
from tests.fixtures.gemini import Gemini, gemini

pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class Aiohttp:DeprecationWarning")
ASKED = QuestionAsked(10.0, "conflict", "Tell me about a conflict.", "behavioural", 120)
TEXT = "There were some things that people in the team were not that happy about at the time at all."
FIRST = SentenceRead(10.0, 0, 11.0, 15.0, TEXT, 19, 0.9, part="situation")
RULES = suggest(ASKED, [FIRST])
REPLY = json.dumps(
    {"suggestions": [{"text": "Which things were they?", "because": "“Some things” is vague."}]}
)


class Shown(list[tuple[str, list[Suggestion]]]):
    """What was told."""

    def tell(self, by: str, suggestions: list[Suggestion]) -> None:
        self.append((by, suggestions))


@pytest.fixture
async def fake() -> AsyncIterator[Gemini]:
    async with gemini() as running:
        running.text = REPLY
        yield running


async def answered(fake: Gemini, count: int) -> None:
    for _ in range(500):
        if len(fake.asked) >= count:
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(fake.delay_s + 0.2)


async def test_by_rules_at_once_and_by_the_model_when_it_answers(fake: Gemini) -> None:
    shown = Shown()
    suggesting = Suggesting(Coach("key", "gemini-test", fake.url), shown.tell)
    suggesting.agree(True)
    suggesting.ask(ASKED)
    suggesting.read(FIRST)
    assert shown == [("rules", RULES)]
    await answered(fake, 1)
    assert shown[1:] == [("gemini", [Suggestion("Which things were they?", "“Some things” is vague.")])]
    suggesting.read(replace(FIRST, index=1, text="And so on.", words=3))
    assert len(shown) == 2, "the rules do not take its place"
    assert len(fake.asked) == 1, "for a few words more it is not asked again"
    suggesting.ask(replace(ASKED, t=30.0))
    assert shown[2:] == [("rules", [])]


async def test_without_agreement_nothing_is_sent(fake: Gemini) -> None:
    shown = Shown()
    suggesting = Suggesting(Coach("key", "gemini-test", fake.url), shown.tell)
    suggesting.ask(ASKED)
    suggesting.read(FIRST)
    await asyncio.sleep(0.2)
    assert (fake.asked, shown) == ([], [("rules", RULES)])


async def test_agreement_taken_back(fake: Gemini) -> None:
    """What is on its way is dropped, and the rules take over with the next sentence."""
    shown = Shown()
    fake.delay_s = 0.3
    suggesting = Suggesting(Coach("key", "gemini-test", fake.url), shown.tell)
    suggesting.agree(True)
    suggesting.ask(ASKED)
    suggesting.read(FIRST)
    asking = asyncio.create_task(answered(fake, 1))
    await asyncio.sleep(0.1)
    suggesting.agree(False)
    await asking
    assert [by for by, _ in shown] == ["rules"]


async def test_a_model_that_fails_leaves_it_to_the_rules(fake: Gemini) -> None:
    shown = Shown()
    fake.status = 503
    suggesting = Suggesting(Coach("key", "gemini-test", fake.url), shown.tell)
    suggesting.agree(True)
    suggesting.ask(ASKED)
    suggesting.read(FIRST)
    await answered(fake, 1)
    assert shown == [("rules", RULES)]


async def test_a_question_taken_back_leaves_it_to_the_one_before() -> None:
    shown = Shown()
    suggesting = Suggesting(None, shown.tell)
    late = replace(ASKED, t=30.0, text="And then?")
    suggesting.ask(ASKED)
    suggesting.read(FIRST)
    suggesting.ask(late)
    suggesting.ask(replace(late, text=""))
    suggesting.ask(replace(ASKED, t=5.0, text="An earlier one, reworded?"))
    assert [by for by, _ in shown] == ["rules", "rules", "rules"]
    assert [found for _, found in shown] == [RULES, [], RULES]

"""Sentences of invented answers, each written for the part that it stands under."""

from functools import cache

import pytest

from models.language.meaning import Meaning
from models.language.structure import Structure
from models.observations import ARGUMENT, STAR, AnswerPart, parts_of

SENTENCES: dict[AnswerPart, tuple[str, ...]] = {
    "situation": (
        "I was an intern at a bank when the main server went down on a Friday.",
        "In my last role our release process took a whole day and nobody liked it.",
        "We were three weeks from launch and two developers had just left.",
        "Last winter the hospital I worked for got a new scheduling system.",
        "The shop had lost a third of its regular customers within a year.",
        "A colleague and I disagreed about which database to use.",
        "Back in 2021 I ran the front desk of a hotel with eighty rooms.",
        "There was this one client who called every single morning to complain.",
    ),
    "task": (
        "I was asked to get the backlog down before the audit.",
        "My role was to coordinate the two teams.",
        "We needed to find another supplier within ten days.",
        "As the project lead I had to decide whether to postpone.",
        "The challenge was to do it without any extra budget.",
        "I wanted to win him back without giving a discount.",
        "It was my responsibility to keep the data safe.",
        "Our target was to answer every ticket within a day.",
    ),
    "action": (
        "I called the supplier and asked for an honest date.",
        "So I built a small prototype over the weekend and showed it to them.",
        "I first listened to both sides and wrote down what they agreed on.",
        "Then we split the work into pieces and tracked them on a board.",
        "I would speak to her in private and ask what is going on.",
        "I trained two of the newer nurses on the system myself.",
        "After that I automated the report with a short script.",
        "I went to my manager and explained what had gone wrong.",
    ),
    "result": (
        "In the end we opened on time and sold out in two days.",
        "Waiting times dropped by forty percent within a month.",
        "The client renewed the contract for another three years.",
        "I learned to put agreements in writing.",
        "They still use that checklist today.",
        "As a result, we had no outage for the rest of the year.",
        "My manager thanked me and I got to lead the next project.",
        "That way everyone knows where they stand and the problem does not come back.",
    ),
    "claim": (
        "I believe the most important skill of a nurse is listening.",
        "A hash table is a structure that maps keys to values.",
        "I want to join because your work on batteries is exciting.",
        "It depends on how often the data changes.",
        "Personally I would go for a relational database here.",
        "What motivates me is seeing people use what I made.",
        "The best way to find a leak is to measure.",
        "There are three things that I look at.",
    ),
    "reason": (
        "Because a cache hides the problem instead of solving it.",
        "The reason is that every join has to read the whole table.",
        "Otherwise you find out about it when a customer calls.",
        "That's why I always write the test first.",
        "It lets two people work on the same file without waiting.",
        "Since memory is cheap, the trade-off is worth it.",
        "This means that a failed node does not stop the rest.",
        "It gives people a say, so they stick to the plan.",
    ),
    "example": (
        "For example, at my last company we cached the product list for a minute.",
        "In one project I reduced the build from twenty minutes to four.",
        "Say you have a million users and only ten percent are active.",
        "Last year I coached a trainee who could not speak up in meetings.",
        "For instance, a bank has to store every change of an account.",
        "Once we had a bug that only showed up on leap days.",
        "When I worked in retail I saw that every Saturday.",
        "At my previous school we did it with a shared calendar.",
    ),
}


meaning = cache(Meaning)


@cache
def structure() -> Structure:
    return Structure(meaning())


def part(text: str, among: tuple[AnswerPart, ...]) -> AnswerPart | None:
    return structure().part(text, meaning().vector(text), among)


@pytest.mark.parametrize("among", [STAR, ARGUMENT])
def test_most_sentences_are_taken_for_what_they_are(among: tuple[AnswerPart, ...]) -> None:
    told = [(wanted, text) for wanted in among for text in SENTENCES[wanted]]

    assert sum(part(text, among) == wanted for wanted, text in told) >= 0.85 * len(told)


@pytest.mark.parametrize("text", ["Yes.", "Blue and green and yellow.", "Um, well, you know."])
def test_what_does_nothing_for_an_answer_is_no_part(text: str) -> None:
    assert part(text, STAR) is None


def test_the_parts_go_by_the_topic() -> None:
    assert parts_of("behavioural") == parts_of("situational") == STAR
    assert parts_of("technical") == parts_of("motivation") == ARGUMENT

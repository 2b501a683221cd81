"""Which part of an answer a sentence is: situation, task, action, result; or claim, reason, example.

The first four are what is taught for questions about something that happened (the STAR method: Bolles, "What
Color Is Your Parachute?"; DDI, "Targeted Selection", 1974), the others those of an argument (Toulmin, "The
Uses of Argument", 1958: claim, warrant, grounds). A part shows in turns of phrase, which count most, and in
likeness to sentences that do the same job; where neither says enough there is none.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from models.language.meaning import Array, Meaning
from models.observations import STAR, AnswerPart

CUE = 0.25
"""What turns of phrase of one kind count, as a cosine."""
LEAST = 0.25
"""Below this no part is recognised."""


def _any(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{phrases})\b")


_DID = (
    r"(?:\w{3,}ed|led|built|wrote|ran|made|taught|found|cut|set|took|drove|began|brought|chose|drew|gave|got|held"
    r"|kept|met|put|sent|sold|spoke|split|spent|rewrote|rebuilt|went|sat|told|left|showed|came up)"
)
_DO = (
    r"(?:ask|say|give|take|call|let|write|tell|check|listen|look|go|talk|speak|explain|offer|start|make|keep|send"
    r"|show|find|try|set|put|bring|measure|test|use|split|open|run|read|change|leave|choose|compare|fix)"
)
_BETWEEN = r"(?:(?:then|also|just|personally|quickly|first|first of all|immediately|really|have|had|even) )?"

_GENERAL = _any(
    "always|usually|normally|in general|of course|should|it depends|it is important|"
    "you (?:have to|can|need)|everybody|people (?:are|have|can|do)|the key|i am (?:an?|very|good)"
)
"""What tells of nothing that happened, or would."""
_TOLD: Final = (*STAR, "example")
_FIGURES = (
    r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty|sixty|hundred"
    r"|thousand)"
)

_CUES: Final[Mapping[AnswerPart, tuple[re.Pattern[str], ...]]] = {
    "situation": (
        _any(
            r"(?:in|at|for|with) (?:my|our|a|the) (?:last|previous|first|former|old|current) \w+|"
            r"(?:last|that) (?:year|summer|winter|spring|autumn|fall|month)|\w+ (?:years?|months?) ago|"
            "when i (?:was|worked|joined|started|had)|i was (?:working|part of|leading|an?|in charge)|"
            "back (?:then|in|when)|at (?:the|that) time|there was|used to|we were|it was"
        ),
        _any(r"our \w+(?: \w+)? (?:was|were|had)|the \w+(?: \w+)? (?:was|were|had)|we had|had been"),
    ),
    "task": (
        _any(
            "my (?:job|task|role|part|goal|responsibility|manager wanted)|"
            "i was (?:asked|responsible|supposed|told|expected|given)|"
            "(?:i|we) (?:had|needed|have|need) to|it was (?:up to|on) me|"
            "the (?:goal|aim|task|challenge|deadline) (?:was|is)|i wanted to|"
            "what (?:matters|counts|i need)|i was the one who|in charge of|our target was"
        ),
    ),
    "action": (
        _any(f"(?:i|we) {_BETWEEN}{_DID}"),
        _any(
            "i decided|i would(?! (?:say|like|think|be))|i'd(?! (?:say|like))|(?:i will|i'll)|"
            f"(?:first|then|next|after that),? i|instead of|so i|i {_BETWEEN}{_DO}"
        ),
    ),
    "result": (
        _any(
            "as a result|in the end|the result|the outcome|eventually|since then|thanks to|ended up|"
            "led to|that way|which meant|so that|turned out|paid off|to this day|"
            "(?:i|we) (?:also )?(?:learned|learnt)|taught me|today|(?:went|came) (?:down|up|from|live)|"
            "from then on|afterwards|ever since|happy|won|finished|on time|still use"
        ),
        _any(
            "(?:rose|fell|grew|dropped|increased|decreased|reduced|improved|saved|halved|doubled|shipped)|"
            rf"per ?cent|from (?:\w+ )?{_FIGURES}\b.*? to|(?:not|never) (?:one|once|again)|nobody had to|"
            "no (?:more|failures?|complaints?|errors?)|(?:is|was|were|are) (?:done|gone|over)|"
            "by (?:half|a third|a quarter)|twice|record"
        ),
    ),
    "claim": (
        _any(
            "i (?:think|believe|find|want|like|love|enjoy|prefer|would|am|care)|i'm|i'd|"
            "in my (?:view|opinion|experience)|it depends|"
            "the (?:most important|main|key|best|biggest|first)|"
            "(?:is|are|means) (?:an?|the|when|how|that)|should|must|"
            "there are (?:two|three|four|several)|what (?:drives|motivates|attracts) me"
        ),
    ),
    "reason": (
        _any(
            "because|since|that'?s why|that is why|the reason|so that|due to|therefore|which means|"
            "otherwise|this way|that way|it (?:helps|lets|makes|allows|avoids|gives)|means that|"
            "as a consequence|in order to|thanks to|if not|or else|without"
        ),
    ),
    "example": (
        _any(
            "for example|for instance|such as|an example|say|imagine|let's say|suppose|once|"
            r"(?:in|at) (?:my|our|one|a) (?:last|previous|recent|first|old|former) \w+|one time|"
            r"last (?:year|summer|winter|month)|\w+ (?:years?|months?) ago|"
            "when i (?:was|worked|built|had)"
        ),
        _any(f"(?:i|we) {_BETWEEN}{_DID}|{_FIGURES}"),
    ),
}

_ALIKE: Final[Mapping[AnswerPart, tuple[str, ...]]] = {
    "situation": (
        "Two years ago I worked in a small company that was short of staff.",
        "At that time our team was in the middle of a large project.",
        "The customer had been waiting for weeks and was getting angry.",
        "There was a conflict between two departments about who was responsible.",
        "The system we had inherited was old and nobody understood it.",
    ),
    "task": (
        "My job was to find a solution before the end of the month.",
        "I was responsible for making sure that everything would be delivered.",
        "The goal was to bring the costs down without losing quality.",
        "I had to convince the others that we needed to change the plan.",
        "It was up to me to decide how we should go on.",
    ),
    "action": (
        "I sat down with each of them and asked what they needed.",
        "First I made a list of the problems, then I went through them one by one.",
        "So I wrote a proposal and presented it to the management.",
        "I would talk to the people involved and look for a compromise.",
        "I set up a weekly meeting and changed the way we worked.",
    ),
    "result": (
        "In the end we delivered on time and the customer was happy.",
        "As a result the number of complaints went down by half.",
        "What I learned from it is to ask for help earlier.",
        "The company still uses what we built, and I was promoted.",
        "It saved us a lot of money and the team worked better together.",
    ),
    "claim": (
        "The most important thing is to understand the problem first.",
        "I think that good communication is the key.",
        "I want to work here since the product is close to my heart.",
        "It is a method that divides the data into groups.",
        "I would choose the simpler solution.",
    ),
    "reason": (
        "Because otherwise the mistakes are found far too late.",
        "The reason is that people need time to get used to it.",
        "That way the load is shared and nothing breaks when one part fails.",
        "It means that we do not have to do the same work twice.",
        "This is why it is faster and cheaper.",
    ),
    "example": (
        "For example, in my last job we had to deal with exactly that.",
        "Once I worked with a customer for whom we did it that way.",
        "Last year I built something like it for a small company.",
        "For instance, when a user opens the page, the list is loaded at once.",
        "At my previous company we used it to plan the shifts.",
    ),
}


class Structure:
    """Recognises the parts of answers; shared by all sessions."""

    def __init__(self, meaning: Meaning) -> None:
        self._alike = {
            part: np.array([meaning.vector(text) for text in texts]) for part, texts in _ALIKE.items()
        }

    def part(self, text: str, vector: Array, among: Sequence[AnswerPart]) -> AnswerPart | None:
        """Which of some parts a sentence with this meaning is most; None where it is hardly any."""
        said = text.lower().replace("’", "'")
        scores = {part: self._score(part, said, vector) for part in among}
        if _GENERAL.search(said):
            scores = {part: score - CUE * (part in _TOLD) for part, score in scores.items()}
        best = max(scores, key=lambda part: scores[part])
        return best if scores[best] >= LEAST else None

    def _score(self, part: AnswerPart, said: str, vector: Array) -> float:
        cues = sum(cue.search(said) is not None for cue in _CUES[part])
        return CUE * cues + float(np.sort(self._alike[part] @ vector)[-2:].mean())

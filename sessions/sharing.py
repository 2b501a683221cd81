"""What of a candidate's measures reaches the others in a room: the one way there, and what may pass."""

import asyncio
import itertools
from collections.abc import Collection, Hashable, Mapping
from typing import Any, Final, Literal, TypeAlias

from models.observations import Choice
from sessions.rooms import Role
from sessions.wire import message

Allowed: TypeAlias = Literal[True] | Mapping[str, "Allowed"]
"""What of a value may pass: all of it, or these entries of it. A list passes item by item."""
_SCORE: Final[Allowed] = {"score": True, "interval": True, "coverage": True, "trend": True, "reason": True}
_PROBLEM: Final[Allowed] = {"problem": True, "title": True, "help": True}
_TALK: Final[Allowed] = {"candidate": True, "others": True}
_FOLLOW_UPS: Final[Allowed] = {"by": True, "suggestions": {"text": True, "because": True}}
_CONTENT_INDICATORS: Final = (
    "relevance",
    "key_points",
    "key_terms",
    "structure",
    "coherence",
    "specificity",
    "vocabulary",
    "answer_length",
    "buzzwords",
    "skills",
)
ALLOWED: Final[Mapping[Choice, Mapping[str, Allowed]]] = {
    "everything": {
        "snapshot": {
            "seq": True,
            "t": True,
            "face": {"present": True, "count": True, "on_camera": True},
            "voice": {"speaking": True},
            "picture": _PROBLEM,
            "sound": _PROBLEM,
            "overall": _SCORE,
            "subscores": {
                "confidence": _SCORE,
                "communication": _SCORE,
                "skill_relevance": _SCORE,
                "engagement": _SCORE,
            },
            "live": {
                "speech_rate": True,
                "eye_contact": True,
                "filler_words": True,
                "words": True,
                "smile": True,
                "brightness": True,
                "intensity_db": True,
                "answer_seconds": True,
            },
            "frame_age_ms": True,
            "talk": _TALK,
        },
        "caption": {
            "utterance": True,
            "start": True,
            "end": True,
            "final": True,
            "words": {"text": True, "committed": True, "mark": True},
            "filled_pauses": {"start": True, "end": True, "sound": True, "before": True},
            "speaker": True,
        },
        "reasons": {"confidence": True, "communication": True, "skill_relevance": True, "engagement": True},
        "follow_ups": _FOLLOW_UPS,
    },
    "content": {
        "snapshot": {
            "seq": True,
            "t": True,
            "subscores": {"skill_relevance": _SCORE},
            "live": {"words": True, "answer_seconds": True},
            "talk": _TALK,
        },
        "caption": {
            "utterance": True,
            "start": True,
            "end": True,
            "final": True,
            "words": {"text": True, "committed": True},
            "speaker": True,
        },
        "reasons": {"skill_relevance": dict.fromkeys(_CONTENT_INDICATORS, True)},
        "follow_ups": _FOLLOW_UPS,
    },
    "none": {},
}
"""Of each message about the candidate, what passes under each choice. Whatever is not named does not."""
_REPORT: Final = (
    "schema",
    "session",
    "versions",
    "overall",
    "subscores",
    "what_if",
    "indicators",
    "questions",
    "transcript",
    "nudges",
    "coverage",
    "gaps",
    "series",
    "strengths",
    "improvements",
)
REPORT: Final[Mapping[Choice, Allowed]] = {
    "everything": dict.fromkeys(_REPORT, True),
    "content": {
        "schema": True,
        "session": True,
        "versions": True,
        "subscores": {"skill_relevance": True},
        "indicators": dict.fromkeys(_CONTENT_INDICATORS, True),
        "questions": {
            "index": True,
            "id": True,
            "text": True,
            "topic": True,
            "asked_at": True,
            "ended_at": True,
            "seconds": True,
            "answer_seconds": True,
            "words": True,
            "answer": True,
            "quality": {
                "relevance": True,
                "key_points": True,
                "structure": True,
                "coherence": True,
                "specificity": True,
                "names": True,
                "skills": True,
                "buzzwords": True,
                "vocabulary": True,
            },
        },
        "transcript": {
            "start": True,
            "end": True,
            "text": True,
            "question": True,
            "words": {"text": True, "start": True, "end": True, "aligned": True},
        },
        "coverage": {"transcription": True},
        "series": {"t": True, "skill_relevance": True},
    },
}
"""Of the report, what others may see; of no choice that is not here anything."""
MOST_WAITING = 256


def passed(choice: Choice | None, type_: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The part of a message's data that others may see; None where they may not see the message at all."""
    allowed = ALLOWED[choice].get(type_) if choice else None
    if allowed is None:
        return None
    found: dict[str, Any] = _pruned(data, allowed)
    return found


def passed_report(choice: Choice, report: Mapping[str, Any]) -> dict[str, Any] | None:
    """The part of a report that others may see; None where there is none."""
    if choice not in REPORT:
        return None
    found: dict[str, Any] = _pruned(report, REPORT[choice])
    return found


def _pruned(value: Any, allowed: Allowed) -> Any:
    if allowed is True:
        return value
    if isinstance(value, list | tuple):
        return [_pruned(each, allowed) for each in value]
    if isinstance(value, Mapping):
        return {name: _pruned(value[name], rest) for name, rest in allowed.items() if name in value}
    # a value where entries were expected: nothing of it is named
    return None


class Outbox:
    """What waits to be sent to one member. Of messages with the same key the newest alone."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.overfull = False
        """More waited than a reader in time would leave: what is there has holes, and the reader must begin
        anew."""
        self.filled = asyncio.Event()
        """Something waits."""
        self._waiting: dict[Hashable, tuple[str, bool]] = {}
        self._count = 0

    def put(self, text: str, key: Hashable = None, *, measured: bool = False) -> None:
        """Add a message; one that was `measured` is dropped when the candidate shares less."""
        self._count += 1
        self._waiting[self._count if key is None else key] = (text, measured)
        if len(self._waiting) > MOST_WAITING:
            oldest = next((key for key, (_, light) in self._waiting.items() if light), None)
            if oldest is None:
                self.overfull = True
                self._waiting.clear()
            else:
                del self._waiting[oldest]
        self.filled.set()

    def take(self) -> str | None:
        """The message that has waited longest, now the receiver's; None where none waits."""
        if not self._waiting:
            self.filled.clear()
            return None
        return self._waiting.pop(next(iter(self._waiting)))[0]

    def withdraw(self) -> None:
        """Drop what was measured and is not yet sent."""
        self._waiting = {key: each for key, each in self._waiting.items() if not each[1]}


class Feed:
    """What the observers of a room are told, the same for all: each reads on from where they are.

    Of messages with the same key the newest alone. Telling costs the same however many read.
    """

    role: Final = Role.OBSERVER

    def __init__(self) -> None:
        self.newest = 0
        """The number of the newest message; they are counted from 1."""
        self._kept: dict[Hashable, tuple[int, str, bool]] = {}

    def put(self, text: str, key: Hashable, *, measured: bool = False) -> None:
        """Add a message; one that was `measured` is dropped when the candidate shares less."""
        self.newest += 1
        # to the end: `since` reads backwards until it knows the rest
        self._kept.pop(key, None)
        self._kept[key] = (self.newest, text, measured)
        if len(self._kept) > MOST_WAITING:
            del self._kept[next(key for key, (_, _, light) in self._kept.items() if light)]

    def since(self, number: int) -> list[str]:
        """The messages that are newer than that one, the oldest first."""
        newer = itertools.takewhile(lambda kept: kept[0] > number, reversed(self._kept.values()))
        return [text for _, text, _ in newer][::-1]

    def withdraw(self) -> None:
        """Drop what was measured."""
        self._kept = {key: each for key, each in self._kept.items() if not each[2]}


class Audience:
    """Those who watch a candidate. Nothing measured goes to them but through `tell`."""

    def __init__(self) -> None:
        self.choice: Choice | None = None
        self._outboxes: set[Outbox | Feed] = set()

    def __len__(self) -> int:
        return len(self._outboxes)

    def join(self, outbox: Outbox | Feed) -> None:
        """From now on this one is told."""
        self._outboxes.add(outbox)

    def quit(self, outbox: Outbox | Feed) -> None:
        """From now on no longer."""
        self._outboxes.discard(outbox)

    def choose(self, choice: Choice | None) -> None:
        """The candidate's choice holds from the very next message."""
        self.choice = choice
        for outbox in self._outboxes:
            outbox.withdraw()

    def tell(self, type_: str, data: Mapping[str, Any], key: Hashable, roles: Collection[Role]) -> None:
        """Tell all in these roles what may pass; written out once, whatever their number."""
        told = self._in(roles)
        found = passed(self.choice, type_, data) if told else None
        if found is None:
            return
        text = message(type_, found)
        for outbox in told:
            outbox.put(text, key, measured=True)

    def _in(self, roles: Collection[Role]) -> list[Outbox | Feed]:
        return [outbox for outbox in self._outboxes if outbox.role in roles]

"""Rooms: seats, the door, the state machine."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from models.observations import Choice
from sessions.rooms import MOST, NotNow, NotYours, Role, Room, RoomState, reviewed

CHOICES: tuple[Choice, ...] = get_args(Choice)


@pytest.fixture
def room() -> Room:
    """A room whose owner interviews."""
    made = Room("ab", "An interview")
    made.seat("1", "Owner", Role.INTERVIEWER, owner=True)
    return made


def test_from_knock_to_end(room: Room) -> None:
    room.knock("k", "Candidate", Role.CANDIDATE)
    assert room.admit("1", "k", "2") == room.candidate
    assert not room.arrive("1")
    assert room.arrive("2")
    assert room.state is RoomState.OPEN
    room.depart("2")
    assert not room.arrive("2"), "it is open already"
    room.choose("2", "content")
    room.end("1")
    assert (room.state, room.here, room.knocks) == (RoomState.ENDED, set(), {})
    with pytest.raises(NotNow, match="ended"):
        room.arrive("1")


def test_the_candidates_seat_is_taken_once(room: Room) -> None:
    room.knock("k", "One", Role.CANDIDATE)
    room.knock("l", "Other", Role.CANDIDATE)
    room.admit("1", "k", "2")
    with pytest.raises(NotNow, match="used already"):
        room.admit("1", "l", "3")
    with pytest.raises(NotNow, match="used already"):
        room.knock("m", "Third", Role.CANDIDATE)
    room.leave("2")
    assert room.admit("1", "l", "3").name == "Other"


def test_who_may_what(room: Room) -> None:
    candidate = room.seat("2", "Candidate", Role.CANDIDATE)
    watcher = room.seat("3", "Observer", Role.OBSERVER)
    room.knock("k", "Late", Role.OBSERVER)
    for by in (candidate.id, watcher.id, "nobody"):
        for act in (lambda: room.admit(by, "k", "9"), lambda: room.refuse(by, "k"), lambda: room.end(by)):  # noqa: B023
            with pytest.raises(NotYours):
                act()
        with pytest.raises(NotYours):
            room.remove(by, "3")
    with pytest.raises(NotYours, match="candidate"):
        room.choose("1", "everything")
    with pytest.raises(NotYours, match="made the room"):
        room.remove("1", "1")
    with pytest.raises(NotNow):
        room.leave("1")
    room.remove("1", "3")
    assert not room.sits("3", Role.OBSERVER)
    with pytest.raises(NotNow):
        room.remove("1", "3")


def test_a_new_candidate_chooses_anew(room: Room) -> None:
    room.seat("2", "One", Role.CANDIDATE)
    room.choose("2", "everything")
    room.leave("2")
    room.seat("3", "Other", Role.CANDIDATE)
    assert room.choice is None


@pytest.mark.parametrize(
    ("choices", "seen"),
    [
        ([], "none"),
        (["everything"], "everything"),
        (["everything", "content"], "content"),
        (["content", "everything"], "content"),
        (["none", "everything"], "everything"),
        (["everything", "none"], "none"),
        (["content", "none", "content"], "content"),
    ],
)
def test_what_of_a_report_is_seen(choices: list[Choice], seen: Choice) -> None:
    assert reviewed(choices) == seen


@given(st.lists(st.sampled_from(CHOICES)))
def test_a_report_never_shows_more_than_the_last_choice(choices: list[Choice]) -> None:
    if choices:
        assert CHOICES.index(reviewed(choices)) >= CHOICES.index(choices[-1])


class Rooms(RuleBasedStateMachine):
    """Anything that anybody may try, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room("ab", "An interview")
        self.room.seat("0", "Owner", Role.CANDIDATE, owner=True)
        self.count = 0
        self.was = self.room.state

    def any_member(self, n: int) -> str:
        return list(self.room.members)[n % len(self.room.members)]

    @rule(role=st.sampled_from(Role))
    def knock(self, role: Role) -> None:
        self.count += 1
        self.attempt(lambda: self.room.knock(f"k{self.count}", "Somebody", role))

    @rule(by=st.integers(0, 9), n=st.integers(0, 9), yes=st.booleans())
    def answer(self, by: int, n: int, yes: bool) -> None:
        knock = (list(self.room.knocks) or ["gone"])[n % max(len(self.room.knocks), 1)]
        self.count += 1
        member, id_ = self.any_member(by), f"m{self.count}"
        self.attempt(lambda: self.room.admit(member, knock, id_) if yes else self.room.refuse(member, knock))

    @rule(n=st.integers(0, 9), what=st.sampled_from(["arrive", "depart", "leave", "end"]))
    def move(self, n: int, what: str) -> None:
        member = self.any_member(n)
        if what == "arrive" and self.room.members[member].left:
            return
        self.attempt(lambda: getattr(self.room, what)(member))

    @rule(by=st.integers(0, 9), n=st.integers(0, 9))
    def remove(self, by: int, n: int) -> None:
        self.attempt(lambda: self.room.remove(self.any_member(by), self.any_member(n)))

    @rule(n=st.integers(0, 9), choice=st.sampled_from(CHOICES))
    def choose(self, n: int, choice: Choice) -> None:
        self.attempt(lambda: self.room.choose(self.any_member(n), choice))

    def attempt(self, act: object) -> None:
        before = repr(self.room)
        try:
            act()  # type: ignore[operator]
        except (NotNow, NotYours):
            assert repr(self.room) == before, "a refusal changes nothing"

    @invariant()
    def never_too_many(self) -> None:
        assert all(len(self.room.seated(role)) <= most for role, most in MOST.items())

    @invariant()
    def only_seats_are_here(self) -> None:
        assert all(not self.room.members[each].left for each in self.room.here)

    @invariant()
    def it_never_goes_back(self) -> None:
        order = list(RoomState)
        assert order.index(self.room.state) >= order.index(self.was)
        self.was = self.room.state
        if self.was is RoomState.ENDED:
            assert not self.room.here
            assert not self.room.knocks


TestRooms = Rooms.TestCase

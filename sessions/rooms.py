"""A room: who may be in it, who is, what the candidate shares, and how far it has come.

Pure: no clock, no network, no disk. Ids and times come from outside.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from models.observations import Choice

MOST_INTERVIEWERS = 3
MOST_OBSERVERS = 500
MOST_KNOCKS = 600
MARK_LOOKS_BACK_S = 5.0
"""A mark means what was said or done just before it was made."""


class Role(StrEnum):
    """What somebody is in a room."""

    CANDIDATE = "candidate"
    INTERVIEWER = "interviewer"
    OBSERVER = "observer"


SPEAKERS = frozenset({Role.CANDIDATE, Role.INTERVIEWER})
"""Those who send media to each other."""
MOST = {Role.CANDIDATE: 1, Role.INTERVIEWER: MOST_INTERVIEWERS, Role.OBSERVER: MOST_OBSERVERS}


class RoomState(StrEnum):
    """Where a room stands."""

    WAITING = "waiting"
    """The candidate and an interviewer were not both here yet."""
    OPEN = "open"
    """They were; whoever leaves may come back."""
    ENDED = "ended"
    """Over for everybody."""


class NotNow(Exception):
    """The room does not allow that as it stands; says why in a sentence."""


class NotYours(Exception):
    """The one who asked may not do that; says so in a sentence."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a seat."""

    id: str
    name: str
    role: Role
    owner: bool = False
    """They made the room."""
    left: bool = False
    """They gave the seat up, or it was taken from them."""

    @property
    def admits(self) -> bool:
        """They may let others in, send them away and end the room."""
        return self.owner or self.role is Role.INTERVIEWER


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody at the door."""

    id: str
    name: str
    role: Role


@dataclass
class Room:
    """The people of one room and what they may do. What raises NotNow or NotYours has changed nothing."""

    id: str
    title: str
    state: RoomState = RoomState.WAITING
    members: dict[str, Member] = field(default_factory=dict)
    """By id; those who left stay, for what they said."""
    knocks: dict[str, Knock] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)
    """Ids of the members who are connected now."""
    choice: Choice | None = None
    """What the candidate shares; None before they chose."""

    # --- who is in

    def seated(self, role: Role) -> list[Member]:
        """Those who have a seat in this role, in the order in which they came."""
        return [member for member in self.members.values() if member.role is role and not member.left]

    @property
    def candidate(self) -> Member | None:
        """Who sits on the candidate's seat."""
        return next(iter(self.seated(Role.CANDIDATE)), None)

    def sits(self, member: str, role: Role) -> bool:
        """The member has a seat in that role."""
        found = self.members.get(member)
        return found is not None and found.role is role and not found.left

    def seat(self, id_: str, name: str, role: Role, *, owner: bool = False) -> Member:
        """Give somebody a seat."""
        self._require_not_ended()
        self._require_place(role)
        self.members[id_] = Member(id_, name, role, owner)
        return self.members[id_]

    def _require_place(self, role: Role) -> None:
        if len(self.seated(role)) >= MOST[role]:
            raise NotNow(
                "The candidate’s seat is taken: this invitation was used already. Ask for a new one if that"
                " was not you."
                if role is Role.CANDIDATE
                else f"There are {MOST[role]} {role}s in this room already; there is no place for more."
            )

    def _require_not_ended(self) -> None:
        if self.state is RoomState.ENDED:
            raise NotNow("This room has ended.")

    # --- the door

    def knock(self, id_: str, name: str, role: Role) -> Knock:
        """Somebody with an invitation for a role asks to be let in."""
        self._require_not_ended()
        self._require_place(role)
        if len(self.knocks) >= MOST_KNOCKS:
            raise NotNow("Too many wait at the door; try again in a minute.")
        self.knocks[id_] = Knock(id_, name, role)
        return self.knocks[id_]

    def admit(self, by: str, knock: str, id_: str) -> Member:
        """Let in whoever knocked, as member `id_`."""
        self._require_admits(by)
        waiting = self._waiting(knock)
        member = self.seat(id_, waiting.name, waiting.role)
        del self.knocks[knock]
        return member

    def refuse(self, by: str, knock: str) -> None:
        """Send away whoever knocked."""
        self._require_admits(by)
        self._waiting(knock)
        del self.knocks[knock]

    def forget(self, knock: str) -> None:
        """Whoever knocked is no longer there."""
        self.knocks.pop(knock, None)

    def _waiting(self, knock: str) -> Knock:
        if knock not in self.knocks:
            raise NotNow("Whoever knocked is no longer there.")
        return self.knocks[knock]

    def _require_admits(self, by: str) -> None:
        member = self.members.get(by)
        if member is None or member.left or not member.admits:
            raise NotYours("Only interviewers and whoever made the room may do that.")

    # --- coming and going

    def arrive(self, member: str) -> bool:
        """A member is connected; whether that opened the room."""
        self._require_not_ended()
        self.here.add(member)
        roles = {self.members[each].role for each in self.here}
        if self.state is RoomState.WAITING and roles >= SPEAKERS:
            self.state = RoomState.OPEN
            return True
        return False

    def depart(self, member: str) -> None:
        """A member is no longer connected; the seat stays theirs."""
        self.here.discard(member)

    def leave(self, member: str) -> None:
        """A member gives their seat up."""
        found = self.members[member]
        if found.owner:
            raise NotNow("The room is yours: end it instead.")
        self.here.discard(member)
        self.members[member] = replace(found, left=True)
        if found.role is Role.CANDIDATE:
            # what the next one on this seat shares is theirs to choose
            self.choice = None

    def remove(self, by: str, member: str) -> None:
        """Take a member's seat away."""
        self._require_admits(by)
        if member not in self.members or self.members[member].left:
            raise NotNow("There is nobody on that seat.")
        if self.members[member].owner:
            raise NotYours("Nobody may send away whoever made the room.")
        self.leave(member)

    # --- the interview

    def choose(self, by: str, choice: Choice) -> None:
        """The candidate says what the others may see from now on."""
        self._require_not_ended()
        if not self.sits(by, Role.CANDIDATE):
            raise NotYours("Only the candidate says what is shared.")
        self.choice = choice

    def end(self, by: str) -> None:
        """End the room for everybody."""
        self._require_admits(by)
        self.close()

    def close(self) -> None:
        """End the room, whoever is in it."""
        self.state = RoomState.ENDED
        self.knocks.clear()
        self.here.clear()


def reviewed(choices: Iterable[Choice]) -> Choice:
    """What others may see of a report that is about the whole session, by all the choices in their order.

    A report cannot be cut by time: it shows no more than the narrowest choice under which anything was
    measured, and nothing where sharing was taken back at the end, or never given.
    """
    given = list(choices)
    if not given or given[-1] == "none":
        return "none"
    return "content" if "content" in given else "everything"

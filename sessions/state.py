"""The life of a session as named states and the moves between them."""

from enum import StrEnum


class State(StrEnum):
    """Where a session stands."""

    CREATED = "created"
    """Admitted; nobody has connected yet."""
    LIVE = "live"
    """A candidate is connected."""
    WAITING = "waiting"
    """The connection is gone; the same candidate may come back."""
    ENDING = "ending"
    """No more media is taken; what is in the lanes is being finished."""
    ENDED = "ended"
    """The report is there."""


MOVES: dict[State, frozenset[State]] = {
    State.CREATED: frozenset({State.LIVE, State.ENDING}),
    State.LIVE: frozenset({State.WAITING, State.ENDING}),
    State.WAITING: frozenset({State.LIVE, State.ENDING}),
    State.ENDING: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
}


class IllegalMove(Exception):
    """A move that the state machine does not have; names what was possible."""

    def __init__(self, state: State, wanted: State) -> None:
        possible = ", ".join(sorted(MOVES[state])) or "nothing"
        super().__init__(f"a session that is {state} cannot become {wanted}; possible: {possible}")


def move(state: State, wanted: State) -> State:
    """The new state. Raises IllegalMove."""
    if wanted not in MOVES[state]:
        raise IllegalMove(state, wanted)
    return wanted

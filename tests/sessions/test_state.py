"""The session's state machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.state import MOVES, IllegalMove, State, move


def test_every_state_reaches_the_end() -> None:
    for state in State:
        seen, front = {state}, [state]
        while front:
            front = [after for before in front for after in MOVES[before] if after not in seen]
            seen.update(front)
        assert State.ENDED in seen


def test_an_illegal_move_names_what_was_possible() -> None:
    with pytest.raises(IllegalMove, match=r"ended cannot become live; possible: nothing"):
        move(State.ENDED, State.LIVE)
    with pytest.raises(IllegalMove, match=r"live cannot become created; possible: ending, waiting"):
        move(State.LIVE, State.CREATED)


@given(st.lists(st.sampled_from(State)))
def test_no_walk_leaves_the_table(wanted: list[State]) -> None:
    state = State.CREATED
    for target in wanted:
        if target in MOVES[state]:
            state = move(state, target)
            assert state is target
        else:
            with pytest.raises(IllegalMove):
                move(state, target)
    assert state is not State.CREATED or not any(target in MOVES[State.CREATED] for target in wanted[:1])

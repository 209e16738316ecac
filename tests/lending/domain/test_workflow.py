"""The life of an application: what leads where, whoever tries what."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.errors import RefusedError
from lending.domain.workflow import ENDED, LIVE, TRANSITIONS, Act, Party, State, can, move

EVERYTHING = list(product(State, Act, Party))
MOVES = st.lists(st.tuples(st.sampled_from(list(Act)), st.sampled_from(list(Party))), max_size=30)


def after(state: State, steps: list[tuple[Act, Party]]) -> list[State]:
    """The states passed when each step that is possible is taken."""
    passed = [state]
    for act, by in steps:
        if can(passed[-1], act, by):
            passed.append(move(passed[-1], act, by))
    return passed


@pytest.mark.parametrize(("state", "act", "by"), EVERYTHING)
def test_what_the_table_does_not_hold_is_refused(state: State, act: Act, by: Party) -> None:
    to, parties = TRANSITIONS.get((act, state), (None, frozenset()))
    if by in parties:
        assert move(state, act, by) is to
        return
    with pytest.raises(RefusedError) as refused:
        move(state, act, by)
    assert refused.value.code == ("party" if to else "state")
    assert not can(state, act, by)


@pytest.mark.parametrize("state", sorted(ENDED))
def test_nothing_leaves_an_end(state: State) -> None:
    assert not [act for act, by in product(Act, Party) if can(state, act, by)]


@given(MOVES)
def test_every_way_stays_live_until_it_ends_once(steps: list[tuple[Act, Party]]) -> None:
    passed = after(State.DRAFT, steps)
    assert all(state in LIVE for state in passed[:-1])
    assert len(set(passed)) == len(passed)


@given(MOVES)
def test_nobody_accepts_what_was_not_offered(steps: list[tuple[Act, Party]]) -> None:
    passed = after(State.DRAFT, steps)
    if State.ACCEPTED in passed:
        assert passed[passed.index(State.ACCEPTED) - 1] is State.OFFERED


@given(MOVES)
def test_what_a_person_looks_at_a_person_or_the_customer_or_time_ends(steps: list[tuple[Act, Party]]) -> None:
    state = State.DRAFT
    for act, by in steps:
        if state is State.IN_REVIEW and can(state, act, by):
            assert by is Party.BANK or act in (Act.WITHDRAW, Act.DECLINE, Act.EXPIRE)
        state = after(state, [(act, by)])[-1]


@pytest.mark.parametrize("state", sorted(LIVE))
def test_from_every_live_state_there_is_a_way_to_an_end_for_customer_and_time(state: State) -> None:
    assert move(state, Act.WITHDRAW, Party.CUSTOMER) is State.WITHDRAWN
    assert move(state, Act.DECLINE, Party.CUSTOMER) is State.DECLINED
    assert move(state, Act.EXPIRE, Party.SYSTEM) is State.EXPIRED


def test_every_state_can_be_reached() -> None:
    reached, before = {State.DRAFT}, set[State]()
    while reached != before:
        before = set(reached)
        reached |= {to for (_, state), (to, _) in TRANSITIONS.items() if state in before}
    assert reached == set(State)


def test_only_the_customer_sends_accepts_and_steps_back() -> None:
    for (act, _), (_, parties) in TRANSITIONS.items():
        if act in (Act.SUBMIT, Act.ACCEPT, Act.DECLINE, Act.WITHDRAW):
            assert parties == {Party.CUSTOMER}

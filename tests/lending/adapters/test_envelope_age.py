"""How long keys are remembered: one deleted elsewhere opens nothing for long, a new one is not lost on its way."""

from __future__ import annotations

from itertools import count

import pytest
from sqlalchemy.exc import IntegrityError

from lending.adapters import envelope
from lending.adapters.envelope import ErasedError
from lending.adapters.records import open_records
from lending.settings import Settings
from tests.builders import a_customer
from tests.conftest import HandClock

ONE = "C00001"


def test_a_deleted_key_is_gone_from_every_process_within_half_a_minute(
    settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = open_records(settings, clock), open_records(settings, clock)
    here.customers.add([a_customer(ONE)])
    sealed = here.envelopes.seal(ONE, "place", b"text")
    assert there.envelopes.open(ONE, "place", sealed) == b"text"
    here.envelopes.erase(ONE)
    later = envelope.monotonic() + envelope._MOST_SECONDS + 1
    monkeypatch.setattr(envelope, "monotonic", lambda: later)
    with pytest.raises(ErasedError):
        there.envelopes.open(ONE, "place", sealed)


def test_customers_are_added_even_when_sealing_them_takes_longer_than_keys_are_remembered(
    settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = open_records(settings, clock)
    ages = count(envelope.monotonic(), envelope._MOST_SECONDS + 1)
    monkeypatch.setattr(envelope, "monotonic", lambda: next(ages))
    here.customers.add([a_customer(ONE), a_customer("C00002")])
    assert [here.customers.name(one) for one in (ONE, "C00002")] == [a_customer(one).name for one in (ONE, "C00002")]


def test_a_key_that_was_never_committed_seals_nothing(settings: Settings, clock: HandClock) -> None:
    here = open_records(settings, clock)
    with pytest.raises(IntegrityError):
        here.customers.add([a_customer(ONE), a_customer(ONE)])
    with pytest.raises(ErasedError):
        here.envelopes.seal(ONE, "place", b"text")

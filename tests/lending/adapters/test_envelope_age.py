"""A key that another process deleted opens nothing here for long."""

from __future__ import annotations

import pytest

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

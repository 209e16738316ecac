"""The attacked console, once for all tests that leave it as it was; and the log, which stays quiet."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.attacks.attacked_portal import OTHER, OWNER, STAFF, Portal


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    made = Portal(tmp_path_factory.mktemp("portal"))
    for name in (OWNER, OTHER, STAFF):
        made.client(name)
    assert made.things
    return made


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever is sent, nothing fails in a way that only the log knows: no error is logged."""
    with caplog.at_level(logging.ERROR):
        yield
    found = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert not found, found[:3]

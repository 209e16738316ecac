"""The demo bank as tests of applications meet it: on a clock moved by hand, with papers in the hand of the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.applications import Applications
from serving.assembly import Platform
from tests.applying import Papers, clocked_bank, with_papers
from tests.conftest import HandClock


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Platform:
    return clocked_bank(tmp_path, clock)


@pytest.fixture
def papers(bank: Platform) -> Papers:
    return with_papers(bank)


@pytest.fixture
def use(bank: Platform, papers: Papers) -> Applications:
    return bank.applications

"""A demo bank with a trained champion, as `candor up` leaves it, made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.assembly import Platform, platform
from tests.conftest import sized


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The assembled platform over a seeded bank whose champion was trained here and promoted through the gates."""
    home: Path = tmp_path_factory.mktemp("bank")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANDOR_HOME", str(home))
        patch.setenv("CANDOR_PROFILE", "test")
        platform.cache_clear()
        from flows import steps

        steps.seed_bank(seed=7, customers=sized(2500, 5000))
        result = steps.train_model("demo_bank", 7, 20.0, lambda share, message: None)
        assert not [g for g in result["gates"] if not g["passed"]]
        steps.promote_first("demo_bank", result["model_version"])
        yield platform()
    platform.cache_clear()


@pytest.fixture
def cli_env(bank: Platform) -> dict[str, str]:
    """What a process needs to see the same bank."""
    wanted = {"CANDOR_HOME": str(bank.settings.var), "CANDOR_PROFILE": "test"}
    return {**os.environ, **wanted}

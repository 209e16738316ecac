"""A bank of the bench's own: seeded, with a champion trained and promoted through the gates, gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xgboost import Booster

    from serving.assembly import Platform
    from training.servable.package import PackageModel

SEED, CUSTOMERS = 7, 2500
BUDGET = 0.0
"""Seconds: room for the first family only, boosted trees. The slowest that serves; its library runs it too."""


@contextmanager
def trained_bank() -> Iterator[Platform]:
    """The assembled platform over a folder that is removed at the end."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"CANDOR_HOME": home, "CANDOR_PROFILE": "demo"}
        from flows import steps
        from serving.assembly import platform

        platform.cache_clear()  # an earlier bench's folder is gone
        steps.seed_bank(seed=SEED, customers=CUSTOMERS)
        trained = steps.train_model("demo_bank", SEED, BUDGET, lambda share, message: None)
        steps.promote_first("demo_bank", trained["model_version"])
        yield platform()


def champion(place: Platform) -> PackageModel:
    """The model that decides. Raises SystemExit when no gate let it through."""
    from training.servable.package import PackageModel

    model = place.champion.current()
    if not isinstance(model, PackageModel):
        raise SystemExit("the bench trained a model that no gate let through")
    return model


def bare_booster(model: PackageModel) -> Booster:
    """The model's native file in the library alone, with the threads that it takes by itself."""
    import xgboost

    from training.servable.trees import MODEL

    return xgboost.Booster(model_file=bytearray((model.folder / MODEL).read_bytes()))

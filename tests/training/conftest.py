"""One trained package for all tests of training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from features.build import Columns, columns_from_frame
from features.dataset import DataSet
from tests.training.books import FEATURES, a_book, quiet
from training.ports import TrainResult


@dataclass(frozen=True)
class Trained:
    book: DataSet
    result: TrainResult
    folder: Path

    @property
    def columns(self) -> Columns:
        return columns_from_frame(self.book.frame, FEATURES)


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Trained:
    from training.train import train

    folder = tmp_path_factory.mktemp("package")
    book = a_book()
    return Trained(book, train(book, folder, 7, 600.0, quiet), folder)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def registry(home):
    from training.adapters.mlflow_registry import MlflowRegistry

    uri = f"sqlite:///{home / 'mlflow' / 'mlflow.db'}"
    return MlflowRegistry(uri, home / "models", home / "mlflow" / "artifacts")


@pytest.fixture(scope="module")
def two(registry, trained):
    """Two registered versions of the same data set, trained by tom."""
    assert registry.champion("small") is None
    assert registry.list("small") == []
    return [registry.register(replace(trained.result), trained.folder, "tom") for _ in range(2)]

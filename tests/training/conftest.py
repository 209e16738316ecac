"""One trained package for all tests of training."""

from __future__ import annotations

from dataclasses import dataclass
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
    return Trained(book, train(book, folder, 7, 60.0, quiet), folder)

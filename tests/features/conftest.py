from pathlib import Path

import pytest

from features.adapters.dataset_files import DataSetFiles


@pytest.fixture
def datasets(tmp_path: Path) -> DataSetFiles:
    return DataSetFiles(tmp_path / "data")

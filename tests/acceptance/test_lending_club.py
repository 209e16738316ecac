"""Figures against real loans: LendingClub 2007 to 2010 (see `kb/mappings/lendingclub.yaml`)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from lending.domain.instalments import instalment
from lending.domain.schedule import quote_schedule
from tests.conftest import sized


@pytest.mark.sample_data
def test_instalments_equal_the_published_ones_within_five_cents(sample_data: Path) -> None:
    import pandas as pd

    folder = sample_data / "lendingclub_2007_2010"
    loans = pd.read_csv(folder / "loans.csv.gz", dtype=str).merge(
        pd.read_csv(folder / "outcomes_leakage.csv.gz", dtype=str)[["loan_id", "funded_amnt"]], on="loan_id"
    )
    columns = ("funded_amnt", "int_rate", "term", "installment")
    rows = [[Decimal(v) for v in row] for row in loans[list(columns)].to_numpy()]
    assert len(rows) == 20_814
    near = [abs(instalment(a, rate / 100, int(term)) - paid) <= Decimal("0.05") for a, rate, term, paid in rows]
    assert sum(near) / len(near) >= 0.995
    for amount, rate, term, _ in rows[:: len(rows) // sized(50, 2000)]:
        answer = quote_schedule({"principal": amount, "annual_rate": rate / 100, "term_months": int(term)})
        assert answer["instalment"] == f"{instalment(amount, rate / 100, int(term)):.2f}"


@pytest.mark.full
@pytest.mark.sample_data
def test_the_model_ranks_later_loans_no_worse_than_the_plain_ones_and_is_calibrated(
    sample_data: Path, tmp_path: Path
) -> None:
    from features.adapters.dataset_files import DataSetFiles
    from lending.settings import ROOT
    from training.train import train

    files = DataSetFiles(tmp_path / "data", sample_data)
    book = files.load(files.add(ROOT / "kb/mappings/lendingclub.yaml"))
    result = train(book, tmp_path / "package", 7, sized(60, 240), lambda share, text: None)
    found = {c["family"]: c["auc"]["value"] for c in result.candidates if not c["left_out"]}
    assert result.passed
    assert found[result.family] >= max(found["plain_logistic"], found["plain_boosting"]), found
    assert result.metrics["ece"]["value"] <= 0.02
    assert result.parameters["split"] == "loans from 2010-01-01 test"

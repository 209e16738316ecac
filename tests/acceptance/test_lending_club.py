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

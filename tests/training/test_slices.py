import numpy as np
import pytest

from training.curves import curves
from training.evaluate import metrics
from training.slices import slices


def loans(rows=6000, *, seed=3):
    """PDs that keep their promise, a number, a category, and days over two years."""
    draw = np.random.default_rng(seed)
    pd = np.clip(draw.beta(2, 12, rows), 1e-3, 0.9)
    columns = {
        "income": np.where(draw.random(rows) < 0.05, np.nan, draw.uniform(1000, 9000, rows)),
        "purpose": draw.choice(np.array(["car", "home", "rare", None], dtype=object), rows, p=[0.6, 0.35, 0.01, 0.04]),
    }
    days = np.datetime64("2024-01-01") + np.sort(draw.integers(0, 731, rows)).astype("timedelta64[D]")
    return pd, (draw.random(rows) < pd).astype(np.int8), columns, days


def rows_of(pd, label, columns, days):
    return {(row["slice"], row["value"]): row for row in slices(pd, label, columns, days, 1)}


def test_every_loan_is_in_one_slice_of_each_column():
    pd, label, columns, days = loans()
    rows = slices(pd, label, columns, days, 1)
    for name in ("income", "purpose", "period"):
        assert sum(row["count"] for row in rows if row["slice"] == name) == len(pd)
        assert sum(row["bads"] for row in rows if row["slice"] == name) == label.sum()


def test_a_slice_of_few_loans_gets_counts_and_no_verdict():
    few = rows_of(*loans())["purpose", "rare"]
    assert (few["verdict"], few["auc"], few["ece"]) == ("too few", None, None)


def test_a_model_that_keeps_its_promise_is_seldom_suspected_in_any_slice():
    suspected = [
        any(row["verdict"] not in ("as expected", "too few") for row in slices(*loans(seed=seed), 1))
        for seed in range(10)
    ]
    assert sum(suspected) <= 2


def test_a_number_that_is_mostly_zero_has_a_band_of_zeros_and_a_band_of_the_rest():
    pd, label, _, _ = loans()
    late = np.where(np.arange(len(pd)) % 10 == 0, 3.0, 0.0)
    rows = slices(pd, label, {"late": late}, None, 1)
    assert [(row["value"], row["count"]) for row in rows] == [("0", 5400), ("3", 600)]


@pytest.mark.parametrize(("factor", "verdict"), [(0.6, "promises too little"), (1.6, "promises too much")])
def test_the_slice_where_the_promise_is_broken_is_named_and_no_other_purpose(factor, verdict):
    pd, label, columns, days = loans()
    found = rows_of(np.where(columns["purpose"] == "home", pd * factor, pd), label, columns, days)
    assert found["purpose", "home"]["verdict"] == verdict
    assert found["purpose", "car"]["verdict"] == "as expected"


def test_a_slice_where_the_model_only_guesses_ranks_worse():
    pd, label, columns, days = loans(12_000)
    home = columns["purpose"] == "home"
    guessed = np.where(home, np.random.default_rng(0).permutation(pd), pd)
    assert rows_of(guessed, label, columns, days)["purpose", "home"]["verdict"] == "ranks worse"


def test_a_slice_has_the_figures_of_its_own_loans():
    pd, label, columns, days = loans()
    mine = columns["purpose"] == "car"
    row, own = rows_of(pd, label, columns, days)["purpose", "car"], metrics(pd[mine], label[mine], 0, 20)
    assert row["auc"]["value"] == own["auc"]["value"]
    assert row["ece"]["value"] == own["ece"]["value"]
    assert row["observed"]["value"] == own["base_rate"]["value"]


def test_quarters_are_named_and_in_order():
    values = [row["value"] for row in slices(*loans(), 1) if row["slice"] == "period"]
    assert values == [f"{year} Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4)]


def test_curves_hold_the_figures():
    pd, label, _, _ = loans()
    found, figures = curves(pd, label), metrics(pd, label, 0, 20)
    false, true = ([point[name] for point in found["roc"]] for name in ("false", "true"))
    assert np.trapezoid(true, false) == pytest.approx(figures["auc"]["value"], abs=0.002)
    gaps = [row["count"] * abs(row["predicted"] - row["observed"]) for row in found["calibration"]]
    assert sum(gaps) / len(pd) == pytest.approx(figures["ece"]["value"], abs=1e-5)
    assert sum(found["scores"]["good"]) + sum(found["scores"]["bad"]) == len(pd)
    assert found["gains"][-1] == {"share": 1.0, "caught": 1.0, "lift": 1.0}


def test_curves_of_a_constant_are_a_straight_line():
    found = curves(np.full(400, 0.1), (np.arange(400) % 10 == 0).astype(np.int8))
    assert found["roc"] == [{"false": 0.0, "true": 0.0}, {"false": 1.0, "true": 1.0}]

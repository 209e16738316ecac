import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import ks_2samp
from sklearn.metrics import brier_score_loss, f1_score, log_loss, precision_score, recall_score, roc_auc_score

from training.calibrate import calibrate, isotonic, newest_share, platt
from training.evaluate import bootstrap, ece_by_chance, mean_interval, metrics, policy_cut, terms_on


def test_figures_agree_with_another_library_also_with_ties():
    draw = np.random.default_rng(1)
    pd = draw.integers(1, 40, 600) / 50
    label = (draw.random(600) < pd).astype(np.int8)
    found = {name: figure["value"] for name, figure in metrics(pd, label, 0, 20).items()}
    assert found["auc"] == pytest.approx(roc_auc_score(label, pd), abs=1e-6)
    assert found["gini"] == pytest.approx(2 * found["auc"] - 1, abs=1e-5)
    assert found["ks"] == pytest.approx(ks_2samp(pd[label == 1], pd[label == 0]).statistic, abs=1e-6)
    assert found["brier"] == pytest.approx(brier_score_loss(label, pd), abs=1e-6)
    assert found["log_loss"] == pytest.approx(log_loss(label, pd), abs=1e-6)
    assert found["base_rate"] == pytest.approx(label.mean(), abs=1e-6)


def test_calibration_error_is_the_mean_gap_of_ten_equal_bins():
    pd, label = np.repeat([0.1, 0.3], 50), np.zeros(100, np.int8)
    label[:5] = label[50:60] = 1  # first bin 0.5 for 0.1 promised, sixth 1.0 for 0.3, the others none
    assert metrics(pd, label, 0, 20)["ece"]["value"] == pytest.approx(0.27)
    assert metrics(np.full(100, 0.15), label, 0, 20)["brier"]["value"] == pytest.approx(0.1275)


def a_sample(rows, *, seed=9):
    """PDs that keep their promise, and outcomes."""
    draw = np.random.default_rng(seed)
    pd = np.clip(draw.beta(1, 12, rows), 1e-4, 1 - 1e-4)
    return pd, (draw.random(rows) < pd).astype(np.int8)


def test_figures_at_the_cut_agree_with_another_library():
    pd, label = a_sample(3000)
    refused = pd > policy_cut(pd, label)
    found = {name: figure["value"] for name, figure in metrics(pd, label, 0, 20).items()}
    assert found["precision"] == pytest.approx(precision_score(label, refused), abs=1e-6)
    assert found["recall"] == pytest.approx(recall_score(label, refused), abs=1e-6)
    assert found["f1"] == pytest.approx(f1_score(label, refused), abs=1e-6)


def test_profit_counts_interest_of_the_good_and_losses_of_the_bad_that_are_let_in():
    pd, label = np.array([0.1] * 8 + [0.9] * 2), np.array([0] * 7 + [1] + [0, 1], np.int8)
    terms = terms_on(None)
    expected = (7 * (terms.rate - terms.funding) - (terms.lgd + terms.funding)) / 10
    assert metrics(pd, label, 0, 20)["profit"]["value"] == pytest.approx(expected, abs=1e-6)


def test_drawing_counts_gives_the_same_intervals_as_drawing_loans_one_by_one():
    pd, label = a_sample(4000)
    quick = metrics(pd, label, 0, 400)
    slow = {
        "auc": lambda rows: roc_auc_score(label[rows], pd[rows]),
        "brier": lambda rows: brier_score_loss(label[rows], pd[rows]),
    }
    for name, of in slow.items():
        loans = bootstrap(of, len(pd), 1, 400)
        width = loans["high"] - loans["low"]
        assert quick[name]["low"] == pytest.approx(loans["low"], abs=0.15 * width)
        assert quick[name]["high"] == pytest.approx(loans["high"], abs=0.15 * width)


def test_a_model_that_says_one_number_for_all_has_figures_and_no_skill():
    found = metrics(np.full(200, 0.1), np.array([1, 0] * 100, np.int8), 0, 20)
    assert found["auc"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert found["precision"]["value"] == 0


def test_a_mean_lies_in_its_interval_and_more_values_narrow_it():
    draw = np.random.default_rng(0)
    few, many = (mean_interval(draw.normal(size=n), 1) for n in (50, 2000))
    assert few["low"] < few["value"] < few["high"]
    assert many["high"] - many["low"] < (few["high"] - few["low"]) / 4


def test_chance_alone_explains_less_with_more_loans():
    assert ece_by_chance(np.full(10_000, 0.2), 0) < ece_by_chance(np.full(200, 0.2), 0)


@pytest.mark.parametrize("fit", [platt, isotonic])
@given(
    margin=hnp.arrays(np.float64, 300, elements=st.floats(-6, 6)),
    bads=hnp.arrays(np.int8, 300, elements=st.integers(0, 1)),
)
def test_a_calibration_table_never_falls_and_stays_inside_its_bounds(fit, margin, bads):
    table = fit(margin, bads)
    assert (np.diff(table.x) > 0).all() or len(table.x) == 1
    assert (np.diff(table.y) >= 0).all()
    assert table.y.min() > 0
    assert table.y.max() < 1


def test_calibration_mends_probabilities_that_are_twice_too_sure():
    draw = np.random.default_rng(2)
    margin = draw.normal(-1.5, 1.0, 20_000).astype(np.float32)
    label = (draw.random(20_000) < 1 / (1 + np.exp(-margin / 2))).astype(np.int8)
    table = calibrate(margin, label, 0)
    assert table(np.array([-3.0, 0.0], np.float32)) == pytest.approx([1 / (1 + np.exp(1.5)), 0.5], abs=0.02)


def a_crooked_book(rows=20_000):
    """Risk in two steps, which no logistic curve follows."""
    draw = np.random.default_rng(4)
    margin = draw.uniform(-3, 3, rows).astype(np.float32)
    return margin, (draw.random(rows) < np.where(np.abs(margin) < 1.5, 0.2, np.where(margin > 0, 0.25, 0.02)))


def test_a_line_is_chosen_only_where_a_curve_clearly_fails():
    margin, bad = a_crooked_book()
    assert calibrate(margin, bad.astype(np.int8), 0).kind == "isotonic"
    draw = np.random.default_rng(6)
    straight = (draw.random(len(margin)) < 1 / (1 + np.exp(-margin))).astype(np.int8)
    assert calibrate(margin, straight, 0).kind == "platt"


def loans_by_time(shift_from, rows=12_000, seed=8):
    """Margins in order of time; from a share of the way on, risk is higher than they say."""
    draw = np.random.default_rng(seed)
    margin = draw.normal(-1.5, 1.0, rows)
    moved = margin + 1.2 * (np.arange(rows) >= shift_from * rows)
    return margin.astype(np.float32), (draw.random(rows) < 1 / (1 + np.exp(-moved))).astype(np.int8)


@pytest.mark.parametrize("seed", range(3))
def test_when_risk_has_not_moved_every_loan_calibrates_and_when_it_has_only_newer_ones(seed):
    assert newest_share(*loans_by_time(1.0, seed=seed)) == 1.0
    assert newest_share(*loans_by_time(0.5, seed=seed)) < 1.0

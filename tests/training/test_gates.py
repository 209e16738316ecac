"""Each gate can fail, and says what it found."""

from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from lending.domain.errors import RefusedError
from tests.training.books import FEATURES
from training.evaluate import metrics
from training.explain import Reasons
from training.gates import Evidence, check_gates, limits
from training.servable import load


@pytest.fixture(scope="module")
def model(trained):
    return load(trained.folder)


@pytest.fixture(scope="module")
def evidence(model, trained):
    """What a good model leaves behind; a test spoils one part of it."""
    pd, label = model.predict(trained.columns), trained.book.label.to_numpy()
    figures = metrics(pd, label, 0, 50)
    reasons = Reasons(150, 2, *(a_figure(value) for value in (2.0, 1.0, 1.0, 0.95)))
    return Evidence(figures, figures["auc"]["value"], 300, 300, pd, trained.columns, reasons, 0, date(2026, 11, 2))


def failed(model, evidence):
    return {gate.name for gate in check_gates(model, evidence) if not gate.passed}


def a_figure(value):
    return {"value": value, "low": value, "high": value}


def test_a_good_model_passes_every_gate(model, evidence):
    assert failed(model, evidence) == set()


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("size", {"train_bads": 49}),
        ("test_size", {"test_bads": 19}),
        ("stable", {"unseen_auc": 0.999}),
        ("varies", {"pd": np.full(1500, 0.2)}),
    ],
)
def test_a_gate_fails_on_what_it_is_for_and_no_other_does(model, evidence, name, spoilt):
    assert failed(model, replace(evidence, **spoilt)) == {name}


@pytest.mark.parametrize(
    ("name", "metric", "value"), [("auc", "auc", 0.549), ("leak", "auc", 0.951), ("calibration", "ece", 0.06)]
)
def test_a_figure_beyond_its_limit_fails_its_gate(model, evidence, name, metric, value):
    spoilt = replace(evidence, metrics={**evidence.metrics, metric: a_figure(value)}, unseen_auc=value)
    assert failed(model, spoilt) == {name}


@pytest.mark.parametrize(
    ("name", "figure", "value"), [("reasons_faithful", "faithful", 0.89), ("reasons_stable", "stable", 0.79)]
)
def test_reasons_below_their_limit_fail_their_gate(model, evidence, name, figure, value):
    spoilt = replace(evidence, reasons=replace(evidence.reasons, **{figure: a_figure(value)}))
    assert failed(model, spoilt) == {name}


@dataclass
class Scorer:
    """Promises that a better credit score is safer; `predict` says whether that is so."""

    predict: object
    monotone = {"credit_score": -1}  # noqa: RUF012 - read only


def test_a_model_that_breaks_its_promise_is_named_with_the_feature(evidence):
    rising = Scorer(lambda columns: np.nan_to_num(columns["credit_score"], nan=900) / 1000)
    gate = next(g for g in check_gates(rising, evidence) if g.name == "monotone")
    assert not gate.passed
    assert "credit_score" in gate.detail


def test_a_missing_number_that_helps_breaks_the_promise(evidence):
    helped = Scorer(lambda columns: 1 - np.nan_to_num(columns["credit_score"], nan=900) / 1000)
    assert failed(helped, evidence) == {"monotone"}
    honest = Scorer(lambda columns: 1 - np.nan_to_num(columns["credit_score"], nan=300) / 1000)
    assert failed(honest, evidence) == set()


def test_a_limit_holds_from_its_day_on_and_not_before(tmp_path):
    file = tmp_path / "gates.yaml"
    file.write_text("auc_min: {values: {2026-01-01: {value: 0.55}, 2027-01-01: {value: 0.6}}}")
    assert limits(date(2026, 12, 31), file) == {"auc_min": 0.55}
    assert limits(date(2027, 1, 1), file) == {"auc_min": 0.6}
    with pytest.raises(RefusedError, match="2026-01-01"):
        limits(date(2025, 12, 31), file)


def test_a_model_is_servable_only_when_records_supply_every_feature():
    from training.release import servable

    model = SimpleNamespace(feature_set=FEATURES)
    assert servable(model, frozenset(FEATURES.names)).passed
    gate = servable(model, frozenset(FEATURES.names) - {"dti_before"})
    assert (gate.passed, gate.found) == (False, 1)
    assert "dti_before" in gate.detail

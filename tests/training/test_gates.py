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
from training.gates import Evidence, check_gates, judged_again, limits
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
    auc, day = figures["auc"]["value"], date(2026, 11, 2)
    return Evidence(figures, auc, 300, 300, pd, label, trained.columns, reasons, 0, day)


def failed(model, evidence, *more):
    return {gate.name for gate in check_gates(model, evidence, *more) if not gate.passed}


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


def test_ranking_power_that_may_be_chance_is_refused(model, evidence):
    wide = {"value": 0.6, "low": 0.49, "high": 0.71}
    spoilt = replace(evidence, metrics={**evidence.metrics, "auc": wide}, unseen_auc=0.6)
    assert failed(model, spoilt) == {"chance"}


def test_a_model_clearly_below_a_plain_logistic_regression_is_refused(model, evidence):
    weak = {"value": 0.7, "low": 0.68, "high": 0.72}
    below = replace(evidence, metrics={**evidence.metrics, "auc": weak}, unseen_auc=0.7)
    assert failed(model, below, [{"family": "plain_logistic", "auc": a_figure(0.721)}]) == {"gain"}
    assert failed(model, below, [{"family": "plain_logistic", "auc": a_figure(0.719)}]) == set()


def test_loans_that_lie_against_the_promises_on_average_are_refused(model, evidence):
    assert failed(model, replace(evidence, label=1 - evidence.label)) == {"direction"}


def a_group(name, high=1.0, excess=-0.01, verdict="within four fifths"):
    """A row of `training.fairness`: upper end of the impact ratio, lower end of the excess of promised defaults."""
    interval = {"value": high, "low": high, "high": high}
    gap = {"value": excess, "low": excess, "high": excess}
    return {"attribute": "sex", "group": name, "crossed": False, "adverse_impact_interval": interval,
            "calibration_gap": gap, "verdict": verdict}  # fmt: skip


def fair(model, evidence, *rows):
    return next(gate for gate in check_gates(model, evidence, (), rows) if gate.name == "fair")


def test_a_group_selected_clearly_too_seldom_is_named(model, evidence):
    gate = fair(model, evidence, a_group("male"), a_group("female", 0.79))
    assert (gate.passed, gate.found, gate.limit) == (False, 0.79, 0.8)
    assert "sex female is selected at most 0.79 times as often" in gate.detail


def test_a_group_rated_clearly_worse_than_it_turns_out_is_named(model, evidence):
    most = 0.1 * evidence.label.mean()
    assert fair(model, evidence, a_group("male"), a_group("female", excess=most - 0.001)).passed
    gate = fair(model, evidence, a_group("male"), a_group("female", excess=most + 0.001))
    assert not gate.passed
    assert "sex female is promised at least" in gate.detail


def test_a_gap_that_is_clear_alone_is_not_clear_among_many_groups(model, evidence):
    most = 0.1 * evidence.label.mean()
    gap = {"value": most + 0.02, "low": most + 0.001, "high": most + 0.039}
    suspect = {**a_group("female"), "calibration_gap": gap}
    assert not fair(model, evidence, suspect).passed
    assert fair(model, evidence, suspect, *(a_group(f"other {n}") for n in range(7))).passed


def test_a_group_too_small_to_tell_passes_and_is_named(model, evidence):
    small = {**a_group("other"), "adverse_impact_interval": None, "calibration_gap": None, "verdict": "cannot tell"}
    gate = fair(model, evidence, a_group("female", verdict="cannot tell"), small)
    assert gate.passed
    assert "cannot tell for sex female, sex other" in gate.detail


@dataclass
class Scorer:
    """Promises that a better credit score is safer; `predict` says whether that is so."""

    predict: object
    monotone = {"credit_score": -1}  # noqa: RUF012 - read only

    def score(self, columns):
        return self.predict(columns), None


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


def test_a_figure_of_a_card_is_judged_by_the_limit_of_the_day():
    row = {"name": "auc", "passed": True, "found": 0.56, "limit": 0.55, "detail": "ranking power"}
    assert judged_again(row, {"auc_min": 0.55}).passed
    assert not judged_again(row, {"auc_min": 0.6}).passed
    assert judged_again({**row, "name": "direction", "passed": False}, {}).passed is False


def test_a_model_is_servable_only_when_records_supply_every_feature():
    from training.regate import servable

    model = SimpleNamespace(feature_set=FEATURES)
    assert servable(model, frozenset(FEATURES.names)).passed
    gate = servable(model, frozenset(FEATURES.names) - {"dti_before"})
    assert (gate.passed, gate.found) == (False, 1)
    assert "dti_before" in gate.detail

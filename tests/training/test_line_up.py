"""What is tried within which time."""

from dataclasses import replace

import numpy as np
import pytest

from features.build import columns_from_frame
from tests.training.books import FEATURES, a_book, quiet
from training import line_up
from training.budget import NO_TIME, Clock, OutOfTimeError
from training.compare import FIGURES, ensemble, fold_pd, row, try_family
from training.folds import FOLDS, Folded, assign
from training.line_up import LineUp
from training.models.catalogue import CATALOGUE, SLOW_ROWS
from training.select_features import Selection, everything
from training.tune import tune


def _loans(rows: int = 600) -> Folded:
    book = a_book(rows)
    label = book.label.to_numpy()
    return Folded(columns_from_frame(book.frame, FEATURES), label, FEATURES, assign(label, 3), 3)


SETS = everything(FEATURES)
SELECTION = Selection(FEATURES, (FEATURES,) * FOLDS, [], "")
BOOSTING = CATALOGUE[0]


def _line(clock: Clock, loans: Folded) -> LineUp:
    return LineUp(loans, SELECTION, loans.columns, loans.label, 1, clock, None, quiet)


def test_a_held_out_loan_is_scored_by_a_model_that_did_not_see_it():
    loans = _loans()
    plain = next(f for f in CATALOGUE if f.name == "plain_boosting")
    tried = try_family(plain, loans, SETS, loans.columns, 2, Clock(60))
    flipped = replace(loans, label=np.where(loans.fold == 1, 1 - loans.label, loans.label).astype(np.int8))
    again = try_family(plain, flipped, SETS, loans.columns, 2, Clock(60))
    assert (tried.unseen == again.unseen)[loans.fold == 1].all()
    assert (tried.unseen != again.unseen)[loans.fold != 1].any()


def test_any_number_of_threads_gives_the_same_figures():
    loans = _loans()
    one, two = (try_family(BOOSTING, loans, SETS, loans.columns, threads, Clock(60)) for threads in (1, 2))
    assert (one.unseen == two.unseen).all()
    assert one.fitted.native == two.fitted.native


def test_a_family_stops_when_its_time_is_over():
    with pytest.raises(OutOfTimeError):
        try_family(BOOSTING, _loans(), SETS, {}, 1, Clock(0))


def test_the_reserve_is_kept_for_the_end():
    clock = Clock(10, now=iter([0.0, 2.0, 9.0]).__next__)
    clock.reserve = 3.0
    assert clock.left() == 5.0
    with pytest.raises(OutOfTimeError):
        clock.check()


def test_slow_families_are_left_out_when_the_time_is_short_and_the_quick_ones_are_not(monkeypatch):
    monkeypatch.setattr(line_up, "tune", None)
    monkeypatch.setattr(line_up, "SEARCH_SHARE", 0.0)
    loans = _loans()
    line = _line(Clock(60), loans)
    monkeypatch.setattr(
        line, "_expected", lambda family: 1000.0 if family.most_rows == SLOW_ROWS else 0.0, raising=True
    )
    line.run()
    out = {name for name, found in line.rows.items() if found["left_out"] == NO_TIME}
    assert out == {"random_forest", "neural_network"}
    assert line.rows["ensemble"]["left_out"] is None


def test_candidates_say_how_good_they_are_on_folds_and_on_test_loans():
    loans = _loans()
    found = row(try_family(BOOSTING, loans, SETS, loans.columns, 2, Clock(60)), loans, loans.label)
    for figures in (found, found["folds"]):
        assert all(figures[name]["low"] <= figures[name]["value"] <= figures[name]["high"] for name in FIGURES)
    assert found["auc"]["value"] > found["folds"]["auc"]["value"]  # the test loans here were learned from


def test_figures_on_folds_are_calibrated_without_the_fold():
    loans = _loans(3000)
    margin = np.random.default_rng(4).standard_normal(3000).astype(np.float32)
    assert abs(fold_pd(margin, loans) - loans.label.mean()).max() < 0.1


def test_an_ensemble_is_the_mean_of_its_members():
    loans = _loans()
    made = [
        try_family(f, loans, SETS, loans.columns, 2, Clock(60))
        for f in CATALOGUE if f.name in ("plain_logistic", "plain_boosting")
    ]  # fmt: skip
    both = ensemble(made)
    assert both.unseen == pytest.approx((made[0].unseen + made[1].unseen) / 2)
    assert not both.serves


def test_a_search_of_so_many_trials_is_the_same_every_time_and_starts_from_the_usual_settings():
    loans = _loans()
    one, two = (tune(BOOSTING, loans, SETS, 2, Clock(60), 60, quiet, trials=3) for _ in range(2))
    assert one == two
    assert [t["trial"] for t in one.trials] == [0, 1, 2, 3]
    assert one.trials[0]["settings"] == {}
    assert one.trials[1]["settings"] != one.trials[2]["settings"]


def test_a_search_without_time_stops_after_the_usual_settings():
    assert len(tune(BOOSTING, _loans(), SETS, 2, Clock(60), 0.0, quiet).trials) == 1


def test_settings_that_other_folds_do_not_confirm_are_not_taken():
    odd = replace(BOOSTING, space=lambda trial: {"trees": 1 + trial.suggest_int("trees", 0, 1)})
    found = tune(odd, _loans(), SETS, 2, Clock(60), 60, quiet, trials=2)
    assert found.settings is None
    assert "none of 2 trials" in found.why


def test_settings_that_other_folds_confirm_are_taken():
    poor = replace(BOOSTING, fit=_poor)
    found = tune(poor, _loans(), SETS, 2, Clock(60), 60, quiet, trials=2)
    assert found.settings is not None
    assert "clearly better on other folds" in found.why


def _poor(matrix, label, directions, seed, threads, settings=None):
    from training.models.gradient_boosting import fit_monotone

    return fit_monotone(matrix, label, directions, seed, threads, settings or {"trees": 1})

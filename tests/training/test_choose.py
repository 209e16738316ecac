"""The simplest that is not clearly worse is chosen, and the sentence says so."""

import numpy as np

from tests.training.books import FEATURES
from training.choose import choose
from training.compare import Tried
from training.folds import Folded, assign

ROWS = 4000


def _loans() -> tuple[Folded, np.ndarray]:
    draw = np.random.default_rng(1)
    truth = draw.standard_normal(ROWS) - 1.5
    label = (draw.random(ROWS) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    return Folded({}, label, FEATURES, assign(label, 2), 2), truth


def _tried(name: str, margin: np.ndarray, simplicity: int, *, serves: bool = True) -> Tried:
    return Tried(name, serves, simplicity, margin.astype(np.float32), margin[:0].astype(np.float32), 1.0)


def _with_noise(truth: np.ndarray, size: float) -> np.ndarray:
    return truth + np.random.default_rng(9).standard_normal(ROWS) * size


def test_a_simple_model_as_good_as_the_best_is_preferred():
    loans, truth = _loans()
    found = choose([_tried("boosting", truth, 3), _tried("card", _with_noise(truth, 0.08), 1)], loans)
    assert (found.winner, found.chosen) == ("boosting", "card")
    assert found.interval["low"] <= 0 <= found.interval["high"]
    assert "simplest" in found.why


def test_a_simple_model_that_is_clearly_worse_is_not_taken_and_named():
    loans, truth = _loans()
    found = choose([_tried("boosting", truth, 3), _tried("card", _with_noise(truth, 1.0), 1)], loans)
    assert (found.winner, found.chosen) == ("boosting", "boosting")
    assert "clearly worse though simpler: card" in found.why


def test_among_several_simple_ones_the_simplest_good_one_is_taken():
    loans, truth = _loans()
    found = choose(
        [
            _tried("boosting", truth, 3), _tried("card", _with_noise(truth, 1.0), 1),
            _tried("logistic", _with_noise(truth, 0.08), 2),
        ], loans,
    )  # fmt: skip
    assert found.chosen == "logistic"


def test_a_benchmark_is_never_chosen_however_good():
    loans, truth = _loans()
    found = choose([_tried("forest", truth, 5, serves=False), _tried("card", _with_noise(truth, 1.0), 1)], loans)
    assert found.chosen == "card"
    assert "only one" in found.why


def test_the_best_stays_when_every_other_one_is_less_simple():
    loans, truth = _loans()
    found = choose([_tried("card", truth, 1), _tried("boosting", _with_noise(truth, 1.0), 3)], loans)
    assert found.chosen == "card"
    assert "no simpler one" in found.why


def test_equal_figures_on_another_scale_are_equal():
    loans, truth = _loans()
    found = choose([_tried("boosting", truth, 3), _tried("card", truth * 3 - 1, 1)], loans)
    assert found.chosen == "card"

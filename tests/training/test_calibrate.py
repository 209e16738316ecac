"""A logistic curve finds its way from scores of any family, however sure of themselves they are."""

import numpy as np
import pytest

from training.calibrate import platt


@pytest.mark.parametrize(("scale", "shift"), [(3.0, -1.0), (40.0, -7.0), (0.01, 5.0), (1.0, 0.0)])
def test_a_curve_takes_scale_and_shift_away(scale, shift):
    draw = np.random.default_rng(1)
    truth = draw.standard_normal(4000) - 1.5
    label = (draw.random(4000) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    scores = truth * scale + shift
    pd = np.interp(scores, *(getattr(platt(scores, label), side) for side in ("x", "y")))
    assert pd == pytest.approx(1 / (1 + np.exp(-truth)), abs=0.03)
    assert pd.mean() == pytest.approx(label.mean(), abs=0.003)

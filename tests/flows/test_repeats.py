"""`candor train --like` repeats a kept run."""

import pytest

from flows import steps
from lending.domain.errors import InputError, NotFoundError
from tests.training.books import a_book, quiet


@pytest.mark.full
def test_a_kept_run_is_repeated_by_its_id_and_compared(home):
    first = steps.fit_and_register(a_book(), 7, 0.0, quiet)
    again = steps.fit_and_register(a_book(), 3, 240.0, quiet, like=first["run_id"])
    assert again["like"]["same"] is True
    assert again["like"]["differs"] == []
    assert again["model_sha256"] == first["model_sha256"]
    assert again["run_id"] != first["run_id"]


def test_an_unknown_run_cannot_be_repeated(home):
    with pytest.raises(NotFoundError, match="no training run nothing"):
        steps.train_model(None, None, 10.0, quiet, like="nothing")


def test_training_asks_for_a_data_set_or_a_run(home):
    with pytest.raises(InputError, match="name the data set"):
        steps.train_model(None, None, 10.0, quiet)

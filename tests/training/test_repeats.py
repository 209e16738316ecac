"""A run can be done again without a clock, and what has changed since is named."""

import pytest

from lending.domain.errors import RefusedError
from tests.training.books import a_book, quiet
from training.repeats import compared, repeat_of, same_data
from training.train import train


@pytest.fixture(scope="module")
def past(trained):
    return {**trained.result.as_dict(), "tags": trained.result.tags}


@pytest.mark.full
def test_a_repeat_tries_the_same_and_gives_the_same_model_whatever_its_budget(trained, past, tmp_path):
    again = train(a_book(), tmp_path, 99, 0.0, quiet, repeat=repeat_of("r1", past))
    assert again.model_sha256 == trained.result.model_sha256
    assert again.repeat == trained.result.repeat
    said = compared("r1", past, {**again.as_dict(), "tags": again.tags})
    assert (said["same"], said["differs"]) == (True, [])


def test_a_repeat_of_a_run_without_time_leaves_the_same_families_out(tmp_path):
    short = train(a_book(), tmp_path / "short", 7, 0.0, quiet)
    again = train(a_book(), tmp_path / "again", 7, 0.0, quiet, repeat=repeat_of("r1", short.as_dict()))
    assert again.model_sha256 == short.model_sha256
    assert short.repeat["trials"] == {}


def test_changed_data_and_code_are_named(past):
    now = {"model_sha256": "0" * 64, "tags": {**past["tags"], "data_sha256": "new", "code_version": "c_other"}}
    said = compared("r1", past, now)
    assert not said["same"]
    assert [s.split(" has")[0] for s in said["differs"]] == ["the data", "the code"]


def test_a_different_model_from_the_same_sources_is_no_secret(past):
    said = compared("r1", past, {"model_sha256": "0" * 64, "tags": past["tags"]})
    assert not said["same"]
    assert "another machine" in said["differs"][0]


def test_another_data_set_than_the_runs_own_is_refused(past):
    assert same_data("r1", past, None) == "small"
    with pytest.raises(RefusedError, match="trained on small, not on other"):
        same_data("r1", past, "other")


def test_a_run_that_did_not_record_its_trials_is_refused():
    with pytest.raises(RefusedError, match="cannot be repeated"):
        repeat_of("r1", {"data": "small"})

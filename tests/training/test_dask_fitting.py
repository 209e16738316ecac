"""A cluster of two worker processes gives the same model as this process; one boosting over both says that it did."""

from __future__ import annotations

import pytest

from tests.fakes.cluster import small_cluster
from tests.training.books import a_book, quiet
from training.bootstraps import COUNT
from training.budget import OutOfTimeError
from training.models.catalogue import CATALOGUE
from training.train import train

BOOSTING, LOGISTIC = CATALOGUE[0], next(f for f in CATALOGUE if f.name == "plain_logistic")

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def client():
    with small_cluster() as client:
        yield client


@pytest.fixture
def runner(client):
    from training.adapters.dask_fitting import DaskRunner

    return DaskRunner(client)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return train(a_book(), tmp_path_factory.mktemp("here"), 7, 0.0, quiet)


def _where(number: int) -> tuple[int, int]:
    import os
    import time

    time.sleep(0.05)
    return number, os.getpid()


def test_tasks_are_answered_in_order_by_both_processes(runner):
    answers = list(runner.map(_where, range(12)))
    assert [number for number, _ in answers] == list(range(12))
    assert len({process for _, process in answers}) == 2


def test_when_the_time_is_over_no_further_task_begins(runner):
    left = iter([None, None, OutOfTimeError()])

    def check():
        if (error := next(left)) is not None:
            raise error

    with pytest.raises(OutOfTimeError):
        list(runner.map(_where, range(12), check))


def test_the_model_of_a_cluster_is_that_of_one_process_byte_for_byte(runner, here, tmp_path):
    there = train(a_book(), tmp_path, 7, 0.0, quiet, runner=runner)
    assert there.model_sha256 == here.model_sha256
    assert there.parameters == here.parameters
    names = {path.name for path in tmp_path.iterdir()}
    assert {f"bootstrap_{number:02}.ubj" for number in range(COUNT)} <= names


def test_only_the_boosting_that_serves_is_spread_and_only_from_the_limit_on(client):
    from training.adapters.dask_fitting import DaskRunner

    runner = DaskRunner(client, large=1000)
    assert runner.spread(BOOSTING, 999) is None
    assert runner.spread(LOGISTIC, 1000) is None
    assert runner.notes == {}
    assert runner.spread(BOOSTING, 1000) is not None


def test_one_boosting_over_both_workers_keeps_the_directions_and_the_record_says_so(client, here, tmp_path):
    from training.adapters.dask_fitting import DaskRunner

    result = train(a_book(), tmp_path, 7, 0.0, quiet, runner=DaskRunner(client, large=1000))
    assert result.parameters["boosted_by"].startswith("xgboost.dask on 2 workers, from 1000 loans on")
    gates = {gate.name: gate.passed for gate in result.gates}
    assert gates["monotone"]
    assert abs(result.metrics["auc"]["value"] - here.metrics["auc"]["value"]) < 0.02

"""Batch scoring: a PD a row, the same here and on a cluster of two worker processes; the file appears whole."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from features.build import columns_from_frame
from flows import scoring, steps
from flows.parameters import ScoreRequest
from flows.scored_parts import BOOK, _read_part, write_book
from lending.domain.errors import InputError, NotFoundError, UnavailableError
from tests.fakes.cluster import small_cluster
from tests.flows.books import ROWS, add_small_book
from training.servable import load


def quiet(share, text):
    pass


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A data set with one registered version, and the PDs that its model gives."""
    from serving.assembly import platform

    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the training libraries; their own tests keep warnings as errors
        patch.setenv("CANDOR_HOME", str(home))
        patch.setenv("CANDOR_PROFILE", "test")
        platform.cache_clear()
        name = add_small_book(home)
        loans = steps.load_data(name)
        version = steps.fit_and_register(loans, 7, 0.0, quiet)["model_version"]
        model = load(platform().registry.package(name, version))
        expected = model.predict(columns_from_frame(loans.frame, model.feature_set))
        yield name, version, pd.Series(expected, loans.frame.index)
        platform.cache_clear()


@pytest.fixture
def chunks(monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 250)


def test_every_row_of_a_data_set_gets_its_pd_in_order(scored, chunks, tmp_path):
    name, version, expected = scored
    done = scoring.score_data(name, version, tmp_path / "pd.csv", "", quiet)
    written = pd.read_csv(tmp_path / "pd.csv", index_col=0)["pd"]
    assert written.tolist() == expected.tolist()
    assert written.index.tolist() == expected.index.tolist()
    assert (done["rows"], done["version"]) == (ROWS, version)
    assert done["mean_pd"] == round(float(expected.mean()), 6)


def test_what_a_part_reads_of_a_book_is_what_was_written(tmp_path):
    columns = {
        "amount": np.array([1.5, np.nan, -0.0, 4.0, 5.0]),
        "home_ownership": np.array(["rent", None, "é", "", "own"], dtype=object),
        "purpose": np.array([None] * 5, dtype=object),
    }
    ids = pd.Index(["a", "b", "c", "d", "e"], name="amount")
    assert write_book(tmp_path, ids, columns, 2) == 3
    for number, rows in enumerate((slice(0, 2), slice(2, 4), slice(4, 6))):
        named, read = _read_part(tmp_path / BOOK, number, len(columns))
        assert (named.name, named.tolist()) == ("amount", ids[rows].tolist())
        assert {name: repr(column.tolist()) for name, column in read.items()} == {
            name: repr(column[rows].tolist()) for name, column in columns.items()
        }


def test_a_parquet_file_holds_the_same_and_nothing_else_is_left(scored, chunks, tmp_path):
    name, version, expected = scored
    scoring.score_data(name, version, tmp_path / "pd.parquet", "", quiet)
    pd.testing.assert_series_equal(pd.read_parquet(tmp_path / "pd.parquet")["pd"], expected, check_names=False)
    assert [path.name for path in tmp_path.iterdir()] == ["pd.parquet"]


def test_what_fails_half_way_leaves_the_file_of_before_and_no_part(scored, chunks, tmp_path):
    def give_up(share, text):
        if text.startswith("scored 500"):
            raise UnavailableError("the disk is gone")

    (tmp_path / "pd.csv").write_text("before", encoding="utf-8")
    with pytest.raises(UnavailableError):
        scoring.score_data(scored[0], scored[1], tmp_path / "pd.csv", "", give_up)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["before"]


@pytest.mark.full
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_two_workers_of_which_one_is_killed_write_the_bytes_of_one_process(scored, monkeypatch, tmp_path, kind):
    import os
    import signal

    monkeypatch.setattr(scoring, "CHUNK", 50)
    name, version, _ = scored
    killed = []

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own
        scoring.score_data(name, version, tmp_path / f"here.{kind}", "", quiet)
        with small_cluster() as client:
            processes = list(client.run(os.getpid).values())

            def kill_one(share, text):
                if text.startswith("scored 200") and not killed:
                    os.kill(processes[0], signal.SIGKILL)
                    killed.append(processes[0])

            scoring.score_data(name, version, tmp_path / f"there.{kind}", client.cluster.scheduler_address, kill_one)
    assert killed
    assert (tmp_path / f"there.{kind}").read_bytes() == (tmp_path / f"here.{kind}").read_bytes()


def test_a_cluster_that_does_not_answer_is_said_and_leaves_no_file(scored, monkeypatch, tmp_path):
    monkeypatch.setattr("flows.cluster.SECONDS", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own
        with pytest.raises(UnavailableError, match="gives no worker"):
            scoring.score_data(scored[0], scored[1], tmp_path / "pd.csv", "tcp://127.0.0.1:9", quiet)
    assert list(tmp_path.iterdir()) == []


def test_without_a_champion_a_version_has_to_be_named(scored, tmp_path):
    with pytest.raises(NotFoundError, match="has no champion"):
        scoring.score_data(scored[0], "", tmp_path / "pd.csv", "", quiet)


@pytest.mark.parametrize("out", ["pd.xlsx", "nowhere/pd.csv"])
def test_a_file_that_cannot_be_written_is_refused_before_any_work(tmp_path, out):
    with pytest.raises(InputError, match=r"expected a file \.csv or \.parquet"):
        scoring.score_data("whatever", "1", tmp_path / out, "", quiet)


def test_the_flow_scores_and_leaves_a_summary(prefect_server, scored, tmp_path):
    from flows.score_batch import score_batch

    name, version, expected = scored
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = score_batch(ScoreRequest(data=name, version=version, out=str(tmp_path / "pd.csv")))
    assert done["rows"] == len(expected)
    assert (tmp_path / "pd.csv").is_file()


@pytest.mark.parametrize("wrong", [{}, {"data": "a", "requests": "b"}, {"requests": "b", "cluster": "tcp://x:1"}])
def test_the_flow_asks_for_one_of_the_two_and_what_belongs_to_it(wrong):
    from flows.score_batch import _check

    with pytest.raises(InputError):
        _check(ScoreRequest(out="o.csv", **wrong))

"""Twenty models from loans drawn anew travel with a package and are read when first asked for."""

import json
import shutil

import numpy as np
import pytest

from lending.domain.errors import RefusedError
from training.bootstraps import COUNT, loans_for, write_bootstraps
from training.fit import take
from training.models.catalogue import CATALOGUE
from training.servable import load
from training.servable.manifest import seal
from training.servable.package import native_name
from training.side_by_side import Threads


@pytest.fixture(scope="module")
def model(trained):
    return load(trained.folder)


@pytest.fixture
def copy(trained, tmp_path):
    return shutil.copytree(trained.folder, tmp_path / "copy")


@pytest.mark.full
def test_every_refitted_model_is_a_file_of_the_manifest(trained, model):
    files = set(json.loads((trained.folder / "manifest.json").read_text())["files"])
    assert {"bootstraps.json", *(native_name(f"bootstrap_{n:02}", model.family) for n in range(COUNT))} <= files
    assert len(model.bootstraps) == COUNT


@pytest.mark.full
def test_each_gives_calibrated_pds_near_those_of_the_model(trained, model):
    label, own = trained.book.label.to_numpy(), model.predict(trained.columns)
    for refitted in model.bootstraps:
        pd = refitted.predict(trained.columns)
        assert (pd > 0).all()
        assert (pd < 1).all()
        assert all(float(f"{value:.6f}") == value for value in pd)
        assert abs(pd.mean() - label.mean()) < 0.05
        assert np.corrcoef(pd, own)[0, 1] > 0.9


def test_they_differ_from_each_other_and_from_the_model(trained, model):
    answers = {one.predict(trained.columns).tobytes() for one in (model, *model.bootstraps)}
    assert len(answers) == COUNT + 1


def test_each_keeps_the_promised_directions_of_risk(trained, model):
    rising = np.linspace(400, 850, 40)
    person = take(trained.columns, np.zeros(len(rising), dtype=int))
    for refitted in model.bootstraps:
        assert (np.diff(refitted.predict({**person, "credit_score": rising})) <= 0).all()


def test_loading_a_model_reads_none_of_them(trained):
    fresh = load(trained.folder)
    assert "_bootstraps" not in vars(fresh)
    assert fresh.bootstraps is fresh.bootstraps


@pytest.mark.parametrize("stem", ["bootstrap_07", "bootstraps"])
def test_one_that_was_changed_after_loading_is_refused_by_name(copy, stem):
    model = load(copy)
    name = next(path.name for path in copy.glob(f"{stem}.*"))
    (copy / name).write_bytes(b"{}")
    with pytest.raises(RefusedError, match=name):
        _ = model.bootstraps


def test_a_package_from_before_has_none(copy):
    for path in copy.glob("bootstrap*"):
        path.unlink()
    manifest = json.loads((copy / "manifest.json").read_text())
    seal(copy, {key: value for key, value in manifest.items() if key not in ("files", "schema")})
    assert load(copy).bootstraps == ()


@pytest.mark.parametrize("kind", ["platt", "isotonic"])
def test_they_are_calibrated_as_the_model_is_for_any_number_of_threads(trained, model, tmp_path, kind):
    family = next(f for f in CATALOGUE if f.serves)
    label = trained.book.label.to_numpy()
    table = type(model.table)(kind, model.table.x, model.table.y)
    loans = loans_for(model.encoding, trained.columns, label, table, 0.5)
    written = []
    for threads in (1, 2):
        folder = tmp_path / str(threads)
        folder.mkdir()
        write_bootstraps(folder, family, loans, 3, Threads(threads))
        written.append({p.name: p.read_bytes() for p in folder.iterdir()})
    assert written[0] == written[1]
    tables = json.loads(written[0]["bootstraps.json"])["models"]
    assert {one["calibration"]["kind"] for one in tables} == {kind}

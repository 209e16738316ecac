import json
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lending.domain.errors import NotFoundError, RefusedError
from tests.training.books import FEATURES
from tests.training.families import SERVING, a_package
from training.fit import take
from training.servable import load
from training.servable.manifest import MANIFEST, stamp, verify
from training.servable.package import native_name

RELAXED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=sorted(SERVING))
def model(request, trained, tmp_path_factory):
    """Of every family that serves, made from the same loans."""
    return a_package(tmp_path_factory.mktemp(request.param), request.param, trained.book)


@pytest.fixture
def copy(trained, tmp_path):
    return shutil.copytree(trained.folder, tmp_path / "copy")


def test_every_file_of_a_package_is_in_its_manifest(trained):
    manifest, _ = verify(trained.folder)
    assert set(manifest["files"]) == {p.name for p in trained.folder.iterdir()} - {MANIFEST}
    model = native_name("model", manifest["family"])
    assert {model, "calibration.json", "features.json", "reference.json", "card.json"} <= set(manifest["files"])


@pytest.mark.parametrize("stem", ["model", "calibration", "features", "card"])
def test_a_changed_file_is_refused_by_name(copy, stem):
    name = next(path.name for path in sorted(copy.glob(f"{stem}.*")))
    (copy / name).write_bytes((copy / name).read_bytes() + b" ")
    with pytest.raises(RefusedError, match=name):
        load(copy)


def test_a_missing_file_is_refused_by_name(copy):
    (copy / "features.json").unlink()
    with pytest.raises(RefusedError, match=r"features\.json"):
        load(copy)


def test_another_manifest_than_expected_is_refused(copy):
    with pytest.raises(RefusedError, match=r"manifest\.json"):
        load(copy, "0" * 64)


def test_a_manifest_that_points_outside_its_folder_is_refused(copy):
    manifest = json.loads((copy / MANIFEST).read_text())
    manifest["files"]["../outside"] = "0" * 64
    (copy / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(RefusedError, match="outside"):
        load(copy)


def test_a_folder_without_a_package_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match=r"manifest\.json"):
        load(tmp_path)


def test_a_stamp_changes_version_and_hash_and_nothing_else(copy, trained):
    model = load(trained.folder)
    digest = stamp(copy, "candor-pd-small/3")
    stamped = load(copy, digest)
    assert stamped.version == "candor-pd-small/3"
    assert stamped.sha256 == digest != model.sha256
    assert (stamped.predict(trained.columns) == model.predict(trained.columns)).all()


@RELAXED
@given(st.lists(st.integers(0, 1499), min_size=1, max_size=70))
def test_a_row_scores_the_same_alone_and_in_any_batch(model, trained, positions):
    rows = np.array(positions)
    some = take(trained.columns, rows)
    pds, parts = model.predict(some), model.contributions(some)
    for place in {0, len(rows) // 2, len(rows) - 1}:
        alone = take(some, np.array([place]))
        assert model.predict(alone)[0] == pds[place]
        assert (model.contributions(alone)[0] == parts[place]).all()


def test_contributions_and_base_add_up_to_the_log_odds(model, trained):
    gaps = model.margin(trained.columns) - model.contributions(trained.columns).sum(axis=1)
    assert np.ptp(gaps) < 0.0005  # one base for all, within the rounding of four features
    assert not np.signbit(model.contributions(trained.columns)[model.contributions(trained.columns) == 0]).any()


def test_one_pass_gives_the_bits_of_both_questions(model, trained):
    pds, parts = model.score(trained.columns)
    assert (pds == model.predict(trained.columns)).all()
    assert (parts == model.contributions(trained.columns)).all()


def test_figures_have_six_and_four_places(model, trained):
    pds, parts = model.predict(trained.columns), model.contributions(trained.columns)
    assert all(float(f"{pd:.6f}") == pd for pd in pds)
    assert all(float(f"{part:.4f}") == part for part in parts.ravel())
    assert pds.min() > 0
    assert pds.max() < 1


@RELAXED
@given(st.integers(0, 1499), st.floats(300, 900), st.floats(300, 900))
def test_a_better_score_never_raises_the_pd_and_none_at_all_never_helps(model, trained, row, one, other):
    lower, higher = sorted((one, other))
    person = take(trained.columns, np.array([row] * 3))
    pds = model.predict({**person, "credit_score": np.array([lower, higher, np.nan])})
    assert pds[0] >= pds[1]
    assert pds[2] >= pds[1]
    assert pds[2] >= model.predict({**person, "credit_score": np.full(3, 450.0)})[0]


def test_unknown_and_missing_categories_are_one_other(model, trained):
    person = take(trained.columns, np.array([5] * 3))
    homes = np.array(["castle", None, "houseboat"], dtype=object)
    assert len(set(model.predict({**person, "home_ownership": homes}).tolist())) == 1


@pytest.mark.parametrize("feature", ["credit_score", "dti_before", "open_accounts"])
def test_the_score_changes_at_breakpoints_only_and_they_belong_to_the_right_side(model, trained, feature):
    cuts = model.breakpoints(feature)
    assert (np.diff(cuts) > 0).all()
    person = take(trained.columns, np.zeros(len(cuts), dtype=int))

    def margins(values):
        return model.margin({**person, feature: values})

    below, at, above = np.nextafter(cuts, -np.inf), cuts, np.nextafter(cuts, np.inf)
    assert (margins(at) == margins(above)).all()
    assert (margins(below) != margins(at)).any()
    assert (margins(below)[1:] == margins(at)[:-1]).all()


def test_a_category_has_no_breakpoints(model):
    assert model.breakpoints("home_ownership").size == 0


def test_the_reference_counts_every_training_loan(trained):
    reference = json.loads((trained.folder / "reference.json").read_text())
    features = reference["features"]
    assert set(features) == set(FEATURES.names)
    for bins in features.values():
        assert sum(bins["counts"]) + bins.get("other", 0) + bins["missing"] == reference["rows"]
    assert features["open_accounts"]["kind"] == "values"
    assert features["dti_before"]["kind"] == "edges"
    assert features["home_ownership"]["other"] > 0
    assert sum(reference["score"]["counts"]) == reference["rows"]


def test_scoring_imports_neither_mlflow_nor_prefect(trained):
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from training.servable import load; "
        "assert 'xgboost' not in sys.modules and 'pandas' not in sys.modules; "
        f"load(Path({str(trained.folder)!r})); assert not {{'mlflow', 'prefect', 'yaml'}} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

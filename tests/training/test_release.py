"""Registry on MLflow with a SQLite file, and promotion through the gates; one store for the module."""

import json
import shutil
from dataclasses import replace
from datetime import date

import pytest

from lending.domain.errors import InputError, NotFoundError, RefusedError
from serving.adapters.package_champion import PackageChampion
from tests.training.books import FEATURES
from training.adapters.mlflow_registry import MlflowRegistry
from training.ports import Gate
from training.release import promote
from training.servable.manifest import dumps, seal, verify

SUPPLIED = frozenset(FEATURES.names)
pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own, on this Python


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def registry(home):
    uri = f"sqlite:///{home / 'mlflow' / 'mlflow.db'}"
    return MlflowRegistry(uri, home / "models", home / "mlflow" / "artifacts")


@pytest.fixture(scope="module")
def two(registry, trained):
    """Two registered versions of the same data set."""
    assert registry.champion("small") is None
    assert registry.list("small") == []
    return [registry.register(replace(trained.result), trained.folder) for _ in range(2)]


def test_the_line_from_registration_to_the_pointer_and_back(registry, two, trained, home):
    first, second = two
    assert (first, second) == ("candor-pd-small/1", "candor-pd-small/2")
    assert registry.champion("small") is None
    done = promote(registry, "small", first, "ann", "first model", SUPPLIED)
    assert done["champion"] == registry.champion("small") == first
    promote(registry, "small", "2", "bob", "newer loans", SUPPLIED)
    champion = PackageChampion(home / "models" / "small")
    model = champion.current()
    assert model.version == second
    assert model.predict(trained.columns).shape == (1500,)
    assert champion.by_version(first).version == first
    assert registry.rollback("small") == first == champion.current().version
    with pytest.raises(RefusedError, match="before"):
        registry.rollback("small")
    rows = registry.list("small")
    assert [r["version"] for r in rows] == [second, first]
    assert rows[1]["aliases"] == "champion"
    assert rows[0]["metrics"]["auc"] == trained.result.metrics["auc"]


def test_who_promoted_and_why_is_kept(registry, two, home):
    import mlflow

    registry.promote("small", two[0], "ann", "a reason", expected=registry.champion("small"))
    tags = (
        mlflow.MlflowClient(f"sqlite:///{home / 'mlflow' / 'mlflow.db'}").get_model_version("candor-pd-small", "1").tags
    )
    assert (tags["approver"], tags["reason"]) == ("ann", "a reason")
    assert tags["manifest_sha256"] == verify(home / "models" / "small" / "1")[1]


def test_the_run_names_its_data_mapping_code_and_seed(registry, two, trained, home):
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{home / 'mlflow' / 'mlflow.db'}")
    run = client.get_run(registry.list("small")[0]["run_id"])
    assert run.data.tags["data_sha256"] == "d" * 64
    assert run.data.tags["mapping_sha256"] == "e" * 64
    assert run.data.tags["code_version"].startswith("c_")
    assert run.data.tags["seed"] == run.data.params["seed"] == "7"
    assert run.data.metrics["auc"] == trained.result.metrics["auc"]["value"]


def test_the_model_that_mlflow_serves_answers_probabilities(two, trained):
    import mlflow

    from training.servable import load

    model = mlflow.pyfunc.load_model(f"models:/{two[0]}")
    found = model.predict(trained.book.frame.head(20))["pd"].to_numpy()
    expected = load(trained.folder).predict({name: column[:20] for name, column in trained.columns.items()})
    assert (found == expected).all()


def test_a_failed_gate_keeps_the_run_and_registers_nothing(registry, two, trained):
    failed = replace(trained.result, gates=[Gate("auc", False, 0.5, 0.55, "chance")], run_id=None)
    before = len(registry.list("small"))
    assert registry.register(failed, trained.folder) == ""
    assert failed.run_id
    assert failed.as_dict()["model_version"] is None
    assert len(registry.list("small")) == before


def test_a_champion_that_changed_meanwhile_is_not_overwritten(registry, two):
    present = registry.champion("small")
    with pytest.raises(RefusedError, match="changed since"):
        registry.promote("small", two[1], "ann", "late", expected="candor-pd-small/99")
    assert registry.champion("small") == present


def test_a_model_that_records_cannot_feed_is_not_promoted_and_the_fields_are_named(registry, two):
    aside = {"gate": "servable", "owner": "ann", "until": "2099-01-01"}
    for override in (None, aside):
        with pytest.raises(RefusedError, match="home_ownership"):
            promote(registry, "small", two[1], "ann", "why", SUPPLIED - {"home_ownership"}, override=override)


def test_an_unknown_version_is_not_found(registry, two):
    for version in ("77", "candor-pd-other/1", "latest", "../1"):
        with pytest.raises(NotFoundError, match="version"):
            promote(registry, "small", version, "ann", "why", SUPPLIED)


def test_a_changed_export_is_made_again_and_a_changed_original_is_refused(registry, two, home):
    export = registry.package("small", two[1])
    sealed = verify(export)[1]
    (export / "calibration.json").write_text("{}")
    assert verify(registry.package("small", two[1]))[1] == sealed
    shutil.rmtree(export)
    keep = {p: p.read_bytes() for p in home.glob("mlflow/artifacts/**/calibration.json")}
    for path in keep:
        path.write_text("{}")
    with pytest.raises(RefusedError, match=r"calibration\.json"):
        registry.package("small", two[1])
    for path, content in keep.items():
        path.write_bytes(content)
    assert not export.exists()
    assert [p.name for p in (home / "models" / "small").glob(".export-*")] == []


class KeptPackage:
    """A registry of one package; remembers what was promoted."""

    def __init__(self, folder):
        self.folder, self.promoted = folder, None

    def champion(self, dataset):
        return None

    def package(self, dataset, version):
        return self.folder

    def promote(self, dataset, version, approver, reason, *, expected, override=None):
        self.promoted = version
        return {"champion": version}


@pytest.fixture
def weak(trained, tmp_path):
    """A package whose card says that one gate failed."""
    folder = shutil.copytree(trained.folder, tmp_path / "weak")
    card = json.loads((folder / "card.json").read_text())
    card["gates"][2] |= {"passed": False}
    (folder / "card.json").write_text(dumps(card))
    manifest = json.loads((folder / "manifest.json").read_text())
    seal(folder, {key: value for key, value in manifest.items() if key not in ("files", "schema")})
    return KeptPackage(folder)


def test_a_failed_gate_stops_a_promotion_unless_its_override_is_owned(weak):
    today = date(2026, 11, 2)
    with pytest.raises(RefusedError, match="auc"):
        promote(weak, "small", "1", "ann", "why", SUPPLIED, today=today)
    wrong = {"gate": "leak", "owner": "bob", "until": "2026-12-01"}
    with pytest.raises(RefusedError, match="auc"):
        promote(weak, "small", "1", "ann", "why", SUPPLIED, override=wrong, today=today)
    assert weak.promoted is None
    right = {"gate": "auc", "owner": "bob", "until": "2026-12-01"}
    promote(weak, "small", "1", "ann", "why", SUPPLIED, override=right, today=today)
    assert weak.promoted == "1"


@pytest.mark.parametrize(
    ("override", "word"),
    [
        ({"gate": "auc", "owner": "", "until": "2026-12-01"}, "owner"),
        ({"gate": "auc", "owner": "bob", "until": "2026-10-31"}, "ended"),
        ({"gate": "auc", "owner": "bob", "until": "soon"}, "soon"),
    ],
)
def test_an_override_that_is_not_whole_is_refused(weak, override, word):
    with pytest.raises(InputError, match=word):
        promote(weak, "small", "1", "ann", "why", SUPPLIED, override=override, today=date(2026, 11, 2))


@pytest.mark.parametrize(("approver", "reason"), [("", "why"), ("ann", "  ")])
def test_nobody_promotes_without_a_name_and_a_reason(weak, approver, reason):
    with pytest.raises(InputError, match="needs its"):
        promote(weak, "small", "1", approver, reason, SUPPLIED)

"""From registration to the pointer and back; promotions that meet, kills at any moment, packages that were changed."""

import contextlib
import shutil
import threading
from dataclasses import replace
from datetime import date

import pytest

from lending.domain.errors import RefusedError
from serving.adapters.package_champion import PackageChampion
from tests.training.releases import an_ask, an_office
from training.ports import Gate
from training.release import promote, rollback
from training.servable.manifest import verify

TODAY = date(2026, 11, 2)
pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own, on this Python


def test_the_line_from_registration_to_the_pointer_and_back(registry, two, trained, home):
    office, (first, second) = an_office(registry), two
    assert (first, second) == ("candor-pd-small/1", "candor-pd-small/2")
    assert registry.champion("small") is None
    done = promote(office, an_ask(first, reason="first model"))
    assert done["champion"] == registry.champion("small") == first
    promote(office, an_ask("2", approver="bob", reason="newer loans", requested_by=""))
    champion = PackageChampion(home / "models" / "small")
    model = champion.current()
    assert model.version == second
    assert model.predict(trained.columns).shape == (1500,)
    assert champion.by_version(first).version == first
    back = rollback(office, "small", "eve", "complaints")
    assert (back["champion"], back["previous"]) == (first, second)
    assert registry.champion("small") == first == champion.current().version
    with pytest.raises(RefusedError, match="before"):
        rollback(office, "small", "eve", "again")
    ends = [("ann", "promote.done"), ("bob", "promote.done"), ("eve", "rollback.done"), ("eve", "rollback.refused")]
    assert [(who, act.removeprefix("model.")) for who, act in office.audit.acts[1::2]] == ends
    assert office.audit[5][3] == {"reason": "complaints", "champion": first, "previous": second}
    newer, older = registry.list("small")
    assert (newer["version"], older["version"], older["aliases"]) == (second, first, "champion")
    assert newer["metrics"]["auc"] == trained.result.metrics["auc"]
    assert (newer["trained_by"], newer["requested_by"], newer["approver"]) == ("tom", "tom", "bob")
    assert (newer["reason"], newer["override"], newer["gates_failed"]) == ("newer loans", None, [])
    assert (newer["rolled_back"]["by"], newer["rolled_back"]["reason"]) == ("eve", "complaints")


def test_who_promoted_and_why_is_kept(registry, two, home):
    import mlflow

    registry.promote("small", two[0], "ann", "a reason", expected=registry.champion("small"))
    tags = (
        mlflow.MlflowClient(f"sqlite:///{home / 'mlflow' / 'mlflow.db'}").get_model_version("candor-pd-small", "1").tags
    )
    assert (tags["approver"], tags["reason"]) == ("ann", "a reason")
    assert tags["manifest_sha256"] == verify(home / "models" / "small" / "1")[1]


class Meeting:
    """A registry whose callers all see the champion before any of them goes on."""

    def __init__(self, registry, people):
        self._registry, self._barrier = registry, threading.Barrier(people, timeout=60)

    def __getattr__(self, name):
        return getattr(self._registry, name)

    def champion(self, dataset):
        seen = self._registry.champion(dataset)
        self._barrier.wait()
        return seen


def test_of_two_promotions_at_once_one_wins_and_the_other_reads_what_happened(registry, two):
    registry.promote("small", two[0], "ann", "start", expected=registry.champion("small"))
    office, said = an_office(Meeting(registry, 2)), {}

    def go(who):
        try:
            said[who] = promote(office, an_ask("2", approver=who))["champion"]
        except RefusedError as error:
            said[who] = error

    threads = [threading.Thread(target=go, args=(who,)) for who in ("ann", "bob")]
    [thread.start() for thread in threads]
    [thread.join(120) for thread in threads]
    refused = [error for error in said.values() if isinstance(error, RefusedError)]
    assert len(refused) == 1
    assert refused[0].code == "champion_moved"
    assert f"{two[1]} decides by now, {two[0]} was expected" in str(refused[0])
    assert registry.champion("small") == two[1]
    assert [act for _, act in office.audit.acts].count("model.promote.done") == 1


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


class Dying:
    """A client of MLflow that dies at its n-th write, or when it looks for a package."""

    def __init__(self, client, writes):
        self._client, self._left = client, writes

    def __getattr__(self, name):
        real = getattr(self._client, name)
        if not name.startswith(("set_", "delete_", "get_run")):
            return real

        def write(*args, **more):
            self._left -= 1
            if self._left < 0:
                raise Killed
            return real(*args, **more)

        return write


@pytest.mark.parametrize("writes", range(14))
@pytest.mark.parametrize("act", ["promote", "rollback"])
def test_after_a_kill_at_any_write_there_is_one_answer_to_who_decides(registry, two, home, act, writes, monkeypatch):
    for version in two:
        registry.promote("small", version, "ann", "start", expected=registry.champion("small"))
    wanted = two[0]
    real = type(registry._store).client

    def dying(store):
        @contextlib.contextmanager
        def opened():
            with real(store) as client:
                yield Dying(client, writes)

        return opened()

    with monkeypatch.context() as patch:
        patch.setattr(type(registry._store), "client", dying)
        try:
            if act == "promote":
                registry.promote("small", wanted, "bob", "killed", expected=two[1])
            else:
                registry.rollback("small", "bob", "killed", TODAY)
        except Killed:
            pass
    serving = PackageChampion(home / "models" / "small")
    assert serving.current().version in two  # whole and verified, whichever of the two
    champion = registry.champion("small")
    assert PackageChampion(home / "models" / "small").current().version == champion
    assert champion in two
    (row,) = [row for row in registry.list("small") if row["version"] == wanted]
    assert ("champion" in row["aliases"]) == (champion == wanted)
    if act == "promote":
        assert (row["reason"] == "killed") == (champion == wanted)
    other = {two[0]: two[1], two[1]: two[0]}[champion]
    if act == "promote" or champion == two[1]:
        assert registry.rollback("small", "eve", "back", TODAY)["champion"] == other


def test_a_lost_pointer_is_written_again(registry, two, home):
    champion = registry.champion("small")
    (home / "models" / "small" / "champion.json").unlink()
    assert registry.champion("small") == champion
    assert PackageChampion(home / "models" / "small").current().version == champion


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
    failed = replace(trained.result, gates=[Gate("auc", False, 0.5, 0.55, "chance")], run_id=None,
                     model_version=None)  # fmt: skip
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

"""What a run keeps for people to look at, read back from MLflow."""

import json
from pathlib import Path

import pytest

from training.adapters.mlflow_registry import MlflowRegistry


@pytest.fixture(scope="module")
def kept(trained, tmp_path_factory):
    import mlflow

    home = tmp_path_factory.mktemp("registry")
    uri = f"sqlite:///{home / 'mlflow.db'}"
    MlflowRegistry(uri, home / "models", home / "artifacts").register(trained.result, trained.folder)
    client = mlflow.MlflowClient(uri)
    return client, client.get_run(str(trained.result.run_id))


@pytest.mark.full
def test_the_run_keeps_dossier_comparison_table_and_pictures(kept):
    client, run = kept
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"dossier.md", "dossier.html", "comparison.html", "candidates.json", "pictures", "package"} <= names
    pictures = {file.path for file in client.list_artifacts(run.info.run_id, "pictures")}
    assert pictures == {f"pictures/{n}.png" for n in ("roc", "gains", "calibration", "scores", "candidates")}


def test_each_measured_candidate_is_a_run_within_the_run_with_its_figures(kept, trained):
    client, run = kept
    children = client.search_runs(
        [run.info.experiment_id], f"tags.mlflow.parentRunId = '{run.info.run_id}' and tags.kind = 'candidate'"
    )
    measured = {c["family"]: c["auc"]["value"] for c in trained.result.candidates if c["auc"]}
    assert {child.data.tags["family"]: child.data.metrics["auc"] for child in children} == pytest.approx(measured)


def test_the_table_has_a_row_for_each_candidate_also_those_left_out(kept, trained, tmp_path):
    client, run = kept
    table = json.loads(Path(client.download_artifacts(run.info.run_id, "candidates.json", str(tmp_path))).read_text())
    place = table["columns"].index("family")
    assert [row[place] for row in table["data"]] == [c["family"] for c in trained.result.candidates]

"""MLflow on PostgreSQL: a model is trained, registered and promoted, and its files stay in the home folder."""

from dataclasses import replace

import pytest

from tests.fakes.postgres import new_postgres_url, postgres  # noqa: F401
from training.adapters.mlflow_registry import MlflowRegistry


@pytest.mark.full
def test_a_model_is_registered_and_promoted_with_mlflow_on_postgresql(tmp_path, trained, new_postgres_url):  # noqa: F811
    registry = MlflowRegistry(new_postgres_url(), tmp_path / "models", tmp_path / "mlflow" / "artifacts")
    version = registry.register(replace(trained.result), trained.folder, "tom")
    registry.promote("small", version, "ann", "first model", expected=None)
    assert registry.champion("small") == version
    assert [row["version"] for row in registry.list("small")] == [version]
    assert list((tmp_path / "mlflow" / "artifacts").rglob("*"))

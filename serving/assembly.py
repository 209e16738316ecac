"""Settings in, platform out: this and the files assembly_*.py are the only places that meet adapters."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from lending.settings import Settings, load_settings
from serving.assembly_staff import WithStaff

if TYPE_CHECKING:
    from dask.distributed import Client

    from features.ports import DataSets
    from serving.lab import Lab
    from training.ports import Registry, Runner


class Platform(WithStaff):
    """Everything the use cases need, built on first use: training never opens the records, serving never MLflow."""

    @cached_property
    def datasets(self) -> DataSets:
        """Data sets added by mapping files."""
        from features.adapters.dataset_files import DataSetFiles

        return DataSetFiles(self.settings.var / "data", self.settings.sample_data)

    @cached_property
    def registry(self) -> Registry:
        """Runs, registered models and their aliases."""
        from training.adapters.mlflow_registry import MlflowRegistry

        var = self.settings.var
        return MlflowRegistry(self.settings.tracking_uri, var / "models", var / "mlflow" / "artifacts")

    @cached_property
    def lab(self) -> Lab:
        """Past applications decided once more by a draft of the policy."""
        from serving.lab import Lab

        records = self.records
        return Lab(self.policy, self.datasets, records.decisions, records.outcomes, self.champion, self.clock)

    def on_cluster(self, client: Client) -> Runner:
        """Fits and scores as tasks of a Dask cluster."""
        from training.adapters.dask_fitting import DaskRunner

        return DaskRunner(client)


@lru_cache(maxsize=4)
def platform(settings: Settings | None = None) -> Platform:
    """The platform for some settings, by default those of the environment; one a process and settings.

    Raises:
        InputError: a setting has an unusable value.
    """
    return Platform(settings or load_settings())

"""Settings in, platform out: this and the files assembly_*.py are the only places that meet adapters."""

from __future__ import annotations

from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Literal

from lending.settings import Settings, load_settings
from serving.assembly_staff import WithStaff

if TYPE_CHECKING:
    from pathlib import Path

    from dask.distributed import Client

    from features.ports import DataSets
    from lending.adapters.backup import Backups
    from serving.lab import Lab
    from training.adapters.sagemaker_requests import Place
    from training.endpoint_ports import Endpoints
    from training.job_ports import Jobs
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

    @property
    def backups(self) -> Backups:
        """Backup, restore and upgrade of the state as a whole; opens no records."""
        from lending.adapters.backup import Backups

        return Backups(self.settings, self.clock)

    @cached_property
    def lab(self) -> Lab:
        """Past applications decided once more by a draft of the policy."""
        from serving.lab import Lab

        records = self.records
        return Lab(self.policy, self.datasets, records.decisions, records.outcomes, self.champion, self.clock)

    def endpoints(self, target: Literal["local", "sagemaker"], url: str = "") -> Endpoints:
        """Where models answer: the process of this machine that listens at `url`, or SageMaker."""
        settings = self.settings
        if target == "sagemaker":
            from training.adapters.sagemaker_endpoint import SagemakerEndpoints

            return SagemakerEndpoints(self.sagemaker_place)
        from training.adapters.local_endpoint import LocalEndpoints, champion_variant
        from training.adapters.local_runtime import LocalRuntime

        runtime, models = LocalRuntime(url or settings.endpoint_url), settings.var / "models"
        champion = partial(champion_variant, self.champion.current, models)
        return LocalEndpoints(settings.var, self.clock, runtime.invoke, runtime.metrics, champion)

    def jobs(self) -> Jobs:
        """Big jobs on SageMaker."""
        from training.adapters.sagemaker_jobs import SagemakerJobs

        return SagemakerJobs(self.sagemaker_place)

    @property
    def sagemaker_place(self) -> Place:
        """Region, roles, images, bucket and network of SageMaker's endpoints and jobs."""
        from training.adapters.sagemaker_requests import Place

        one = self.settings
        return Place(
            one.aws_region, one.sagemaker_role, one.sagemaker_image, one.sagemaker_training_image,
            one.sagemaker_bucket or one.objects_bucket, one.objects_kms_key, one.sagemaker_subnets,
            one.sagemaker_groups,
        )  # fmt: skip

    def on_cluster(self, client: Client) -> Runner:
        """Fits and scores as tasks of a Dask cluster."""
        from training.adapters.dask_fitting import DaskRunner

        return DaskRunner(client)


def datasets_in(folder: Path) -> DataSets:
    """Data sets of a folder alone, as a job elsewhere has them."""
    from features.adapters.dataset_files import DataSetFiles

    return DataSetFiles(folder)


@lru_cache(maxsize=4)
def platform(settings: Settings | None = None) -> Platform:
    """The platform for some settings, by default those of the environment; one a process and settings.

    Raises:
        InputError: a setting has an unusable value.
    """
    return Platform(settings or load_settings())

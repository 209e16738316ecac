"""Which data a training or a version is about: named, or told by the run or the version."""

from __future__ import annotations

from lending.domain.errors import InputError


def data_of(data: str | None, like: str | None) -> str:
    """The data set to train on: the one that is named, or that of the run to repeat.

    Raises:
        InputError: neither is named.
        RefusedError: the run was trained on another one.
        NotFoundError: there is no such run.
    """
    from serving.assembly import platform
    from training.repeats import same_data

    if like:
        return same_data(like, platform().registry.result(like), data)
    if data is None:
        raise InputError(
            "name the data set to train on", code="no_data", field="data", found="nothing", expected="--data NAME",
            do="Add one: candor data add FILE, or repeat a run: --like RUN_ID",
        )  # fmt: skip
    return data


def model_of(version: str, data: str) -> str:
    """Whose model a version is: `candor-pd-<name>/<number>` says it, a number alone means the given data set's."""
    name, slash, _ = version.rpartition("/")
    return name.removeprefix("candor-pd-") if slash and name.startswith("candor-pd-") else data

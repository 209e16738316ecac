"""A data set as a folder that can be sent: its mapping and its files, which give the same hashes where they arrive."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.dataset import DataSet
    from lending.settings import Settings

MAPPING = "mapping.yaml"


def write_bundle(settings: Settings, data: str, into: Path) -> Path:
    """Copy a data set's mapping and files into a folder; files keep their names, each in a folder of its own.

    Raises:
        NotFoundError: no such data set.
        InputError: a file of it is not there any more.
    """
    import yaml

    from features.mapping import read_mapping
    from features.mapping_places import source_files, with_absolute_paths

    kept = settings.var / "data" / data / MAPPING
    mapping = read_mapping(kept)
    files = source_files(mapping, kept.parent, settings.sample_data)
    places = [Path("files") / str(number) / file.name for number, file in enumerate(files)]
    for file, place in zip(files, places, strict=True):
        (into / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, into / place)
    told = with_absolute_paths(mapping, places)
    (into / MAPPING).write_text(yaml.safe_dump(told, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return into


def load_bundle(folder: Path) -> DataSet:
    """The labelled loans of a bundle, as training reads them. Raises InputError, RefusedError as the data set does."""
    import tempfile

    from serving.assembly import datasets_in

    with tempfile.TemporaryDirectory() as scratch:
        datasets = datasets_in(Path(scratch))
        return datasets.load(datasets.add(folder / MAPPING))

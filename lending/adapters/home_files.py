"""The files of a home folder that a backup holds, and their exchange for others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PARTS = ("models", "objects", "kb", "data", "book", "reports", "mlflow")
"""Folders of the home that a backup holds."""
TRACKING = "mlflow/mlflow.db"


def below(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Files of a folder, those at its top first: what points at a package is read before the package it points at.

    Hidden files are somebody's half-written ones; language models and databases that are copied otherwise stay out.
    """
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in sorted(entries, key=lambda one: one.is_dir()):
        inside = f"{name}/{path.name}"
        if path.name.startswith(".") or path.is_symlink() or inside == "models/llm" or inside.startswith(TRACKING):
            continue
        if path.is_dir():
            yield from below(path, inside)
        elif path.is_file():
            yield inside, path


def counted_files(files: Iterable[tuple[str, Path]], counted: list[int]) -> Iterator[tuple[str, Path]]:
    """The same, counted as they pass."""
    for one in files:
        counted[0] += 1
        yield one


def swapped(place: Path, fresh: Path, aside: Path, undo: list[Callable[[], object]]) -> str:
    """One folder out and another in; each step says how it is undone. Answers where the old one is, "" without one."""
    said = ""
    if place.exists():
        shutil.move(place, aside)
        undo.append(lambda: shutil.move(aside, place))
        said = str(aside)
    if fresh.exists():
        undo.append(lambda: shutil.rmtree(place, ignore_errors=True))
        shutil.move(fresh, place)
    return said

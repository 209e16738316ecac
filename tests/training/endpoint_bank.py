"""A home folder with two versions of a small model, for commands about endpoints."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from lending.settings import ROOT
from training.servable.manifest import dumps, stamp, verify

ONE, TWO = "candor-pd-small/1", "candor-pd-small/2"
QUICK = {"twin_canary_seconds": 1, "canary_calls_min": 20, "twin_look_seconds": 0.1, "twin_deploy_seconds_max": 60,
         "latency_p99_ms_max": 60_000}  # fmt: skip
"""A canary that is over soon, and rings for errors alone: a busy machine answers when it can."""
Said = Callable[..., dict[str, Any]]
"""Gives a command line, checks its exit code and answers its JSON object."""


def rules_in(folder: Path, **figures: float) -> Path:
    """A copy of kb/ whose rules of endpoints are changed; answers its folder."""
    shutil.copytree(ROOT / "kb", folder, ignore=shutil.ignore_patterns("documents"), dirs_exist_ok=True)
    file = folder / "endpoint.yaml"
    rules = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, value in figures.items():
        rules[name]["values"] = {day: {**one, "value": value} for day, one in rules[name]["values"].items()}
    file.write_text(yaml.safe_dump(rules), encoding="utf-8")
    return folder


def two_versions(package: Path, home: Path) -> dict[str, Path]:
    """Copies of a package as versions 1 and 2 of `small`; the first decides."""
    folders = {version: home / "models" / "small" / version[-1] for version in (ONE, TWO)}
    for version, folder in folders.items():
        shutil.copytree(package, folder)
        stamp(folder, version)
    _, digest = verify(folders[ONE])
    pointer = {"version": ONE, "folder": "1", "manifest_sha256": digest}
    (home / "models" / "small" / "champion.json").write_text(dumps(pointer), encoding="utf-8")
    return folders


def given(capsys: Any) -> Said:
    """How a test gives commands."""
    from flows.cli import run

    def say(line: str, code: int = 0) -> dict[str, Any]:
        assert run([*line.split(), "--json"]) == code, capsys.readouterr()
        return json.loads(capsys.readouterr().out)

    return say

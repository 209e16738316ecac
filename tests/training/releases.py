"""Builders around promotions: a trail in memory, an office and an ask that a test varies, a registry of one package."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.training.books import FEATURES
from training.release import Ask, Office
from training.servable.manifest import dumps, seal

SUPPLIED = frozenset(FEATURES.names)


class Trail(list[tuple[str, str, str, dict[str, str]]]):
    """An audit trail in memory."""

    def add(self, actor, act, subject, detail):
        self.append((actor, act, subject, dict(detail)))

    @property
    def acts(self):
        return [(actor, act) for actor, act, _, _ in self]


def an_office(registry: Any, **changes: Any) -> Office:
    """An office of a test that serves the data set `small`."""
    return replace(Office(registry, Trail(), SUPPLIED, "small", "test"), **changes)


def an_ask(version: str, **changes: Any) -> Ask:
    """Ann approves what tom asked for."""
    return replace(Ask("small", version, "ann", "why", "tom"), **changes)


class KeptPackage:
    """A registry of one package; remembers what was promoted."""

    def __init__(self, folder, gates):
        self.folder, self.gates, self.promoted = folder, gates, None

    def champion(self, dataset):
        return None

    def trained_by(self, dataset, version):
        return "tom"

    def package(self, dataset, version):
        return self.folder

    def promote(self, dataset, version, approver, reason, *, expected, requested_by="", override=None):
        self.promoted = version
        return {"champion": version}


class ApprovedPackage:
    """A registry with one version that ann approved, its package in a home folder; keeps what is noted of it."""

    def __init__(self, folder, approver="ann", failed=(), back=None, version="candor-pd-small/2"):
        self.folder, self.version, self.notes = folder, version, {}
        self.approver, self.failed, self.back = approver, list(failed), back

    def package(self, dataset, version):
        return self.folder

    def trained_by(self, dataset, version):
        return "tom"

    def list(self, dataset):
        return [{"version": self.version, "approver": self.approver, "gates_failed": self.failed,
                 "run_id": "r", "metrics": {}, "rolled_back": self.back}]  # fmt: skip

    def note(self, dataset, version, facts):
        self.notes[version] = facts


def resealed(folder, name, change):
    """A package whose file was changed by somebody who may seal it."""
    body = json.loads((folder / name).read_text())
    change(body)
    (folder / name).write_text(dumps(body))
    manifest = json.loads((folder / "manifest.json").read_text())
    seal(folder, {key: value for key, value in manifest.items() if key not in ("files", "schema")})

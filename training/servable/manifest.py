"""The list of a package's files with their hashes; the hash of the list is the hash of the model."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lending.domain.errors import NotFoundError, RefusedError

MANIFEST = "manifest.json"
SCHEMA = "servable/1"


def seal(folder: Path, facts: Mapping[str, Any]) -> str:
    """Write the manifest over every file of a package folder.

    Args:
        folder: holds plain files only.
        facts: version, family, horizon_months, contract_version, data and what else describes the package.

    Returns:
        The SHA-256 of the manifest.
    """
    names = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name != MANIFEST)
    files = {name: sha256_of((folder / name).read_bytes()) for name in names}
    return _write(folder, {"schema": SCHEMA, **facts, "files": files})


def stamp(folder: Path, version: str) -> str:
    """Put the registered version into a package's manifest; answers the manifest's new SHA-256."""
    manifest, _ = verify(folder)
    return _write(folder, {**manifest, "version": version})


def verify(folder: Path, expected_sha256: str | None = None) -> tuple[dict[str, Any], str]:
    """The manifest and its SHA-256, after every file was hashed.

    Raises:
        NotFoundError: the folder holds no package.
        RefusedError: a file is missing or was changed; the message names it.
    """
    raw = _read(folder)
    digest = sha256_of(raw)
    if expected_sha256 is not None and digest != expected_sha256:
        raise _changed(MANIFEST, digest, expected_sha256)
    manifest = _parsed(raw)
    for name in manifest["files"]:
        read_sealed(folder, manifest, name)
    return manifest, digest


def read_sealed(folder: Path, manifest: Mapping[str, Any], name: str) -> bytes:
    """The bytes of a file that the manifest lists.

    Raises:
        RefusedError: it is missing or was changed; the message names it.
    """
    path, expected = folder / name, manifest["files"].get(name, "no such file in the manifest")
    content = path.read_bytes() if Path(name).name == name and path.is_file() else None
    found = "missing" if content is None else sha256_of(content)
    if content is None or found != expected:
        raise _changed(name, found, expected)
    return content


def sha256_of(content: bytes) -> str:
    """Lower-case hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def dumps(value: Any) -> str:
    """JSON for people and for hashes: sorted keys, two spaces, no NaN, a final newline."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: beside its place, flushed, then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _write(folder: Path, manifest: Mapping[str, Any]) -> str:
    text = dumps(manifest)
    write_whole(folder / MANIFEST, text)
    return sha256_of(text.encode())


def _read(folder: Path) -> bytes:
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError:
        raise NotFoundError(
            f"{folder.name or folder} holds no model package: there is no {MANIFEST}", code="no_package",
            field="folder", found="no manifest.json", expected="a package folder", do="Train and promote a model.",
        ) from None  # fmt: skip


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(raw)
        if manifest["schema"] == SCHEMA and isinstance(manifest["files"], dict):
            return manifest
    except (ValueError, KeyError, TypeError):
        pass
    raise RefusedError(
        f"{MANIFEST} is not a manifest of schema {SCHEMA}", code="package_changed", field=MANIFEST,
        found=raw[:40].decode(errors="replace"), expected=SCHEMA, do="Restore the package from the registry.",
    )  # fmt: skip


def _changed(name: str, found: str, expected: str) -> RefusedError:
    return RefusedError(
        f"{name} of the model package is not the file that was sealed: found {found[:16]}, expected {expected[:16]}",
        code="package_changed", field=name, found=found, expected=expected,
        do="Promote the version again; the registry holds the sealed files.",
    )  # fmt: skip

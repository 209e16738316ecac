"""The hash of source files, by which a package says which code it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


def sources_sha256(packages: Sequence[str]) -> str:
    """Hash over the Python and YAML files of some top packages, such as `("features",)`."""
    digest = hashlib.sha256()
    for package in packages:
        for file in sorted(p for p in (_ROOT / package).rglob("*") if p.suffix in (".py", ".yaml")):
            digest.update(str(file.relative_to(_ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()

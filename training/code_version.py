"""Which code made a model: the hash of the sources that can change one."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

_PACKAGES = ("features", "training")


@lru_cache(maxsize=1)
def code_version() -> str:
    """`c_` and 12 hexadecimal digits over the Python and YAML files of features and training."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for file in sorted(p for p in (root / package).rglob("*") if p.suffix in (".py", ".yaml")):
            digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return f"c_{digest.hexdigest()[:12]}"

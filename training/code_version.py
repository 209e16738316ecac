"""Which code made a model: the hash of the sources that can change one."""

from __future__ import annotations

from functools import lru_cache

from training.servable.source_code import sources_sha256

_PACKAGES = ("features", "training")


@lru_cache(maxsize=1)
def code_version() -> str:
    """`c_` and 12 hexadecimal digits over the Python and YAML files of features and training."""
    return f"c_{sources_sha256(_PACKAGES)[:12]}"

"""Policy from the YAML files under kb/, and from the texts kept with old decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from lending.domain.errors import PolicyError
from lending.domain.policy import Policy
from lending.domain.policy_checks import build_policy
from lending.domain.record import sha256_hex
from lending.ports import Policies
from lending.yaml_text import read_tree

_FOLDERS = ("products", "policy", "markets")


class PolicyFiles:
    """The policy in force, read once, and older ones by version."""

    def __init__(self, kb: Path, market: str, kept: Policies) -> None:
        self._kb = kb
        self._market = market
        self._kept = kept
        self._by_version: dict[str, Policy] = {}

    @property
    def current(self) -> Policy:
        """The policy in force; its files are kept with the records so that its decisions replay."""
        return self._current

    @cached_property
    def _current(self) -> Policy:
        texts = read_texts(self._kb, self._market)
        policy = parse_policy(texts, self._market)
        self._kept.keep(policy.version, {**texts, "market": self._market})
        self._by_version[policy.version] = policy
        return policy

    def by_version(self, version: str) -> Policy:
        """A policy that decided before. Raises NotFoundError."""
        if version not in self._by_version:
            texts = dict(self._kept.files(version))
            self._by_version[version] = parse_policy(texts, texts.pop("market"))
        return self._by_version[version]


def read_texts(kb: Path, market: str) -> dict[str, str]:
    """Path below kb/ to the text of every file that takes effect in a market."""
    paths = [kb / "reasons.yaml", *(p for f in _FOLDERS for p in sorted((kb / f).glob("*.yaml")))]
    if not (kb / "reasons.yaml").is_file():
        raise PolicyError(f"{kb} holds no reasons.yaml; expected the folder with products, policy and markets",
                          field="CANDOR_KB", found=str(kb), expected="the kb folder", do="Set CANDOR_KB.")  # fmt: skip
    others = {kb / "markets" / f"{p.stem}.yaml" for p in (kb / "markets").glob("*.yaml") if p.stem != market}
    return {str(p.relative_to(kb)): p.read_text(encoding="utf-8") for p in paths if p not in others}


def parse_policy(texts: Mapping[str, str], market: str) -> Policy:
    """A checked policy. Raises PolicyError naming file and key."""
    sha256 = sha256_hex(json.dumps(dict(texts), sort_keys=True).encode())
    trees = {path: read_tree(path, text) for path, text in texts.items()}
    return build_policy(trees, market, f"p_{sha256[:12]}", sha256)

"""Policy from the YAML files under kb/, what was published beside them, and the texts kept with old decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from lending.domain.errors import PolicyError
from lending.domain.money import plain
from lending.domain.policy import Policy
from lending.domain.policy_changes import PUBLISHED, TRIED, Change, overlaid, published_tree
from lending.domain.policy_checks import build_policy
from lending.domain.record import sha256_hex
from lending.draft_ports import Published
from lending.ports import Policies
from lending.yaml_text import read_tree

_FOLDERS = ("products", "policy", "markets")


@dataclass(frozen=True, slots=True)
class _Read:
    """A policy, the texts that made it, and the changes that were in force when it was read."""

    changes: Sequence[Change]
    texts: Mapping[str, str]
    policy: Policy


class PolicyFiles:
    """The policy in force, and older ones by version.

    The files are read once. What staff published beside them is asked for each time, and read anew once it changed,
    so that every process decides by it from its day on without a restart.
    """

    def __init__(self, kb: Path, market: str, kept: Policies, published: Published | None = None) -> None:
        self._kb = kb
        self.market = market
        self._kept = kept
        self._published = published
        self._by_version: dict[str, Policy] = {}
        self._now: _Read | None = None

    @property
    def current(self) -> Policy:
        """The policy in force; its files are kept with the records so that its decisions replay."""
        return self._read().policy

    @property
    def texts(self) -> Mapping[str, str]:
        """The texts of the policy in force: files below kb/, and what was published beside them."""
        return self._read().texts

    def with_changes(self, changes: Sequence[Change]) -> Policy:
        """The policy as it would be with these changes, each from its day on. Raises PolicyError."""
        if (now := self._now) is not None and tuple(now.changes) == tuple(changes):
            return now.policy
        return parse_policy(_with_published(self._files, changes), self.market)

    def tried(self, values: Mapping[str, Decimal]) -> Policy:
        """The policy in force as if these figures had held all along; without any, the very policy in force.

        Raises:
            PolicyError: naming file and key, where the figures contradict others.
        """
        now = self._read()
        if not values:
            return now.policy
        text = json.dumps({path: plain(value) for path, value in sorted(values.items())})
        return parse_policy({**now.texts, TRIED: text}, self.market)

    @cached_property
    def _files(self) -> Mapping[str, str]:
        return read_texts(self._kb, self.market)

    def _read(self) -> _Read:
        changes = self._published.in_force() if self._published else ()
        now = self._now
        if now is None or now.changes != changes:
            texts = _with_published(self._files, changes)
            policy = parse_policy(texts, self.market)
            now = _Read(changes, texts, policy)
            if self._kept.keep(policy.version, {**texts, "market": self.market}):  # else it is read and kept once more
                self._by_version[policy.version] = policy
                self._now = now
        return now

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


def _with_published(texts: Mapping[str, str], changes: Sequence[Change]) -> Mapping[str, str]:
    """The texts with the changes beside them; JSON is YAML too."""
    return {**texts, PUBLISHED: json.dumps(published_tree(changes), sort_keys=True)} if changes else texts


def parse_policy(texts: Mapping[str, str], market: str) -> Policy:
    """A checked policy. Raises PolicyError naming file and key."""
    sha256 = sha256_hex(json.dumps(dict(texts), sort_keys=True).encode())
    trees = {path: read_tree(path, text) for path, text in texts.items()}
    return build_policy(overlaid(trees, market), market, f"p_{sha256[:12]}", sha256)

"""Prompts as files with versions; which one a reader gets is data too. A text names the prompt that it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from lending.domain.buckets import bucket
from lending.domain.errors import NotFoundError, PolicyError
from lending.domain.record import sha256_hex

FOLDER = Path(__file__).with_name("prompts")
LIVE = "live.yaml"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told before the claims.

    Attributes:
        id: what it is for; stays the same over all versions.
        note: why this version is as it is.
        sha256: of `text`.
    """

    id: str
    version: int
    text: str
    note: str = ""

    @property
    def key(self) -> str:
        """`id@version`, as texts record it."""
        return f"{self.id}@{self.version}"

    @property
    def sha256(self) -> str:
        """Hash of the text: the same version never has another."""
        return sha256_hex(self.text.encode())


Shares = Mapping[str, Mapping[str, Decimal]]
"""Prompt to version to the share of readers who get it."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """Every version of every prompt, and the shares of those that are live."""

    all: tuple[Prompt, ...]
    live: Mapping[str, Mapping[str, Decimal]]

    def variants(self) -> dict[str, tuple[str, ...]]:
        """Prompt to its versions as an experiment calls them, the one that most readers get first."""
        first = {name: max(held, key=lambda version: held[version]) for name, held in self.live.items()}
        several = {name: [first[name], *(str(one.version) for one in self.all if one.id == name)] for name in first}
        return {name: tuple(f"v{version}" for version in dict.fromkeys(held)) for name, held in several.items()}

    def tried(self, shares: Callable[[], Shares]) -> Prompts:
        """The same, except that what is tried out now, asked for each time, goes before what is live."""
        return Tried(self.all, self.live, shares)

    def of(self, name: str, subject: str) -> Prompt:
        """The version that a reader gets, always the same one. Raises NotFoundError."""
        if name not in self.live:
            raise NotFoundError(
                f"there is no prompt {name}", field="prompt", found=name, expected=", ".join(self.live),
                do=f"Add it to rag/prompts and to {LIVE}.",
            )  # fmt: skip
        return self.version(name, int(bucket(subject, f"prompt {name}", self.live[name])))

    def version(self, name: str, version: int) -> Prompt:
        """One version. Raises NotFoundError."""
        for prompt in self.all:
            if (prompt.id, prompt.version) == (name, version):
                return prompt
        raise NotFoundError(
            f"there is no version {version} of the prompt {name}", field="version", found=str(version),
            expected="a version that rag/prompts holds", do=f"Correct {LIVE} or add the file.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tried(Prompts):
    """Prompts of which some are tried out for a while."""

    now: Callable[[], Shares]

    def of(self, name: str, subject: str) -> Prompt:
        """The version of the trial that runs, of what is live where none does. Raises NotFoundError."""
        shares = self.now().get(name)
        if shares is None:
            return Prompts(self.all, self.live).of(name, subject)
        return self.version(name, int(bucket(subject, f"prompt {name}", shares)))


@lru_cache(maxsize=4)
def read_prompts(folder: Path = FOLDER) -> Prompts:
    """Every prompt of a folder, read once.

    Raises:
        PolicyError: a file lacks a key, or its name is not `ID.vVERSION.yaml`.
        NotFoundError: a version is live that is not there.
    """
    import yaml

    read = [_prompt(p.name, yaml.safe_load(p.read_text(encoding="utf-8"))) for p in folder.glob("*.v*.yaml")]
    prompts = tuple(sorted(read, key=lambda prompt: (prompt.id, prompt.version)))
    shares: dict[str, dict[Any, Any]] = yaml.safe_load((folder / LIVE).read_text(encoding="utf-8"))
    live = {name: {str(v): Decimal(str(share)) for v, share in held.items()} for name, held in shares.items()}
    found = Prompts(prompts, live)
    _ = [found.version(name, int(version)) for name, held in live.items() for version in held]
    return found


def shares_text(live: Mapping[str, Decimal]) -> Sequence[str]:
    """Versions and their shares in words, such as `1: 100 %`."""
    return [f"{version}: {share * 100:.0f} %" for version, share in live.items()]


def _prompt(name: str, read: Mapping[str, Any]) -> Prompt:
    missing = [key for key in ("id", "version", "text") if not read.get(key)]
    if missing or name != f"{read['id']}.v{read['version']}.yaml":
        raise PolicyError(
            f"rag/prompts/{name}: {'no ' + ', '.join(missing) if missing else 'its name does not fit what it holds'}",
            field=name, found=", ".join(read), expected="id, version, text, in a file ID.vVERSION.yaml",
            do="Correct the file.",
        )  # fmt: skip
    return Prompt(str(read["id"]), int(read["version"]), str(read["text"]).strip(), str(read.get("note", "")))

"""What of a decision is counted, read past all else that stands in its core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.json import Decoder

from lending.tally_ports import Recorded


class Word(Struct):
    """The model's."""

    model_version: str
    pd: str


class Features(Struct):
    """What the model saw."""

    values: Mapping[str, float | str | None]


class Finding(Struct):
    """What a rule found."""

    rule: str
    passed: bool


class Reason(Struct):
    """Why."""

    code: str


class Core(Struct):
    """The parts of a core that are counted; all are empty where it can be opened no more."""

    assessment: Word | None = None
    features: Features | None = None
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Opened(NamedTuple):
    """A decision's entry of a ledger with what its core says."""

    entry: Recorded
    core: Core


_READ = Decoder(Core)
_GONE = Core()


def opened(entries: Iterable[Recorded]) -> list[Opened]:
    """The entries that are decisions, each read once."""
    return [
        Opened(entry, _GONE if entry.core is None else _READ.decode(entry.core))
        for entry in entries
        if entry.kind == "decision"
    ]

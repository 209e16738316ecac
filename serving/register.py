"""The register: every model, prompt, policy and document, by version, hash and date, with who answers for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Protocol

from lending.domain.record import sha256_hex
from rag.approvals import APPROVALS, entries_of
from rag.documents import read_document
from rag.prompt import read_prompts

if TYPE_CHECKING:
    from lending.domain.policy import Policy
    from lending.ports import Clock
    from serving.knowledge import Knowledge
    from serving.model_desk import ModelDesk

_DAY = re.compile(r"^\s*[\"']?(\d{4}-\d{2}-\d{2})[\"']?:", re.MULTILINE)
"""A day from which a value of a policy file holds."""
Kind = Literal["model", "prompt", "policy", "document"]
KINDS: tuple[Kind, ...] = ("model", "prompt", "policy", "document")


@dataclass(frozen=True, slots=True)
class Registered:
    """One version of one thing.

    Attributes:
        use: what it is used for now, such as `champion` or `live, 100 %`; "" for nothing.
        sha256: of what it is; "" where none was kept.
        since: ISO day from which it is in force or approved; "" for never.
        owner: who made it, or who it comes from.
        approved_by: who said yes; "" for nobody.
        note: why, or what else should be known.
    """

    kind: Kind
    name: str
    version: str
    use: str
    sha256: str
    since: str
    owner: str
    approved_by: str
    note: str = ""

    def as_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return asdict(self)


class PolicyTexts(Protocol):
    """The policy in force and the texts that make it."""

    market: str

    @property
    def current(self) -> Policy: ...

    @property
    def texts(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Register:
    """Reads what each part of the bank keeps about itself; MLflow is never opened."""

    models: ModelDesk
    policy: PolicyTexts
    knowledge: Knowledge
    clock: Clock

    def of(self, kind: Kind) -> Sequence[Registered]:
        """Every version of a kind."""
        ways: Mapping[Kind, Callable[[], Iterator[Registered]]] = {
            "model": self._models, "prompt": self._prompts, "policy": self._policies, "document": self._documents,
        }  # fmt: skip
        return list(ways[kind]())

    def index(self) -> str:
        """The version of the index of the knowledge base that answers; "" while there is none."""
        return self.knowledge.retrieval.index.current or ""

    def _models(self) -> Iterator[Registered]:
        shelf = self.models.shelf()
        for row in shelf.rows:
            override: Mapping[str, Any] | None = row.get("override")
            waived = f"without gate {override['gate']} until {override['until']}" if override else ""
            back = row.get("rolled_back")
            left = f"left by {back['by']}: {back['reason']}" if back else ""
            name, _, number = row["version"].rpartition("/")
            since = (row["approved_at"] or row["registered_at"] or "")[:10]
            yield Registered(
                "model", name, number, shelf.part_of(row["version"]), self._manifest(number), since,
                row["trained_by"] or "", row["approver"] or "", "; ".join(filter(None, (row["reason"], waived, left))),
            )  # fmt: skip

    def _manifest(self, number: str) -> str:
        """Hash of an exported version's manifest, which holds that of every file; "" where it was never exported."""
        file = self.models.folder / number / "manifest.json"
        return sha256_hex(file.read_bytes()) if number.isdecimal() and file.is_file() else ""

    def _prompts(self) -> Iterator[Registered]:
        held = read_prompts()
        for one in held.all:
            share = held.live.get(one.id, {}).get(str(one.version))
            use = f"live, {float(share):.0%} of readers" if share else ""
            yield Registered("prompt", one.id, str(one.version), use, one.sha256, "", "rag/prompts", "", one.note)

    def _policies(self) -> Iterator[Registered]:
        yield Registered(
            "policy", f"the whole policy, market {self.policy.market}", self.policy.current.version, "decides",
            self.policy.current.version, "", "kb", "", "every decision names this version",
        )  # fmt: skip
        for path, text in sorted(self.policy.texts.items()):
            owner = "published by staff" if not path.endswith(".yaml") else "kb"
            since = _newest(text, self.clock.now().date())
            yield Registered("policy", path, "", "in force", sha256_hex(text.encode()), since, owner, "")

    def _documents(self) -> Iterator[Registered]:
        written = self.knowledge.shelf.written.texts()
        file = self.knowledge.kb / APPROVALS
        entries = entries_of(APPROVALS, file.read_text(encoding="utf-8")) if file.is_file() else {}
        for path in sorted(written):
            one = read_document(path, written[path])
            said = entries.get(one.key) or {}
            holds = said.get("sha256") == one.sha256
            use = f"from {one.valid_from}" + (f" to {one.valid_to}" if one.valid_to else "")
            yield Registered(
                "document", one.id, str(one.version), use if holds else "not approved", one.sha256,
                said.get("approved_on", "") if holds else "", said.get("written_by", ""),
                said.get("approved_by", "") if holds else "", one.source,
            )  # fmt: skip


def _newest(text: str, today: date) -> str:
    """The newest day of a file's dated values that has come; "" when it has none."""
    return max((day for day in _DAY.findall(text) if day <= today.isoformat()), default="")

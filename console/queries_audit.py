"""Questions of the page of the record: acts, chains, one decision again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lending.domain.errors import InputError, NotFoundError
from serving.audit_book import Asked, AuditPage, ChainState, asked_by

if TYPE_CHECKING:
    from serving.assembly import Platform

_DECISION = re.compile(r"d_[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision that was worked out again: `status` equal, different, tampered, erased, model_missing or unknown."""

    decision_id: str
    status: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditQueries:
    """Questions bound to one platform."""

    platform: Platform

    def asked(self, query: Mapping[str, str]) -> Asked:
        """What an address asks for."""
        return asked_by(query)

    def page(self, asked: Asked) -> AuditPage:
        """The acts of a page."""
        return self.platform.audit_book.page(asked)

    def file(self, query: Mapping[str, str]) -> Iterator[str]:
        """All acts that an address asks for, as CSV."""
        return self.platform.audit_book.file(asked_by(query).wanted)

    def chains(self) -> Sequence[ChainState]:
        """What the latest walk found."""
        return self.platform.audit_book.states()

    def check(self, actor: str) -> None:
        """Walk what is new of both chains."""
        self.platform.audit_book.check(actor=actor)

    def replay(self, decision_id: str, actor: str) -> Replayed:
        """Work a decision out again, and write down who did.

        Raises:
            InputError: no id of a decision.
        """
        name = decision_id.strip()
        if not _DECISION.fullmatch(name):
            raise InputError(
                f"{name[:40]!r} is no id of a decision", field="decision_id", found=name[:40],
                expected="d_ and 26 characters", do="Copy the id from the decision or the trail.",
            )  # fmt: skip
        found = self.replayed(name)
        self.platform.records.audit.add(actor, "decision.replayed", name, {"status": found.status})
        return found

    def replayed(self, decision_id: str) -> Replayed:
        """The same for a page that shows it once more, without an entry."""
        if not _DECISION.fullmatch(decision_id):
            return Replayed(decision_id[:40], "unknown", "this is no id of a decision")
        try:
            return Replayed(decision_id, *self.platform.replay.one(decision_id))
        except NotFoundError as error:
            return Replayed(decision_id, "unknown", str(error))

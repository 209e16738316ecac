"""What the pages from "apply" to "accepted" ask: applications, papers, co-applicants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from lending.domain.errors import NotFoundError
from serving.once import Reply, once
from serving.partners import named_partners

if TYPE_CHECKING:
    from serving.assembly import Platform

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ApplyQueries:
    """Questions about one customer's applications; every one names the customer and finds only what is theirs."""

    platform: Platform

    def get(self, customer_id: str, application_id: str) -> Record:
        """One application. Raises NotFoundError: no such one of theirs."""
        return self.platform.applications.get(customer_id, application_id)

    def of(self, customer_id: str) -> Sequence[Record]:
        """All of theirs, the newest first."""
        return self.platform.applications.of(customer_id)

    def start(self, customer_id: str, offer_id: str, decision_id: str, actor: str) -> Record:
        """The draft for an offer or a referred decision; the same draft again while it lives."""
        return self.platform.applications.start(customer_id, offer_id or None, decision_id or None, actor)

    def save(self, customer_id: str, application_id: str, step: str, answers: Record, version: int) -> Record:
        """Keep what was typed. Raises InvalidBody, RefusedError `changed`."""
        return self.platform.applications.save(customer_id, application_id, step, answers, version)

    def once(self, user: str, key: str, address: str, body: Record, act: Callable[[], Record]) -> Reply:
        """Do something for the first form with a key; see `serving.once.once`."""
        return once(self.platform.records.idempotency, user, key, address, body, act)

    def partners(self, customer_id: str) -> Sequence[tuple[str, str]]:
        """Ids and names of people who agreed to sign with the customer and may be looked at today."""
        day = self.platform.clock.now().date()
        return named_partners(self.platform.records.customers, customer_id, day)

    def receive(self, customer_id: str, application_id: str, asked: str, filename: str, stream: IO[bytes]) -> Record:
        """Take a paper into quarantine. Raises InputError: it is no file that is taken."""
        return self.platform.documents.receive(customer_id, application_id, asked, filename, stream)

    @property
    def has_demo_papers(self) -> bool:
        """Whether the people are generated, so that generated papers may stand in for theirs."""
        return self.platform.settings.profile != "production"

    def demo_paper(self, customer_id: str, application_id: str, asked: str) -> tuple[str, bytes, str]:
        """The generated paper for what is asked: name, content, media type. Raises NotFoundError outside the demo."""
        return self.platform.documents.demo_paper(customer_id, application_id, asked)

    def paper(self, customer_id: str, document_id: str) -> tuple[bytes, str, str]:
        """A paper of theirs: content, media type, name. Raises NotFoundError."""
        return self.platform.documents.content(customer_id, document_id)

    def drop_paper(self, customer_id: str, document_id: str) -> None:
        """Take a paper of theirs back. Raises NotFoundError."""
        self.platform.documents.drop(customer_id, document_id)

    def submit(self, customer_id: str, application_id: str, actor: str) -> Record:
        """Send a draft. Raises InvalidBody: something lacks; RefusedError `state`: it was sent before."""
        return self.platform.applications.submit(customer_id, application_id, actor)

    def act(
        self, customer_id: str, application_id: str, act: str, offer_id: str, agreed: Mapping[str, str], actor: str
    ) -> Record:
        """Accept or decline the application's offer, or withdraw it.

        Raises:
            NotFoundError: no such act, application or offer of theirs.
            RefusedError: it has moved on (`state`).
        """
        mine = self.get(customer_id, application_id)
        if act in ("accept", "decline") and offer_id != mine["offer_id"]:
            raise NotFoundError("that offer is not this application's", field="offer_id", found=offer_id[:40])
        acts: Mapping[str, Callable[[], Record]] = {
            "accept": lambda: self.platform.applications.accept(customer_id, offer_id, actor, agreed),
            "decline": lambda: self.platform.applications.decline(customer_id, offer_id, actor)["application"],
            "withdraw": lambda: self.platform.applications.withdraw(customer_id, application_id, actor),
        }
        if act not in acts:
            raise NotFoundError(f"there is no act {act[:40]}", field="act", found=act[:40])
        return acts[act]()

    def invite(self, customer_id: str) -> Record:
        """A code for somebody who is to sign too: `{invitation_id, code, expires_at}`."""
        return self.platform.applications.invite(customer_id)

    def answer(self, customer_id: str, code: str, *, agree: bool) -> Record:
        """Answer an invitation. Raises InputError: the code is wrong, used or over."""
        return self.platform.applications.answer(customer_id, code, agree)

    def invitations(self, customer_id: str) -> Sequence[Record]:
        """Those made by the customer, the newest first."""
        return self.platform.applications.invitations(customer_id)

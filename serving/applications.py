"""Applying for a loan: send, withdraw, accept, decline; each a move of the one table in the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lending.application_ports import ApplicationRow
from lending.domain.answers import Field, asked
from lending.domain.errors import RefusedError
from lending.domain.workflow import LIVE, Act, Party, State
from lending.ports import OfferRow
from serving.application_booking import Booking
from serving.application_cases import Cases
from serving.application_drafts import Drafts, wrong_state
from serving.application_invitations import Invitations
from serving.application_offers import SavedOffers
from serving.application_reading import SYSTEM, Held


@dataclass(frozen=True, slots=True)
class ApplyAsk:
    """What an application is about and the answers that come with it; exactly one of the two ids is set."""

    offer_id: str | None = None
    decision_id: str | None = None
    answers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Applications(Drafts, SavedOffers, Invitations, Cases, Booking):
    """The applications of customers. Whoever calls has checked who is signed in; ownership is checked here."""

    def submit(self, customer_id: str, application_id: str, actor: str) -> dict[str, Any]:
        """Send a draft. A referred one goes to a person; papers may come before or after.

        Raises:
            NotFoundError: no such application of theirs.
            InvalidBody: answers are missing or will not do; `errors` names every one.
            RefusedError: it is no draft any more (`state`), its offer stands no longer (`settled`, `expired`,
                `owes_more`), or somebody who signs asked to be erased (`restricted`).
        """
        with self.box.together():
            return self.shown(self._submitted(self.own(customer_id, application_id), actor))

    def apply(self, customer_id: str, ask: ApplyAsk, actor: str) -> dict[str, Any]:
        """Start, answer and send in one; what is wrong leaves nothing behind. Errors as `start` and `submit`."""
        with self.box.together():
            row = self.started(customer_id, ask.offer_id, ask.decision_id, actor)
            if row.state is not State.DRAFT:
                raise wrong_state(row)
            held = Held.read(row.content)
            answers = self.merged(held.answers, self.form.typed(ask.answers or {}))
            return self.shown(self._submitted(replace(row, content=replace(held, answers=answers).write()), actor))

    def withdraw(self, customer_id: str, application_id: str, actor: str) -> dict[str, Any]:
        """Step back; its offer stays open. Raises NotFoundError; RefusedError (`state`) once it has ended."""
        with self.box.together():
            return self.shown(self.move(self.own(customer_id, application_id), Act.WITHDRAW, Party.CUSTOMER, actor))

    def accept(
        self, customer_id: str, offer_id: str, actor: str, agreed: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Accept exactly the stored offer of an application that is `offered`; answers the application.

        One decision stands for one loan: its other offers are declined with it, and what was applied for on them. The
        loan is on the record of everybody who signs from that day on; offers made without it stand no longer.

        Args:
            customer_id: whose offer.
            offer_id: which one.
            actor: user name.
            agreed: what was confirmed, such as `{"read_disclosure": "yes"}` (kb/applications.yaml: accept).

        Raises:
            NotFoundError: no such offer of theirs.
            InvalidBody: something that has to be confirmed is not.
            RefusedError: not applied for (`no_application`), not offered yet (`state`), ended before (`settled`), over
                (`expired`), somebody who signs asked to be erased (`restricted`), or another loan was accepted since
                the offer was made (`owes_more`).
        """
        with self.box.together():
            offer = self.standing(self.own_offer(customer_id, offer_id))
            row = self.box.live_for(offer.offer_id)
            if row is None:
                raise _not_applied(offer_id)
            self.check_free(row)
            self.check_owes_no_more(offer)
            self.form.check_fields(list(self.form.accept), agreed or {})
            content = self._agreed(Held.read(row.content), self.form.accept).write()
            after = self.move(row, Act.ACCEPT, Party.CUSTOMER, actor, content=content)
            self.offers.settle(offer_id, "accepted")
            self.book(row, offer)
            self._decline_others(offer, actor)
            return self.shown(after)

    def decline(self, customer_id: str, offer_id: str, actor: str) -> dict[str, Any]:
        """Turn an offer down, and with it the application for it where one lives.

        Returns:
            `{offer_id, state: declined, application}`; the application is None where there was none.

        Raises:
            NotFoundError: no such offer of theirs; RefusedError: it was ended before (`settled`).
        """
        with self.box.together():
            self.own_offer(customer_id, offer_id)
            row = self.box.live_for(offer_id)
            after = self.move(row, Act.DECLINE, Party.CUSTOMER, actor) if row else None
            self.offers.settle(offer_id, "declined")
            return {"offer_id": offer_id, "state": "declined", "application": self.shown(after) if after else None}

    def advance(self, application_id: str) -> str:
        """Move a sent application on when its papers changed; answers its state.

        A needed paper that a person must look at puts it before a person; once every needed one is accepted or on file
        its offer stands ready. An empty checklist moves nothing: nothing was checked. Raises NotFoundError.
        """
        with self.box.together():
            return self._advanced(self.current(self.box.get(application_id))).state.value

    def expire_due(self, most: int = 10_000) -> int:
        """End applications whose time is over, the oldest first, at most so many; answers how many it ended."""
        rows = self.box.overdue(self.day(), self.clock.now() - self.idle(), most)
        return sum(self.current(row).state not in LIVE for row in rows)

    def _submitted(self, row: ApplicationRow, actor: str) -> ApplicationRow:
        self.check_free(row)
        if row.offer_id:
            self.check_owes_no_more(self.standing(self.own_offer(row.customer_id, row.offer_id)))
        held = Held.read(row.content)
        facts = self.facts(row, held.co_applicant)
        if row.state is State.DRAFT:
            self.form.check(facts, held.answers)
        questions = [f for step in self.form.steps for f in asked(step, facts, held.answers)]
        answers = {f.name: held.answers[f.name] for f in questions if f.name in held.answers}
        content = self._agreed(replace(held, answers=answers), [f for f in questions if answers.get(f.name) == "yes"])
        sent = self.move(row, Act.SUBMIT, Party.CUSTOMER, actor, content=content.write(), submitted_at=self.clock.now())
        if sent.offer_id is None:
            return self.move(sent, Act.REVIEW, Party.SYSTEM, SYSTEM, "referred")
        return self._advanced(sent)

    def _decline_others(self, accepted: OfferRow, actor: str) -> None:
        for other in self.offers.of(accepted.decision_id):
            if other.state == "open" and other.offer_id != accepted.offer_id:
                self.decline(accepted.customer_id, other.offer_id, actor)

    def _agreed(self, held: Held, questions: Sequence[Field]) -> Held:
        """The same with the time at which each of these was agreed to."""
        now = self.clock.now().isoformat()
        return replace(held, agreed={**held.agreed, **{f.name: now for f in questions if f.kind == "yes"}})

    def _advanced(self, row: ApplicationRow) -> ApplicationRow:
        if row.state is not State.SUBMITTED:
            return row
        checklist = self.papers(row.customer_id, row.application_id)
        states = [item["state"] for item in checklist if not item.get("optional")]
        if "needs_person" in states:
            return self.move(row, Act.REVIEW, Party.SYSTEM, SYSTEM, "papers")
        if checklist and all(state == "accepted" for state in states):
            return self.move(row, Act.OFFER, Party.SYSTEM, SYSTEM, "papers")
        return row


def _not_applied(offer_id: str) -> RefusedError:
    return RefusedError(
        "nothing was applied for with this offer", code="no_application", field="offer_id", found=offer_id[:40],
        expected="an offer that you applied for", do="Apply for it first.",
    )  # fmt: skip

"""Drafts: begun for an offer or a referred decision, filled in at one's own pace, kept on the server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lending.application_ports import ApplicationEvent, ApplicationRow, changed
from lending.domain.answers import asked, shown
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.workflow import LIVE, START, Party, State
from lending.ports import OfferRow
from serving.application_reading import Held, Reading
from serving.fields import InvalidBody
from serving.recorded import no_decision, own_decision
from serving.teller import new_id


@dataclass(frozen=True)
class Drafts(Reading):
    """Begins applications and keeps what is typed."""

    def start(
        self, customer_id: str, offer_id: str | None = None, decision_id: str | None = None, actor: str = ""
    ) -> dict[str, Any]:
        """The draft for an offer, or for a referred decision; while one lives for it, that one again.

        Raises:
            InvalidBody: both are named, or neither.
            NotFoundError: no such offer or decision of theirs.
            RefusedError: the offer is ended or over (`settled`, `expired`), the decision was not referred
                (`not_referred`) or is of a day to come (`to_come`), or they have too many live ones (`too_many`).
        """
        with self.box.together():
            return self.shown(self.started(customer_id, offer_id, decision_id, actor))

    def save(
        self, customer_id: str, application_id: str, step: str, answers: Mapping[str, str], version: int
    ) -> dict[str, Any]:
        """Keep what was typed at one step, right or wrong; `problem` of each field says what will not do.

        Args:
            customer_id: whose draft.
            application_id: which one.
            step: its name; answers to its questions alone are taken, and those left out stay as they are.
            answers: as typed.
            version: the one that was shown; a form that changes nothing fits every version.

        Raises:
            NotFoundError: no such application of theirs.
            InvalidBody: an unknown step or question, or more than anybody types.
            RefusedError: it was changed since (`changed`), or is no draft any more (`state`).
        """
        row = self.own(customer_id, application_id)
        given = self.form.typed(answers, self.form.step(step))
        if row.state is not State.DRAFT:
            raise wrong_state(row)
        held = Held.read(row.content)
        after = replace(held, answers=self.merged(held.answers, given))
        if after == held:
            return self.shown(row)
        if version != row.version:  # also one that is yet to come: it would be written over what comes first
            raise changed(version)
        return self.shown(self.box.change(replace(row, content=after.write(), changed_at=self.clock.now())))

    def started(self, customer_id: str, offer_id: str | None, decision_id: str | None, actor: str) -> ApplicationRow:
        subject = self._subject(customer_id, offer_id, decision_id)
        there = self.box.live_for(offer_id or subject.decision_id)
        if there is not None and self.current(there).state in LIVE:
            return there
        self._check_not_refused(customer_id, offer_id or subject.decision_id)
        self._check_room(customer_id)
        now = self.clock.now()
        row = replace(subject, application_id=new_id("a"), created_at=now, changed_at=now)
        held = Held.read(row.content)
        row = replace(row, content=replace(held, answers=self._known(row, held)).write())
        return self._added(row, ApplicationEvent(now, actor, Party.CUSTOMER, START, None, State.DRAFT))

    def _added(self, row: ApplicationRow, event: ApplicationEvent) -> ApplicationRow:
        """The row once it is written; where another window was a moment quicker, that one's."""
        try:
            self.box.add(row, event)
        except RefusedError:
            quicker = self.box.live_for(row.offer_id or row.decision_id)
            if quicker is None:
                raise
            return quicker
        return row

    def _subject(self, customer_id: str, offer_id: str | None, decision_id: str | None) -> ApplicationRow:
        """A row without a name yet, about an offer or a referred decision."""
        if (offer_id is None) == (decision_id is None):
            raise InvalidBody("name an offer, or a decision that was referred", field="offer_id", found="both or none",
                              expected="offer_id or decision_id", do="Send one of them.")  # fmt: skip
        if offer_id is not None:
            decision_id = self.standing(self.own_offer(customer_id, offer_id)).decision_id
        try:
            decision = own_decision(self.decisions.get(str(decision_id)), customer_id)
        except NotFoundError:
            raise no_decision(str(decision_id)) from None
        core, now = json.loads(decision.core), self.clock.now()
        if offer_id is None and core["outcome"] != "refer":
            raise _not_referred(core["outcome"])
        if date.fromisoformat(core["as_of"]) > self.day():
            raise _to_come(core["as_of"])
        held = Held({}, core["request"]["co_applicant"] or "")
        return ApplicationRow(
            "", customer_id, core["request"]["product"], State.DRAFT, 1, decision.decision_id, offer_id, held.write(),
            now, now,
        )  # fmt: skip

    def _known(self, row: ApplicationRow, held: Held) -> dict[str, str]:
        """Answers that nobody is asked for again: from the bank's record, and from the last application."""
        person = self.customers.facts(row.customer_id, self.day())
        before = next((Held.read(old.content).answers for old in self.box.of(row.customer_id)), {})
        facts, found = self.facts(row, held.co_applicant), dict[str, str]()
        for field in (f for step in self.form.steps for f in asked(step, facts, {})):
            record = getattr(person, field.known) if field.known else None
            answer = str(record) if record is not None else before.get(field.name, "") if field.kept else ""
            if answer:
                found[field.name] = answer
        return found

    def merged(self, before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
        """Answers with new ones over them; what is only shown in part and came back so is left as it was."""
        fields = {f.name: f for f in self.form.fields()}
        same = {name for name, said in given.items() if name in before and said == shown(fields[name], before[name])}
        return {**before, **{name: said for name, said in given.items() if name not in same}}

    def standing(self, offer: OfferRow) -> OfferRow:
        """The offer when it is open and not over. Raises RefusedError."""
        if offer.state != "open":
            raise RefusedError(
                f"the offer was {offer.state} before", code="settled", field="offer_id", found=offer.state,
                expected="an open offer", do="Ask for a new quote.",
            )  # fmt: skip
        if offer.valid_until < self.day():
            raise RefusedError(
                f"the offer stood until {offer.valid_until}", code="expired", field="offer_id",
                found=offer.valid_until.isoformat(), expected=f"{self.day()} or later", do="Ask for a new quote.",
            )  # fmt: skip
        return offer

    def _check_not_refused(self, customer_id: str, subject: str) -> None:
        """What a person refused is not brought before the machine again, whatever the ground was."""
        refused = (row for row in self.box.of(customer_id) if row.state is State.REFUSED)
        if any(subject == (row.offer_id or row.decision_id) for row in refused):
            raise RefusedError(
                "a person looked at this before and could not offer it", code="settled", field="offer_id",
                found="refused", expected="an offer or a decision that was not refused", do="Ask for a new quote.",
            )  # fmt: skip

    def _check_room(self, customer_id: str) -> None:
        most = self.form.figure("live_applications_most", self.day())
        live = [row for row in self.box.of(customer_id) if self.current(row).state in LIVE]
        if len(live) >= most:
            raise RefusedError(
                f"you have {len(live)} applications under way; at most {most} at once", code="too_many",
                field="offer_id", found=str(len(live)), expected=f"fewer than {most}",
                do="Withdraw one that you need no longer.",
            )  # fmt: skip


def wrong_state(row: ApplicationRow) -> RefusedError:
    """What is asked needs a draft."""
    return RefusedError(
        f"the application is {row.state.value} and no draft any more", code="state", field="state",
        found=row.state.value, expected="draft", do="Load it again to see where it stands.",
    )  # fmt: skip


def _not_referred(outcome: str) -> RefusedError:
    return RefusedError(
        f"the decision was {outcome}; without an offer one applies only where a person has to look",
        code="not_referred", field="decision_id", found=outcome, expected="a decision that was referred",
        do="Choose one of its offers.",
    )  # fmt: skip


def _to_come(day: str) -> RefusedError:
    return RefusedError(
        f"the decision stands on the rules of {day}, which is yet to come", code="to_come", field="decision_id",
        found=day, expected="a decision of today or before", do="Ask for a new quote.",
    )  # fmt: skip

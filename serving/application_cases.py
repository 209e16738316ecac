"""Referred applications as the bank works on them: listed, opened, and brought to an end by a person."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal, cast

from lending.application_ports import ApplicationRow
from lending.domain.application import Outcome
from lending.domain.errors import RefusedError
from lending.domain.policy import rulebook
from lending.domain.record import named
from lending.domain.workflow import Act, Party, State, move
from lending.ports import OfferRow
from serving.application_reading import Held, Reading
from serving.application_shown import reference
from serving.fields import Fields
from serving.letters.loan import PERSON
from serving.papers import Refused
from serving.recorded import recorded_quote, replayed

Verdict = Literal["offer", "refuse"]
MOST_NOTE = 1000
"""Characters of a note."""
_TERMS = ("amount", "term_months", "annual_rate", "instalment", "apr", "apr_method", "repayment", "fees",
          "total_interest", "total_cost")  # fmt: skip


@dataclass(frozen=True)
class Cases(Reading):
    """What staff do. Whoever calls has checked the role."""

    def waiting(self) -> list[dict[str, Any]]:
        """Applications that wait for a person, the one that waits longest first."""
        rows = (self.current(row) for row in self.box.in_states([State.IN_REVIEW]))
        return [self._line(row) for row in rows if row.state is State.IN_REVIEW]

    def case(self, application_id: str) -> dict[str, Any]:
        """One application with who it is of, who did what, and the grounds to choose from. Raises NotFoundError."""
        row = self.current(self.box.get(application_id))
        events = [
            {"at": e.at.isoformat(), "actor": e.actor, "act": e.act, "to": e.to_state.value, "detail": e.detail}
            for e in self.box.events(application_id)
        ]
        held = Held.read(row.content)
        grounds = {act: list(self.form.grounds[act]) for act in ("offer", "refuse")}
        more = {"grounds": grounds, "events": events, "ground": held.ground, "note": held.note}
        return {**self.shown(row), **self._line(row), **more}

    def decide(self, application_id: str, actor: str, act: Verdict, reason: str, note: str = "") -> dict[str, Any]:
        """End a review: make the offer, or refuse with a notice that names the ground.

        A case without an offer is offered the terms at which its own decision was priced, for as many days as a quote
        stands; the decision itself stays as it is recorded. Nobody types terms: what is accepted later was decided.

        Args:
            application_id: which one.
            actor: the member of staff.
            act: offer or refuse.
            reason: one of the grounds of the act (kb/applications.yaml).
            note: in their own words, for the bank; sealed, and never shown to the customer.

        Raises:
            NotFoundError: no such application. InvalidBody: an unknown act or ground, or too long a note.
            RefusedError: it is not in review (`state`), could not be priced and so cannot be offered (`no_terms`), a
                rule that no person sets aside declines it (`hard_rule`), or somebody's data is locked (`restricted`).
        """
        self._check(act, reason, note)
        with self.box.together():
            row = self.current(self.box.get(application_id))
            move(row.state, Act(act), Party.BANK)
            if act == "offer":
                self.check_offer(row)
            if act == "offer" and row.offer_id is None:
                row = replace(row, offer_id=self._priced(row))
            held = replace(Held.read(row.content), ground=reason, note=note)
            self.move(row, Act(act), Party.BANK, actor, reason, content=held.write())
            if act == "refuse":
                self._write(row, reason, actor)
            return self.case(application_id)

    def _write(self, row: ApplicationRow, reason: str, actor: str) -> None:
        """The adverse-action notice, with what was applied for: the offer, or the request as it was decided."""
        decided = json.loads(self.decisions.get(row.decision_id).core)["request"]
        wanted = json.loads(self.offers.get(row.offer_id).content) if row.offer_id else decided
        asked = {name: str(wanted[name]) for name in ("amount", "term_months")}
        said = Refused(self.form.told(reason), asked, self.clock.now(), actor)
        self.refusal_letter(row.decision_id, row.application_id, said)

    def check_offer(self, row: ApplicationRow) -> None:
        """Whether an offer may be made: a person answers questions, and changes no rule.

        Raises:
            RefusedError: a rule declines (`hard_rule`), there is no price (`no_terms`), data is locked (`restricted`).
        """
        self.check_free(row)
        self._check_rules(row)
        if row.offer_id is None:
            self._terms(row)

    def _check_rules(self, row: ApplicationRow) -> None:
        findings = replayed(self.decisions.get(row.decision_id), self.policy).decision.findings
        broken = [f.rule for f in findings if not f.passed and f.outcome is Outcome.DECLINE]
        if broken:
            raise RefusedError(
                f"a rule that no person sets aside declines this: {', '.join(broken)}", code="hard_rule", field="act",
                found="offer", expected="refuse", do="Refuse, or have the facts corrected and decided again.",
            )  # fmt: skip

    def _check(self, act: str, reason: str, note: str) -> None:
        report = Fields({}, ())
        known = self.form.grounds.get(act, ()) if act in ("offer", "refuse") else ()
        if not known:
            report.wrong("act", act[:40], "offer or refuse", "Choose one.")
        elif reason not in known:
            report.wrong("reason", reason[:40] or "missing", f"one of {', '.join(known)}", "Choose one.")
        if len(note) > MOST_NOTE:
            report.wrong("note", f"{len(note)} characters", f"at most {MOST_NOTE} characters", "Shorten it.")
        report.check()

    def _line(self, row: ApplicationRow) -> dict[str, Any]:
        last = next(e for e in reversed(self.box.events(row.application_id)) if e.from_state is not e.to_state)
        return {
            "application_id": row.application_id, "reference": reference(row.application_id),
            "customer_id": row.customer_id, "name": self.customers.name(row.customer_id), "product": row.product,
            "state": row.state.value, "why": last.detail, "since": last.at.isoformat(),
            "decision_id": row.decision_id,
        }  # fmt: skip

    def _terms(self, row: ApplicationRow) -> dict[str, object]:
        """The terms at which the case's own decision was priced. Raises RefusedError (`no_terms`)."""
        quote = recorded_quote(self.decisions.get(row.decision_id), self.policy)
        if quote["annual_rate"] is None:
            raise RefusedError(
                "the request could not be priced, so there is nothing to offer", code="no_terms", field="act",
                found="offer", expected="refuse", do="Correct the facts and decide again, or refuse.",
            )  # fmt: skip
        return {name: quote[name] for name in _TERMS}

    def _priced(self, row: ApplicationRow) -> str:
        """Keep the decision's own terms as an offer; answers its id. Raises RefusedError."""
        until = self._until(self.decisions.get(row.decision_id).core)
        body = {
            "goal": "own", "goals": ["own"], "recommended": False, "made_by": PERSON, "pros": [], "cons": [],
            **self._terms(row), "valid_until": until.isoformat(),
        }  # fmt: skip
        offer_id = named("o", f"{row.application_id} {row.version}".encode())
        content = json.dumps({"offer_id": offer_id, **body}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.offers.keep([OfferRow(offer_id, row.decision_id, row.customer_id, content.encode(), until)])
        return offer_id

    def _until(self, core: bytes) -> date:
        """How long a quote stands that is made today, by the policy of the decision."""
        said = cast("dict[str, Any]", json.loads(core))
        book = rulebook(self.policy.by_version(said["policy_version"]), said["request"]["product"], self.day())
        return self.day() + timedelta(days=int(book["quote_valid_days"]))

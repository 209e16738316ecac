"""What the bank holds about a customer: every figure with its source and date, and what the customer says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lending.domain.application import Applicant
from lending.domain.money import money, money_text
from lending.request_ports import LIVE, People, RequestRow, Requests
from serving.profile_fields import STATED, ProfileField, ProfileFields

DISPUTES = ("dispute", "add")
_States = Sequence[tuple[date, Applicant]]


@dataclass(frozen=True, slots=True)
class Profile:
    """Figures of one bank's customers."""

    people: People
    requests: Requests
    fields: ProfileFields

    def of(self, customer_id: str, language: str = "en") -> list[dict[str, Any]]:
        """Every figure of a person, JSON-ready. Flags that staff alone see are no part of it.

        Returns:
            `{field, group, value, unit, source, source_name, as_of, verified, dispute, behind}` each; `value` is None
            where the bank does not know. A figure that the customer stated is not verified and decides nothing.

        Raises:
            NotFoundError: there is no such customer.
        """
        states = self.people.history(customer_id)
        said = {r.subject: r for r in self.requests.of(customer_id) if r.kind in DISPUTES and r.state in LIVE}
        return [self._row(field, states, said.get(field.name), language) for field in self.fields.fields.values()]

    def held(self, customer_id: str, name: str) -> Any:
        """The value on record; None where the bank does not know. Raises InputError for a name that is no figure."""
        field = self.fields.field(name)
        return getattr(self.people.history(customer_id)[-1][1], field.name)

    def _row(
        self, field: ProfileField, states: _States, said: RequestRow | None, language: str
    ) -> dict[str, Any]:  # fmt: skip
        person = states[-1][1]
        value, as_of = getattr(person, field.name), since(states, field.name)
        stated = value is None and said is not None
        source = STATED if stated else field.source_for(person)
        shown = said.content["stated"] if stated and said else field.shown(value)
        known = shown is not None
        return {
            "field": field.name, "group": field.group, "value": shown, "unit": field.unit,
            "source": source if known else None,
            "source_name": self.fields.source_name(source, language) if known else None,
            "as_of": (said.opened_at.date() if stated and said else as_of).isoformat() if known else None,
            "verified": known and not stated, "dispute": _dispute(said),
            "behind": loans_of(person) if field.name == "monthly_obligations" else [],
        }  # fmt: skip


def since(states: _States, name: str) -> date:
    """The day from which a figure has had its present value without a break."""
    value, day = getattr(states[-1][1], name), states[-1][0]
    for earlier, person in reversed(states):
        if getattr(person, name) != value:
            break
        day = earlier
    return day


def _dispute(said: RequestRow | None) -> Mapping[str, Any] | None:
    if said is None:
        return None
    names = {"request_id": said.request_id, "kind": said.kind, "state": said.state}
    return {**names, "stated": said.content.get("stated"), "opened_at": said.opened_at.isoformat()}


def loans_of(person: Applicant) -> list[dict[str, str]]:
    """The loans at this bank that are part of the monthly obligations."""
    return [
        {
            "loan_id": loan.loan_id, "instalment": money_text(money(str(loan.instalment))),
            "payoff": money_text(money(str(loan.payoff))),
        }
        for loan in person.loans
    ]  # fmt: skip

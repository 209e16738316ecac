"""What an accepted loan does to the bank's record, and what that does to offers made before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lending.application_ports import ApplicationRow
from lending.domain.application import Loan
from lending.domain.booking import booked, unknown_loans
from lending.domain.core import application_from
from lending.domain.errors import RefusedError
from lending.domain.money import money
from lending.domain.people import people
from lending.domain.repayment import Repayment, monthly
from lending.ports import OfferRow
from serving.application_reading import Reading


@dataclass(frozen=True)
class Booking(Reading):
    """Writes accepted loans on the record of those who sign, so that the next decision knows of them."""

    def check_owes_no_more(self, offer: OfferRow) -> None:
        """What was decided before somebody took up another loan holds no longer. Raises RefusedError (`owes_more`)."""
        for before in people(application_from(json.loads(self.decisions.get(offer.decision_id).core))):
            if unknown_loans(before, self.customers.facts(before.customer_id, self.day())):
                raise RefusedError(
                    "another loan was accepted after this offer was made", code="owes_more", field="offer_id",
                    found=offer.offer_id, expected="an offer that was made with every loan on record",
                    do="Ask for a new quote: it counts what is owed today.",
                )  # fmt: skip

    def book(self, row: ApplicationRow, offer: OfferRow) -> None:
        """Put the accepted loan on the record of everybody who signs, from today on."""
        loan = _loan(row.application_id, json.loads(offer.content))
        decided = application_from(json.loads(self.decisions.get(offer.decision_id).core))
        for person in people(decided):
            now = self.customers.facts(person.customer_id, self.day())
            self.customers.correct(booked(now, loan, decided.request.refinances), self.day())


def _loan(loan_id: str, offer: dict[str, Any]) -> Loan:
    """An accepted offer as a loan that weighs a month what its decision weighed: a bullet's payment is spread."""
    how = Repayment(**offer["repayment"])
    return Loan(loan_id, monthly(how, money(offer["instalment"]), offer["term_months"]), money(offer["amount"]))

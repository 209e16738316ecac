"""Whom a customer may be looked at together with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lending.domain.application import Applicant
from lending.ports import Customers


def partners_of(customers: Customers, customer_id: str, day: date) -> Sequence[Applicant]:
    """People linked to a customer who agreed to sign, in order; whoever's data is locked is left out, not told of."""
    linked = [other for other, _ in customers.co_applicants(customer_id)]
    usable = customers.facts_many(linked, day) if linked else {}
    return [usable[other] for other in linked if other in usable]


def named_partners(customers: Customers, customer_id: str, day: date) -> Sequence[tuple[str, str]]:
    """Ids and names of the same people, to choose from."""
    usable = {other.customer_id for other in partners_of(customers, customer_id, day)}
    return [(other, name) for other, name in customers.co_applicants(customer_id) if other in usable]

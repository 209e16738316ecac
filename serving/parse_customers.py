"""Reads what the bank brings about its customers: one JSON object a person, figures as kb/profile.yaml names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from lending.domain.application import Applicant, Expiry, Loan
from lending.domain.errors import InputError
from lending.ports import CustomerRow
from serving.fields import Fields, kind_of
from serving.profile_fields import ProfileField, ProfileFields

_ID, _WORD, _DAY = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "[a-z][a-z0-9_]{0,39}", r"\d{4}-\d\d-\d\d"
_OWN = ("customer_id", "name", "facts_as_of", "household", "co_applicants", "documents", "flags", "loans", "expiries",
        "protected")  # fmt: skip
_NEEDED = ("birth_date", "employment_status")
_FLAGS = "sanctions|fraud"
_MOST, _MOST_NAME, _MOST_MONEY = 50, 200, Decimal(10**9)
_T = TypeVar("_T")


def customer_row(data: Mapping[str, object], known: ProfileFields, today: date) -> CustomerRow:
    """One person of the bank.

    Args:
        data: `customer_id`, `name`, the figures of `known` (birth date and employment status are needed); and, where
            there are any, `facts_as_of` (else today), `household`, `co_applicants`, `documents`, `flags`,
            `loans: [{loan_id, instalment, payoff}]`, `expiries: [{document, valid_until}]`, `protected: {name: value}`.
        known: figures with what each may be.
        today: no later day is taken.

    Raises:
        InvalidBody: fields are missing, wrong or unknown; all are named.
    """
    fields = Fields(data, (*_OWN, *known.fields))
    customer_id = fields.text("customer_id", "the bank's id of a customer", 64, _ID)
    name = fields.text("name", f"1 to {_MOST_NAME} characters", _MOST_NAME)
    since = _day(fields, "facts_as_of") or today
    if since > today:
        fields.wrong("facts_as_of", since.isoformat(), "today or a day before", "Correct facts_as_of.")
    facts: dict[str, Any] = {one.name: _figure(fields, data, one) for one in known.fields.values()}
    lists = {
        "documents": fields.texts("documents", "kinds of documents", _MOST, 40, _WORD),
        "flags": fields.texts("flags", "flags", 2, 9, _FLAGS),
        "loans": _each(fields, data, "loans", _loan),
        "expiries": _each(fields, data, "expiries", _expiry),
    }
    household = fields.text("household", "the bank's id of a household", 64, _ID, optional=True)
    partners = fields.texts("co_applicants", "ids of customers", _MOST, 64, _ID)
    protected = _protected(fields, data)
    fields.check()
    return CustomerRow(Applicant(customer_id, **facts, **lists), name, protected, household or None, partners, since)


def _figure(fields: Fields, data: Mapping[str, object], one: ProfileField) -> Any:
    value = data.get(one.name)
    if value is None:
        if one.name in _NEEDED:
            fields.wrong(one.name, "missing", "a value", f"Add {one.name}.")
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        fields.wrong(one.name, kind_of(value), "a text or a number", f"Correct {one.name}.")
        return None
    try:
        return one.read(str(value))
    except InputError as error:
        fields.wrong(one.name, kind_of(value), error.expected, f"Correct {one.name}.")
        return None


def _day(fields: Fields, name: str) -> date | None:
    text = fields.text(name, "a day such as 2026-11-02", 10, _DAY, optional=True)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fields.wrong(name, text, "a day of the calendar", f"Correct {name}.")
        return None


def _each(
    fields: Fields, data: Mapping[str, object], name: str, read: Callable[[Mapping[str, object], str, Fields], _T]
) -> tuple[_T, ...]:
    """An optional list of objects, each read by `read`."""
    value: Any = data.get(name, [])
    if not isinstance(value, Sequence) or len(value) > _MOST or not all(isinstance(one, Mapping) for one in value):
        fields.wrong(name, kind_of(value), f"a list of at most {_MOST} objects", f"Correct {name}.")
        return ()
    return tuple(read(one, f"{name}[{place}].", fields) for place, one in enumerate(value))


def _loan(data: Mapping[str, object], prefix: str, within: Fields) -> Loan:
    fields = Fields(data, ("loan_id", "instalment", "payoff"), prefix, within.errors)
    instalment, payoff = (
        fields.decimal(name, _MOST_MONEY, "an amount above zero") for name in ("instalment", "payoff")
    )
    loan_id = fields.text("loan_id", "the bank's id of a loan", 64, _ID)
    return Loan(loan_id, instalment or Decimal(), payoff or Decimal())


def _expiry(data: Mapping[str, object], prefix: str, within: Fields) -> Expiry:
    fields = Fields(data, ("document", "valid_until"), prefix, within.errors)
    if not fields.has("valid_until"):
        fields.wrong("valid_until", "missing", "a day such as 2026-11-02", "Add valid_until.")
    return Expiry(fields.text("document", "a kind of document", 40, _WORD), _day(fields, "valid_until") or date.max)


def _protected(fields: Fields, data: Mapping[str, object]) -> Mapping[str, str]:
    """Attributes that measure fairness and never decide; empty when there are none."""
    value: Any = data.get("protected", {})
    if not isinstance(value, Mapping):
        fields.wrong("protected", kind_of(value), "an object of texts", "Correct protected.")
        return {}
    own = Fields(value, tuple(value), "protected.", fields.errors)
    return {name: own.text(name, "1 to 40 characters", 40) for name in value}

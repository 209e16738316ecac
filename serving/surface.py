"""The what-if surface of a customer and a product: exact at every amount and term, by one model call a person."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from lending.domain.application import Application
from lending.domain.money import money_text, plain
from lending.domain.policy import DatedRule, Policy
from lending.domain.reasons import NO_MODEL
from lending.domain.surface import COUNTS, SCHEMA
from lending.domain.terms import basis_of
from lending.grid.cuts import LAST_TERM, joined
from lending.grid.figures import NEEDS_A_LOAN, Points
from lending.grid.requests import OUTCOMES, Answers, Grid
from lending.grid.scaled import CENTS, MOST_CENTS, RATE, Whole, floored, whole
from serving.decide import LoanAsk, Quotes
from serving.learned import learned_of
from serving.points import scored_points
from serving.surface_cuts import cents_of_change, months_of_change
from serving.surface_limits import checked, limits_of
from training.servable.protocol import ServableModel


@dataclass(frozen=True)
class SurfaceMaker:
    """Makes the surface of one application, whose own amount and term are not looked at.

    Outside the product's amounts and terms, where a rule refuses every request, it says what holds just beyond them.
    """

    application: Application
    model: ServableModel | None
    policy: Policy
    day: date

    @cached_property
    def _grid(self) -> Grid:
        months, learned = (self.model.horizon_months, learned_of(self.model)) if self.model else (12, None)
        return Grid(self.application, self.policy, self.day, months, learned)

    def body(self, expires_at: datetime) -> dict[str, Any]:
        """The surface without its signature (CONTRACTS: surface).

        Raises:
            NotFoundError: no such product; InexactError: a figure has more places than can be counted exactly.
            PolicyError: a rule on what is due is confidential or wants more of it, which no limit can say.
        """
        book, basis = self._grid.book, basis_of(self.policy, self._grid.book, self.day)
        how = basis.repayment
        return {
            "schema": SCHEMA,
            "product": book.product.name,
            "market": self.policy.market,
            "currency": self.policy.currency,
            "as_of": self.day.isoformat(),
            "valid_until": basis.valid_until.isoformat(),
            "expires_at": expires_at.astimezone(UTC).isoformat(timespec="seconds"),
            "model_version": self.model.version if self.model else None,
            "policy_version": self.policy.version,
            "exact": True,
            "apr_method": basis.apr_method,
            "repayment": {"kind": how.kind, "moratorium_months": how.moratorium_months, "interest": how.interest},
            "fees": [
                {"code": "processing", "share": plain(basis.processing_fee), "when": "upfront", "finance_charge": True}
            ],
            "steps": {
                **{name: money_text(book[name]) for name in ("amount_min", "amount_max", "amount_step")},
                **{name: int(book[name]) for name in ("term_months_min", "term_months_max", "term_months_step")},
                "rate_max": plain(book["rate_max"]),
            },
            **(self._no_model() if self.model is None else self._cells(self.model)),
        }

    def _no_model(self) -> dict[str, Any]:
        """One cell: everything is referred."""
        cell = {"rate": None, "outcome": "refer", "code": NO_MODEL, "counts": "alone"}
        return {"amount_cuts": [_cents(MOST_CENTS)], "term_cuts": [LAST_TERM], "cells": [[cell]], "limits": []}

    @cached_property
    def _apart(self) -> list[DatedRule]:
        """Rules on what is due a month: they become limits instead of cutting cells."""
        return [checked(rule) for rule in self._grid.rules if rule.rule.field in NEEDS_A_LOAN]

    def _cells(self, model: ServableModel) -> dict[str, Any]:
        """The cells that differ from their neighbours, their cuts, and the limits that go with them."""
        cents, terms = cents_of_change(self.application, self._grid, model), months_of_change(self._grid, model)
        asked = np.array([*cents[:-1], cents[-2] + 1], dtype=np.int64)
        months = np.array([*terms[:-1], terms[-2] + 1], dtype=np.int64)
        every = np.repeat(asked, len(months)), np.tile(months, len(asked))
        points = scored_points(self.application, model, self._grid.book, *every)
        answers = self._grid.evaluate(points, frozenset(rule.rule.id for rule in self._apart))
        table = self._table(answers, points).reshape(len(asked), len(months))
        columns = joined([column.tobytes() for column in table.T])
        rows = joined([row.tobytes() for row in table])
        silent = answers.hidden | answers.outside
        apart = [] if silent.all() else self._apart  # a limit would tell what is hidden
        known = {int(key): self._cell(int(key), answers) for key in np.unique(table)}
        return {
            "amount_cuts": [_cents(cents[at]) for at in rows],
            "term_cuts": [terms[at] for at in columns],
            "cells": [[known[int(table[row, column])] for column in columns] for row in rows],
            "limits": [limit for rule in apart for limit in limits_of(rule, self._grid, self.policy)],
        }

    def _table(self, answers: Answers, points: Points) -> Whole:
        """Everything a cell says as one number; -1 as the rate where it counts alone and has no terms."""
        book = self._grid.book
        least, most = (floored(book[f"amount_{end}"], CENTS) for end in ("min", "max"))
        inside = (points.cents >= least) & (points.cents <= most)
        inside &= (points.terms >= int(book["term_months_min"])) & (points.terms <= int(book["term_months_max"]))
        priced = inside & (answers.rate8 <= whole(book["rate_max"], RATE))
        rate8 = np.where((priced | ~answers.hidden) & ~answers.outside, answers.rate8, -1)
        alone = answers.hidden | answers.outside
        counts = np.where(alone, COUNTS.index("alone"), np.where(answers.late, COUNTS.index("after"), 0))
        return ((rate8 + 1) * 1000 + answers.code + 1) * 9 + answers.outcome * 3 + counts

    def _cell(self, key: int, answers: Answers) -> dict[str, Any]:
        rest, said = divmod(key, 9)
        rate8, code = divmod(rest, 1000)
        return {
            "rate": None if rate8 == 0 else plain(Decimal(rate8 - 1).scaleb(-RATE)),
            "outcome": OUTCOMES[said // 3].value,
            "code": None if code == 0 else answers.codes[code - 1],
            "counts": COUNTS[said % 3],
        }


def _cents(value: int) -> str:
    return money_text(Decimal(value).scaleb(-CENTS))


def signed(body: Mapping[str, Any], key: bytes) -> bytes:
    """The surface as bytes, with `sig`: an HMAC-SHA256 over its other fields, for the server's own use."""
    return _bytes({**body, "sig": hmac.new(key, _bytes(body), hashlib.sha256).hexdigest()})


def is_genuine(surface: Mapping[str, Any], key: bytes, now: datetime) -> bool:
    """Whether this server made a surface and it has not expired. A decision never trusts one."""
    body = {name: value for name, value in surface.items() if name != "sig"}
    wanted = hmac.new(key, _bytes(body), hashlib.sha256).hexdigest()
    fits = hmac.compare_digest(wanted, str(surface.get("sig")))
    return fits and now < datetime.fromisoformat(str(surface["expires_at"]))


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Makes signed surfaces for customers of the bank's record."""

    quotes: Quotes
    key: bytes

    def surface(self, customer_id: str, ask: LoanAsk) -> bytes:
        """The signed bytes for what a customer may ask for; the ask's amount and term are not looked at.

        Raises:
            NotFoundError: customer, co-applicant, loan or product is not there, or not theirs.
        """
        quotes = self.quotes
        now, policy = quotes.clock.now(), quotes.policy.current
        application = quotes.application(customer_id, ask, policy, now.date())
        maker = SurfaceMaker(application, quotes.champion.for_customer(customer_id).model, policy, now.date())
        return signed(maker.body(expiry(policy, now)), self.key)


def expiry(policy: Policy, now: datetime) -> datetime:
    """When a surface made now has to be fetched again."""
    return now + timedelta(minutes=int(policy.parameters["surface_valid_minutes"].at(now.date()).value))


def _bytes(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

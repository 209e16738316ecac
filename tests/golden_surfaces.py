"""Surfaces of the golden vectors: made with a model of a few steps, and read on both sides of all that changes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.application import Application, Collateral, LoanRequest
from lending.domain.money import Money, money, money_text, plain
from lending.domain.policy import Policy
from lending.domain.surface import Point, read_point
from lending.settings import ROOT
from serving.surface import SurfaceMaker, expiry
from tests.builders import AS_OF, an_applicant, an_application, gold, the_policy
from tests.serving.stairs import Stairs
from tests.serving.standins import LinearModel

SEED = 20261102
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
POINTS = 60
POINT_COLUMNS = (
    "amount", "term_months", "outcome", "code", "annual_rate", "instalment", "apr", "total_cost",
)  # fmt: skip


def stairs(steps: Mapping[str, Sequence[float]], height: float = 0.0041) -> Stairs:
    """A model whose floor and steps make figures with all their places."""
    return Stairs(steps=steps, height=height, floor=0.008)


@dataclass(frozen=True, slots=True)
class Case:
    """Somebody who looks at a product's surface."""

    name: str
    application: Application
    model: LinearModel | None
    policy: Policy

    def surface(self) -> dict[str, Any]:
        """As the server makes it, but unsigned, and without the version that any word of the policy changes."""
        body = SurfaceMaker(self.application, self.model, self.policy, AS_OF).body(expiry(self.policy, NOW))
        return {key: value for key, value in sorted(body.items()) if key != "policy_version"}

    def at(self, amount: Money, term_months: int) -> Application:
        """The application for a point of the surface."""
        return replace(
            self.application, request=replace(self.application.request, amount=amount, term_months=term_months)
        )


def cases() -> Iterator[Case]:
    """Instalments and an income that ends, a stressed rate, a moratorium, one payment in rupees, and no model."""
    us, india = the_policy(), parse_policy(read_texts(ROOT / "kb", "in"), "in")
    car = stairs({"amount": [9000.0, 12_345.67], "loan_to_income": [0.1, 0.3333], "term_months": [25.0, 61.5]})
    owing = {"monthly_obligations": Decimal("1523.45"), "income_until": date(2033, 7, 31)}
    yield Case("car", an_application(None, None, **owing), car, us)
    home = stairs({"amount": [150_000.0], "ltv": [0.6, 0.75], "term_months": [240.0]}, height=0.031)
    house = LoanRequest("home", money("1"), 1, Collateral("property", money("400000")))
    yield Case("home", an_application(house, None, gross_monthly_income=Decimal(5200)), home, us)
    study = stairs({"amount": [20_000.0], "loan_to_income": [0.7], "term_months": [96.0]}, height=0.04)
    student = {"employment_status": "student", "gross_monthly_income": Decimal(0), "monthly_obligations": Decimal(0)}
    parent = an_applicant(customer_id="C00002", monthly_obligations=Decimal("1310.07"))
    yield Case("education", an_application(LoanRequest("education", money("1"), 1), parent, **student), study, us)
    ring = LoanRequest("gold_bullet", money("1"), 1, gold("29.9"))
    rupees = {"gross_monthly_income": Decimal(160_000), "net_monthly_income": Decimal(150_000)}
    jewels = stairs({"amount": [90_000.0, 180_000.0], "term_months": [7.0]}, height=0.041)
    yield Case("gold_bullet", an_application(ring, None, **rupees), jewels, india)
    yield Case("no model", an_application(), None, us)


def points(draw: random.Random, surface: Mapping[str, Any]) -> list[tuple[Money, int]]:
    """Both sides of every cut and of every limit, then drawn ones."""
    shortest, longest = (surface["steps"][f"term_months_{end}"] for end in ("min", "max"))
    least, most = (_cents(surface["steps"][f"amount_{end}"]) for end in ("min", "max"))
    cuts = [_cents(cut) for cut in surface["amount_cuts"]]
    found = {(cut + more, longest) for cut in cuts[:-1] for more in (0, 1)}
    found |= {(least, cut + more) for cut in surface["term_cuts"][:-1] for more in (0, 1)}
    for limit in surface["limits"]:
        terms = max(limit["term_from"], shortest), draw.randint(shortest, longest), min(limit["term_cuts"][-1], longest)
        found |= {(cents, term) for term in terms for cents in sides(cuts, partial(_said, surface, term), most)}
    while len(found) < POINTS:
        found.add((draw.randint(least - 100, draw.choice((most // 20, most + 100))), draw.randint(1, longest + 1)))
    return [(_money(cents), term) for cents, term in sorted(found)]


def sides(cuts: Sequence[int], said: Callable[[int], object], most: int) -> Iterator[int]:
    """The cents on either side of each change within a cell, where only a limit can make it."""
    for below, cut in zip([0, *cuts], cuts, strict=False):
        yield from changes(said, below + 1, min(cut, most))


def changes(said: Callable[[int], object], low: int, high: int) -> Iterator[int]:
    if low >= high or said(low) == said(high):
        return
    if high - low == 1:
        yield from (low, high)
        return
    middle = (low + high) // 2
    yield from changes(said, low, middle)
    yield from changes(said, middle, high)


def _said(surface: Mapping[str, Any], term_months: int, cents: int) -> tuple[object, object]:
    point = read_point(surface, _money(cents), term_months)
    return point.outcome, point.code


def point_row(amount: Money, term_months: int, point: Point) -> list[object]:
    """A point as text; without terms its figures are null."""
    said, terms = [money_text(amount), term_months, point.outcome.value, point.code], point.terms
    if terms is None:
        return [*said, None, None, None, None]
    return [*said, plain(terms.annual_rate), money_text(terms.instalment), plain(terms.apr),
            money_text(terms.total_cost)]  # fmt: skip


def surfaces() -> Iterator[dict[str, Any]]:
    for case in cases():
        surface = case.surface()
        asked = points(random.Random(f"{SEED} {case.name}"), surface)
        said = [point_row(*at, read_point(surface, *at)) for at in asked]
        yield {"case": case.name, "surface": surface, "columns": POINT_COLUMNS, "points": said}


def _cents(amount: str) -> int:
    return int(Decimal(amount).scaleb(2))


def _money(cents: int) -> Money:
    return Money(Decimal(cents).scaleb(-2))

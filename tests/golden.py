"""`python -m tests.golden` writes tests/cases/quote_vectors.json: what Python makes of loans and surfaces.

The page computes the same in another language; where it reads these vectors and says something else, it is wrong.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet, FeatureSpec
from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.application import Application, Collateral, LoanRequest
from lending.domain.money import Money, Rate, money, money_text, plain
from lending.domain.policy import Policy
from lending.domain.repayment import Interest, Repayment, rows
from lending.domain.surface import Point, read_point
from lending.domain.terms import Basis, LoanTerms, terms_at
from lending.settings import ROOT
from serving.surface import SurfaceMaker, expiry
from tests.builders import AS_OF, an_application, gold, the_policy
from tests.serving.standins import LinearModel
from training.servable.protocol import Columns

SEED = 20261102
PATH = ROOT / "tests" / "cases" / "quote_vectors.json"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DRAWN, POINTS = 130, 60
ABOUT = {
    "made_by": "python -m tests.golden",
    "seed": SEED,
    "as_of": AS_OF.isoformat(),
    "reads": "every row holds its `columns` in order; money and rates are text, rates and shares are fractions",
    "schedule": "some months of the plan: [month, payment, interest, principal, outstanding]",
}
LOAN_COLUMNS = (
    "why", "amount", "annual_rate", "term_months", "kind", "moratorium_months", "interest", "fee_share", "apr_method",
    "instalment", "last_instalment", "total_interest", "total_cost", "apr", "schedule",
)  # fmt: skip
POINT_COLUMNS = (
    "amount", "term_months", "outcome", "code", "annual_rate", "instalment", "apr", "total_cost",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan by its figures, and why it is here."""

    why: str
    amount: str
    annual_rate: str
    term_months: int
    how: Repayment = field(default=Repayment())
    fee_share: str = "0"
    apr_method: str = "us_actuarial"

    def terms(self) -> LoanTerms:
        basis = Basis(self.how, Decimal(self.fee_share), self.apr_method, AS_OF)
        return terms_at(money(self.amount), self.term_months, Rate(Decimal(self.annual_rate)), basis)

    def row(self) -> list[object]:
        terms, how = self.terms(), self.how
        money_said = (terms.instalment, terms.last_instalment, terms.total_interest, terms.total_cost)
        asked = [money_text(terms.amount), plain(terms.annual_rate), terms.term_months]
        way = [how.kind, how.moratorium_months, how.interest, self.fee_share, self.apr_method]
        return [self.why, *asked, *way, *(money_text(m) for m in money_said), plain(terms.apr), self._plan()]

    def _plan(self) -> list[list[object]]:
        """The first two months, the two around the end of waiting, and the last."""
        wait, last = self.how.moratorium_months, self.term_months
        plan = rows(self.how, money(self.amount), Decimal(self.annual_rate), last)
        return [list(plan[n - 1].as_dict().values()) for n in sorted({1, 2, wait, wait + 1, last}) if 1 <= n <= last]


def bullet(interest: Interest) -> Repayment:
    return Repayment("bullet", 0, interest)


def waiting(months: int, interest: Interest) -> Repayment:
    return Repayment("moratorium", months, interest)


WAYS = (Repayment(), bullet("simple"), bullet("compound"), *(waiting(6, i) for i in ("simple", "compound", "paid")))


def loans() -> Iterator[Loan]:
    """All loans, those for a reason first."""
    yield from half_cents()
    yield from small_and_short()
    yield from long_and_dear()
    yield from single_payments()
    yield from drawn(random.Random(SEED))


def half_cents() -> Iterator[Loan]:
    """A month's interest, an instalment, a fee and a yearly cost that lie half-way between two figures."""
    for amount in ("0.50", "1.50", "2.50", "1200.50", "1201.50"):
        yield from (Loan("interest of half a cent", amount, "0.12", term) for term in (1, 2, 12))
        yield Loan("interest of half a cent", amount, "0.12", 12, bullet("simple"))
        yield from (Loan("interest of half a cent", amount, "0.12", 12, waiting(3, i)) for i in ("simple", "paid"))
    for amount, term in (("0.05", 2), ("100.01", 2), ("100.03", 2), ("1000.10", 4), ("1000.30", 4), ("7.00", 16)):
        yield Loan("instalment of half a cent", amount, "0", term)
    for amount in ("10000.50", "10001.50"):
        yield Loan("one payment of half a cent", amount, "0.12", 1)
    for amount in ("100.50", "101.50", "100.49", "100.51"):
        yield Loan("fee of half a cent", amount, "0.09", 12, fee_share="0.01")
    yield Loan("yearly cost half-way between two", "24000000.00", "0.0000005", 12, bullet("simple"))


def small_and_short() -> Iterator[Loan]:
    for amount in ("0.01", "0.02", "0.13", "1.00", "19.99"):
        yield from (Loan("tiny", amount, "0.12", term) for term in (1, 2, 7, 60, 360))
        yield from (Loan("tiny", amount, "0.299", 24, how) for how in WAYS)
        yield from (Loan("no interest", amount, "0", term) for term in (1, 13))
    for how in (Repayment(), bullet("compound"), waiting(0, "simple")):
        yield from (Loan("one month", "2500.00", rate, 1, how, "0.005") for rate in ("0", "0.0925", "0.36"))
    for how in WAYS:
        yield Loan("no interest", "9999.99", "0", 35, how, "0.0025")


def long_and_dear() -> Iterator[Loan]:
    for amount in ("20000.00", "333333.33", "2000000.00"):
        for rate in ("0", "0.0001", "0.0525", "0.12345678", "0.36", "3"):
            yield Loan("360 months", amount, rate, 360, fee_share="0.01")
    for how in (*(waiting(24, i) for i in ("simple", "compound", "paid")), waiting(359, "simple")):
        yield Loan("360 months", "87654.32", "0.0875", 360, how, "0.005")
    yield Loan("1200 months", "1000000.00", "0.05", 1200)
    yield Loan("a rate of 1000 %", "1000.00", "10", 24)
    yield Loan("a very large loan", "999999999999.99", "0.0825", 240)


def single_payments() -> Iterator[Loan]:
    """One payment: the unit period is the term, at most a year, so the yearly cost has a formula of its own."""
    for term in (1, 6, 11, 12, 13, 18, 24, 29, 36):
        for interest in ("simple", "compound"):
            yield Loan("one payment", "50000.00", "0.1075", term, bullet(interest), "0.0025")
        yield Loan("one payment", "50000.00", "0.1075", term, bullet("compound"), "0.0025", "in_kfs")


def drawn(draw: random.Random) -> Iterator[Loan]:
    """Loans of every size, rate, length and way to repay."""
    for _ in range(DRAWN):
        term = draw.choice((draw.randint(2, 36), draw.randint(36, 180), draw.randint(180, 360)))
        wait = draw.randint(1, min(36, term - 1))
        how = draw.choice((Repayment(), bullet("simple"), bullet("compound"), waiting(wait, "simple"),
                           waiting(wait, "compound"), waiting(wait, "paid")))  # fmt: skip
        rate = Decimal(draw.choice((draw.randint(1, 400) * 10_000, draw.randint(1, 40_000_000)))).scaleb(-8)
        amount = Decimal(draw.randint(10_000, 10 ** draw.randint(5, 9))).scaleb(-2)
        fee, method = draw.choice(("0", "0.005", "0.01", "0.0175")), draw.choice(("us_actuarial", "in_kfs"))
        yield Loan("drawn", money_text(amount), plain(rate), term, how, fee, method)


@dataclass
class Stairs(LinearModel):
    """The risk rises by a step at each value of amount, loan to income, share of the security or term."""

    steps: Mapping[str, Sequence[float]] = field(default_factory=dict)
    height: float = 0.0041

    def __post_init__(self) -> None:
        specs = (FeatureSpec(name, "number", 1, worst=1e12) for name in self.steps)
        self.feature_set = FeatureSet("stairs/1", tuple(specs))

    def contributions(self, columns: Columns) -> NDArray[np.float64]:
        return np.column_stack([np.searchsorted(at, columns[name], side="right") for name, at in self.steps.items()])

    def predict(self, columns: Columns) -> NDArray[np.float64]:
        return np.round(0.008 + self.contributions(columns).sum(axis=1) * self.height, 6)

    def breakpoints(self, feature: str) -> NDArray[np.float64]:
        return np.array(self.steps[feature])


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
    car = Stairs(steps={"amount": [9000.0, 12_345.67], "loan_to_income": [0.1, 0.3333], "term_months": [25.0, 61.5]})
    owing = {"monthly_obligations": Decimal("1523.45"), "income_until": date(2033, 7, 31)}
    yield Case("car", an_application(None, None, **owing), car, us)
    home = Stairs(steps={"amount": [150_000.0], "ltv": [0.6, 0.75], "term_months": [240.0]}, height=0.031)
    house = LoanRequest("home", money("1"), 1, Collateral("property", money("400000")))
    yield Case("home", an_application(house, None, gross_monthly_income=Decimal(5200)), home, us)
    study = Stairs(steps={"amount": [20_000.0], "loan_to_income": [0.7], "term_months": [96.0]}, height=0.017)
    yield Case("education", an_application(LoanRequest("education", money("1"), 1)), study, us)
    ring = LoanRequest("gold_bullet", money("1"), 1, gold("70"))
    rupees = {"gross_monthly_income": Decimal(95_000), "monthly_obligations": Decimal(21_000)}
    jewels = Stairs(steps={"ltv": [0.25, 0.5], "term_months": [7.0]}, height=0.041)
    yield Case("gold_bullet", an_application(ring, None, **rupees), jewels, india)
    yield Case("no model", an_application(), None, us)


def points(draw: random.Random, surface: Mapping[str, Any]) -> list[tuple[Money, int]]:
    """Both sides of every cut and of every limit, then drawn ones."""
    steps, months = surface["steps"], surface["term_cuts"]
    least, most = (int(Decimal(steps[f"amount_{end}"]).scaleb(2)) for end in ("min", "max"))
    shortest, longest = steps["term_months_min"], steps["term_months_max"]
    cuts = [int(Decimal(cut).scaleb(2)) for cut in surface["amount_cuts"]]
    found = [(cut + more, longest) for cut in cuts[:-1] for more in (0, 1)]
    found += [(least, cut + more) for cut in months[:-1] for more in (0, 1)]
    for limit in surface["limits"]:
        terms = {max(limit["term_from"], shortest), draw.randint(shortest, longest), min(limit["term_to"], longest)}
        said = partial(_said, surface)
        found += [(cents, term) for term in sorted(terms) for cents in sides(cuts, partial(said, term), most)]
    while len(set(found)) < POINTS and len(cuts) > 1:
        found.append((draw.randint(least - 100, draw.choice((most // 20, most + 100))), draw.randint(shortest - 1, longest + 1)))
    found += [(most // 7, shortest), (most, longest)]
    return [(Money(Decimal(cents).scaleb(-2)), term) for cents, term in sorted(set(found))]


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
    point = read_point(surface, Money(Decimal(cents).scaleb(-2)), term_months)
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
        rows_said = [point_row(*at, read_point(surface, *at)) for at in asked]
        yield {"case": case.name, "surface": surface, "columns": POINT_COLUMNS, "points": rows_said}


def text() -> str:
    """The file as it should be now."""
    made = {"columns": LOAN_COLUMNS, "rows": [loan.row() for loan in loans()]}
    return laid_out({"about": ABOUT, "loans": made, "surfaces": list(surfaces())}) + "\n"


def laid_out(value: object) -> str:
    """JSON with a line for each vector, so that a change shows where it is."""
    if isinstance(value, dict) and any(isinstance(inner, dict | list) for inner in value.values()):
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {laid_out(inner)}" for key, inner in value.items()) + "\n}"
    if isinstance(value, list) and value and isinstance(value[0], dict | list):
        return "[\n" + ",\n".join(laid_out(inner) for inner in value) + "\n]"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")

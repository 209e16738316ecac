"""`python -m tests.golden` writes tests/cases/quote_vectors.json: what Python makes of loans and surfaces.

The page computes the same in another language; where it reads these vectors and says something else, it is wrong.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from lending.domain.money import Rate, money, money_text, plain
from lending.domain.repayment import Interest, Repayment, rows
from lending.domain.terms import Basis, LoanTerms, terms_at
from lending.settings import ROOT
from tests.builders import AS_OF
from tests.golden_surfaces import SEED, surfaces

PATH = ROOT / "tests" / "cases" / "quote_vectors.json"
DRAWN = 130
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

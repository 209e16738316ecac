"""A small in-memory platform with the console's seams, for tests of pages and gate alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from lending.domain.application import Applicant
from lending.domain.errors import InputError, NotFoundError, UnavailableError
from lending.domain.money import to_cents
from lending.domain.roles import Role
from lending.ports import Account, Session
from lending.settings import Settings
from serving.ports import FlowRun

PASSWORD = "a-good-long-password"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class WrongCredentials(InputError):
    pass


class TooManyTries(InputError):
    wait_seconds = 12.2


@dataclass
class Identity:
    open: dict[str, Session] = field(default_factory=dict)
    tries: int = 0

    def sign_in(self, username: str, password: str, source: str) -> tuple[str, Session]:
        self.tries += 1
        if self.tries > 5:
            raise TooManyTries("too many tries")
        if username not in Role.__members__.values() or password != PASSWORD:
            raise WrongCredentials("wrong", code="wrong_credentials")
        return self.begin(Role(username))

    def begin(self, role: Role) -> tuple[str, Session]:
        customer = "c_ann" if role is Role.CUSTOMER else None
        account = Account(role.value, role, customer, "Ann Grey")
        token = f"token-{role}-{len(self.open)}"
        self.open[token] = Session(account, NOW, datetime.now(UTC) + timedelta(hours=1))
        return token, self.open[token]

    def session(self, token: str) -> Session | None:
        return self.open.get(token)

    def sign_out(self, token: str) -> None:
        self.open.pop(token, None)


@dataclass
class Customers:
    def facts(self, customer_id: str, as_of: date) -> Applicant:
        return Applicant(
            customer_id, date(1990, 1, 1), "salaried", gross_monthly_income=Decimal("6200"),
            monthly_obligations=Decimal("540"), credit_score=712,
        )  # fmt: skip


@dataclass
class FlowRuns:
    run: FlowRun | None = None
    down: bool = False

    def latest(self, flow: str) -> FlowRun | None:
        if self.down:
            raise UnavailableError("the orchestrator does not answer")
        return self.run


def a_product(name: str, **changes: Any) -> dict[str, Any]:
    limits = {
        "amount_min": "1000.00", "amount_max": "50000.00", "amount_step": "50.00", "term_months_min": 6,
        "term_months_max": 84, "term_months_step": 1, "term_months_default": 48, "rate_min": "0.073",
        "rate_max": "0.1",
    }  # fmt: skip
    usual = {
        "product": name, "name": f"{name.capitalize()} loan", "open": True, "collateral": "none",
        "repayment": "instalment", "benefits": ["quick approval", "low processing fee"], "conditions": [],
        "findings": [], "ways_in": [], "limits": limits,
    }  # fmt: skip
    return usual | changes


def a_finding(**changes: Any) -> dict[str, Any]:
    usual = {
        "rule": "score_min", "field": "credit_score", "value": "640", "limit": "700", "unit": "points",
        "operator": "at_least", "passed": False, "source": "Credit policy", "text": "Your credit score is too low.",
    }  # fmt: skip
    return usual | changes


def a_quote(**changes: Any) -> dict[str, Any]:
    usual = {
        "decision_id": "d_abcdefghijklmnopqrstuvwxyz", "outcome": "approve", "product": "car",
        "amount": "20000.00", "term_months": 48, "annual_rate": "0.0825", "instalment": "490.61", "apr": "0.0911",
        "apr_method": "us_actuarial", "total_interest": "3549.28", "total_cost": "3849.28",
        "fees": [{"code": "processing", "amount": "300.00", "when": "withheld", "finance_charge": True}],
        "pd": "0.031", "pd_horizon_months": 12, "reasons": [], "conditions": [], "offers": [], "recourse": [],
        "findings": [a_finding(passed=True, value="712", limit="650", text="Your credit score is high enough.")],
        "policy_version": "p_1", "model_version": "1", "as_of": "2026-03-02", "valid_until": "2026-03-16",
        "schedule": None,
    }  # fmt: skip
    return usual | changes


@dataclass
class Quotes:
    asked: list[tuple[str, Any, str, str]] = field(default_factory=list)
    broken: bool = False

    def products(self, customer_id: str, as_of: date | None = None) -> list[dict[str, Any]]:
        if self.broken:
            raise RuntimeError("a secret detail")
        ways = ["ask for a car loan", "pay off $4,000 of your debts first"]
        return [
            a_product("car"),
            a_product("home", open=False, findings=[a_finding()], ways_in=ways, collateral="property"),
            a_product("gold", collateral="gold"),
            a_product("education"),
        ]

    def quote(self, customer_id: str, ask: Any, *, channel: str, actor: str, as_of: Any = None) -> dict[str, Any]:
        self.asked.append((customer_id, ask, channel, actor))
        if ask.product not in ("car", "home", "gold", "education"):
            raise NotFoundError("no such product", field="product")
        if ask.amount > 30000:
            reasons = [{"code": "R1", "rank": 1, "field": "dti", "text": "Your debts are high for your income."}]
            return a_quote(outcome="decline", amount=str(ask.amount), reasons=reasons, findings=[a_finding()])
        return a_quote(product=ask.product)

    def schedule(self, amount: Decimal, annual_rate: Decimal, term_months: int) -> list[dict[str, Any]]:
        monthly = annual_rate / 12
        payment = to_cents(amount * monthly / (1 - (1 + monthly) ** -term_months))
        rows, owed = [], amount
        for month in range(1, term_months + 1):
            interest = to_cents(owed * monthly)
            paid = payment if month < term_months else owed + interest
            owed = owed - (paid - interest)
            rows.append({"month": month, "payment": f"{paid:.2f}", "interest": f"{interest:.2f}",
                         "principal": f"{paid - interest:.2f}", "outstanding": f"{owed:.2f}"})  # fmt: skip
        return rows


def a_platform(**parts: Any) -> Any:
    """The console's view of a platform; name a part to replace it."""
    usual = {
        "settings": Settings(prefect_url="http://127.0.0.1:4200", mlflow_url="http://127.0.0.1:5000"),
        "clock": SimpleNamespace(now=lambda: NOW),
        "identity": Identity(), "customers": Customers(), "flow_runs": FlowRuns(), "quotes": Quotes(),
        "champion": SimpleNamespace(current=lambda: object()),
    }  # fmt: skip
    return SimpleNamespace(**(usual | parts))

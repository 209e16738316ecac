"""A small in-memory platform with the console's seams, for tests of pages and gate alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from lending.adapters.policy_files import PolicyFiles
from lending.domain.application import Applicant
from lending.domain.errors import InputError, UnavailableError
from lending.domain.roles import Role
from lending.ports import Account, Session
from lending.settings import ROOT, Settings
from serving.best_fit import BestFit, read_suiting
from serving.decide import Quotes
from serving.limits import open_limits
from serving.ports import FlowRun
from serving.products import Catalogue
from tests.serving import standins as serving

PASSWORD = "a-good-long-password"
CUSTOMER = "c_ann"
MODEL = serving.LinearModel()
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class WrongCredentialsError(InputError):
    pass


class TooManyTriesError(InputError):
    wait_seconds = 12.2


@dataclass
class Identity:
    open: dict[str, Session] = field(default_factory=dict)
    tries: int = 0

    def sign_in(self, username: str, password: str, source: str, agent: str = "") -> tuple[str, Session]:
        self.tries += 1
        if self.tries > 5:
            raise TooManyTriesError("too many tries")
        if username not in Role.__members__.values() or password != PASSWORD:
            raise WrongCredentialsError("wrong", code="wrong_credentials")
        return self.begin(Role(username))

    def begin(self, role: Role) -> tuple[str, Session]:
        customer = CUSTOMER if role is Role.CUSTOMER else None
        account = Account(role.value, role, customer, "Ann Grey")
        token = f"token-{role}-{len(self.open)}"
        self.open[token] = Session(account, NOW, datetime.now(UTC) + timedelta(hours=1))
        return token, self.open[token]

    def session(self, token: str, *, moving: bool = True) -> Session | None:
        return self.open.get(token)

    def sign_out(self, token: str) -> None:
        self.open.pop(token, None)


@dataclass
class FlowRuns:
    run: FlowRun | None = None
    down: bool = False

    def latest(self, flow: str) -> FlowRun | None:
        if self.down:
            raise UnavailableError("the orchestrator does not answer")
        return self.run


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
        "repayment": {"kind": "instalment", "moratorium_months": 0, "interest": "compound"},
        "fees": [{"code": "processing", "amount": "300.00", "when": "withheld", "finance_charge": True}],
        "pd": "0.031", "pd_horizon_months": 12, "reasons": [], "conditions": [], "offers": [], "recourse": [],
        "findings": [a_finding(passed=True, value="712", limit="650", text="Your credit score is high enough.")],
        "policy_version": "p_1", "model_version": "1", "as_of": "2026-03-02", "valid_until": "2026-03-16",
        "schedule": None,
    }  # fmt: skip
    return usual | changes


def a_person(**changes: Any) -> Applicant:
    """Somebody whom the demo policy lends to, except on a home (their score is a little low)."""
    facts: dict[str, Any] = {
        "customer_id": CUSTOMER, "birth_date": date(1988, 5, 4), "employment_status": "salaried",
        "employment_months": 80, "gross_monthly_income": Decimal(6200), "net_monthly_income": Decimal(4700),
        "monthly_obligations": Decimal(540), "credit_score": 690, "home_ownership": "rent",
        "oldest_account_months": 120, "open_accounts": 5, "revolving_balance": Decimal(900),
        "revolving_utilisation": Decimal("0.2"), "inquiries_6m": 0, "delinquencies_24m": 0, "public_records": 0,
        "documents": ("identity", "income"),
    }  # fmt: skip
    return Applicant(**(facts | changes))


class Customers(serving.Customers):
    partners: Sequence[tuple[str, str]] = ()

    def co_applicants(self, customer_id: str) -> Sequence[tuple[str, str]]:
        return self.partners

    def may_co_apply(self, customer_id: str, co_applicant_id: str) -> bool:
        return co_applicant_id in dict(self.partners)


def a_platform(person: Applicant | None = None, model: Any = MODEL, **parts: Any) -> Any:
    """Real rules, policy and decisions over records in memory; name a part to replace it."""
    customers = Customers(person or a_person())
    records = SimpleNamespace(customers=customers, decisions=serving.Decisions())
    policy = PolicyFiles(ROOT / "kb", "us", serving.KeptPolicies())
    clock, champion = SimpleNamespace(now=lambda: NOW), serving.Champion(model)
    usual = {
        "settings": Settings(profile="test", prefect_url="http://127.0.0.1:4200", mlflow_url="http://127.0.0.1:5000"),
        "limits": open_limits(ROOT / "kb"),
        "provider_sign_in": None, "variants": SimpleNamespace(at=lambda _subject, _place: "shows"),
        "behaviour": SimpleNamespace(known=lambda: {"pages": {}, "products": []}),
        "clock": clock, "records": records, "champion": champion, "identity": Identity(), "flow_runs": FlowRuns(),
        "quotes": Quotes(customers, records.decisions, policy, champion, clock),
        "catalogue": Catalogue(customers, policy, clock),
        "applications": SimpleNamespace(of=lambda _customer: [], open_offers=lambda _customer: []),
        "messages": SimpleNamespace(inbox=lambda _customer, _language=None: [], unread=lambda _customer: 0),
        "account": SimpleNamespace(preferences=lambda _customer: {"language": ""}),
    }  # fmt: skip
    usual["best_fit"] = BestFit(usual["quotes"], read_suiting(ROOT / "kb", "us"))
    return SimpleNamespace(**(usual | parts))

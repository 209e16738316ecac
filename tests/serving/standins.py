"""Small in-memory stand-ins for the ports that the API and the endpoint meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet, FeatureSpec
from lending.adapters.policy_files import PolicyFiles
from lending.domain.application import Applicant
from lending.domain.core import plain_columns
from lending.domain.errors import InputError, NotFoundError
from lending.domain.record import decision_id, sha256_hex
from lending.domain.roles import Role
from lending.ports import Account, DecisionRow, OfferRow, Sealed, Session
from lending.settings import ROOT, Settings
from serving.customize import Advice
from serving.decide import Quotes
from serving.limits import open_limits
from serving.papers import Papers
from serving.parse_chat import ChatAsk
from serving.products import Catalogue
from serving.routing import Decider, Standing
from serving.surface import Surfaces
from training.servable.protocol import Columns
from training.servable.routing import Routing

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


FEATURES = FeatureSet(
    "test/1",
    (
        FeatureSpec("credit_score", "number", -1, worst=300.0),
        FeatureSpec("gross_monthly_income", "number", -1, worst=0.0),
        FeatureSpec("home_ownership", "category", categories=("own", "rent")),
    ),
)


@dataclass
class LinearModel:
    """A servable model of two numbers and a category, small enough to check by hand."""

    version: str = "candor-pd-test/1"
    sha256: str = "0" * 64
    calibration: str = "none:0"
    family: str = "logistic"
    horizon_months: int = 12
    monotone: Mapping[str, int] = field(default_factory=lambda: {"credit_score": -1, "gross_monthly_income": -1})
    feature_set: FeatureSet = FEATURES
    bootstraps: Sequence[LinearModel] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def contributions(self, columns: Columns) -> NDArray[np.float64]:
        score = np.nan_to_num(np.asarray(columns["credit_score"], dtype=float), nan=300.0)
        income = np.nan_to_num(np.asarray(columns["gross_monthly_income"], dtype=float), nan=0.0)
        owns = np.array([0.0 if v == "own" else 0.1 for v in columns["home_ownership"]])
        return np.round(np.column_stack([(700 - score) / 100, (5000 - income) / 5000, owns]), 4)

    def predict(self, columns: Columns) -> NDArray[np.float64]:
        return np.round(1 / (1 + np.exp(np.clip(3.0 - self.contributions(columns).sum(axis=1), -50, 50))), 6)

    def score(self, columns: Columns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.predict(columns), self.contributions(columns)

    def breakpoints(self, feature: str) -> NDArray[np.float64]:
        return np.array([])


def a_customer(customer_id: str = "C1", **changes: object) -> Applicant:
    facts: dict[str, object] = {
        "customer_id": customer_id, "birth_date": date(1985, 3, 2), "employment_status": "salaried",
        "employment_months": 96, "gross_monthly_income": Decimal(7000), "net_monthly_income": Decimal(5200),
        "monthly_obligations": Decimal(600), "credit_score": 760, "home_ownership": "own",
        "oldest_account_months": 150, "open_accounts": 6, "revolving_balance": Decimal(900),
        "revolving_utilisation": Decimal("0.1"), "inquiries_6m": 0, "delinquencies_24m": 0, "public_records": 0,
        "documents": ("identity", "income"),
    }  # fmt: skip
    return Applicant(**{**facts, **changes})  # type: ignore[arg-type]


class Customers:
    def __init__(self, *people: Applicant) -> None:
        self.people = {p.customer_id: p for p in people}

    def facts(self, customer_id: str, as_of: date) -> Applicant:
        if customer_id not in self.people:
            raise NotFoundError("there is no such customer", field="customer")
        return self.people[customer_id]

    def usable_facts(self, customer_id: str, as_of: date) -> Applicant:
        return self.facts(customer_id, as_of)

    def facts_many(self, customer_ids: Iterable[str], as_of: date) -> Mapping[str, Applicant]:
        return {name: self.people[name] for name in customer_ids if name in self.people}

    def name(self, customer_id: str) -> str:
        return customer_id

    def co_applicants(self, customer_id: str) -> Sequence[tuple[str, str]]:
        return ()

    def may_co_apply(self, customer_id: str, co_applicant_id: str) -> bool:
        return False

    def add(self, rows: Sequence[object]) -> None:
        raise NotImplementedError

    def ids(self) -> Sequence[str]:
        return list(self.people)


class Decisions:
    def __init__(self) -> None:
        self.rows: dict[str, DecisionRow] = {}

    def record(self, core: bytes, customer_id: str, channel: str, actor: str) -> DecisionRow:
        name = decision_id(core)
        return self.rows.setdefault(name, DecisionRow(name, customer_id, core, channel, actor, NOW))

    def record_many(self, cores: Sequence[tuple[bytes, str]], channel: str, actor: str) -> list[DecisionRow]:
        return [self.record(core, customer_id, channel, actor) for core, customer_id in cores]

    def seal(self, cores: Sequence[tuple[bytes, str]]) -> list[Sealed]:
        return [
            Sealed(decision_id(core), customer_id, **plain_columns(core), core_sha256="", envelope=core)
            for core, customer_id in cores
        ]

    def write(self, sealed: Sequence[Sealed], channel: str, actor: str) -> None:
        for one in sealed:
            self.record(one.envelope, one.customer_id, channel, actor)

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def get(self, decision_id: str) -> DecisionRow:
        if decision_id not in self.rows:
            raise NotFoundError("there is no such decision")
        return self.rows[decision_id]

    def attach(self, decision_id: str, kind: str, content: bytes, made_by: str) -> str:
        return sha256_hex(content)

    def ids(self) -> Iterator[str]:
        return iter(self.rows)

    def audit(self, decision_ids: Sequence[str] | None = None) -> Sequence[object]:
        return []


class NothingAttached:
    def of(self, decision_id: str, kind: str) -> Sequence[bytes]:
        return ()


class KeptPolicies:
    def __init__(self) -> None:
        self.texts: dict[str, Mapping[str, str]] = {}

    def keep(self, version: str, files: Mapping[str, str]) -> bool:
        self.texts[version] = files
        return True

    def files(self, version: str) -> Mapping[str, str]:
        return self.texts[version]


class KeptOffers:
    def __init__(self) -> None:
        self.rows: dict[str, OfferRow] = {}

    def keep(self, rows: Sequence[OfferRow]) -> None:
        self.rows |= {row.offer_id: row for row in rows}

    def get(self, offer_id: str) -> OfferRow:
        if offer_id not in self.rows:
            raise NotFoundError("there is no such offer of yours", field="offer_id")
        return self.rows[offer_id]

    def of(self, decision_id: str) -> Sequence[OfferRow]:
        return [row for row in self.rows.values() if row.decision_id == decision_id]


class Identity:
    """Sessions in a dictionary; the password of everybody is `right`; after three failures one waits."""

    def __init__(self, *accounts: Account) -> None:
        self.accounts = {a.username: a for a in accounts}
        self.live: dict[str, Session] = {}
        self.failures = 0

    def sign_in(self, username: str, password: str, source: str, agent: str = "") -> tuple[str, Session]:
        if self.failures >= 3:
            error = InputError("too many tries", code="too_many_tries")
            error.wait_seconds = 30.0  # type: ignore[attr-defined]
            raise error
        if username not in self.accounts or password != "right":
            self.failures += 1
            raise InputError("name or password is wrong", code="wrong_credentials")
        return self.open(username)

    def open(self, username: str) -> tuple[str, Session]:
        token = f"token-{username}-{len(self.live)}"
        self.live[token] = Session(self.accounts[username], NOW, NOW + timedelta(hours=1))
        return token, self.live[token]

    def session(self, token: str, *, moving: bool = True) -> Session | None:
        return self.live.get(token)

    def sign_out(self, token: str) -> None:
        self.live.pop(token, None)


class Champion:
    """One model for everybody, or with a routing two that share the applicants."""

    def __init__(
        self, model: LinearModel | None, routing: Routing | None = None, challenger: LinearModel | None = None
    ) -> None:
        self.model, self.routing, self.challenger = model, routing, challenger

    def current(self) -> LinearModel | None:
        return self.model

    def standing(self) -> Standing:
        return Standing(self.model, self.routing, self.challenger)

    def for_customer(self, customer_id: str) -> Decider:
        return self.standing().decider(customer_id)

    def by_version(self, version: str) -> LinearModel | None:
        named = [one for one in (self.model, self.challenger) if one is not None and one.version == version]
        return named[0] if named else self.model


class StandInChat:
    """An assistant that greets everybody, in one conversation each."""

    assistant = SimpleNamespace(talk=SimpleNamespace(count=lambda name: 2000))

    def say(self, customer_id: str, ask: ChatAsk) -> Iterator[tuple[str, dict[str, object]]]:
        if ask.about or ask.conversation_id:
            raise NotFoundError("there is no such conversation of yours", field="conversation_id")
        events = ("sentence", {"text": "Hello.", "cites": []}), ("done", {"conversation_id": "t_" + "a" * 26})
        return (event for event in events)

    def history(self, customer_id: str, conversation_id: str) -> dict[str, object]:
        if conversation_id != "t_" + "a" * 26:
            raise NotFoundError("there is no such conversation of yours", field="conversation_id")
        return {"conversation_id": conversation_id, "started_at": NOW.isoformat(), "turns": []}


class StandInPlatform:
    """The parts that the API uses: real rules, policy and decisions over records in memory."""

    def __init__(self, home: Path, model: LinearModel | None = None, **settings: object) -> None:
        self.settings = Settings(profile="test", home=home, **settings)  # type: ignore[arg-type]
        self.clock = SimpleNamespace(now=lambda: NOW)
        self.customers = Customers(a_customer("C1"), a_customer("C2"), a_customer("C3", flags=("sanctions",)))
        self.records = SimpleNamespace(decisions=Decisions(), customers=self.customers)
        self.limits = open_limits(ROOT / "kb")
        self.champion = Champion(model)
        self.chat = StandInChat()
        self.identity = Identity(
            *(Account(f"user{i}", Role.CUSTOMER, f"C{i}", f"Customer {i}") for i in (1, 2, 3)),
            Account("officer", Role.OFFICER, None, "Officer"),
        )

    @cached_property
    def policy(self) -> PolicyFiles:
        return PolicyFiles(ROOT / "kb", "us", KeptPolicies())

    @cached_property
    def surfaces(self) -> Surfaces:
        return Surfaces(self.quotes, b"key")

    @cached_property
    def advice(self) -> Advice:
        return Advice(self.quotes, self.offers)

    @cached_property
    def offers(self) -> KeptOffers:
        return KeptOffers()

    @cached_property
    def papers(self) -> Papers:
        return Papers(
            self.customers, self.records.decisions, self.offers, self.policy, True, ROOT / "kb", NothingAttached()
        )  # fmt: skip

    @cached_property
    def quotes(self) -> Quotes:
        return Quotes(self.customers, self.records.decisions, self.policy, self.champion, self.clock)  # type: ignore[arg-type]

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.customers, self.policy, self.clock)  # type: ignore[arg-type]

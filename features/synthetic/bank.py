"""The demo bank as a whole: people, links between them, loans, refusals; and how it reaches the rest of Candor."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.synthetic.book import FACTS, HIDDEN, PROTECTED, draw_applications
from features.synthetic.holdings import with_holdings
from features.synthetic.markets import CURRENCY, book_in_money_of, in_money_of
from features.synthetic.people import age_band, draw_people
from features.synthetic.personas import PERSONAS, STAFF, Persona, display_name
from features.synthetic.recipe import FACTS_FROM
from lending.domain.application import Applicant
from lending.domain.errors import InputError
from lending.domain.roles import Role
from lending.ports import Account, CustomerRow
from lending.settings import DEMO_PASSWORD

if TYPE_CHECKING:
    import pandas as pd

FEWEST_CUSTOMERS = 100
_MONEY = ("gross_monthly_income", "net_monthly_income", "monthly_obligations", "revolving_balance")
_COUNTS = ("employment_months", "credit_score", "oldest_account_months", "open_accounts", "inquiries_6m",
           "delinquencies_24m", "public_records", "months_since_delinquency")  # fmt: skip
_BOOK = "demo_bank_generated.parquet"
_MAPPING = f"""\
# Generated people and loans of the demo bank: invented, from a seed and a stated recipe (features/synthetic/recipe.py).
name: demo_bank
currency: {{currency}}
source: {{path: {_BOOK}}}
id: loan_id
date: {{column: decided_on, test_from: 2025-12-01}}
label: {{column: defaulted, bad: [1], good: [0]}}
horizon_months: 12
drop: [customer_id, product, net_monthly_income, generated]
protected: {{sex: sex, age_band: age_band, control_group: control_group}}
fields:
"""


@dataclass(frozen=True)
class DemoBank:
    """Frames of the demo bank; each row says `generated`.

    Attributes:
        customers: one row a person, indexed by customer_id: facts, documents, household, gold.
        loans: one row a loan, facts of its day in the contract's words, decided_on, product, defaulted (0 or 1).
        households: household and customer_id.
        co_applicants: customer_id and co_applicant_id, who may sign together.
        protected: sex, age_band and control_group by customer_id; kept apart from the facts.
        applications_refused: as loans; `defaulted` is never known.
        personas: the ten with fixed ids.
    """

    seed: int
    customers: pd.DataFrame
    loans: pd.DataFrame
    households: pd.DataFrame
    co_applicants: pd.DataFrame
    protected: pd.DataFrame
    applications_refused: pd.DataFrame
    personas: tuple[Persona, ...]


def demo_bank(seed: int, customers: int = 5000) -> DemoBank:
    """The demo bank of a seed: the same seed and size give the same bank.

    Raises:
        InputError: fewer than 100 customers.
    """
    if customers < FEWEST_CUSTOMERS:
        raise InputError(
            f"a demo bank of {customers} customers is too small", code="demo_bank", field="customers",
            found=str(customers), expected=f"at least {FEWEST_CUSTOMERS}", do="Ask for more customers.",
        )  # fmt: skip
    rng = np.random.default_rng(seed)
    people = _with_personas(draw_people(rng, customers)).set_index("customer_id")
    households, links, parents = _families(rng, people)
    loans, refused = draw_applications(rng, people, parents)
    people["household"] = households.set_index("customer_id")["household"].reindex(people.index)
    people["documents"] = people["documents"].where(people["documents"].notna(), _documents(people))
    protected = people[list(PROTECTED)].reset_index().assign(generated=True)
    hidden = ["worth", "years", *HIDDEN, *PROTECTED]
    return DemoBank(seed, people.drop(columns=hidden), loans, households, links, protected, refused, PERSONAS)


def customer_rows(bank: DemoBank, market: str = "us") -> list[CustomerRow]:
    """The customers as the records of a market keep them, what is protected apart from the facts."""
    groups = bank.protected.set_index("customer_id")[list(PROTECTED)].to_dict("index")
    linked: dict[str, list[str]] = {}
    for first, second in bank.co_applicants[["customer_id", "co_applicant_id"]].itertuples(index=False):
        linked.setdefault(first, []).append(second)
    rows = [
        CustomerRow(
            applicant=_applicant(str(row["customer_id"]), row),
            name=str(row["name"]),
            protected={str(k): str(v) for k, v in groups[row["customer_id"]].items()},
            household=row["household"] if isinstance(row["household"], str) else None,
            co_applicants=tuple(linked.get(row["customer_id"], ())),
            facts_as_of=FACTS_FROM,
        )
        for row in bank.customers.reset_index().to_dict("records")
    ]
    held = with_holdings(rows, frozenset(p.customer_id for p in bank.personas), bank.seed)
    return [replace(row, applicant=in_money_of(market, row.applicant)) for row in held]


def demo_accounts(bank: DemoBank) -> list[tuple[Account, str]]:
    """Accounts of the personas and of the staff with the demo's one documented password; demo profile only."""
    own = [
        (Account(p.username, Role.CUSTOMER, p.customer_id, display_name(p)), DEMO_PASSWORD)
        for p in bank.personas
        if p.username
    ]
    return own + [(Account(user, Role(role), None, name), DEMO_PASSWORD) for user, role, name in STAFF]


def write_book(bank: DemoBank, folder: Path, market: str = "us") -> Path:
    """Write the loans in a market's money, and their mapping file; each appears whole. Answers the mapping's path."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f".{_BOOK}.tmp"
        book_in_money_of(market, bank.loans).to_parquet(beside, index=False)
        os.replace(beside, folder / _BOOK)
        mapping = folder / "demo_bank.yaml"
        text = folder / ".demo_bank.yaml.tmp"
        fields = "".join(f"  {name}: {name}\n" for name in _mapped_words())
        text.write_text(_MAPPING.replace("{currency}", CURRENCY[market]) + fields, encoding="utf-8")
        os.replace(text, mapping)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {error.strerror}", code="not_writable", field=str(folder),
            found=str(error.strerror), expected="a folder that can be written to",
            do="Set CANDOR_HOME to such a folder.",
        ) from None  # fmt: skip
    return mapping


def _mapped_words() -> list[str]:
    return [name for name in (*FACTS, "amount", "term_months") if name != "net_monthly_income"]


def _with_personas(people: pd.DataFrame) -> pd.DataFrame:
    people["documents"] = None
    for persona in PERSONAS:
        row = people.index[people["customer_id"] == persona.customer_id][0]
        told = {**persona.facts, "sex": persona.sex, "name": display_name(persona)}
        told["age_band"] = age_band(persona.facts["birth_date"])
        told["true_income"] = persona.facts["gross_monthly_income"]
        told["true_employment"] = persona.facts["employment_months"]
        for column, value in told.items():
            people.at[row, column] = value
    return people


def _families(rng: np.random.Generator, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    """Couples and students with a parent: households, who may sign with whom, and each student's parent."""
    import pandas as pd

    fixed = {p.customer_id for p in PERSONAS}
    status, years = people["employment_status"], people["years"]
    free = [c for c in rng.permutation(people.index.to_numpy()) if c not in fixed]
    students = [c for c in free if status[c] == "student"]
    elders = [c for c in free if years[c] >= 45 and status[c] in ("salaried", "self_employed")][: len(students)]
    pairs = list(zip(students, elders, strict=False))
    taken = {c for pair in pairs for c in pair} | set(students)
    adults = [c for c in free if c not in taken]
    couples = list(zip(adults[0::4], adults[1::4], strict=False))
    homes = [(p.household, p.customer_id) for p in PERSONAS if p.household]
    links = [(p.customer_id, other) for p in PERSONAS for other in p.co_applicants]
    for number, pair in enumerate(pairs + couples, start=100):
        homes += [(f"H1{number:05d}", c) for c in pair]
        links += [pair, pair[::-1]]
    parents = {**dict(pairs), "C00003": "C00008"}
    households = pd.DataFrame(homes, columns=["household", "customer_id"]).assign(generated=True)
    return households, pd.DataFrame(links, columns=["customer_id", "co_applicant_id"]).assign(generated=True), parents


def _documents(people: pd.DataFrame) -> Any:
    return np.where(people["employment_status"] == "student", "identity,admission", "identity,income")


def _applicant(customer_id: str, row: dict[str, Any]) -> Applicant:
    numbers: dict[str, Any] = {name: _exact(row[name], 2) for name in _MONEY}
    numbers |= {name: None if math.isnan(row[name]) else int(row[name]) for name in _COUNTS}
    return Applicant(
        customer_id=customer_id,
        birth_date=row["birth_date"],
        employment_status=str(row["employment_status"]),
        home_ownership=str(row["home_ownership"]),
        flags=tuple(f for f in row["flags"].split(",") if f),
        documents=tuple(row["documents"].split(",")),
        revolving_utilisation=_exact(row["revolving_utilisation"], 3),
        **numbers,
    )


def _exact(value: float, places: int) -> Decimal | None:
    return None if math.isnan(value) else Decimal(f"{value:.{places}f}")

"""Ten people of the demo bank with fixed ids, each showing one thing; invented, like everybody else there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

NAN = float("nan")
_BUREAU = ("credit_score", "oldest_account_months", "open_accounts", "revolving_balance", "revolving_utilisation",
           "inquiries_6m", "delinquencies_24m", "public_records", "months_since_delinquency")  # fmt: skip
_WORK = ("employment_status", "employment_months", "gross_monthly_income", "net_monthly_income", "monthly_obligations",
         "home_ownership")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Persona:
    """A fixed person.

    Attributes:
        username: demo account, "" for somebody without one.
        shows: what the persona is there to show.
        facts: columns of the customers frame that are fixed.
    """

    customer_id: str
    username: str
    name: str
    shows: str
    sex: str
    facts: dict[str, Any]
    co_applicants: tuple[str, ...] = ()
    household: str = ""


def _facts(birth: date, work: tuple[Any, ...], bureau: tuple[float, ...], **more: Any) -> dict[str, Any]:
    return {"birth_date": birth, "flags": "", **dict(zip(_WORK, work, strict=True)),
            **dict(zip(_BUREAU, bureau, strict=True)), "gold_weight_g": NAN, "gold_purity_k": NAN, **more}  # fmt: skip


PERSONAS = (
    Persona("C00001", "good", "Linnea", "a usual good customer", "female", _facts(
        date(1988, 5, 14), ("salaried", 84, 6500.0, 4900.0, 550.0, "rent"), (760, 150, 7, 2100.0, 0.14, 0, 0, 0, NAN))),
    Persona("C00002", "refused", "Orrin", "many debts and late payments", "male", _facts(
        date(1991, 2, 3), ("salaried", 26, 3200.0, 2450.0, 1150.0, "rent"), (676, 70, 9, 6200.0, 0.78, 2, 1, 0, 14))),
    Persona("C00003", "student", "Tavi", "a student with a parent who signs too", "male", _facts(
        date(2003, 9, 20), ("student", 0, 450.0, 430.0, 0.0, "other"), (NAN, 0, 0, 0.0, 0.0, 0, 0, 0, NAN),
        documents="identity,admission"), ("C00008",), "H00003"),
    Persona("C00004", "thin", "Yara", "no credit score, owns gold", "female", _facts(
        date(1997, 11, 2), ("salaried", 40, 3800.0, 2950.0, 300.0, "rent"), (NAN, 0, 0, 0.0, 0.0, 0, 0, 0, NAN),
        gold_weight_g=85.0, gold_purity_k=22.0)),
    Persona("C00005", "selfemployed", "Jovan", "works for himself", "male", _facts(
        date(1982, 7, 30), ("self_employed", 96, 8000.0, NAN, 1200.0, "mortgage"),
        (715, 190, 9, 7400.0, 0.35, 1, 0, 0, 44))),
    Persona("C00006", "couple", "Sunniva", "asks together with a partner", "female", _facts(
        date(1990, 1, 12), ("salaried", 60, 4300.0, 3300.0, 450.0, "rent"), (712, 110, 6, 3900.0, 0.30, 1, 0, 0, NAN)),
        ("C00007",), "H00006"),
    Persona("C00007", "", "Marlo", "the partner", "male", _facts(
        date(1989, 3, 25), ("salaried", 48, 3900.0, 3000.0, 380.0, "rent"), (704, 120, 5, 3100.0, 0.28, 0, 0, 0, NAN)),
        ("C00006",), "H00006"),
    Persona("C00008", "", "Greta", "the student's parent", "female", _facts(
        date(1972, 12, 8), ("salaried", 180, 8500.0, 6300.0, 700.0, "own"), (778, 310, 8, 2600.0, 0.12, 0, 0, 0, NAN)),
        ("C00003",), "H00003"),
    Persona("C00009", "retired", "Ulric", "lives on a pension", "male", _facts(
        date(1953, 4, 17), ("retired", 96, 3600.0, 3100.0, 150.0, "own"), (792, 420, 6, 900.0, 0.07, 0, 0, 0, NAN))),
    Persona("C00010", "review", "Vesper", "a person must look first", "female", _facts(
        date(1985, 8, 9), ("salaried", 72, 6100.0, 4600.0, 500.0, "rent"), (741, 160, 7, 2900.0, 0.21, 0, 0, 0, NAN),
        flags="fraud")),
)  # fmt: skip

STAFF = (
    ("officer", "officer", "Demo officer"),
    ("senior", "senior_officer", "Demo senior officer"),
    ("deputy", "senior_officer", "Demo second senior officer"),
    ("risk", "risk_manager", "Demo risk manager"),
    ("scientist", "data_scientist", "Demo data scientist"),
    ("admin", "admin", "Demo administrator"),
    ("auditor", "auditor", "Demo auditor"),
)
"""Username, role and display name."""


def display_name(persona: Persona) -> str:
    """As pages show it.

    >>> display_name(PERSONAS[0])
    'Linnea (demo persona)'
    """
    return f"{persona.name} (demo persona)"

"""The core of a decision's record: what was asked, known, found, priced and decided. No clock, no channel."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, cast

from lending.domain.application import (
    Applicant,
    Application,
    Assessment,
    Collateral,
    Expiry,
    Loan,
    LoanRequest,
)
from lending.domain.core_parts import (
    FindingWords,
    assessment_said,
    burden_said,
    conditions_said,
    facts_said,
    features_said,
    findings_said,
    price_said,
    reasons_said,
    request_said,
    said,
    terms_said,
)
from lending.domain.decision import Decision
from lending.domain.learned import learned_from
from lending.domain.money import money
from lending.domain.policy import Policy
from lending.domain.record import Json, joined, sha256_hex, written
from lending.domain.routed import Routed

SCHEMA = "decision/1"


def core_of(
    application: Application,
    assessment: Assessment | None,
    decision: Decision,
    policy: Policy,
    as_of: date,
    code_version: str,
    words: FindingWords | None = None,
    routed: Routed | None = None,
) -> bytes:
    """The canonical bytes of a decision's core (CONTRACTS: decision record); equal on every path.

    `words` may be shared between the decisions of a batch; `routed` stands in it only while a split held.
    """
    facts = facts_said(application)
    core = {
        "schema": encode_basestring(SCHEMA),
        "applicant_ref": encode_basestring(application.applicant.customer_id),
        "request": request_said(application),
        "facts": facts,
        "facts_sha256": encode_basestring(sha256_hex(facts.encode())),
        "as_of": encode_basestring(as_of.isoformat()),
        "product": encode_basestring(application.request.product),
        "market": encode_basestring(policy.market),
        "features": features_said(assessment),
        "assessment": assessment_said(assessment),
        "findings": words.all(decision.findings) if words else findings_said(decision.findings),
        "price": price_said(decision.price),
        "affordability": burden_said(decision.affordability),
        "outcome": encode_basestring(decision.outcome.value),
        "terms": terms_said(decision.terms),
        "reasons": reasons_said(decision.reasons),
        "conditions": conditions_said(decision.conditions, policy),
        "policy_version": encode_basestring(policy.version),
        "policy_sha256": encode_basestring(policy.sha256),
        "code_version": encode_basestring(code_version),
        **({} if routed is None else {"routing": written(cast("Json", routed.as_dict()))}),
    }
    return joined(core).encode()


def plain_columns(core: bytes) -> dict[str, str]:
    """What stands in the open beside a sealed core: its product and outcome.

    Read from the end, without parsing: the last of these keys are those of the request (whose product is the core's)
    and of the core itself, and no text can hold one, as JSON escapes its quotes.
    """
    return {name: _last(core, name) for name in ("product", "outcome")}


def _last(core: bytes, name: str) -> str:
    _, _, after = core.rpartition(f'"{name}":"'.encode())
    return after[: after.index(b'"')].decode()


def application_from(core: Mapping[str, Any]) -> Application:
    """The application that a core was made from: facts and request, read back exactly."""
    request, other = core["request"], core["facts"]["co_applicant"]
    return Application(
        applicant_from(core["facts"]["applicant"]),
        LoanRequest(
            request["product"],
            money(request["amount"]),
            int(request["term_months"]),
            None if request["collateral"] is None else _collateral(request["collateral"]),
            tuple(request["refinances"]),
        ),
        None if other is None else applicant_from(other),
    )


def assessment_from(core: Mapping[str, Any]) -> Assessment | None:
    """The model's word that a core holds; None when there was no model."""
    said, seen = core["assessment"], core["features"]
    if said is None:
        return None
    whole = {name: said[name] for name in ("model_version", "model_sha256", "calibration")}
    whole |= {"horizon_months": int(said["horizon_months"]), "feature_set": seen["set"]}
    whole |= {"learned": learned_from(said.get("learned"))}
    other = said["other"]
    theirs = None if other is None else Assessment(**whole, **_own_word(other, other["features"]))
    return Assessment(**whole, **_own_word(said, seen["values"]), other=theirs)


def _own_word(said: Mapping[str, Any], values: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "person": said["person"],
        "pd": Decimal(said["pd"]),
        "features": tuple(values.items()),
        "contributions": tuple((name, Decimal(value)) for name, value in said["contributions"].items()),
    }


def applicant_facts(applicant: Applicant) -> dict[str, Json]:
    """Facts about a person as text, as in a core."""
    return json.loads(said(applicant))


def applicant_from(facts: Mapping[str, Any]) -> Applicant:
    """The inverse of `applicant_facts`."""
    read: dict[str, Any] = {name: None if value is None else _READERS[name](value) for name, value in facts.items()}
    return Applicant(**read)


def _loans(found: Sequence[Mapping[str, str]]) -> tuple[Loan, ...]:
    return tuple([Loan(v["loan_id"], Decimal(v["instalment"]), Decimal(v["payoff"])) for v in found])


def _expiries(found: Sequence[Mapping[str, str]]) -> tuple[Expiry, ...]:
    return tuple([Expiry(v["document"], date.fromisoformat(v["valid_until"])) for v in found])


_READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys((field.name for field in fields(Applicant)), int),
    **dict.fromkeys(("customer_id", "employment_status", "home_ownership"), str),
    **dict.fromkeys(("birth_date", "income_until"), date.fromisoformat),
    **dict.fromkeys(("gross_monthly_income", "net_monthly_income", "monthly_obligations"), Decimal),
    **dict.fromkeys(("revolving_balance", "revolving_utilisation", "liquid_assets"), Decimal),
    **dict.fromkeys(("flags", "documents"), tuple),
    "loans": _loans,
    "expiries": _expiries,
}
"""What reads a fact from its text; the others are whole numbers."""


def _collateral(item: Mapping[str, Any]) -> Collateral:
    value, weight, purity = item["value"], item["weight_g"], item["purity_k"]
    return Collateral(
        item["kind"],
        None if value is None else money(value),
        None if weight is None else Decimal(weight),
        None if purity is None else Decimal(purity),
    )

"""The core of a decision's record: what was asked, known, found, priced and decided. No clock, no channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
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
from lending.domain.decision import Decision
from lending.domain.money import money, money_text, plain
from lending.domain.policy import Policy
from lending.domain.record import Json, canonical, sha256_hex
from lending.domain.terms import LoanTerms

SCHEMA = "decision/1"
_DECIMALS = frozenset(
    {
        "gross_monthly_income", "net_monthly_income", "monthly_obligations", "revolving_balance",
        "revolving_utilisation", "liquid_assets",
    }
)  # fmt: skip


def core_of(
    application: Application,
    assessment: Assessment | None,
    decision: Decision,
    policy: Policy,
    as_of: date,
    code_version: str,
) -> bytes:
    """The canonical bytes of a decision's core (CONTRACTS: decision record); equal on every path."""
    facts = _facts(application)
    core: dict[str, Json] = {
        "schema": SCHEMA,
        "applicant_ref": application.applicant.customer_id,
        "request": _request(application),
        "facts": facts,
        "facts_sha256": sha256_hex(canonical(facts)),
        "as_of": as_of.isoformat(),
        "product": application.request.product,
        "market": policy.market,
        "features": _features(assessment),
        "assessment": _assessment(assessment),
        "findings": [cast("Json", f.as_dict()) for f in decision.findings],
        "price": cast("Json", decision.price.as_dict()) if decision.price else None,
        "affordability": cast("Json", decision.affordability.as_dict()) if decision.affordability else None,
        "outcome": decision.outcome.value,
        "terms": _terms_json(decision.terms),
        "reasons": [{**cast("dict[str, Json]", r.as_dict()), "rank": str(r.rank)} for r in decision.reasons],
        "conditions": [{"code": c, "text": policy.wording.conditions[c]} for c in decision.conditions],
        "policy_version": policy.version,
        "policy_sha256": policy.sha256,
        "code_version": code_version,
    }
    return canonical(core)


def _facts(application: Application) -> dict[str, Json]:
    other = application.co_applicant
    return {
        "applicant": applicant_facts(application.applicant),
        "co_applicant": None if other is None else applicant_facts(other),
    }


def _values(record: Any) -> dict[str, object]:
    """Field to value of a dataclass; nothing is copied deeply."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _texts(values: dict[str, object]) -> dict[str, Json]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: object) -> Json:
    match value:
        case None | str() | bool():
            return value
        case Decimal():
            return plain(value)
        case tuple():
            return [_text(item) for item in cast("tuple[object, ...]", value)]
        case _:
            return _texts(_values(value)) if is_dataclass(value) else str(value)


def _request(application: Application) -> Json:
    request, other = application.request, application.co_applicant
    return {
        "product": request.product,
        "amount": money_text(request.amount),
        "term_months": str(request.term_months),
        "collateral": None if request.collateral is None else _texts(_values(request.collateral)),
        "co_applicant": None if other is None else other.customer_id,
        "refinances": list(request.refinances),
    }


def _features(assessment: Assessment | None) -> Json:
    if assessment is None:
        return None
    return {"set": assessment.feature_set, "values": dict(assessment.features)}


def _assessment(assessment: Assessment | None) -> Json:
    """The word that counts; `other` holds the one about the second person, with what the model saw of them."""
    if assessment is None:
        return None
    other = assessment.other
    both: Json = None
    if other is not None:
        both = {
            "person": other.person,
            "pd": plain(other.pd),
            "features": dict(other.features),
            "contributions": {name: plain(value) for name, value in other.contributions},
        }
    return {
        "person": assessment.person,
        "other": both,
        "model_version": assessment.model_version,
        "model_sha256": assessment.model_sha256,
        "calibration": assessment.calibration,
        "pd": plain(assessment.pd),
        "horizon_months": str(assessment.horizon_months),
        "contributions": {name: plain(value) for name, value in assessment.contributions},
    }


def _terms_json(terms: LoanTerms | None) -> Json:
    if terms is None:
        return None
    return {
        "amount": money_text(terms.amount),
        "term_months": str(terms.term_months),
        "repayment": _texts(_values(terms.repayment)),
        "annual_rate": plain(terms.annual_rate),
        "instalment": money_text(terms.instalment),
        "last_instalment": money_text(terms.last_instalment),
        "apr": plain(terms.apr),
        "apr_method": terms.apr_method,
        "fees": [cast("Json", f.as_dict()) for f in terms.fees],
        "total_interest": money_text(terms.total_interest),
        "total_cost": money_text(terms.total_cost),
        "valid_until": terms.valid_until.isoformat(),
    }


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
    return _texts(_values(applicant))


def applicant_from(facts: Mapping[str, Any]) -> Applicant:
    """The inverse of `applicant_facts`."""
    return Applicant(**{name: _read(name, value) for name, value in facts.items()})


def _read(name: str, value: Any) -> Any:
    if value is None or name in ("customer_id", "employment_status", "home_ownership"):
        return value
    if name in ("birth_date", "income_until"):
        return date.fromisoformat(value)
    if name == "loans":
        return tuple(Loan(v["loan_id"], Decimal(v["instalment"]), Decimal(v["payoff"])) for v in value)
    if name == "expiries":
        return tuple(Expiry(v["document"], date.fromisoformat(v["valid_until"])) for v in value)
    if isinstance(value, list):
        return tuple(cast("list[str]", value))
    return Decimal(value) if name in _DECIMALS else int(value)


def _collateral(item: Mapping[str, Any]) -> Collateral:
    value, weight, purity = item["value"], item["weight_g"], item["purity_k"]
    return Collateral(
        item["kind"],
        None if value is None else money(value),
        None if weight is None else Decimal(weight),
        None if purity is None else Decimal(purity),
    )

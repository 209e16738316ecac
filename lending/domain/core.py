"""The core of a decision's record: what was asked, known, found, priced and decided. No clock, no channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
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
from lending.domain.decision import Decision
from lending.domain.eligibility import Finding
from lending.domain.money import money, plain
from lending.domain.policy import Policy
from lending.domain.record import Json, fragment, joined, sha256_hex
from lending.domain.terms import LoanTerms

SCHEMA = "decision/1"
_DECIMALS = frozenset(
    {
        "gross_monthly_income", "net_monthly_income", "monthly_obligations", "revolving_balance",
        "revolving_utilisation", "liquid_assets",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FindingWords:
    """Findings as fragments; one that several decisions share is written once. Lives as long as its batch."""

    _known: dict[int, tuple[Finding, str]] = field(default_factory=dict[int, tuple["Finding", str]])

    def of(self, finding: Finding) -> str:
        """The fragment of a finding. It is kept beside its finding, so that no other can take over the identity."""
        known = self._known.get(id(finding))
        if known is None:
            known = self._known[id(finding)] = finding, fragment(cast("Json", finding.as_dict()))
        return known[1]


def core_of(
    application: Application,
    assessment: Assessment | None,
    decision: Decision,
    policy: Policy,
    as_of: date,
    code_version: str,
    words: FindingWords | None = None,
) -> bytes:
    """The canonical bytes of a decision's core (CONTRACTS: decision record); equal on every path.

    `words` may be shared between the decisions of a batch.
    """
    words = words or FindingWords()
    facts = _facts(application)
    price, burden, terms = decision.price, decision.affordability, decision.terms
    core = {
        "schema": f'"{SCHEMA}"',
        "applicant_ref": _said(application.applicant.customer_id),
        "request": _request(application),
        "facts": facts,
        "facts_sha256": f'"{sha256_hex(facts.encode())}"',
        "as_of": _said(as_of),
        "product": _said(application.request.product),
        "market": _said(policy.market),
        "features": _features(assessment),
        "assessment": _assessment(assessment),
        "findings": f"[{','.join(map(words.of, decision.findings))}]",
        "price": fragment(cast("Json", price.as_dict())) if price else "null",
        "affordability": fragment(cast("Json", burden.as_dict())) if burden else "null",
        "outcome": _said(decision.outcome.value),
        "terms": _terms(terms) if terms else "null",
        "reasons": fragment([{**cast("dict[str, Json]", r.as_dict()), "rank": str(r.rank)} for r in decision.reasons]),
        "conditions": fragment([{"code": c, "text": policy.wording.conditions[c]} for c in decision.conditions]),
        "policy_version": _said(policy.version),
        "policy_sha256": _said(policy.sha256),
        "code_version": _said(code_version),
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


def _facts(application: Application) -> str:
    return joined({"applicant": _said(application.applicant), "co_applicant": _said(application.co_applicant)})


@lru_cache(maxsize=32)
def _fields(kind: type) -> tuple[tuple[str, str], ...]:
    """Names of a dataclass's fields in the order of canonical JSON, and how each is written before its value."""
    return tuple((name, f'"{name}":') for name in sorted(field.name for field in fields(kind)))


def _said(value: object) -> str:
    """The fragment of a value of the domain: numbers and days as text, records as objects."""
    match value:
        case None:
            return "null"
        case str():
            return encode_basestring(value)
        case Decimal():
            return f'"{plain(value)}"'
        case bool():
            return "true" if value else "false"
        case int() | date():
            return f'"{value}"'
        case tuple():
            return f"[{','.join(map(_said, cast('tuple[object, ...]', value)))}]"
        case _:
            items = [named + _said(getattr(value, name)) for name, named in _fields(type(value))]
            return "{" + ",".join(items) + "}"


def _request(application: Application) -> str:
    request, other = application.request, application.co_applicant
    return joined(
        {
            "product": _said(request.product),
            "amount": _money(request.amount),
            "term_months": _said(request.term_months),
            "collateral": _said(request.collateral),
            "co_applicant": "null" if other is None else _said(other.customer_id),
            "refinances": _said(request.refinances),
        }
    )


def _money(value: Decimal) -> str:
    return f'"{value:.2f}"'


def _features(assessment: Assessment | None) -> str:
    if assessment is None:
        return "null"
    return joined({"set": _said(assessment.feature_set), "values": fragment(dict(assessment.features))})


def _assessment(assessment: Assessment | None) -> str:
    """The word that counts; `other` holds the one about the second person, with what the model saw of them."""
    if assessment is None:
        return "null"
    other = assessment.other
    both = "null" if other is None else joined({**_word(other), "features": fragment(dict(other.features))})
    return joined(
        {
            **_word(assessment),
            "other": both,
            "model_version": _said(assessment.model_version),
            "model_sha256": _said(assessment.model_sha256),
            "calibration": _said(assessment.calibration),
            "horizon_months": _said(assessment.horizon_months),
        }
    )


def _word(assessment: Assessment) -> dict[str, str]:
    parts = {name: f'"{plain(value)}"' for name, value in assessment.contributions}
    return {"person": _said(assessment.person), "pd": _said(assessment.pd), "contributions": joined(parts)}


def _terms(terms: LoanTerms) -> str:
    return joined(
        {
            "amount": _money(terms.amount),
            "term_months": _said(terms.term_months),
            "repayment": _said(terms.repayment),
            "annual_rate": _said(terms.annual_rate),
            "instalment": _money(terms.instalment),
            "last_instalment": _money(terms.last_instalment),
            "apr": _said(terms.apr),
            "apr_method": _said(terms.apr_method),
            "fees": fragment([cast("Json", f.as_dict()) for f in terms.fees]),
            "total_interest": _money(terms.total_interest),
            "total_cost": _money(terms.total_cost),
            "valid_until": _said(terms.valid_until),
        }
    )


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
    return json.loads(_said(applicant))


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

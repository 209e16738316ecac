"""The parts of a decision's core, each as a fragment of canonical JSON that is joined with the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, cast

from lending.domain.application import Application, Assessment, Learned
from lending.domain.eligibility import Finding
from lending.domain.learned import learned_text
from lending.domain.money import plain
from lending.domain.policy import Policy
from lending.domain.reasons import Reason
from lending.domain.record import Json, fragment, joined
from lending.domain.terms import LoanTerms

NULL = "null"
_BUT_ITS_VALUE = attrgetter("rule", "field", "limit", "unit", "operator", "passed", "source", "person")


def said(value: object) -> str:
    """A value of the domain: numbers and days as text, records as objects."""
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    if not is_dataclass(value):
        return encode_basestring(str(value))
    names, values_of = _fields(type(value))
    items = [
        name + (_WRITERS.get(type(item)) or said)(item) for name, item in zip(names, values_of(value), strict=True)
    ]
    return f"{{{','.join(items)}}}"


def facts_said(application: Application) -> str:
    """What the bank knows about everybody who signs."""
    return joined({"applicant": said(application.applicant), "co_applicant": said(application.co_applicant)})


def request_said(application: Application) -> str:
    """What is asked for."""
    request, other = application.request, application.co_applicant
    return joined(
        {
            "product": said(request.product),
            "amount": _money(request.amount),
            "term_months": said(request.term_months),
            "collateral": said(request.collateral),
            "co_applicant": NULL if other is None else said(other.customer_id),
            "refinances": said(request.refinances),
        }
    )


def features_said(assessment: Assessment | None) -> str:
    """What the model saw."""
    if assessment is None:
        return NULL
    return joined({"set": said(assessment.feature_set), "values": fragment(dict(assessment.features))})


def assessment_said(assessment: Assessment | None) -> str:
    """The word that counts; `other` holds the one about the second person, with what the model saw of them."""
    if assessment is None:
        return NULL
    other = assessment.other
    both = NULL if other is None else joined({**_word(other), "features": fragment(dict(other.features))})
    return joined(
        {
            **_word(assessment),
            "other": both,
            "model_version": said(assessment.model_version),
            "model_sha256": said(assessment.model_sha256),
            "calibration": said(assessment.calibration),
            "horizon_months": said(assessment.horizon_months),
            **_learned(assessment),
        }
    )


def _learned(assessment: Assessment) -> dict[str, str]:
    """What the model may be asked about; left out for one that does not say, as in the records of old."""
    learned = assessment.learned
    return {} if learned is None else {"learned": _learned_said(learned)}


@lru_cache(maxsize=32)
def _learned_said(learned: Learned) -> str:
    return fragment(cast("Json", learned_text(learned)))


def terms_said(terms: LoanTerms | None) -> str:
    """What the loan would be."""
    if terms is None:
        return NULL
    return joined(
        {
            "amount": _money(terms.amount),
            "term_months": said(terms.term_months),
            "repayment": said(terms.repayment),
            "annual_rate": said(terms.annual_rate),
            "instalment": _money(terms.instalment),
            "last_instalment": _money(terms.last_instalment),
            "apr": said(terms.apr),
            "apr_method": said(terms.apr_method),
            "fees": fragment([cast("Json", f.as_dict()) for f in terms.fees]),
            "total_interest": _money(terms.total_interest),
            "total_cost": _money(terms.total_cost),
            "valid_until": said(terms.valid_until),
        }
    )


def reasons_said(reasons: Sequence[Reason]) -> str:
    """Principal reasons; their rank is kept as text."""
    return fragment([{**cast("dict[str, Json]", r.as_dict()), "rank": str(r.rank)} for r in reasons])


@lru_cache(maxsize=256)
def conditions_said(conditions: tuple[str, ...], policy: Policy) -> str:
    """What an approval in principle still hangs on."""
    return fragment([{"code": c, "text": policy.wording.conditions[c]} for c in conditions])


def findings_said(findings: Sequence[Finding]) -> str:
    """What the rules found."""
    return fragment([cast("Json", f.as_dict()) for f in findings])


@dataclass(frozen=True, slots=True)
class FindingWords:
    """`findings_said` for a batch: what decisions share is written once, and what differs in its value alone nearly so.

    A finding is held beside its text, so that no other one can take over the identity that finds it.
    """

    _whole: dict[int, tuple[Finding, str]] = field(default_factory=dict[int, "tuple[Finding, str]"])
    _before: dict[tuple[object, ...], str] = field(default_factory=dict[tuple[object, ...], str])

    def all(self, findings: Sequence[Finding]) -> str:
        """The fragment of a decision's findings."""
        return f"[{','.join(map(self.one, findings))}]"

    def one(self, finding: Finding) -> str:
        """The fragment of a finding, whose value is the last of its keys."""
        known = self._whole.get(id(finding))
        if known is None:
            known = self._whole[id(finding)] = finding, self._written(finding)
        return known[1]

    def _written(self, finding: Finding) -> str:
        key = _BUT_ITS_VALUE(finding)
        before = self._before.get(key)
        if before is None:
            empty = fragment(cast("Json", {**finding.as_dict(), "value": None}))
            before = self._before[key] = empty.removesuffix('"value":null}')
        return f'{before}"value":{said(finding.value)}}}'


def _word(assessment: Assessment) -> dict[str, str]:
    parts = {name: f'"{plain(value)}"' for name, value in assessment.contributions}
    return {"person": said(assessment.person), "pd": said(assessment.pd), "contributions": joined(parts)}


def _money(value: Decimal) -> str:
    return f'"{value:.2f}"'


def _number(value: Decimal) -> str:
    return f'"{plain(value)}"'


def _several(values: Sequence[object]) -> str:
    return f"[{','.join(map(said, values))}]"


@lru_cache(maxsize=32)
def _fields(kind: type[Any]) -> tuple[tuple[str, ...], Callable[[object], tuple[object, ...]]]:
    """What is written before each field of a record, in the order of canonical JSON, and what reads all of them."""
    names = sorted(f.name for f in fields(kind))
    return tuple(f'"{name}":' for name in names), attrgetter(*names)


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: NULL,
    bool: lambda value: "true" if value else "false",
    str: encode_basestring,
    Decimal: _number,
    int: '"{}"'.format,
    date: '"{}"'.format,
    tuple: _several,
}

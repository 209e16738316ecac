"""The parts of a decision's core, each as a fragment of canonical JSON that is joined with the others.

Numbers and days are text that needs no escaping, so they are put into templates whose keys are sorted once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, cast

from lending.domain.affordability import Affordability
from lending.domain.application import Application, Assessment, Learned
from lending.domain.eligibility import Finding
from lending.domain.learned import learned_text
from lending.domain.money import plain
from lending.domain.policy import Policy
from lending.domain.pricing import Price
from lending.domain.reasons import Reason
from lending.domain.record import Json, fragment, joined, template_of, written
from lending.domain.repayment import Repayment
from lending.domain.terms import LoanTerms

NULL = "null"
but_its_value = attrgetter("rule", "field", "limit", "unit", "operator", "passed", "source", "person")
"""What stands in a finding beside its value."""


def said(value: object) -> str:
    """A value of the domain: numbers and days as text, records as objects."""
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    if not is_dataclass(value):
        return encode_basestring(str(value))
    template, values_of = _record(type(value))
    items = [NULL if item is None else (_WRITERS.get(type(item)) or said)(item) for item in values_of(value)]
    return template % tuple(items)


def facts_said(application: Application) -> str:
    """What the bank knows about everybody who signs."""
    return f'{{"applicant":{said(application.applicant)},"co_applicant":{said(application.co_applicant)}}}'


def request_said(application: Application) -> str:
    """What is asked for."""
    request, other = application.request, application.co_applicant
    return (
        f'{{"amount":"{request.amount:.2f}","co_applicant":{NULL if other is None else said(other.customer_id)},'
        f'"collateral":{said(request.collateral)},"product":{said(request.product)},'
        f'"refinances":{said(request.refinances)},"term_months":"{request.term_months}"}}'
    )


def features_said(assessment: Assessment | None) -> str:
    """What the model saw."""
    if assessment is None:
        return NULL
    return f'{{"set":{said(assessment.feature_set)},"values":{_seen(assessment)}}}'


def assessment_said(assessment: Assessment | None) -> str:
    """The word that counts; `other` holds the one about the second person, with what the model saw of them."""
    if assessment is None:
        return NULL
    other = assessment.other
    return joined(
        {
            **_word(assessment),
            "other": NULL if other is None else joined({**_word(other), "features": _seen(other)}),
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
    return written(cast("Json", learned_text(learned)))


def price_said(price: Price | None) -> str:
    """What the rate is made of."""
    if price is None:
        return NULL
    parts = ",".join([f'{{"part":"{name}","value":"{plain(value)}"}}' for name, value in price.parts])
    rate = said(price.annual_rate)
    return f'{{"annual_rate":{rate},"parts":[{parts}],"required_rate":"{plain(price.required_rate)}"}}'


def burden_said(burden: Affordability | None) -> str:
    """Monthly figures and what share of income they take."""
    if burden is None:
        return NULL
    return (
        f'{{"burden":"{burden.burden:.2f}","counted_income":{_cents(burden.income)},"dti":{_share(burden.dti)},'
        f'"dti_stressed":{_share(burden.dti_stressed)},"foir":{_share(burden.foir)},'
        f'"instalment":"{burden.instalment:.2f}","ltv_at_maturity":{_share(burden.ltv_at_maturity)},'
        f'"obligations":{_cents(burden.obligations)}}}'
    )


def terms_said(terms: LoanTerms | None) -> str:
    """What the loan would be."""
    if terms is None:
        return NULL
    fees = written([cast("Json", f.as_dict()) for f in terms.fees])
    return (
        f'{{"amount":"{terms.amount:.2f}","annual_rate":"{plain(terms.annual_rate)}","apr":"{plain(terms.apr)}",'
        f'"apr_method":{said(terms.apr_method)},"fees":{fees},"instalment":"{terms.instalment:.2f}",'
        f'"last_instalment":"{terms.last_instalment:.2f}","repayment":{_repayment(terms.repayment)},'
        f'"term_months":"{terms.term_months}","total_cost":"{terms.total_cost:.2f}",'
        f'"total_interest":"{terms.total_interest:.2f}","valid_until":"{terms.valid_until}"}}'
    )


@lru_cache(maxsize=64)
def _repayment(how: Repayment) -> str:
    return said(how)


def reasons_said(reasons: Sequence[Reason]) -> str:
    """Principal reasons; their rank is kept as text."""
    return written([{**cast("dict[str, Json]", r.as_dict()), "rank": str(r.rank)} for r in reasons])


@lru_cache(maxsize=256)
def conditions_said(conditions: tuple[str, ...], policy: Policy) -> str:
    """What an approval in principle still hangs on."""
    return written([{"code": c, "text": policy.wording.conditions[c]} for c in conditions])


def findings_said(findings: Sequence[Finding]) -> str:
    """What the rules found."""
    return written([cast("Json", f.as_dict()) for f in findings])


@dataclass(frozen=True, slots=True)
class FindingWords:
    """`findings_said` for a batch: what decisions share is written once, and what differs in its value alone nearly so.

    A finding is held beside its text, so that no other one can take over the identity that finds it.
    """

    _whole: dict[int, tuple[Finding, str]] = field(default_factory=dict[int, "tuple[Finding, str]"])
    _before: dict[tuple[object, ...], str] = field(default_factory=dict[tuple[object, ...], str])

    def all(self, findings: Sequence[Finding]) -> str:
        """The fragment of a decision's findings."""
        whole = self._whole
        return f"[{','.join([(whole.get(id(one)) or self._new(one))[1] for one in findings])}]"

    def _new(self, finding: Finding) -> tuple[Finding, str]:
        known = self._whole[id(finding)] = finding, self._written(finding)
        return known

    def _written(self, finding: Finding) -> str:
        """The fragment of a finding, whose value is the last of its keys."""
        key = but_its_value(finding)
        before = self._before.get(key)
        if before is None:
            empty = written(cast("Json", {**finding.as_dict(), "value": None}))
            before = self._before[key] = empty.removesuffix('"value":null}')
        return f'{before}"value":{fragment(finding.value)}}}'


def _word(assessment: Assessment) -> dict[str, str]:
    template, places = template_of(tuple([name for name, _ in assessment.contributions]))
    parts = [_part(value) for _, value in assessment.contributions]
    said_parts = template % tuple([parts[place] for place in places])
    return {"person": said(assessment.person), "pd": said(assessment.pd), "contributions": said_parts}


def _seen(assessment: Assessment) -> str:
    template, places = template_of(tuple([name for name, _ in assessment.features]))
    values = [NULL if value is None else encode_basestring(value) for _, value in assessment.features]
    return template % tuple([values[place] for place in places])


def _cents(value: Decimal | None) -> str:
    return NULL if value is None else f'"{value:.2f}"'


def _share(value: Decimal | None) -> str:
    return NULL if value is None else _number(value)


@lru_cache(maxsize=65_536)
def _part(value: Decimal) -> str:
    """A contribution; kept, as there are few of four places."""
    return _number(value)


def _number(value: Decimal) -> str:
    text = str(value)  # mostly plain as it is, which saves a call
    return f'"{text}"' if text[-1] != "0" and "E" not in text else f'"{plain(value)}"'


def _several(values: Sequence[object]) -> str:
    return f"[{','.join(map(said, values))}]"


@lru_cache(maxsize=32)
def _record(kind: type[Any]) -> tuple[str, Callable[[object], tuple[object, ...]]]:
    """The template of a record, and what reads all its values."""
    names = sorted(f.name for f in fields(kind))
    return template_of(tuple(names))[0], attrgetter(*names)


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: NULL,
    bool: lambda value: "true" if value else "false",
    str: encode_basestring,
    Decimal: _number,
    int: '"{}"'.format,
    date: '"{}"'.format,
    tuple: _several,
}

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
from operator import attrgetter, itemgetter
from typing import Any, TypeVar, cast

from lending.domain.affordability import Affordability
from lending.domain.application import Application, Assessment, Learned
from lending.domain.eligibility import Finding
from lending.domain.learned import learned_text
from lending.domain.money import plain
from lending.domain.policy import Policy
from lending.domain.pricing import Price
from lending.domain.reasons import Reason
from lending.domain.record import Json, joined, object_of, template_of, written
from lending.domain.repayment import Repayment
from lending.domain.schedule import Fee
from lending.domain.terms import LoanTerms

NULL = "null"
_T = TypeVar("_T")
_BESIDE = ("rule", "field", "limit", "unit", "operator", "passed", "source", "person")
but_its_value: Callable[[Finding], tuple[Json, ...]] = itemgetter(*map(Finding._fields.index, _BESIDE))
"""What stands in a finding beside its value."""


def said(value: object) -> str:
    """A value of the domain: numbers and days as text, records as objects."""
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    record = _record(type(value))
    if record is None:
        return encode_basestring(str(value))
    template, values_of = record
    items = [NULL if item is None else (_WRITERS.get(type(item)) or said)(item) for item in values_of(value)]
    return template % tuple(items)


def facts_said(application: Application) -> str:
    """What the bank knows about everybody who signs."""
    return f'{{"applicant":{said(application.applicant)},"co_applicant":{said(application.co_applicant)}}}'


def request_said(application: Application) -> str:
    """What is asked for."""
    request, other = application.request, application.co_applicant
    return (
        f'{{"amount":{_cents(request.amount)},"co_applicant":{NULL if other is None else said(other.customer_id)},'
        f'"collateral":{said(request.collateral)},"product":{said(request.product)},'
        f'"refinances":{_several(request.refinances)},"term_months":"{request.term_months}"}}'
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
    other, learned = assessment.other, assessment.learned
    theirs = NULL if other is None else joined({**_word(other), "features": _seen(other)})
    return joined({**_word(assessment), **_model_said(assessment), "other": theirs, **_learned(learned)})


def _model_said(assessment: Assessment) -> dict[str, str]:
    """Which model said it."""
    return {
        "model_version": encode_basestring(assessment.model_version),
        "model_sha256": encode_basestring(assessment.model_sha256),
        "calibration": encode_basestring(assessment.calibration),
        "horizon_months": f'"{assessment.horizon_months}"',
    }


def _learned(learned: Learned | None) -> dict[str, str]:
    """What the model may be asked about; left out for one that does not say, as in the records of old."""
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
        f'{{"burden":{_cents(burden.burden)},"counted_income":{_cents(burden.income)},"dti":{_share(burden.dti)},'
        f'"dti_stressed":{_share(burden.dti_stressed)},"foir":{_share(burden.foir)},'
        f'"instalment":{_cents(burden.instalment)},"ltv_at_maturity":{_share(burden.ltv_at_maturity)},'
        f'"obligations":{_cents(burden.obligations)}}}'
    )


def terms_said(terms: LoanTerms | None) -> str:
    """What the loan would be."""
    if terms is None:
        return NULL
    fees = ",".join([_fee(fee) for fee in terms.fees])
    return (
        f'{{"amount":{_cents(terms.amount)},"annual_rate":{_number(terms.annual_rate)},"apr":{_number(terms.apr)},'
        f'"apr_method":{said(terms.apr_method)},"fees":[{fees}],"instalment":{_cents(terms.instalment)},'
        f'"last_instalment":{_cents(terms.last_instalment)},"repayment":{_repayment(terms.repayment)},'
        f'"term_months":"{terms.term_months}","total_cost":{_cents(terms.total_cost)},'
        f'"total_interest":{_cents(terms.total_interest)},"valid_until":{_day(terms.valid_until)}}}'
    )


def _fee(fee: Fee) -> str:
    charged = "true" if fee.finance_charge else "false"
    return (
        f'{{"amount":{_cents(fee.amount)},"code":{said(fee.code)},"finance_charge":{charged},"when":{said(fee.when)}}}'
    )


@lru_cache(maxsize=64)
def _repayment(how: Repayment) -> str:
    return said(how)


@lru_cache(maxsize=4096)
def reasons_said(reasons: tuple[Reason, ...]) -> str:
    """Principal reasons; their rank is kept as text. Kept, as applicants share them."""
    return written([{**cast("dict[str, Json]", r.as_dict()), "rank": str(r.rank)} for r in reasons])


@lru_cache(maxsize=256)
def conditions_said(conditions: tuple[str, ...], policy: Policy) -> str:
    """What an approval in principle still hangs on."""
    return written([{"code": c, "text": policy.wording.conditions[c]} for c in conditions])


def findings_said(findings: Sequence[Finding]) -> str:
    """What the rules found."""
    return f"[{','.join([_finding(one) for one in findings])}]"


def _finding(one: Finding) -> str:
    """A finding, in which its value stands last."""
    value = NULL if one.value is None else encode_basestring(one.value)
    return f"{_before(but_its_value(one))}{value}}}"


@lru_cache(maxsize=4096)
def _before(beside: tuple[Json, ...]) -> str:
    """The fragment of a finding up to its value; kept, as decisions share what stands beside it."""
    return written({**dict(zip(_BESIDE, beside, strict=True)), "value": None}).removesuffix("null}")


@dataclass(frozen=True, slots=True)
class FindingWords:
    """`findings_said` for a batch: what decisions share is written once.

    A finding is held beside its text, so that no other one can take over the identity that finds it.
    """

    _whole: dict[int, tuple[Finding, str]] = field(default_factory=dict[int, "tuple[Finding, str]"])

    def all(self, findings: Sequence[Finding]) -> str:
        """The fragment of a decision's findings."""
        whole = self._whole
        return f"[{','.join([(whole.get(id(one)) or self._new(one))[1] for one in findings])}]"

    def _new(self, finding: Finding) -> tuple[Finding, str]:
        known = self._whole[id(finding)] = finding, _finding(finding)
        return known


def _word(assessment: Assessment) -> dict[str, str]:
    names, values = _apart(assessment.contributions)
    parts = object_of(names, [_part(value) for value in values])
    return {"person": said(assessment.person), "pd": _number(assessment.pd), "contributions": parts}


def _seen(assessment: Assessment) -> str:
    names, values = _apart(assessment.features)
    return object_of(names, [NULL if value is None else encode_basestring(value) for value in values])


def _apart(pairs: tuple[tuple[str, _T], ...]) -> tuple[tuple[str, ...], tuple[_T, ...]]:
    """Names and values; of a model without features none."""
    names, values = zip(*pairs, strict=True) if pairs else ((), ())
    return names, values


def _cents(value: Decimal | None) -> str:
    """Money with two places; most of it has them, and its own text is eight times as quick as one that is formatted."""
    if value is None:
        return NULL
    text = str(value)
    return f'"{text}"' if text[-3:-2] == "." else f'"{value:.2f}"'


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
    return f"[{','.join([said(value) for value in values])}]" if values else "[]"


@lru_cache(maxsize=4096)
def _whole(value: int) -> str:
    return f'"{value}"'


@lru_cache(maxsize=4096)
def _day(value: date) -> str:
    return f'"{value.isoformat()}"'


@lru_cache(maxsize=32)
def _record(kind: type[Any]) -> tuple[str, Callable[[object], tuple[object, ...]]] | None:
    """The template of a record, and what reads all its values; None for what is no record."""
    if not is_dataclass(kind):
        return None
    names = sorted(f.name for f in fields(kind))
    return template_of(tuple(names))[0], attrgetter(*names)


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: NULL,
    bool: lambda value: "true" if value else "false",
    str: encode_basestring,
    Decimal: _number,
    int: _whole,
    date: _day,
    tuple: _several,
}

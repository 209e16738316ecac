"""What a model may be asked about: requests like those of the loans that made it. Others a person looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from lending.domain.application import Assessment, Learned, LoanRequest, Outcome, Span
from lending.domain.eligibility import Finding
from lending.domain.money import plain
from lending.domain.policy import Wording
from lending.domain.reasons import Reason

OUTSIDE = "outside_training_range"


def is_outside(request: LoanRequest, learned: Learned | None) -> bool:
    """Whether a request is unlike every loan that made a model; never for a model that does not say what made it."""
    if learned is None:
        return False
    beyond = _is_beyond(learned.amount, request.amount) or _is_beyond(learned.term_months, request.term_months)
    return beyond or (learned.products is not None and request.product not in learned.products)


def _is_beyond(span: Span | None, value: Decimal | int) -> bool:
    return span is not None and not span.low <= value <= span.high


def findings_outside(request: LoanRequest, assessment: Assessment) -> list[Finding]:
    """What of a request lies outside; each refers, and names the model as its source."""
    return list(_outside(request, assessment)) if is_outside(request, assessment.learned) else []


def outside_reason(wording: Wording) -> tuple[Reason, ...]:
    """The one reason why a person looks: the same to everybody, or it would give away who is screened."""
    code = OUTSIDE if OUTSIDE in wording.reasons else "missing_information"
    return (Reason(code, 1, "", wording.reasons[code].customer),)


def _outside(request: LoanRequest, word: Assessment) -> Iterator[Finding]:
    learned = word.learned or Learned()
    if learned.products is not None and request.product not in learned.products:
        yield _finding(word, "product", request.product, ", ".join(learned.products), "product", "one_of")
    asked = (("amount", learned.amount, request.amount, "currency"),
             ("term_months", learned.term_months, Decimal(request.term_months), "months"))  # fmt: skip
    for field, span, value, unit in asked:
        if span is not None and value > span.high:
            yield _finding(word, field, plain(value), plain(span.high), unit, "at_most")
        elif span is not None and value < span.low:
            yield _finding(word, field, plain(value), plain(span.low), unit, "at_least")


def _finding(word: Assessment, field: str, value: str, limit: str, unit: str, operator: str) -> Finding:
    return Finding(
        f"training_range_{field}",
        field,
        value,
        limit,
        unit,
        operator,
        False,
        word.model_version,
        Outcome.REFER,
        OUTSIDE,
    )


def learned_text(learned: Learned) -> dict[str, list[str] | None]:
    """As in a core; spans as their two ends."""
    spans = {"amount": learned.amount, "term_months": learned.term_months}
    ends = {name: None if span is None else [plain(span.low), plain(span.high)] for name, span in spans.items()}
    return {**ends, "products": None if learned.products is None else list(learned.products)}


def learned_from(text: Mapping[str, Sequence[str] | None] | None) -> Learned | None:
    """The inverse of `learned_text`; None stays None."""
    if text is None:
        return None
    products = text["products"]
    return Learned(_span(text["amount"]), _span(text["term_months"]), None if products is None else tuple(products))


def _span(ends: Sequence[str] | None) -> Span | None:
    return None if ends is None else Span(Decimal(ends[0]), Decimal(ends[1]))

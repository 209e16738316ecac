"""The two letters: the key facts of a loan, and the notice of a decision that is no approval.

Both are data first (`key_facts`, `notice`), every figure with its place in the record, then one sheet that is the page
and, printed, the PDF.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Required, TypedDict, Unpack

from lending.domain.application import Person
from lending.domain.policy import Policy
from serving.letters.case import Case
from serving.letters.figures import say
from serving.letters.key_facts_in import key_facts_statement
from serving.letters.key_facts_us import truth_in_lending
from serving.letters.loan import SheetLoan, sheet_loan
from serving.letters.notice import Reasons, notice_data, refusal_data
from serving.letters.page import content_policy, to_html, to_pdf
from serving.letters.wording import KB, wording

__all__ = [
    "content_policy",
    "disclosure_html",
    "disclosure_pdf",
    "key_facts",
    "notice",
    "notice_html",
    "notice_pdf",
    "refusal",
    "refusal_html",
    "to_pdf",
]


class SheetGiven(TypedDict, total=False):
    """What `key_facts` takes by name."""

    sample: Required[bool]
    offer: Mapping[str, Any] | None
    addressee: str
    kb: Path


class NoticeGiven(TypedDict, total=False):
    """What `notice` takes by name."""

    sample: Required[bool]
    for_person: Person
    counter_offer: Mapping[str, Any] | None
    ruled: Reasons | None
    addressee: str
    kb: Path


class RefusalGiven(TypedDict, total=False):
    """What `refusal` takes by name."""

    sample: Required[bool]
    ground: Required[str]
    asked: Required[Mapping[str, Any]]
    for_person: Person
    addressee: str
    kb: Path


_SHEETS = {"us": truth_in_lending, "in": key_facts_statement}


def key_facts(
    core: Mapping[str, Any],
    policy: Policy,
    recorded_at: datetime,
    *,
    sample: bool,
    offer: Mapping[str, Any] | None = None,
    addressee: str = "",
    kb: Path = KB,
) -> dict[str, object]:
    """The key facts of an approved decision, or of an offer that belongs to it, JSON-ready.

    Args:
        core: the decision's stored core.
        policy: the version that decided it.
        recorded_at: when it was recorded; dates the sheet (UTC).
        sample: true for generated data; marks every page.
        offer: an offer as stored with the decision, in place of the core's own terms.
        addressee: the reader's name, or empty.
        kb: the folder that holds `letters/`.

    Raises:
        RefusedError: there is no loan to disclose, or the record's figures contradict each other.
        PolicyError: the words of the market are not there or not complete.
    """
    case = Case(core, policy, wording(policy.market, kb), recorded_at, sample, addressee)
    loan = sheet_loan(case, offer)
    texts = case.words.texts["key_facts"]
    head = case.head("key_facts", texts["title"], case.product(), "" if offer is None else str(offer["offer_id"]))
    return {**head, "template": f"key_facts_{policy.market}.html", **_summary(case, loan),
            **_SHEETS[policy.market](case, loan)}  # fmt: skip


def notice(
    core: Mapping[str, Any],
    policy: Policy,
    recorded_at: datetime,
    *,
    sample: bool,
    for_person: Person = "applicant",
    counter_offer: Mapping[str, Any] | None = None,
    ruled: Reasons | None = None,
    addressee: str = "",
    kb: Path = KB,
) -> dict[str, object]:
    """The notice of a declined or referred decision, JSON-ready; `recorded_at` dates it. More in `notice_data`.

    Raises:
        RefusedError: an approval, or a counter-offer to what is not declined.
        InputError: nobody co-signs, or a reason of `ruled` is none to decline for.
        PolicyError: the words of the market are not there or not complete.
    """
    case = Case(core, policy, wording(policy.market, kb), recorded_at, sample, addressee)
    return notice_data(case, for_person, counter_offer, ruled)


def refusal(
    core: Mapping[str, Any],
    policy: Policy,
    refused_at: datetime,
    *,
    sample: bool,
    ground: str,
    asked: Mapping[str, Any],
    for_person: Person = "applicant",
    addressee: str = "",
    kb: Path = KB,
) -> dict[str, object]:
    """The notice of an application that a person refused, JSON-ready; `refused_at` dates it. More in `refusal_data`.

    Raises:
        PolicyError: the words of the market are not there or not complete.
    """
    case = Case(core, policy, wording(policy.market, kb), refused_at, sample, addressee)
    return refusal_data(case, for_person, ground, asked)


def disclosure_html(core: Mapping[str, Any], policy: Policy, recorded_at: datetime, **given: Unpack[SheetGiven]) -> str:
    """The key facts as a page that also prints; arguments and errors as `key_facts`."""
    return to_html(key_facts(core, policy, recorded_at, **given))


def disclosure_pdf(
    core: Mapping[str, Any], policy: Policy, recorded_at: datetime, **given: Unpack[SheetGiven]
) -> bytes:
    """The key facts as a PDF, the same bytes each time; also raises UnavailableError without the extra `letters`."""
    return to_pdf(disclosure_html(core, policy, recorded_at, **given))


def notice_html(core: Mapping[str, Any], policy: Policy, recorded_at: datetime, **given: Unpack[NoticeGiven]) -> str:
    """The notice as a page that also prints; arguments and errors as `notice`."""
    return to_html(notice(core, policy, recorded_at, **given))


def notice_pdf(core: Mapping[str, Any], policy: Policy, recorded_at: datetime, **given: Unpack[NoticeGiven]) -> bytes:
    """The notice as a PDF, the same bytes each time; also raises UnavailableError without the extra `letters`."""
    return to_pdf(notice_html(core, policy, recorded_at, **given))


def refusal_html(core: Mapping[str, Any], policy: Policy, refused_at: datetime, **given: Unpack[RefusalGiven]) -> str:
    """The notice of a refusal as a page that also prints; arguments and errors as `refusal`."""
    return to_html(refusal(core, policy, refused_at, **given))


def _summary(case: Case, loan: SheetLoan) -> dict[str, object]:
    texts, scribe, terms, at = case.words.texts["key_facts"], case.scribe, loan.terms, loan.origin
    return {
        "summary": say(
            texts["summary"],
            amount=scribe.money(terms.amount, f"{at}.amount"),
            repaid=scribe.money(terms.amount + terms.total_cost, f"computed: {at}.amount and {at}.total_cost"),
            term=scribe.months(terms.term_months, f"{at}.term_months"),
            cost=scribe.money(terms.total_cost, f"{at}.total_cost"),
        ),
        "valid": say(texts["valid"], until=scribe.day(terms.valid_until, f"{at}.valid_until")),
    }

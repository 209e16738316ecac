"""The notice of a decision that is no approval: what was done, why, what else there is, and the reader's rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from lending.domain.application import Person
from lending.domain.eligibility import EACH_PERSON, REQUEST_FIELDS
from lending.domain.errors import InputError, RefusedError
from lending.domain.learned import OUTSIDE
from lending.domain.money import money
from lending.domain.policy import AFFORDABILITY_FIELDS
from lending.domain.reasons import MOST_REASONS, NO_MODEL, PERSON_NEEDED
from serving.letters.case import Case, Kind
from serving.letters.figures import Figure, Sentence, row, say, words
from serving.letters.loan import stated_loan
from serving.letters.report import report

Reasons = Sequence[Mapping[str, Any]]

_SHARED = (REQUEST_FIELDS | AFFORDABILITY_FIELDS | {"counted_income", "co_applicant", "purpose"}) - EACH_PERSON
"""Fields of a reason that speak of the request or of everybody who signs, so that each of them may read it."""


def notice_data(
    case: Case, for_person: Person, counter_offer: Mapping[str, Any] | None, ruled: Reasons | None
) -> dict[str, object]:
    """The notice as data, JSON-ready.

    Args:
        case: the decision.
        for_person: who reads it; reasons from the other person's record are not named to them.
        counter_offer: an offer that stands in place of what was asked, or None.
        ruled: reasons (`code`, `field`, `person`) of the person who declined a referred decision, or None.

    Raises:
        RefusedError: an approval, or a counter-offer to a request that is not declined.
        InputError: nobody co-signs, or a reason is no reason to decline.
    """
    _check(case, for_person, counter_offer, ruled)
    stated: Reasons = case.core["reasons"] if ruled is None else ruled
    if case.core["outcome"] == "refer" and ruled is None:
        return _referral(case, stated, for_person)
    return _declined(case, _asked(case, case.core["request"]), _reasons(case, stated, for_person), for_person,
                     counter_offer)  # fmt: skip


def refusal_data(case: Case, for_person: Person, ground: str, asked: Mapping[str, Any]) -> dict[str, object]:
    """The notice of an application that a person refused, whatever its decision was, JSON-ready.

    Args:
        case: the decision that was applied with; `recorded_at` is when the person refused.
        for_person: who reads it; the co-applicant is not told the ground, for it may be about the other person.
        ground: why, as kb/letters names it; any other is said in general words.
        asked: `amount` and `term_months` that were applied for.
    """
    known = case.words.grounds
    told = "either" if for_person == "co_applicant" else ground if ground in known else "general"
    reason = words(known[told], f"letters.grounds.{told}")
    return _declined(case, _asked(case, asked), [reason], for_person, None)


def _declined(
    case: Case, asked: Sentence, reasons: list[Figure], for_person: Person, counter_offer: Mapping[str, Any] | None
) -> dict[str, object]:
    texts = case.words.texts["notice"]
    return {
        **_opening(case, "decline" if counter_offer is None else "counter"),
        "asked": asked,
        "reasons": {"heading": texts["reasons"], "items": reasons},
        "offer": None if counter_offer is None else _offer(case, counter_offer),
        "needs": None,
        "next": None,
        "report": report(case, for_person) if case.words.has("bureau") else None,
        "rights": _rights(case),
    }


def _referral(case: Case, stated: Reasons, for_person: Person) -> dict[str, object]:
    """The same letter for every request that a person looks at, unless the reader can send what is missing."""
    texts = case.words.texts["notice"]
    needed = [case.words.needs[r["code"]] for r in _for(stated, for_person) if r["code"] in case.words.needs]
    kind: Kind = "incomplete" if needed else "referral"
    within = "completion" if needed else "answer"
    return {
        **_opening(case, kind),
        "asked": _asked(case, case.core["request"]),
        "reasons": None,
        "offer": None,
        "needs": {"heading": texts["incomplete_needs"], "items": list(dict.fromkeys(needed))} if needed else None,
        "next": say(texts[f"{kind}_next"], until=_until(case, within)),
        "report": None,
        "rights": [],
    }


def _check(case: Case, for_person: Person, counter_offer: Mapping[str, Any] | None, ruled: Reasons | None) -> None:
    outcome = case.core["outcome"]
    if outcome == "approve" or (counter_offer is not None and outcome == "refer" and ruled is None):
        raise RefusedError(
            f"the decision is {outcome}; a notice is for a decline or a referral, a counter-offer for a decline",
            code="no_notice", field="decision_id", found=outcome, expected="decline or refer",
            do="Ask for the disclosure of an approval instead.",
        )  # fmt: skip
    if for_person == "co_applicant" and case.core["facts"]["co_applicant"] is None:
        raise InputError(
            "nobody co-signs this request; expected for_person applicant",
            field="for_person", found=for_person, expected="applicant", do="Write to the applicant.",
        )  # fmt: skip
    for reason in ruled or ():
        if reason["code"] in (PERSON_NEEDED, NO_MODEL, OUTSIDE) or reason["code"] not in case.policy.wording.reasons:
            raise InputError(
                f"reasons has {reason['code']}, which is no reason to decline; expected specific reasons",
                field="reasons", found=str(reason["code"]), expected="codes of kb/reasons.yaml", do="Choose others.",
            )  # fmt: skip


def _opening(case: Case, kind: Kind) -> dict[str, object]:
    texts = case.words.texts["notice"]
    about = words(texts[f"{kind}_kind"], "letters.notice")
    head = case.head(kind, texts[f"{kind}_title"], about)
    return {**head, "template": "notice.html", "opening": texts[f"{kind}_opening"]}


def _asked(case: Case, request: Mapping[str, Any]) -> Sentence:
    scribe = case.scribe
    return say(
        case.words.texts["notice"]["asked"],
        product=case.product(),
        amount=scribe.money(money(request["amount"]), "request.amount"),
        term=scribe.months(int(request["term_months"]), "request.term_months"),
    )


def _reasons(case: Case, stated: Reasons, for_person: Person) -> list[Figure]:
    """Own and shared reasons in the notice's words; all from the other person's record are one that says no more."""
    other = words(case.words.texts["notice"]["other_applicant"], "letters.notice.other_applicant")
    known = case.policy.wording.reasons
    kept = [(r if _readable(r, for_person) else None) for r in stated]
    found = [other if r is None else words(known[r["code"]].notice, f"reasons.{r['code']}") for r in kept]
    return list({figure["text"]: figure for figure in reversed(found)}.values())[::-1][:MOST_REASONS]


def _for(stated: Reasons, for_person: Person) -> list[Mapping[str, Any]]:
    return [reason for reason in stated if _readable(reason, for_person)]


def _readable(reason: Mapping[str, Any], for_person: Person) -> bool:
    return reason.get("person", "applicant") == for_person or reason.get("field") in _SHARED


def _offer(case: Case, offer: Mapping[str, Any]) -> dict[str, object]:
    texts, scribe, terms = case.words.texts["notice"], case.scribe, stated_loan(case, offer, "offer").terms
    single = terms.repayment.kind == "bullet"
    repaid = terms.amount + terms.total_cost
    rows = [
        row(texts["amount"], scribe.money(terms.amount, "offer.amount")),
        row(texts["term"], scribe.months(terms.term_months, "offer.term_months")),
        row(texts["rate"], scribe.rate(terms.annual_rate, "offer.annual_rate")),
        row(texts["apr"], scribe.rate(terms.apr, "offer.apr")),
        row(texts["single" if single else "instalment"], scribe.money(terms.instalment, "offer.instalment")),
        row(texts["repaid"], scribe.money(repaid, "computed: offer.amount and offer.total_cost")),
    ]
    until = scribe.day(terms.valid_until, "offer.valid_until")
    table = {"name": "offer", "heading": texts["counter_offer"], "rows": rows}
    return {**table, "until": say(texts["counter_until"], until=until)}


def _until(case: Case, part: str) -> Figure:
    days = int(case.part(part)["days"])
    return case.scribe.day(case.written + timedelta(days=days), f"computed: recorded_at and letters.{part}.days")


def _rights(case: Case) -> list[Sentence]:
    """What the market's law has every such letter say."""
    found: list[Sentence] = []
    for name, office in (("credit_rights", "agency"), ("complaint_rights", "complaint_rights")):
        if case.words.has(name):
            part, place = case.part(name), case.part(office)
            address = place["address"] if office == "agency" else place["office"]
            found.append({"label": part["label"], "text": part["phrase"], "address": address, "law": part.source})
    return found

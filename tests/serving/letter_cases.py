"""Decisions to write letters about, and what a reader sees of a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.application import Applicant, Application, Assessment, Collateral, LoanRequest
from lending.domain.core import core_of
from lending.domain.decision import decide, joint
from lending.domain.money import money
from lending.domain.policy import Policy
from lending.settings import ROOT
from serving.letters import notice, notice_html
from tests.builders import AS_OF, an_applicant, an_application, an_assessment, gold, the_policy

WRITTEN = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@lru_cache
def the_indian_policy() -> Policy:
    """The policy for market in; until the repository has that market, the one of market us in rupees."""
    if (ROOT / "kb" / "markets" / "in.yaml").is_file():
        return parse_policy(read_texts(ROOT / "kb", "in"), "in")
    texts = read_texts(ROOT / "kb", "us")
    home = texts.pop("markets/us.yaml")
    for old, new in (("market: us", "market: in"), ("USD", "INR"), ("en_US", "en_IN")):
        home = home.replace(old, new)
    return parse_policy({**texts, "markets/in.yaml": home}, "in")


def a_core(
    application: Application | None = None,
    assessment: Assessment | str | None = "usual",
    policy: Policy | None = None,
) -> dict[str, Any]:
    """The stored core of a decision, as JSON."""
    policy, application = policy or the_policy(), application or an_application()
    said = an_assessment() if isinstance(assessment, str) else assessment
    decision = decide(application, said, policy, AS_OF)
    return json.loads(core_of(application, said, decision, policy, AS_OF, "0.1.0"))


def a_rich_applicant(**changes: Any) -> Applicant:
    """Somebody to whom every product is open at nearly every amount."""
    return an_applicant(
        **{"gross_monthly_income": Decimal(9_000_000), "net_monthly_income": Decimal(7_000_000), **changes}
    )


def a_security(kind: str) -> Collateral | None:
    """Something that is worth enough for every amount."""
    if kind == "none":
        return None
    return gold("9000000") if kind == "gold" else Collateral(kind, money("9000000000"))


def an_approved_core(
    product: str, amount: str | Decimal, term_months: int, policy: Policy | None = None, **request: Any
) -> dict[str, Any]:
    """An approval of a product at an amount and a term."""
    asked = LoanRequest(product, money(str(amount)), term_months, **request)
    core = a_core(Application(a_rich_applicant(), asked), policy=policy)
    assert core["outcome"] == "approve", core["reasons"]
    return core


def a_declined_core(**changes: Any) -> dict[str, Any]:
    """A decline for the score, and for a required rate that features of the report drove up."""
    said = an_assessment("0.300000", contributions=drivers("revolving_utilisation", "open_accounts", "inquiries_6m"))
    core = a_core(an_application(**{"credit_score": 612, **changes}), said)
    assert core["outcome"] == "decline"
    return core


def a_joint_decline() -> dict[str, Any]:
    """Both are scored; the co-applicant's record decides, and holds delinquencies that are theirs alone."""
    other = an_applicant(customer_id="C00002", credit_score=590, delinquencies_24m=3)
    own = an_assessment("0.020000", contributions=drivers("revolving_utilisation"))
    theirs = an_assessment("0.300000", contributions=drivers("delinquencies_24m", "term_months"))
    said = joint({"applicant": own, "co_applicant": theirs})
    core = a_core(replace(an_application(), co_applicant=other), said)
    assert core["outcome"] == "decline"
    return core


def drivers(*names: str) -> tuple[tuple[str, Decimal], ...]:
    """Contributions that raise the risk, the first one most."""
    return tuple((name, Decimal(len(names) - n) / 10) for n, name in enumerate(names))


def an_offer(core: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """The terms of an approved core as an offer of a decision."""
    names = ("amount", "annual_rate", "apr", "instalment", "fees", "total_interest", "total_cost", "valid_until")
    terms = core["terms"]
    offer = {name: terms[name] for name in names}
    return {"offer_id": "o_first", "goal": "balanced", "term_months": int(terms["term_months"]), **offer, **changes}


def leaves(data: object) -> Iterator[str]:
    """Every text in a letter's data."""
    if isinstance(data, Mapping):
        for value in data.values():
            yield from leaves(value)
    elif isinstance(data, list):
        for value in data:
            yield from leaves(value)
    elif isinstance(data, str):
        yield data


def figures(data: object) -> Iterator[Mapping[str, str]]:
    """Every figure in a letter's data."""
    if isinstance(data, Mapping):
        if {"value", "text", "source"} <= data.keys():
            yield data
        for value in data.values():
            yield from figures(value)
    elif isinstance(data, list):
        for value in data:
            yield from figures(value)


def numbers(text: str) -> set[str]:
    """The numbers in a text, without the signs that group digits."""
    return {found.replace(",", "").rstrip(".") for found in _NUMBER.findall(text)}


def told(core: Mapping[str, Any], policy: Policy | None = None, **given: Any) -> dict[str, Any]:
    return notice(core, policy or the_policy(), WRITTEN, sample=True, **given)


def page(core: Mapping[str, Any], **given: Any) -> str:
    return seen(notice_html(core, the_policy(), WRITTEN, sample=True, **given))


def reasons(letter: Mapping[str, Any]) -> list[str]:
    return [item["text"] for item in letter["reasons"]["items"]]


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden = tag in ("style", "head")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False if tag == "head" else self.hidden

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.texts.append(data)


def seen(page: str) -> str:
    """What a reader sees of a page, in one line."""
    parser = _Seen()
    parser.feed(page)
    return " ".join(" ".join(parser.texts).split())

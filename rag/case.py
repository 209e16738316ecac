"""A case for the officer who opens it: what was asked, what is known, what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rag.content import Claim, money, months, quantity
from rag.entries import ledger_of
from rag.ledger import Entry, Ledger
from rag.numbers import Kind
from rag.ports import Writing

Core = Mapping[str, Any]
_ASKED = {
    "approve": "A loan of {amount}, repaid over {term}, was decided with a yes.",
    "refer": "A loan of {amount}, repaid over {term}, waits for a person.",
    "decline": "A loan of {amount}, repaid over {term}, was declined.",
}
_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    # fact, slot, words, unit
    ("gross_monthly_income", "income", "an income of {income} a month", "currency"),
    ("monthly_obligations", "debts", "monthly debts of {debts}", "currency"),
    ("credit_score", "score", "a credit score of {score}", "points"),
)
_MEASURES = {"gross_monthly_income": ("income",), "monthly_obligations": ("dti", "foir"), "credit_score": ("score",)}
_KINDS: Mapping[str, Kind] = {"fraction": "fraction", "points": "number", "currency": "money", "months": "months"}
_HIDDEN = frozenset({"flag_count", "pd_12m"})


def case_summary(core: Core, words: Mapping[str, str], writing: Writing) -> list[Claim]:
    """The claims of a summary.

    Args:
        core: of the decision, as recorded.
        words: reason's code to what an officer reads.
        writing: of the market.
    """
    return [*_asked(core, writing), *_known(core, writing), *_reasons(core, words, writing)]


def ledger_of_case(core: Core, result: Mapping[str, Any], currency: str) -> Ledger:
    """The figures that a summary may state: those of the result, and the facts it is made from."""
    shown = ledger_of(result, currency)
    return replace(shown, entries=(*shown.entries, *_facts(core), *_asked_for(core), *_findings(core)))


def _asked(core: Core, writing: Writing) -> Iterator[Claim]:
    request = core["request"]
    yield Claim("asked", _ASKED[core["outcome"]], {
        "amount": money(request["amount"], writing), "term": months(request["term_months"], writing)})  # fmt: skip


def _known(core: Core, writing: Writing) -> Iterator[Claim]:
    facts = core["facts"]["applicant"]
    told = [(slot, words, quantity(facts[name], unit, writing)) for name, slot, words, unit in _KNOWN if facts[name]]
    if told:
        *first, last = [words for _, words, _ in told]
        text = f"{', '.join(first)} and {last}" if first else last
        yield Claim("known", f"On record are {text}.", {slot: value for slot, _, value in told})


def _reasons(core: Core, words: Mapping[str, str], writing: Writing) -> Iterator[Claim]:
    """What speaks against it, in the officers' words, with the figure and its limit where a rule compared one."""
    topic = "staff-referrals" if core["outcome"] == "refer" else "staff-overrides"
    for reason in core["reasons"]:
        finding = next((f for f in _failed(core) if f["field"] == reason["field"]), None)
        text = words.get(reason["code"], "").rstrip(".")
        if finding is not None and text:
            yield Claim("failed", f"{text}: the value is {{value}} and the limit is {{limit}}.", {
                side: quantity(finding[side], finding["unit"], writing) for side in ("value", "limit")
            }, topic)  # fmt: skip
        elif text:
            yield Claim("reason", f"On record as a reason: {text}.", topic=topic)


def _failed(core: Core) -> Sequence[Mapping[str, Any]]:
    """Rules that compared a figure with a limit and did not pass; screening and the chance of default are not told."""
    told = [f for f in core["findings"] if not f["passed"] and f["field"] not in _HIDDEN]
    return [f for f in told if f["value"] is not None and f["unit"] in _KINDS]


def _facts(core: Core) -> Iterator[Entry]:
    facts = core["facts"]["applicant"]
    for name, _, _, unit in _KNOWN:
        if facts[name]:
            per = "month" if unit == "currency" else ""
            yield Entry(
                f"facts.{name}", _KINDS[unit], Decimal(facts[name]), per=per, measures=frozenset(_MEASURES[name])
            )


def _asked_for(core: Core) -> Iterator[Entry]:
    request = core["request"]
    yield Entry("request.amount", "money", Decimal(request["amount"]), measures=frozenset({"amount"}))
    yield Entry("request.term_months", "months", Decimal(request["term_months"]))


def _findings(core: Core) -> Iterator[Entry]:
    """A share may be told with one decimal, a limit only as a limit."""
    for finding in _failed(core):
        kind = _KINDS[finding["unit"]]
        for side, sides in (("value", {""}), ("limit", {"limit"})):
            yield Entry(f"{finding['rule']}.{side}", kind, Decimal(finding[side]), exact=kind != "fraction",
                        sides=frozenset(sides))  # fmt: skip

"""The Key Facts Statement in the Reserve Bank's order, with how its APR comes about and the repayment schedule."""

from __future__ import annotations

from decimal import Decimal

from serving.letters.case import Case
from serving.letters.figures import Figure, Line, row, words
from serving.letters.loan import SheetLoan

_WORDS = "letters.key_facts"


def key_facts_statement(case: Case, loan: SheetLoan) -> dict[str, object]:
    """The statement's own parts, JSON-ready."""
    texts = case.words.texts["key_facts"]
    return {
        "columns": [texts["number"], texts["item"], texts["details"]],
        "parts": [
            {"heading": texts["part_1"], "items": _numbered(_part_1(case, loan))},
            {"heading": texts["part_2"], "items": _numbered(_part_2(case))},
        ],
        "tables": [_computation(case, loan)],
        "schedule": _schedule(case, loan),
        "notes": _notes(case),
    }


_Item = tuple[str, list[Line]]


def _numbered(items: list[_Item]) -> list[dict[str, object]]:
    return [{"number": str(n), "label": label, "rows": rows} for n, (label, rows) in enumerate(items, start=1)]


def _part_1(case: Case, loan: SheetLoan) -> list[_Item]:
    texts, scribe, at = case.words.texts["key_facts"], case.scribe, loan.origin
    return [
        (texts["proposal"], [row("", case.reference), row(texts["product"], case.product())]),
        (texts["amount"], _only(scribe.money(loan.terms.amount, f"{at}.amount"))),
        (texts["disbursal"], _only(_plain(texts["in_full"]))),
        (texts["term"], _only(scribe.months(loan.terms.term_months, f"{at}.term_months"))),
        (texts["instalment"], _instalments(case, loan)),
        (texts["rate"], _only(_rate(case, loan))),
        (texts["benchmark"], _benchmark(case, loan)),
        (texts["fees"], _fees(case, loan)),
        (texts["apr"], _only(scribe.rate(loan.terms.apr, f"{at}.apr"))),
        (texts["contingent"], _contingent(case)),
    ]


def _instalments(case: Case, loan: SheetLoan) -> list[Line]:
    texts, scribe, terms, at = case.words.texts["key_facts"], case.scribe, loan.terms, loan.origin
    single, how = terms.repayment.kind == "bullet", terms.repayment
    count = terms.term_months - loan.waiting
    begins = scribe.months(loan.waiting + 1, f"computed: months before {at} is repaid")
    rows = [
        row(texts["instalment_kind"], _plain(texts["kind_single" if single else "kind_monthly"])),
        row(texts["count"], scribe.number(count, f"computed: {at}.term_months less the months before")),
        row(texts["each"], scribe.money(terms.instalment, f"{at}.instalment")),
        row(texts["begins"], {**begins, "text": texts["begins_after"].format(months=begins["text"])}),
    ]
    if terms.last_instalment != terms.instalment:
        rows.insert(3, row(texts["last"], scribe.money(terms.last_instalment, f"{at}.last_instalment")))
    if loan.waiting:
        rows.append(row(texts["waiting"], _plain(texts[f"waiting_{how.interest}"])))
    return rows


def _rate(case: Case, loan: SheetLoan) -> Figure:
    texts = case.words.texts["key_facts"]
    rate = case.scribe.rate(loan.terms.annual_rate, f"{loan.origin}.annual_rate")
    kind = "fixed" if case.book.product.rate_kind == "fixed" else "floating"
    return {**rate, "text": texts[kind].format(rate=rate["text"])}


def _benchmark(case: Case, loan: SheetLoan) -> list[Line]:
    texts, scribe, at = case.words.texts["key_facts"], case.scribe, loan.origin
    if case.book.product.rate_kind == "fixed":
        return _only(_plain(texts["not_floating"]))
    index, benchmark, rate = case.part("index"), case.book["reference_rate"], loan.terms.annual_rate
    spread = f"computed: {at}.annual_rate less policy.reference_rate"
    return [
        row(texts["reference"], words(index["name"], "letters.index.name")),
        row(texts["reference_rate"], scribe.rate(benchmark, "policy.reference_rate")),
        row(texts["spread"], scribe.rate(rate - benchmark, spread)),
        row(texts["final"], scribe.rate(rate, f"{at}.annual_rate")),
        row(texts["reset_b"], _reset(case, "benchmark_reset_months")),
        row(texts["reset_s"], _reset(case, "spread_reset_months")),
        *_impact(case, loan),
    ]


def _reset(case: Case, name: str) -> Figure:
    return case.scribe.months(int(case.part("index")[name]), f"letters.index.{name}")


def _impact(case: Case, loan: SheetLoan) -> list[Line]:
    """What a stated rise of the rate does to the instalment, or to the number of them."""
    texts, scribe, at = case.words.texts["key_facts"], case.scribe, loan.origin
    change = Decimal(case.part("impact")["change"])
    higher = loan.terms.annual_rate + change
    source = f"computed: {at} at a rate higher by letters.impact.change"
    stated = scribe.rate(change, "letters.impact.change")
    rows = [row(texts["impact_each"], scribe.money(loan.at(higher), source), change=stated)]
    count = loan.months_at(higher) if loan.terms.repayment.kind == "instalment" else None
    return [*rows, row(texts["impact_count"], scribe.number(count, source))] if count else rows


def _fees(case: Case, loan: SheetLoan) -> list[Line]:
    texts, scribe = case.words.texts["key_facts"], case.scribe
    rows = [
        row(
            texts["fee_ours"].format(fee=texts.get(f"fee_{fee.code}", fee.code.replace("_", " ").capitalize())),
            scribe.money(fee.amount, f"{loan.origin}.fees.{n}.amount"),
        )
        for n, fee in enumerate(loan.terms.fees)
    ]
    return [*rows, row(texts["fee_others"], _plain(texts["none"]))]


def _contingent(case: Case) -> list[Line]:
    texts, scribe, book = case.words.texts["key_facts"], case.scribe, case.book
    grace, charge = scribe.days(int(book["grace_days"]), "policy.grace_days"), book["prepayment_charge"]
    share = scribe.rate(charge, "policy.prepayment_charge")
    early = {**share, "text": texts["foreclosure_share"].format(charge=share["text"])} if charge else None
    return [
        row(texts["penal"], scribe.money(book["late_fee"], "policy.late_fee"), grace=grace),
        row(texts["penal_other"], _plain(texts["none"])),
        row(texts["foreclosure"], early or _plain(texts["none"])),
        row(texts["switching"], _plain(texts["none"])),
    ]


def _part_2(case: Case) -> list[_Item]:
    texts, clauses, officer = case.words.texts["key_facts"], case.part("clauses"), case.part("officer")
    digital = [
        row(texts["cooling_off"], case.part_days("cooling_off")),
        row(texts["recovery_agent"], _plain(texts["none"])),
    ]
    contact = [("", "name"), (texts["officer_phone"], "phone"), (texts["officer_email"], "email")]
    return [
        (texts["recovery"], _only(words(clauses["recovery"], "letters.clauses.recovery"))),
        (texts["grievance"], _only(words(clauses["grievance"], "letters.clauses.grievance"))),
        (texts["officer"], [row(label, words(officer[name], f"letters.officer.{name}")) for label, name in contact]),
        (texts["transfer"], _only(words(clauses["transfer"], "letters.clauses.transfer"))),
        (texts["co_lending"], _only(_plain(texts["none"]))),
        (texts["digital"], digital),
    ]


def _computation(case: Case, loan: SheetLoan) -> dict[str, object]:
    texts, scribe, terms, at = case.words.texts["key_facts"], case.scribe, loan.terms, loan.origin
    rows = [
        row(texts["amount"], scribe.money(terms.amount, f"{at}.amount")),
        row(texts["payable"], scribe.money(loan.fees, f"computed: sum of {at}.fees")),
        row(texts["net"], scribe.money(terms.amount - loan.fees, f"computed: {at}.amount less fees")),
        row(texts["interest"], scribe.money(terms.total_interest, f"{at}.total_interest")),
        row(texts["total"], scribe.money(loan.paid, f"computed: payments of {at}")),
        row(texts["due"], _plain(texts["due_monthly"])),
        row(texts["apr"], scribe.rate(terms.apr, f"{at}.apr")),
    ]
    return {"name": "computation", "heading": texts["computation"], "rows": rows}


def _schedule(case: Case, loan: SheetLoan) -> dict[str, object]:
    """One line a month: its number, what was owed before, principal, interest and payment."""
    texts, write = case.words.texts["key_facts"], case.scribe.formats
    owed = [loan.terms.amount, *(r.outstanding for r in loan.plan)]
    lines = [
        [str(r.month), *(write.amount(v) for v in (before, r.principal, r.interest, r.payment))]
        for before, r in zip(owed, loan.plan, strict=False)
    ]
    columns = [texts[name] for name in ("month", "outstanding", "principal", "paid_interest", "paid")]
    return {
        "heading": texts["schedule"],
        "columns": columns,
        "rows": lines,
        "source": f"computed: rows of {loan.origin}",
    }


def _notes(case: Case) -> list[dict[str, object]]:
    texts, conditions = case.words.texts["key_facts"], case.core["conditions"]
    kind = (case.core["request"]["collateral"] or {"kind": "none"})["kind"]
    found: list[dict[str, object]] = [{"heading": texts["security"], "texts": [texts[f"security_{kind}"]]}]
    if conditions:
        found.append({"heading": texts["conditions"], "texts": [c["text"] for c in conditions]})
    return found


def _plain(text: str) -> Figure:
    return words(text, _WORDS)


def _only(figure: Figure) -> list[Line]:
    """An item with one line needs no label of its own."""
    return [row("", figure)]

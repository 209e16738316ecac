"""The Truth in Lending sheet of a closed-end loan: box, payment schedule, what the law adds, itemization."""

from __future__ import annotations

from lending.domain.core import application_from
from lending.domain.money import ZERO, Money, to_cents
from lending.domain.people import refinanced_payoff
from lending.domain.schedule import Fee
from serving.letters.case import Case
from serving.letters.figures import Figure, Sentence, row, say, words
from serving.letters.loan import Payments, SheetLoan


def truth_in_lending(case: Case, loan: SheetLoan) -> dict[str, object]:
    """The sheet's own parts, JSON-ready; items and phrases as the words of the market date and source them."""
    return {
        "box": {"heading": _texts(case)["box"], "figures": _box(case, loan)},
        "payments": _payments(case, loan),
        "statements": _statements(case, loan),
        "tables": [_loan_table(case, loan), _itemised(case, loan), _paid_out(case, loan)],
        "notes": _notes(case),
    }


def _texts(case: Case) -> dict[str, str]:
    return dict(case.words.texts["key_facts"])


def _box(case: Case, loan: SheetLoan) -> list[Figure]:
    scribe, at = case.scribe, loan.origin
    figures = {
        "apr": scribe.rate(loan.terms.apr, f"{at}.apr"),
        "finance_charge": scribe.money(loan.finance_charge, f"computed: {at}.total_interest and finance charges"),
        "amount_financed": scribe.money(loan.financed, f"computed: {at}.amount less finance charges"),
        "total_of_payments": scribe.money(loan.paid, f"computed: payments of {at}"),
    }
    return [
        {"name": name, "law": case.part(name).source, **case.part(name).words, **figure}
        for name, figure in figures.items()
    ]


def _payments(case: Case, loan: SheetLoan) -> dict[str, object]:
    texts = _texts(case)
    return {
        "heading": texts["schedule"],
        "columns": [texts["count"], texts["each"], texts["due"]],
        "rows": [_run(case, run, loan.origin) for run in loan.payments()],
    }


def _run(case: Case, run: Payments, origin: str) -> dict[str, object]:
    source, texts = f"computed: payments of {origin}", _texts(case)
    when = texts["once"] if run.count == 1 else texts["monthly"]
    return {
        "count": case.scribe.number(run.count, source),
        "amount": case.scribe.money(run.amount, source),
        "due": say(when, first=case.scribe.months(run.first, source)),
    }


def _statements(case: Case, loan: SheetLoan) -> list[Sentence]:
    texts, contract = _texts(case), case.part("contract")
    kind = (case.core["request"]["collateral"] or {"kind": "none"})["kind"]
    found: list[Sentence] = [
        {"label": texts["security"], **say(texts[f"security_{kind}"])},
        {"label": texts["late"], **_late(case)},
        {"label": texts["prepayment"], **_prepayment(case)},
        {"label": contract["label"], "law": contract.source, **say(contract["phrase"])},
    ]
    if loan.waiting and loan.terms.repayment.kind == "moratorium":
        months = case.scribe.months(loan.waiting, f"{loan.origin}.repayment.moratorium_months")
        sentence = say(texts[f"waiting_{loan.terms.repayment.interest}"], months=months)
        found.insert(0, {"label": texts["waiting"], **sentence})
    if case.book.product.rate_kind == "variable":
        found.insert(0, {"label": texts["rate"], **_variable(case, loan)})
    return found


def _late(case: Case) -> Sentence:
    book, scribe = case.book, case.scribe
    if not book["late_fee"]:
        return say(_texts(case)["late_none"])
    grace = scribe.days(int(book["grace_days"]), "policy.grace_days")
    return say(_texts(case)["late_text"], grace=grace, fee=scribe.money(book["late_fee"], "policy.late_fee"))


def _prepayment(case: Case) -> Sentence:
    charge = case.book["prepayment_charge"]
    if not charge:
        return say(_texts(case)["prepayment_free"])
    return say(_texts(case)["prepayment_charged"], charge=case.scribe.rate(charge, "policy.prepayment_charge"))


def _variable(case: Case, loan: SheetLoan) -> Sentence:
    """What may raise the rate, what a rise means, and the stressed rate of the policy as an example."""
    scribe, terms, at = case.scribe, loan.terms, loan.origin
    higher = terms.annual_rate + case.book["stress_add"]
    return say(
        _texts(case)["variable"],
        index=words(case.part("index")["name"], "letters.index.name"),
        rate=scribe.rate(terms.annual_rate, f"{at}.annual_rate"),
        higher=scribe.rate(higher, f"computed: {at}.annual_rate and policy.stress_add"),
        payment=scribe.money(terms.instalment, f"{at}.instalment"),
        risen=scribe.money(loan.at(higher), f"computed: {at} at the higher rate"),
    )


def _loan_table(case: Case, loan: SheetLoan) -> dict[str, object]:
    texts, scribe, terms, at = _texts(case), case.scribe, loan.terms, loan.origin
    single = terms.repayment.kind == "bullet"
    rate = f"{case.book.product.rate_kind}_rate"
    rows = [
        row(texts["product"], case.product()),
        row(texts["amount"], scribe.money(terms.amount, f"{at}.amount")),
        row(texts["term"], scribe.months(terms.term_months, f"{at}.term_months")),
        row(texts[rate], scribe.rate(terms.annual_rate, f"{at}.annual_rate")),
        row(texts["single" if single else "instalment"], scribe.money(terms.instalment, f"{at}.instalment")),
        row(texts["interest"], scribe.money(terms.total_interest, f"{at}.total_interest")),
        *(row(_fee_label(texts, f), scribe.money(f.amount, f"{at}.fees.{n}.amount")) for n, f in enumerate(terms.fees)),
        row(texts["cost"], scribe.money(terms.total_cost, f"{at}.total_cost")),
    ]
    return {"name": "loan", "heading": texts["loan"], "rows": rows}


def _fee_label(texts: dict[str, str], fee: Fee) -> str:
    return texts["fee"].format(fee=_fee_name(texts, fee), when=texts[f"fee_{fee.when}"])


def _fee_name(texts: dict[str, str], fee: Fee) -> str:
    return texts.get(f"fee_{fee.code}", fee.code.replace("_", " ").capitalize())


def _itemised(case: Case, loan: SheetLoan) -> dict[str, object]:
    """The principal, less each prepaid finance charge, is the amount financed."""
    texts, scribe, at = _texts(case), case.scribe, loan.origin
    financed = scribe.money(loan.financed, f"computed: {at}.amount less finance charges")
    rows = [row(texts["amount"], scribe.money(loan.terms.amount, f"{at}.amount"))]
    for n, fee in enumerate(loan.terms.fees):
        if fee.finance_charge:
            label = texts["prepaid"].format(fee=_fee_name(texts, fee))
            rows.append(row(label, scribe.money(-fee.amount, f"computed: less {at}.fees.{n}.amount")))
    heading = say(texts["itemised"], financed=financed)["text"]
    return {"name": "itemised", "heading": heading, "rows": [*rows, row(texts["financed"], financed)]}


def _paid_out(case: Case, loan: SheetLoan) -> dict[str, object]:
    """Where the principal goes: to the customer, to their loans with us, to fees taken out of it."""
    texts, scribe, at = _texts(case), case.scribe, loan.origin
    inside = [(n, f) for n, f in enumerate(loan.terms.fees) if f.when != "upfront"]
    payoff = to_cents(refinanced_payoff(application_from(case.core)))
    given = Money(loan.terms.amount - payoff - sum((f.amount for _, f in inside), ZERO))
    rows = [row(texts["given"], scribe.money(given, f"computed: {at}.amount less what is paid elsewhere"))]
    if payoff:
        rows.append(row(texts["account"], scribe.money(payoff, "computed: payoff of request.refinances")))
    for n, fee in inside:
        label = texts["prepaid" if fee.finance_charge else "others"].format(fee=_fee_name(texts, fee))
        rows.append(row(label, scribe.money(fee.amount, f"{at}.fees.{n}.amount")))
    return {"name": "paid_out", "heading": texts["paid_out"], "rows": rows}


def _notes(case: Case) -> list[dict[str, object]]:
    texts, also = _texts(case), f"also_{case.core['product']}"
    notes: list[dict[str, object]] = []
    if case.core["conditions"]:
        notes.append({"heading": texts["conditions"], "texts": [c["text"] for c in case.core["conditions"]]})
    if also in texts:
        notes.append({"heading": texts["also"], "texts": [texts[also]]})
    return notes

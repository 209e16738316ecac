"""What stands on the papers of generated people: facts alone, drawn elsewhere; also with one thing planted wrong."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from lending.domain.application import Applicant

LABEL = "GENERATED FOR THE DEMO - not a real document"
WRONG = ("other_person", "expired", "wrong_kind", "low_income", "blurred")
"""What can be planted: each must be noticed by the check of papers."""
OTHER_PERSON = "Quillon Farrow"
INCOME_KIND: Mapping[str, str] = {
    "salaried": "payslip", "self_employed": "business_accounts", "gig": "platform_statement",
    "retired": "pension_statement", "unemployed": "benefit_notice", "student": "benefit_notice",
}  # fmt: skip
"""Work to the kind of paper that proves its income."""
_TAX = Decimal("0.24")
_LOW = Decimal("0.60")
_YEAR = 365


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom a paper is about, on a day; `stated` is what their application says, by the name of the question."""

    applicant: Applicant
    name: str
    today: date
    stated: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def income(self) -> Decimal:
        """Gross and a month; nothing where none is on record."""
        return self.applicant.gross_monthly_income or Decimal(0)

    def said(self, name: str, otherwise: str) -> str:
        """What the application says, or an invented word."""
        return self.stated.get(name) or otherwise


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """A paper before it is drawn: a title, who issued it, rows of label and value, and a closing sentence."""

    kind: str
    title: str
    issuer: str
    rows: tuple[tuple[str, str], ...]
    closing: str = ""


def paper_facts(kind: str, whose: Whose, wrong: str = "") -> PaperFacts:
    """What stands on a paper of a kind.

    Args:
        kind: of kb/papers_needed.yaml.
        whose: whom it is about.
        wrong: "" for a right one, or one of WRONG.

    Raises:
        KeyError: there is no such kind.
    """
    if wrong == "wrong_kind":
        kind = "identity" if kind != "identity" else "payslip"
    if wrong == "other_person":
        whose = replace(whose, name=OTHER_PERSON)
    if wrong == "low_income":
        lower = (whose.income * _LOW).quantize(Decimal("0.01"))
        whose = replace(whose, applicant=replace(whose.applicant, gross_monthly_income=lower, net_monthly_income=None))
    if wrong == "expired":
        whose = replace(whose, today=whose.today - timedelta(days=11 * _YEAR))
    return _KINDS[kind](whose)


def kinds_for(applicant: Applicant) -> tuple[str, ...]:
    """The papers that somebody of this work would bring."""
    studies = ("admission_letter", "fee_plan") if applicant.employment_status == "student" else ()
    return ("identity", INCOME_KIND[applicant.employment_status], *studies, "gold_appraisal", "savings_statement")


def plain_name(name: str) -> str:
    """A name without what the demo says behind it.

    >>> plain_name("Linnea (demo persona)")
    'Linnea'
    """
    return name.partition("(")[0].strip()


def _payslip(w: Whose) -> PaperFacts:
    end = _last_month_end(w.today)
    net = w.applicant.net_monthly_income or w.income * (1 - _TAX)
    return PaperFacts("payslip", "Payslip", w.said("employer", "Northwind Mills"), (
        ("Employer", w.said("employer", "Northwind Mills")), ("Employee name", w.name),
        ("Pay period", end.strftime("%B %Y")), ("Pay date", _day(end)), ("Gross pay", _money(w.income)),
        ("Tax withheld", _money(w.income - net)), ("Net pay", _money(net)),
    ), "Deductions are as the law asks for.")  # fmt: skip


def _identity(w: Whose) -> PaperFacts:
    return PaperFacts("identity", "Identity card", "Registry of Examples", (
        ("Document number", f"X{w.applicant.birth_date:%d%m}7{w.applicant.birth_date:%y}"), ("Full name", w.name),
        ("Date of birth", _day(w.applicant.birth_date)), ("Valid until", _day(w.today + timedelta(days=6 * _YEAR))),
    ), "This identity document is the property of the registry.")  # fmt: skip


def _admission(w: Whose) -> PaperFacts:
    begins = w.said("course_start", (w.today + timedelta(days=120)).isoformat())
    return PaperFacts("admission_letter", "Letter of admission", w.said("institution", "Harbour University"), (
        ("Student", w.name), ("Institution", w.said("institution", "Harbour University")),
        ("Course", w.said("course", "Civil engineering")), ("Course begins", _day(date.fromisoformat(begins))),
        ("Date of letter", _day(w.today - timedelta(days=20))),
    ), "We are glad to say that you are admitted. The institution is accredited.")  # fmt: skip


def _fee_plan(w: Whose) -> PaperFacts:
    return PaperFacts("fee_plan", "Plan of fees", w.said("institution", "Harbour University"), (
        ("Student", w.name), ("Tuition, first semester", _money(Decimal(9000))),
        ("Tuition, second semester", _money(Decimal(9000))), ("Total fees", _money(Decimal(18000))),
        ("Issued on", _day(w.today - timedelta(days=15))),
    ), "Tuition is payable before each semester begins.")  # fmt: skip


def _gold(w: Whose) -> PaperFacts:
    return PaperFacts("gold_appraisal", "Gold appraisal", "Sterling Assay House", (
        ("Owner", w.name), ("Article", "Necklace and bangles"), ("Net weight", f"{w.said('weight_g', '85')} grams"),
        ("Purity", f"{w.said('purity_k', '22')} karat"), ("Appraised on", _day(w.today - timedelta(days=9))),
    ), "Weighed and tested by our assayer; this is a certificate of purity.")  # fmt: skip


def _pension(w: Whose) -> PaperFacts:
    return PaperFacts("pension_statement", "Pension statement", "Evergreen Pension Fund", (
        ("Pensioner", w.name), ("Pension fund", "Evergreen Pension Fund"),
        ("Gross monthly pension", _money(w.income)), ("Statement date", _day(w.today - timedelta(days=30))),
    ), "Paid on the first day of each month, for life.")  # fmt: skip


def _business(w: Whose) -> PaperFacts:
    profit = w.income * 12
    return PaperFacts("business_accounts", "Business accounts", "Ledgerline Accountants", (
        ("Proprietor", w.name), ("Year ended", _day(date(w.today.year - 1, 12, 31))),
        ("Turnover", _money(profit * 2)), ("Expenses", _money(profit)), ("Profit for the year", _money(profit)),
    ), "Profit and loss of the business, drawn up from its books.")  # fmt: skip


def _platform(w: Whose) -> PaperFacts:
    return PaperFacts("platform_statement", "Platform statement", w.said("platforms", "Swiftgig"), (
        ("Partner", w.name), ("Orders completed", "412"), ("Gross monthly earnings", _money(w.income)),
        ("Statement date", _day(w.today - timedelta(days=8))),
    ), "Earnings summary of the last month.")  # fmt: skip


def _benefit(w: Whose) -> PaperFacts:
    return PaperFacts("benefit_notice", "Notice of benefit", "Office of Examples", (
        ("Claimant", w.name), ("Monthly benefit", _money(w.income)), ("Issued on", _day(w.today - timedelta(days=25))),
    ), "Entitlement is looked at again each year.")  # fmt: skip


def _savings(w: Whose) -> PaperFacts:
    return PaperFacts("savings_statement", "Statement of savings", "Other Bank of Examples", (
        ("Account holder", w.name), ("Savings account", "number 0042 7781"),
        ("Closing balance", _money(max(w.income * 12, Decimal(5000)))),
        ("Statement date", _day(w.today - timedelta(days=12))),
    ), "Interest is added at the end of the year.")  # fmt: skip


def _car_offer(w: Whose) -> PaperFacts:
    return PaperFacts("car_offer", "Offer for a car", w.said("car_dealer", "Cypress Motors"), (
        ("Buyer", w.name), ("Dealer", w.said("car_dealer", "Cypress Motors")),
        ("Model", w.said("car_model", "Meridian 2.0")), ("Vehicle identification number", "DEMO0000000000042"),
        ("Purchase price", _money(Decimal(21500))), ("Offer date", _day(w.today - timedelta(days=5))),
    ), "The seller stands by this offer for 30 days.")  # fmt: skip


def _registration(w: Whose) -> PaperFacts:
    return PaperFacts("vehicle_registration", "Vehicle registration", "Registry of Examples", (
        ("Registered keeper", w.name), ("Plate number", "DEMO 42"), ("Make", "Meridian"),
        ("Vehicle identification number", "DEMO0000000000042"),
    ), "Registration certificate of one vehicle.")  # fmt: skip


def _property(w: Whose) -> PaperFacts:
    price = Decimal(w.said("home_price", "320000"))
    return PaperFacts("property_contract", "Contract of sale of a property", "Notary of Examples", (
        ("Buyer", w.name), ("Seller", "Estate of Examples"),
        ("Property", w.said("home_address", "7 Sample Lane, Springfield")), ("Purchase price", _money(price)),
        ("Date of contract", _day(w.today - timedelta(days=6))),
    ), "To be entered in the land register.")  # fmt: skip


def _results(w: Whose) -> PaperFacts:
    return PaperFacts("school_results", "School results", "Examples Secondary School", (
        ("Student", w.name), ("Institution", "Examples Secondary School"), ("Subject", "Grade"),
        ("Mathematics", "A"), ("Physics", "B"), ("Languages", "A"),
    ), "All subjects passed; the grades are final.")  # fmt: skip


def _loans(w: Whose) -> PaperFacts:
    owed = w.applicant.monthly_obligations or Decimal(0)
    return PaperFacts("loan_statement", "Loan statement", "Other Bank of Examples", (
        ("Borrower", w.name), ("Lender", "Other Bank of Examples"), ("Monthly instalment", _money(owed)),
        ("Statement date", _day(w.today - timedelta(days=11))),
    ), "Outstanding and paid as agreed.")  # fmt: skip


_KINDS: Mapping[str, Callable[[Whose], PaperFacts]] = {
    "payslip": _payslip, "identity": _identity, "admission_letter": _admission, "fee_plan": _fee_plan,
    "gold_appraisal": _gold, "pension_statement": _pension, "business_accounts": _business,
    "platform_statement": _platform, "benefit_notice": _benefit, "savings_statement": _savings,
    "car_offer": _car_offer, "vehicle_registration": _registration, "property_contract": _property,
    "school_results": _results, "loan_statement": _loans,
}  # fmt: skip
KINDS = tuple(_KINDS)


def _last_month_end(day: date) -> date:
    return day.replace(day=1) - timedelta(days=1)


def _day(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"

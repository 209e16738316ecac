"""The notice: what was done, the specific reasons, the reader's rights, and nothing that is not theirs to know."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lending.domain.errors import RefusedError
from serving.letters.wording import wording
from tests.builders import AS_OF, an_application, an_assessment, the_policy
from tests.serving.letter_cases import (
    a_core,
    a_declined_core,
    a_joint_decline,
    an_approved_core,
    an_offer,
    drivers,
    figures,
    leaves,
    numbers,
    page,
    reasons,
    the_indian_policy,
    told,
)

CREDIT_RIGHTS = (
    "The Federal Equal Credit Opportunity Act prohibits creditors from discriminating against credit applicants on "
    "the basis of race, color, religion, national origin, sex, marital status, age (provided the applicant has the "
    "capacity to enter into a binding contract); because all or part of the applicant's income derives from any "
    "public assistance program; or because the applicant has in good faith exercised any right under the Consumer "
    "Credit Protection Act. The Federal agency that administers compliance with this law concerning this creditor is:"
)


def test_a_decline_names_its_reasons_in_the_words_of_the_notice_the_first_first() -> None:
    core = a_declined_core()
    known = the_policy().wording.reasons
    assert reasons(told(core)) == [known[r["code"]].notice for r in core["reasons"]]


def test_a_notice_never_has_more_than_four_reasons() -> None:
    core = a_declined_core()
    core["reasons"] = [{"code": code, "person": "applicant"} for code in list(the_policy().wording.reasons)[4:20]]
    assert len(reasons(told(core))) == 4


def test_two_reasons_with_the_same_words_are_said_once() -> None:
    core = a_declined_core()
    core["reasons"] = [{"code": c, "person": "applicant"} for c in ("amount_too_large", "term_too_long", "income_low")]
    assert len(reasons(told(core))) == 2


def test_the_notice_names_the_law_and_the_agency_in_the_prescribed_words() -> None:
    right = told(a_declined_core())["rights"][0]
    assert right["text"] == CREDIT_RIGHTS
    assert "1100 Walnut Street, Box #11, Kansas City, MO 64106" in right["address"]


def test_the_notice_names_the_creditor_and_its_address() -> None:
    shown = page(a_declined_core())
    creditor = wording("us").part("creditor", AS_OF)
    assert creditor["name"] in shown
    assert creditor["address"] in shown


def test_a_score_that_was_used_is_told_with_its_range_its_date_and_who_gave_it() -> None:
    shown = page(a_declined_core())
    for words in ("612", "from a low of 300 to a high of 850", "November 2, 2026", "Demo Credit Bureau (generated)"):
        assert words in shown


def test_the_report_says_what_the_law_asks_for() -> None:
    shown = page(a_declined_core())
    for words in (
        "The agency did not make this decision.",
        "unable to tell you the specific reasons",
        "You can get a free copy of your report. Ask the agency for it within 60 days",
        "right to dispute it with the agency",
        "Toll-free",
    ):
        assert words in shown


def test_key_factors_are_facts_of_the_report_that_raised_the_risk_the_strongest_first() -> None:
    core = a_core(
        an_application(credit_score=612),
        an_assessment(
            "0.300000",
            contributions=(
                ("open_accounts", Decimal("0.1000")),
                ("employment_months", Decimal("0.9000")),
                ("credit_score", Decimal("0.8000")),
                ("revolving_utilisation", Decimal("0.4000")),
                ("delinquencies_24m", Decimal("-0.2000")),
            ),
        ),
    )
    items = told(core)["report"]["score"]["factors"]["items"]
    known = the_policy().wording.reasons
    assert [i["text"] for i in items] == [known["utilisation_high"].notice, known["accounts_few"].notice]


def test_a_fifth_key_factor_is_told_only_when_it_is_inquiries() -> None:
    first = ("revolving_utilisation", "delinquencies_24m", "open_accounts", "oldest_account_months")
    for last, count in (("inquiries_6m", 5), ("public_records", 4)):
        said = an_assessment("0.300000", contributions=drivers(*first, last))
        core = a_core(an_application(credit_score=612), said)
        assert len(told(core)["report"]["score"]["factors"]["items"]) == count


def test_without_a_score_the_report_is_named_but_no_score() -> None:
    core = a_declined_core()
    core["facts"]["applicant"]["credit_score"] = None
    report = told(core)["report"]
    assert report["agency"]["name"] == "Demo Credit Bureau (generated)"
    assert report["score"] is None


def test_where_no_agency_told_us_anything_none_is_named() -> None:
    core = a_declined_core()
    for name in wording("us").bureau_facts:
        core["facts"]["applicant"][name] = None
    assert told(core)["report"] is None


def test_a_counter_offer_says_its_terms_and_until_when_it_stands() -> None:
    offer = an_offer(an_approved_core("car", "9000", 36))
    letter = told(a_declined_core(), counter_offer=offer)
    assert letter["title"] == "We can offer you a different loan"
    values = [row["value"] for row in letter["offer"]["rows"]]
    repaid = str(Decimal(offer["amount"]) + Decimal(offer["total_cost"]))
    assert values == ["9000.00", "36", offer["annual_rate"], offer["apr"], offer["instalment"], repaid]
    assert "November 16, 2026" in letter["offer"]["until"]["text"]
    assert reasons(letter)


def test_an_approval_has_no_notice() -> None:
    with pytest.raises(RefusedError, match="for a decline or a referral"):
        told(an_approved_core("car", "15000", 48))


def test_a_referral_is_no_place_for_a_counter_offer() -> None:
    with pytest.raises(RefusedError, match="a counter-offer for a decline"):
        told(a_core(assessment=None), counter_offer=an_offer(an_approved_core("car", "9000", 36)))


def test_a_referral_promises_an_answer_within_the_days_of_the_law() -> None:
    letter = told(a_core(assessment=None))
    assert letter["next"]["figures"]["until"]["value"] == "2026-12-02"
    assert letter["reasons"] is letter["report"] is letter["needs"] is None


def test_a_request_that_lacks_something_says_what_to_send_and_by_when() -> None:
    letter = told(a_core(an_application(gross_monthly_income=None)))
    assert letter["title"] == "We need something from you"
    assert any("Proof of your income" in item for item in letter["needs"]["items"])
    assert "December 2, 2026" in letter["next"]["text"]


@pytest.mark.parametrize("name", ["decline", "counter", "co_applicant", "referral", "incomplete"])
def test_every_number_in_a_notice_is_a_figure_or_somebodys_address(name: str) -> None:
    offer = an_offer(an_approved_core("car", "9000", 36))
    core, given = {
        "decline": (a_declined_core(), {}),
        "counter": (a_declined_core(), {"counter_offer": offer}),
        "co_applicant": (a_joint_decline(), {"for_person": "co_applicant"}),
        "referral": (a_core(assessment=None), {}),
        "incomplete": (a_core(an_application(gross_monthly_income=None)), {}),
    }[name]
    letter = told(core, **given)
    written = [f["text"] for f in figures(letter)] + [*leaves(letter["creditor"]), *leaves(letter["rights"])]
    written += leaves((letter["report"] or {}).get("agency"))
    assert numbers(page(core, **given)) <= set().union(*map(numbers, written))


def test_in_india_the_reasons_come_with_whom_to_complain_to() -> None:
    core = a_core(an_application(credit_score=500), an_assessment("0.300000"), the_indian_policy())
    letter = told(core, the_indian_policy())
    assert reasons(letter)
    assert letter["report"] is None
    assert "Reserve Bank of India" in letter["rights"][0]["address"]

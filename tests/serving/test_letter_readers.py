"""Who may read what: screening is hidden from everybody, and each who signs reads their own record."""

from __future__ import annotations

from typing import Any

import pytest

from lending.domain.errors import InputError
from tests.builders import an_application, the_policy
from tests.serving.letter_cases import a_core, a_declined_core, a_joint_decline, numbers, page, reasons, told


@pytest.mark.parametrize("flags", [("sanctions",), ("fraud",), ("sanctions", "fraud")])
@pytest.mark.parametrize("other", [{}, {"credit_score": 500}, {"gross_monthly_income": None}, {"credit_score": None}])
def test_a_screened_customer_gets_the_letter_that_everybody_gets_whom_a_person_looks_at(
    flags: tuple[str, ...], other: dict[str, Any]
) -> None:
    screened = told(a_core(an_application(flags=flags, **other)))
    usual = told(a_core(assessment=None))
    assert _without_reference(screened) == _without_reference(usual)


def test_a_screened_customers_page_has_no_word_of_it() -> None:
    shown = page(a_core(an_application(flags=("sanctions", "fraud"), credit_score=500))).lower()
    for word in ("sanction", "fraud", "flag", "screen", "policy", "score", "report"):
        assert word not in shown


def test_a_screened_customer_whom_a_person_declines_reads_that_persons_reasons() -> None:
    core = a_core(an_application(flags=("fraud",), credit_score=612))
    letter = told(core, ruled=[{"code": "income_low", "field": "counted_income", "person": "applicant"}])
    assert reasons(letter) == [the_policy().wording.reasons["income_low"].notice]
    assert letter["report"]["score"]["rows"][0]["value"] == "612"


@pytest.mark.parametrize("code", ["person_needed", "no_model", "because"])
def test_a_person_must_name_a_specific_reason_to_decline(code: str) -> None:
    with pytest.raises(InputError, match="no reason to decline"):
        told(a_core(assessment=None), ruled=[{"code": code}])


def test_the_applicant_does_not_read_what_stands_in_the_co_applicants_record() -> None:
    core = a_joint_decline()
    theirs = the_policy().wording.reasons["delinquency_recent"].notice
    assert any(r["code"] == "delinquency_recent" and r["person"] == "co_applicant" for r in core["reasons"])
    shown = page(core)
    assert theirs not in shown
    assert "590" not in numbers(shown)
    assert "Information about the other person who signs." in shown


def test_the_co_applicant_reads_their_own_reasons_and_score() -> None:
    core = a_joint_decline()
    letter = told(core, for_person="co_applicant")
    assert the_policy().wording.reasons["delinquency_recent"].notice in reasons(letter)
    assert letter["report"]["score"]["rows"][0]["source"] == "facts.co_applicant.credit_score"
    assert "760" not in numbers(page(core, for_person="co_applicant"))


def test_the_co_applicant_does_not_read_what_stands_in_the_applicants_record() -> None:
    core = a_joint_decline()
    core["reasons"] = [{"code": "utilisation_high", "field": "revolving_utilisation", "person": "applicant"}]
    assert reasons(told(core, for_person="co_applicant")) == ["Information about the other person who signs."]


def test_a_reason_about_the_request_is_for_both_to_read() -> None:
    core = a_joint_decline()
    core["reasons"] = [{"code": "debt_burden_too_high", "field": "dti", "person": "applicant"}]
    assert reasons(told(core)) == reasons(told(core, for_person="co_applicant"))


def test_nobody_who_does_not_sign_gets_a_notice() -> None:
    with pytest.raises(InputError, match="nobody co-signs"):
        told(a_declined_core(), for_person="co_applicant")


def test_a_record_from_before_joint_applications_is_the_applicants() -> None:
    core = a_declined_core()
    for reason in core["reasons"]:
        del reason["person"]
    for finding in core["findings"]:
        finding.pop("person")
    del core["assessment"]["person"], core["assessment"]["other"]
    assert told(core)["report"]["score"]["rows"][0]["value"] == "612"


def test_both_who_sign_read_of_the_same_request() -> None:
    core = a_joint_decline()
    asked = told(core)["asked"]
    assert told(core, for_person="co_applicant")["asked"] == asked
    assert asked["text"] == "Thank you for asking us for $15,000.00 over 4 years (Car loan)."


def _without_reference(letter: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in letter.items() if name not in ("names", "questions")}

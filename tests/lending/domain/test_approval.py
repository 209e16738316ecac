"""The quick answer whether a loan would be approved is that of the decision, whatever is looked at first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lending.domain.application import Applicant, Application, Outcome
from lending.domain.approval import approves
from lending.domain.decision import decide
from lending.domain.policy import rulebook
from lending.domain.policy_checks import FIELDS
from lending.domain.terms import within_bounds
from tests.builders import AS_OF, an_assessment, the_policy
from tests.conftest import sized
from tests.lending.domain.refusals import an_ask, applications, partners

unknown = st.sampled_from(
    ["credit_score", "gross_monthly_income", "monthly_obligations", "employment_months", "revolving_balance"]
)


@settings(max_examples=sized(300, 20_000))
@given(
    applications,
    partners,
    st.integers(0, 300_000),
    st.none() | unknown,
    st.sampled_from([(), (), ("fraud",)]),
    st.frozensets(st.sampled_from(sorted(FIELDS)), max_size=3),
)
def test_the_quick_answer_is_that_of_the_decision(
    application: Application, others: list[Applicant], pd: int, left_out: str | None, flags: tuple[str, ...],
    suspects: frozenset[str],
) -> None:  # fmt: skip
    facts: dict[str, Any] = {"flags": flags, **({left_out: None} if left_out else {})}
    asked = replace(application, applicant=replace(application.applicant, **facts))
    asked = replace(asked, co_applicant=others[0]) if others else asked
    word = an_assessment(f"{pd / 1e6:.6f}")
    book = rulebook(the_policy(), asked.request.product, AS_OF)
    decided = decide(asked, word, the_policy(), AS_OF).outcome is Outcome.APPROVE
    fits = within_bounds(asked.request.amount, asked.request.term_months, book)
    assert approves(asked, word, the_policy(), AS_OF, suspects) is (decided and fits)


@pytest.mark.parametrize("product", ["car", "gold", "education"])
def test_the_good_applicant_is_approved_quickly_too(product: str) -> None:
    """Without this the law above could hold by refusing everybody."""
    assert approves(an_ask(product), an_assessment(), the_policy(), AS_OF)
    assert not approves(
        an_ask(product, gross_monthly_income=Decimal(900)), an_assessment(), the_policy(), AS_OF, frozenset({"ltv"})
    )

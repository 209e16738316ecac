"""Plans and alternatives of the model that decides: named, judged by its bootstraps, and silent where they must be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from lending import __version__
from lending.domain.application import Applicant, Application, LoanRequest, Outcome
from lending.domain.changes import put
from lending.domain.core import core_of
from lending.domain.money import money
from lending.domain.plan_search import failed_fields
from lending.domain.record import decision_id
from serving.evaluate import evaluate, evaluate_many
from serving.plans import plans_for
from serving.quick import approve_with, judge_with
from tests.builders import the_policy
from tests.serving.standins import LinearModel, a_customer
from training.servable.protocol import Columns

DAY = date(2026, 6, 1)
POOR = a_customer(monthly_obligations=Decimal(2200))


class Careful(LinearModel):
    """The same model, to which everybody is a little riskier."""

    def predict(self, columns: Columns) -> Any:
        return np.round(np.minimum(super().predict(columns) * 1.3, 1.0), 6)


def asking(person: Applicant = POOR, product: str = "car", other: Applicant | None = None) -> Application:
    amount, term = ("15000", 48) if product == "car" else ("12000", 120)
    return Application(person, LoanRequest(product, money(amount), term), other)


def helped(application: Application, model: Any = None, partners: tuple[Applicant, ...] = ()) -> dict[str, Any]:
    model = model or LinearModel()
    _, decision = evaluate(application, model, the_policy(), DAY)
    return plans_for(application, decision, model, the_policy(), DAY, partners)


def people() -> list[Applicant]:
    scores, incomes = (None, 560, 660, 760, 840), (900, 3100, 5200, 9000)
    return [a_customer(credit_score=s, gross_monthly_income=Decimal(i)) for s in scores for i in incomes]


@pytest.mark.parametrize("product", ["car", "education"])
@pytest.mark.parametrize("joint", [False, True])
def test_quick_approvals_are_those_of_the_whole_pipeline(product: str, joint: bool) -> None:
    """Alone and with a second person, whose word counts by the product's own rule."""
    asked = [asking(p, product, other) for p in people() for other in (people() if joint else [None])]
    said = evaluate_many([(one, DAY) for one in asked], LinearModel(), the_policy())
    quick = approve_with(LinearModel(), the_policy(), DAY, frozenset({"dti"}))(asked)
    assert quick == [decision.outcome is Outcome.APPROVE for _, decision in said]
    assert len(set(quick)) == 2


def test_enough_bootstraps_approve_where_so_many_of_them_do_one_by_one() -> None:
    asked = [asking(person) for person in people()]
    refits = (*[LinearModel()] * 3, *[Careful()] * 2)
    judge = judge_with(LinearModel(bootstraps=refits), the_policy(), DAY)
    assert judge is not None
    each = np.array([approve_with(refit, the_policy(), DAY)(asked) for refit in refits])
    for enough in (1, 3, 4, 5):
        assert judge(asked, enough) == (each.sum(axis=0) >= enough).tolist()
    assert judge(asked, 3) != judge(asked, 4)


def test_a_package_without_bootstraps_calls_nothing_robust() -> None:
    assert judge_with(LinearModel(), the_policy(), DAY) is None
    assert {plan["robust"] for plan in helped(asking())["recourse"]} == {None}


def test_a_package_with_bootstraps_says_of_each_plan_whether_it_is_robust() -> None:
    """Also of one that is only a reason to ask again, should what it waits for come true."""
    found = helped(asking(), LinearModel(bootstraps=[LinearModel()] * 20))["recourse"]
    assert {(plan["then_ask_again"], plan["robust"]) for plan in found} == {(False, True), (True, True)}


def test_a_plan_carries_the_name_of_the_decision_that_it_leads_to() -> None:
    application = asking()
    plan = next(p for p in helped(application)["recourse"] if [s["action"] for s in p["steps"]] == ["repay_debt"])
    done = put(application, "repay_debt", Decimal(plan["steps"][0]["to"]))
    word, decision = evaluate(done, LinearModel(), the_policy(), DAY)
    assert decision.outcome is Outcome.APPROVE
    assert plan["redecided_id"] == decision_id(core_of(done, word, decision, the_policy(), DAY, __version__))


def test_a_partner_is_in_plans_and_alternatives() -> None:
    partner = a_customer("C2", gross_monthly_income=Decimal(9000))
    found = helped(asking(), partners=(partner,))
    assert found["recourse"][0]["steps"][0]["to"] == "C2"
    assert [a["co_applicant"] for a in found["alternatives"] if a["kind"] == "co_applicant"] == ["C2"]


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (a_customer(), None),
        (a_customer(flags=("fraud",), monthly_obligations=Decimal(5000)), "person_needed"),
        (a_customer(birth_date=date(2010, 1, 1)), "under_age"),
    ],
)
def test_who_is_approved_screened_or_a_minor_gets_neither_plans_nor_alternatives(
    person: Applicant, why: str | None
) -> None:
    found = helped(asking(person))
    assert (found["recourse"], found["alternatives"]) == ([], [])
    assert (found["why_no_plan"] and found["why_no_plan"]["code"]) == why


def test_without_a_model_nobody_gets_a_plan() -> None:
    _, decision = evaluate(asking(), None, the_policy(), DAY)
    found = plans_for(asking(), decision, None, the_policy(), DAY)
    assert found["recourse"] == []
    assert found["why_no_plan"]["code"] == "no_model"


def test_the_same_refusal_is_answered_the_same_way() -> None:
    assert helped(asking()) == helped(replace(asking()))
    assert failed_fields(evaluate(asking(), LinearModel(), the_policy(), DAY)[1]) == {"dti"}

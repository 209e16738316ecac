"""A pipeline whose risk is a formula, and refused applications of every kind, for tests of plans and alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import partial

from hypothesis import strategies as st

from lending.domain.application import Applicant, Application, Collateral, LoanRequest
from lending.domain.decision import Decision, decide
from lending.domain.money import Money, money
from lending.domain.people import assessed
from lending.domain.plans import Plan
from lending.domain.policy import Policy, Rulebook, rulebook
from lending.domain.recourse import Recourse, recourse
from lending.domain.robust import Judge
from tests.builders import AS_OF, an_applicant, an_assessment, gold, the_policy

ASKED = {
    "car": LoanRequest("car", money("15000"), 48),
    "home": LoanRequest("home", money("150000"), 240, Collateral("property", money("180000"))),
    "gold": LoanRequest("gold", money("2000"), 12, gold("30")),
    "education": LoanRequest("education", money("12000"), 120),
}
_STAIR = Decimal("0.004")
_NO_SCORE = 830


def pd_of(person: Applicant, request: LoanRequest) -> Decimal:
    """A risk that rises in stairs, as that of trees does, with debt, use of credit lines, amount and term."""
    income = max(person.gross_monthly_income or Decimal(0), Decimal(500))
    risk = Decimal("0.01") + (person.monthly_obligations or 0) / income / 10
    risk += (person.revolving_utilisation or Decimal(0)) / 15 + request.amount / income / 480
    risk += Decimal(max(0, 720 - (person.credit_score or 600))) / 2500 + Decimal(request.term_months) / 20_000
    risk -= Decimal(min(60, person.employment_months or 0)) / 10_000
    return min(Decimal("0.9"), max(_STAIR, (risk / _STAIR).to_integral_value(ROUND_CEILING) * _STAIR))


def decided(application: Application, policy: Policy | None = None, worse: Decimal = Decimal(0)) -> Decision:
    """Rules first, then the formula about everybody assessed; `worse` is added to the risk."""
    policy = policy or the_policy()
    book = rulebook(policy, application.request.product, AS_OF)
    pd = max(pd_of(person, application.request) for person in assessed(application, book).values()) + worse
    return decide(application, an_assessment(f"{pd:.6f}"), policy, AS_OF)


def decide_many(applications: Sequence[Application]) -> list[Decision]:
    return [decided(one) for one in applications]


class Counted:
    """Decides, and counts the calls and the applications in them."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.calls = self.applications = 0
        self._decided = partial(decided, policy=policy)

    def __call__(self, applications: Sequence[Application]) -> list[Decision]:
        self.calls += 1
        self.applications += len(applications)
        return [self._decided(one) for one in applications]


def book_of(product: str) -> Rulebook:
    return rulebook(the_policy(), product, AS_OF)


def an_ask(product: str, **facts: object) -> Application:
    return Application(an_applicant(**facts), ASKED[product])


def _person(customer_id: str, born: int, kind: str, income: int, debt: int, score: int, used: int) -> Applicant:
    return an_applicant(
        customer_id=customer_id, birth_date=date(born, 3, 1), employment_status=kind,
        gross_monthly_income=Decimal(income), monthly_obligations=Decimal(debt) / 100,
        credit_score=None if score > _NO_SCORE else score, revolving_balance=Decimal(used * 137),
        revolving_utilisation=Decimal(used) / 100, documents=("identity", "income", "admission"),
    )  # fmt: skip


def persons(customer_id: str) -> st.SearchStrategy[Applicant]:
    """People of all kinds, most of them with something that stands against a loan."""
    kinds = st.sampled_from(["salaried", "salaried", "salaried", "self_employed", "gig", "retired", "student"])
    return st.builds(
        partial(_person, customer_id), st.integers(1950, 2006), kinds, st.integers(2500, 12_000),
        st.integers(0, 300_000), st.integers(640, _NO_SCORE + 4), st.integers(0, 110),
    )  # fmt: skip


def _request(asked: LoanRequest, share: int, term: int) -> LoanRequest:
    amount = Money((asked.amount * share / 100).quantize(Decimal("0.01")))
    return replace(asked, amount=amount, term_months=max(1, asked.term_months * term // 100))


requests = st.builds(
    _request, st.sampled_from(sorted(ASKED.values(), key=str)), st.integers(30, 250), st.integers(40, 180)
)
applications = st.builds(Application, persons("C00001"), requests)
partners = st.lists(persons("C00002"), max_size=1)


def plans_of(application: Application, with_partners: Sequence[Applicant] = (), judge: Judge | None = None) -> Recourse:
    book = book_of(application.request.product)
    return recourse(application, decided(application), decide_many, book, with_partners, judge)


def actions(plan: Plan) -> list[str]:
    return [step.action for step in plan.steps]

"""A plan: what to change, what it takes, and what it gives."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lending.domain.application import Application
from lending.domain.changes import Setting, put, shown
from lending.domain.decision import Decision
from lending.domain.lever import Chosen
from lending.domain.money import ZERO, Money, money_text, plain
from lending.domain.record import named


@dataclass(frozen=True, slots=True)
class Step:
    """One action: from where to where, the money it takes, and the months before it shows."""

    action: str
    before: Setting
    after: Setting
    cost: Money
    months: int

    def as_dict(self) -> dict[str, str | int | None]:
        """JSON-ready (CONTRACTS: recourse)."""
        return {
            "action": self.action,
            "from": shown(self.action, self.before),
            "to": shown(self.action, self.after),
            "cost": money_text(self.cost),
            "months": self.months,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps that together turn the decision into `gives`.

    `robust`: enough bootstrap models agree; None where the package has none. `then_ask_again`: a step takes time or
    luck, so the plan is a reason to ask again and promises nothing.
    """

    steps: tuple[Step, ...]
    gives: Decision
    robust: bool | None
    then_ask_again: bool

    @property
    def cost(self) -> Money:
        """Money that all steps take."""
        return Money(sum((step.cost for step in self.steps), ZERO))

    @property
    def months(self) -> int:
        """Months until all steps are done, which run side by side."""
        return max(step.months for step in self.steps)

    @property
    def plan_id(self) -> str:
        """A name that follows from the steps."""
        return named("p", json.dumps([step.as_dict() for step in self.steps]).encode())

    def as_dict(self) -> dict[str, object]:
        """JSON-ready (CONTRACTS: recourse); who decides and records it again fills in `redecided_id`."""
        terms = self.gives.terms
        return {
            "plan_id": self.plan_id,
            "steps": [step.as_dict() for step in self.steps],
            "cost": money_text(self.cost),
            "months": self.months,
            "gives": {
                "outcome": self.gives.outcome.value,
                "annual_rate": None if terms is None else plain(terms.annual_rate),
                "instalment": None if terms is None else money_text(terms.instalment),
            },
            "redecided_id": None,
            "robust": self.robust,
            "then_ask_again": self.then_ask_again,
        }


def plan_of(chosen: Chosen, gives: Decision, robust: bool | None = None) -> Plan:
    """The plan of levers that are moved to a level each."""
    return Plan(
        tuple(
            Step(lever.action, lever.before, lever.setting(level), lever.cost(level), lever.months(lever.value(level)))
            for lever, level in chosen
        ),
        gives,
        robust,
        any(lever.ask_again for lever, _ in chosen),
    )


def apply(application: Application, plan: Plan) -> Application:
    """The application as it is once the plan is carried out; nothing else of it changes."""
    for step in plan.steps:
        application = put(application, step.action, step.after)
    return application

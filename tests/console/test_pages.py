from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dash import dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from plotly.utils import PlotlyJSONEncoder

import console
from console.components.decision import WORDS, plan_table
from console.pages.portal import home, quote
from console.pages.staff import home as staff_home
from console.queries import Queries
from console.shell import router
from console.visit import Visit
from lending.domain.repayment import Repayment
from lending.domain.roles import GRANTS, Role
from lending.ports import Account
from serving.formats import formats
from serving.ports import FlowRun
from serving.products import repayment_plan
from tests.console.standin import CUSTOMER, FlowRuns, a_person, a_platform

NOT_PRESSED = None


def a_visit(platform: Any | None = None, role: Role = Role.CUSTOMER) -> Visit:
    customer = CUSTOMER if role is Role.CUSTOMER else None
    return Visit(Account("ann", role, customer, "Ann Grey"), Queries(platform or a_platform()), formats("us"))


def text_of(component: Any) -> str:
    """Everything a reader sees of a component, as one text."""
    found: list[str] = []

    def gather(node: Any) -> None:
        if isinstance(node, (str, int)):
            found.append(str(node))
        elif isinstance(node, (list, tuple)):
            for item in node:
                gather(item)
        elif isinstance(node, Component):
            gather(getattr(node, "children", None) or [])

    gather(component)
    return " ".join(found)


def a_decision(visit: Visit, amount: object = "20,000", term: object = "48", product: str = "car", **more: Any) -> Any:
    entered = {"kind": "none", "weight": "", "purity": "22", "value": "", "co_applicant": ""} | more
    return quote.show_decision(visit, 1, product, amount, term, *entered.values())


def test_an_open_loan_leads_to_a_quote_and_a_closed_one_says_why_and_what_to_do() -> None:
    shown = text_of(home.show_products(a_visit(), "/"))
    assert "Car loan" in shown
    assert "Open to you" in shown
    assert "Your credit score is below what this loan needs." in shown
    assert "Found:  690 . Needed:  at least 700" in shown
    assert "Ways in" in shown


def test_the_profile_says_what_the_bank_knows_and_what_it_does_not() -> None:
    shown = text_of(home.show_profile(a_visit(a_platform(a_person(credit_score=None))), "/"))
    assert "$6,200" in shown
    assert "not known" in shown


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        (FlowRuns(FlowRun("1", "train-model", "running", 42.0, "Calibrating", "")), "42% done. Calibrating"),
        (FlowRuns(FlowRun("1", "train-model", "running", None, "", "")), "Starting"),
        (FlowRuns(FlowRun("1", "train-model", "failed", None, "", "")), "The training did not finish"),
        (FlowRuns(FlowRun("1", "train-model", "completed", 100.0, "", "")), "is being checked"),
        (FlowRuns(None), "not trained yet"),
        (FlowRuns(down=True), "We cannot see the training's progress now"),
    ],
)  # fmt: skip
def test_home_shows_how_far_the_first_training_is(runs: FlowRuns, words: str) -> None:
    panel, stop_asking = home.show_training(a_visit(a_platform(model=None, flow_runs=runs)), 3)
    assert words in text_of(panel)
    assert "a person looks at every request" in text_of(panel)
    assert not stop_asking


def test_home_stops_asking_once_a_model_decides() -> None:
    assert home.show_training(a_visit(), 1) == (None, True)


def test_an_approved_quote_says_the_whole_cost_in_one_sentence() -> None:
    platform = a_platform()
    shown = text_of(a_decision(a_visit(platform)))
    assert WORDS["approve"] in shown
    said = re.search(r"You borrow (\S+), you pay back (\S+) over 4 years, the loan costs you (\S+)\.", shown)
    assert said, shown
    borrowed, back, cost = (Decimal(text.replace("$", "").replace(",", "")) for text in said.groups())
    assert back - borrowed == cost > 0
    assert "with fees, by the US actuarial method" in shown


def test_the_decision_on_the_page_is_the_recorded_one_of_the_signed_in_customer() -> None:
    platform = a_platform()
    shown = text_of(a_decision(a_visit(platform)))
    (row,) = platform.records.decisions.rows.values()
    assert row.decision_id in shown
    assert (row.customer_id, row.channel, row.actor) == (CUSTOMER, "portal", "ann")
    assert json.loads(row.core)["request"]["amount"] == "20000.00"


def test_a_refused_quote_gives_its_reasons_and_what_can_be_done() -> None:
    shown = text_of(a_decision(a_visit(), "45000", "12"))
    assert WORDS["decline"] in shown
    assert "your monthly debts would take too much of your income" in shown
    assert "Take longer to repay." in shown
    assert "Still owed" not in shown


def test_without_a_model_a_person_looks() -> None:
    shown = text_of(a_decision(a_visit(a_platform(model=None))))
    assert WORDS["refer"] in shown
    assert "We cannot decide by ourselves yet" in shown


@pytest.mark.parametrize("amount", ["", "abc", "-5", "0", "1e309", "NaN", True, None, "12.345"])
def test_a_wrong_amount_comes_back_with_what_to_enter(amount: object) -> None:
    assert "Enter an amount above zero" in text_of(a_decision(a_visit(), amount))


@pytest.mark.parametrize("term", ["", "4.5", "a year", None, True])
def test_a_wrong_time_comes_back_with_what_to_enter(term: object) -> None:
    shown = text_of(a_decision(a_visit(), "20000", term))
    assert "whole number of months" in shown or "12 months" in shown or WORDS["approve"] in shown


def test_gold_goes_to_the_bank_with_weight_and_purity() -> None:
    platform = a_platform()
    entered = {"kind": "gold", "weight": "120.5", "purity": "22"}
    a_decision(a_visit(platform), "2000", "12", "gold", **entered)
    (row,) = platform.records.decisions.rows.values()
    assert json.loads(row.core)["request"]["collateral"]["weight_g"] == "120.5"


def test_a_page_that_was_only_opened_decides_nothing() -> None:
    with pytest.raises(PreventUpdate):
        quote.show_decision(a_visit(), NOT_PRESSED, "car", "1", "1", "none", "", "", "", "")


def test_the_co_applicant_question_appears_for_those_who_have_somebody() -> None:
    platform = a_platform()
    platform.records.customers.partners = (("c_mum", "Mary Grey"),)
    platform.records.customers.people["c_mum"] = a_person(customer_id="c_mum")
    field = next(part for part in walk(quote.layout(a_visit(platform), "car")) if part_id(part) == "co-applicant")
    assert [option["label"] for option in field.options] == ["Nobody", "Mary Grey"]


@pytest.mark.parametrize("path", ["/nothing", "/staff", "/loans/yacht", "", None])
def test_an_address_that_leads_nowhere_says_so(path: Any) -> None:
    from console.app import PAGES
    from console.pages.page import page_of

    show_page = router([page_of(module) for module in PAGES])
    assert "There is no such page" in text_of(show_page(a_visit(), path))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CUSTOMER])
def test_staff_see_their_role_and_only_the_tools_that_belong_to_it(role: Role) -> None:
    page = staff_home.layout(a_visit(role=role))
    assert role.value.replace("_", " ") in text_of(page)
    links = [part.href for part in walk(page) if isinstance(part, html.A)]
    assert ("http://127.0.0.1:4200" in links) == ("model.train" in GRANTS[role])
    assert ("http://127.0.0.1:5000" in links) == ("model.read" in GRANTS[role])


def test_the_plans_table_and_file_hold_every_month() -> None:
    rows = repayment_plan(Repayment(), Decimal("20000.00"), Decimal("0.0825"), 48)  # type: ignore[arg-type]
    table = plan_table(rows, formats("us"))
    read = list(csv.reader(io.StringIO(table.csv())))
    assert len(read) == 49 == len(table.shown) + 1
    assert sum(Decimal(line[3]) for line in read[1:]) == Decimal("20000.00")


def walk(component: Any) -> Iterator[Any]:
    if isinstance(component, Component):
        yield component
        yield from component._traverse()  # type: ignore[attr-defined]


def part_id(part: Any) -> Any:
    return getattr(part, "id", None)


def test_no_chart_stands_alone() -> None:
    visit = a_visit()
    pages = [home.layout(visit), quote.layout(visit, "car"), a_decision(visit), staff_home.layout(visit)]
    charts = 0
    for page in pages:
        cards = [part for part in walk(page) if "chart-card" in (getattr(part, "className", None) or "")]
        inside = [part for card in cards for part in walk(card) if isinstance(part, dcc.Graph)]
        assert len(inside) == sum(isinstance(part, dcc.Graph) for part in walk(page))
        for card in cards:
            kinds = {type(part) for part in walk(card)}
            assert {html.H3, html.P, html.Table, html.A} <= kinds
        charts += len(inside)
    assert charts == 1


def test_pages_use_no_component_that_fails_wcag() -> None:
    visit = a_visit()
    shown = json.dumps([home.layout(visit), quote.layout(visit, "gold"), a_decision(visit)], cls=PlotlyJSONEncoder)
    used = set(
        re.findall(r'"type": "([A-Z]\w+)", "namespace": "(?:dash_core_components|dash_bootstrap_components)"', shown)
    )
    assert used
    assert not used & {"Slider", "RangeSlider", "Dropdown", "RadioItems", "Checklist", "DatePickerSingle", "Upload",
                       "Tabs", "Progress", "Navbar"}  # fmt: skip


def test_percent_signs_live_in_one_file() -> None:
    folder = Path(console.__file__).parent
    makers = [path.name for path in folder.rglob("*.py") if re.search(r"[}0-9]\s?%[\"' .,)]", path.read_text("utf-8"))]
    assert set(makers) <= {"format.py"}


def test_the_console_never_loads_what_belongs_to_flows() -> None:
    code = (
        "import sys; from tests.console.standin import a_platform; from console.app import create_app;"
        "import console.wsgi; create_app(a_platform());"
        "heavy = {'evidently', 'great_expectations', 'sagemaker', 'prefect', 'mlflow', 'pandas', 'sklearn'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import dcc, html
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

import console
from console.pages.portal import home, quote
from console.queries import Queries
from console.shell import router
from console.visit import Visit
from lending.domain.roles import Role
from lending.ports import Account
from serving.formats import formats
from serving.ports import FlowRun
from tests.console.standin import CUSTOMER, FlowRuns, a_person, a_platform


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
    assert "There is no such page" in text_of(show_page(a_visit(), path, ""))


def walk(component: Any) -> Iterator[Any]:
    if isinstance(component, Component):
        yield component
        yield from component._traverse()  # type: ignore[attr-defined]


def part_id(part: Any) -> Any:
    return getattr(part, "id", None)


def test_no_chart_stands_alone() -> None:
    visit = a_visit()
    pages = [home.layout(visit), quote.layout(visit, "car")]
    charts = 0
    for page in pages:
        assert not [part for part in walk(page) if isinstance(part, dcc.Graph)]
        cards = [part for part in walk(page) if "chart-card" in (getattr(part, "className", None) or "")]
        drawn = [part for part in walk(page) if "live-chart" in (getattr(part, "className", None) or "")]
        assert len(cards) == len(drawn)
        for card in cards:
            assert {html.H3, html.P, html.Details, html.A} <= {type(part) for part in walk(card)}
        charts += len(cards)
    assert charts == 3


def test_pages_use_no_component_that_fails_wcag() -> None:
    visit = a_visit()
    shown = json.dumps([home.layout(visit), quote.layout(visit, "gold")], cls=PlotlyJSONEncoder)
    used = set(
        re.findall(r'"type": "([A-Z]\w+)", "namespace": "(dash_core_components|dash_bootstrap_components)"', shown)
    )
    assert used
    core = {"Slider", "RangeSlider", "Dropdown", "RadioItems", "Checklist", "DatePickerSingle", "Upload"}
    assert not core & {name for name, family in used if family == "dash_core_components"}
    assert not {"Tabs", "Progress", "Navbar"} & {name for name, _ in used}


def test_no_page_writes_a_percent_sign_behind_a_figure_of_its_own() -> None:
    """What the chart library writes under the pointer is its own affair."""
    folder = Path(console.__file__).parent
    makers = [path.name for path in folder.rglob("*.py") if re.search(r"\}\s?%(?!<extra>)", path.read_text("utf-8"))]
    makers += [path.name for path in (folder / "pages" / "portal").rglob("*.py")
               if re.search(r"[0-9]\s?%[\"' .,)]", path.read_text("utf-8"))]  # fmt: skip
    assert not makers


def test_the_console_never_loads_what_belongs_to_flows() -> None:
    code = (
        "import sys; from tests.console.standin import a_platform; from console.app import create_app;"
        "import console.wsgi; create_app(a_platform());"
        "heavy = {'evidently', 'great_expectations', 'sagemaker', 'prefect', 'mlflow', 'pandas', 'sklearn'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"

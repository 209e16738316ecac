"""Watching inputs, run for real on the demo bank: the planted month and feature, an event, a deep report."""

import gzip
import warnings
from importlib.util import find_spec

import pytest

from features.synthetic.recipe import DRIFT_FEATURE, DRIFT_MONTH
from tests.conftest import missing

MONTH = f"{DRIFT_MONTH:%Y-%m}"
CUSTOMERS = 1500


@pytest.fixture
def demo_book(home):
    """Three years of loans of the demo bank, with the planted drift."""
    from features import synthetic
    from serving.assembly import platform

    place = platform()
    mapping = synthetic.write_book(synthetic.demo_bank(7, CUSTOMERS), place.settings.var / "book", "us")
    return place.datasets.add(mapping)


def _run(**wanted):
    from flows.monitor_inputs import monitor_inputs
    from flows.parameters import InputsRequest

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries; their own tests keep warnings as errors
        return monitor_inputs(InputsRequest(**wanted), return_state=True)


@pytest.fixture
def no_evidently(home, monkeypatch):
    """Reports by a page that says which columns it was given."""
    from serving.assembly import platform
    from serving.deep_report import DeepReport

    class Reports:
        def drift(self, sample, psi_alarm):
            return DeepReport(" ".join(sample.kinds).encode(), b"{}")

    monkeypatch.setitem(platform().__dict__, "deep_reports", Reports())


def test_the_planted_month_and_feature_ring_once_and_the_run_says_so(prefect_server, demo_book, no_evidently):
    from serving.assembly import platform

    state = _run(data=demo_book)
    (told,) = state.result()["looks"]
    (alarm,) = told["alarms"]
    assert (alarm["features"], alarm["since"], alarm["act"]) == ([DRIFT_FEATURE], MONTH, "opened")
    assert f"{DRIFT_FEATURE} moved since {MONTH}" in state.message
    again = _run(data=demo_book).result()["looks"][0]
    assert ([a["act"] for a in again["alarms"]], again["rang"], again["report_key"]) == (["known"], [], None)
    desk = platform().alarm_desk
    assert [row.content["features"] for row in desk.alarms.list(["open"])] == [[DRIFT_FEATURE]]


def test_an_alarm_opens_its_report_and_no_report_names_a_person(prefect_server, demo_book, no_evidently):
    from serving.assembly import platform

    _run(data=demo_book)
    place = platform()
    (row,) = place.alarm_desk.alarms.list(["open"])
    columns = gzip.decompress(place.report_shelf.page(row.measurement_id)).decode().split()
    assert DRIFT_FEATURE in columns
    assert "customer_id" not in columns
    kept = place.records.measurements.get(row.measurement_id).content
    assert "C0" not in f"{kept} {place.records.measurements.get(kept['cells']).content}"


def test_a_look_rings_nothing(prefect_server, demo_book, no_evidently):
    from serving.assembly import platform

    told = _run(data=demo_book, period="quarter", alarms=False).result()["looks"][0]
    assert (told["alarms"], told["period"]) == ([], "quarter")
    assert platform().alarm_desk.alarms.list(["open"]) == []
    assert platform().records.measurements.latest("drift").content["alarms"]


def test_a_new_alarm_is_an_event_that_an_automation_can_act_on(prefect_server, demo_book, no_evidently, monkeypatch):
    sent = []
    monkeypatch.setattr(
        "flows.monitor_inputs.emit_event", lambda event, resource, payload: sent.append((event, payload))
    )
    _run(data=demo_book)
    _run(data=demo_book)
    ((event, facts),) = sent
    assert event == "candor.drift.alarm"
    assert (facts["data"], facts["feature"], facts["period"]) == (demo_book, DRIFT_FEATURE, MONTH)


def test_evidently_makes_the_report_and_its_page_needs_nothing_from_elsewhere(prefect_server, demo_book):
    if find_spec("evidently") is None:
        missing("evidently", "Evidently is not installed: uv sync --extra monitor")
    from serving.assembly import platform

    told = _run(data=demo_book, live=False).result()["looks"][0]
    page = gzip.decompress(platform().report_shelf.page(told["measurement_id"])).decode()
    assert DRIFT_FEATURE in page
    assert "<script src=" not in page
    assert len(platform().objects.get(told["report_key"].replace(".html.", ".json."))) > 100


@pytest.mark.parametrize("name", ["monitor_inputs", "monitor-inputs"])
def test_a_flow_is_started_by_its_file_or_by_its_deployment(monkeypatch, capsys, name):
    from flows.cli import run
    from serving.ports import FlowRun

    asked = []

    def start(deployment, parameters):
        asked.append(deployment)
        return FlowRun("r", deployment, "scheduled", None, "", "http://127.0.0.1:1")

    monkeypatch.setattr("flows.watch.start", start)
    assert run(["flow", "run", name, "--json"]) == 0
    assert asked == ["monitor-inputs"]
    assert '"monitor-inputs"' in capsys.readouterr().out

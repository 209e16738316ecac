"""One id through a request; what is told of it in logs, figures, CloudWatch lines and spans."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import trace as opentelemetry_trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from lending.errand import Errand, at_work, count, current_id, note, part
from serving.adapters.otlp_spans import ATTRIBUTES, OtlpSpans
from serving.api.app import create_api
from serving.happenings import ANSWERED, DECIDED, SUBMITTED
from serving.measures import Measures
from serving.telemetry import Finished, JsonLines, Telemetry, emf_line, make_log
from tests.bank import PASSWORD, open_bank
from tests.fakes.http import Service
from tests.patience import given_up
from tests.serving.clients import TestClient

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ASK = {"product": "car", "amount": "12000", "term_months": 48}


@pytest.fixture
def collector() -> Iterator[Service]:
    service = Service()
    service.kind = "application/x-protobuf"
    yield service
    service.stop()


def spans_at(collector: Service) -> list[Any]:
    """Every span that came, parsed from the wire."""
    found = []
    for asked in collector.asked:
        assert asked.path == "/v1/traces"
        body = ExportTraceServiceRequest.FromString(asked.body)
        found += [span for one in body.resource_spans for scope in one.scope_spans for span in scope.spans]
    return found


def test_the_callers_id_is_kept_where_it_is_harmless_and_else_there_is_a_new_one() -> None:
    assert Errand.begin("order-12345678").request_id == "order-12345678"
    for bad in ("short", "a" * 65, "two words", "x\ninjected-line"):
        assert Errand.begin(bad).request_id != bad
    assert len({Errand.begin().request_id for _ in range(50)}) == 50


def test_a_trace_that_began_elsewhere_goes_on_here() -> None:
    errand = Errand.begin("", f"00-{TRACE}-{SPAN}-01")
    assert (errand.trace_id, errand.request_id, errand.called_by) == (TRACE, TRACE, SPAN)
    assert errand.traceparent == f"00-{TRACE}-{errand.span_id}-01"
    assert not Errand.begin("", f"00-{TRACE}-{SPAN}-00", timed=True).timed


@pytest.mark.parametrize("bad", ["", "00-zz", f"00-{'0' * 32}-{SPAN}-01", f"ff-{TRACE}-{SPAN}-01", f"00-{TRACE}-1-01"])
def test_a_garbled_trace_begins_anew(bad: str) -> None:
    errand = Errand.begin("order-12345678", bad)
    assert (errand.called_by, len(errand.trace_id)) == ("", 32)
    assert errand.trace_id == Errand.begin("order-12345678").trace_id  # found by the id alone


def test_outside_an_errand_all_of_it_does_nothing() -> None:
    with part("facts"):
        note(decision_id="d_1")
        count(DECIDED, outcome="approve")
    assert current_id() == ""


def test_parts_know_what_they_stand_in_and_what_ended_them() -> None:
    errand = Errand.begin(timed=True)
    with at_work(errand), pytest.raises(KeyError), part("outer"), part("inner"):
        raise KeyError("income 9000")
    assert [(p.name, p.inside, p.failed) for p in errand.parts] == [("outer", -1, "KeyError"), ("inner", 0, "KeyError")]
    assert errand.parts[0].started <= errand.parts[1].started <= errand.parts[1].ended <= errand.parts[0].ended


def test_nothing_is_timed_where_nobody_collects() -> None:
    with at_work(Errand.begin()) as errand, part("facts"):
        pass
    assert errand.parts == []


def a_finished(out: io.StringIO) -> None:
    told = Telemetry("api", Measures(), make_log(io.StringIO()), emf=out)
    errand = told.begin("order-12345678", "")
    with at_work(errand):
        count(DECIDED, outcome="approve")
        count(SUBMITTED)
        count(ANSWERED, 90.0, outcome="offered")
    told.finished(errand, "POST", "/api/v1/loans/predict", 200, 0.0123)


def test_lines_for_cloudwatch_have_the_form_and_the_names_that_dashboards_use() -> None:
    out = io.StringIO()
    a_finished(out)
    found: dict[str, dict[str, Any]] = {}
    for line in map(json.loads, out.getvalue().splitlines()):
        (said,) = line["_aws"]["CloudWatchMetrics"]
        assert said["Namespace"] == "Candor"
        assert isinstance(line["_aws"]["Timestamp"], int)
        for metric in said["Metrics"]:
            assert isinstance(line[metric["Name"]], float)
            assert metric["Unit"] in ("Count", "Seconds")
            found[metric["Name"]] = line
        assert all(isinstance(line[name], str) for names in said["Dimensions"] for name in names)
    assert set(found) == {"Requests", "RequestSeconds", "Decisions", "Submissions", "TimeToDecisionSeconds"}
    assert (found["Decisions"]["Outcome"], found["Requests"]["Status"]) == ("approve", "2xx")
    assert (found["TimeToDecisionSeconds"]["TimeToDecisionSeconds"], found["Requests"]["Service"]) == (90.0, "api")


def test_a_metric_is_kept_in_all_and_by_each_of_its_dimensions() -> None:
    (said,) = emf_line(1, {"Requests": (1.0, "Count")}, {"Service": "api", "Status": "5xx"}, "r")["_aws"][
        "CloudWatchMetrics"
    ]
    assert said["Dimensions"] == [[], ["Service"], ["Status"], ["Service", "Status"]]


def test_a_log_line_of_the_library_tells_an_error_by_its_class_and_never_by_its_words() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLines())
    log = logging.Logger("candor.test")
    log.addHandler(handler)
    try:
        raise KeyError("income 9000 of Jane Doe")
    except KeyError:
        with at_work(Errand.begin("order-12345678")):
            log.exception("it broke")
    line = json.loads(out.getvalue())
    assert (line["event"], line["error"], line["request_id"]) == ("it broke", "KeyError", "order-12345678")
    assert "9000" not in out.getvalue()


def test_workers_of_one_server_are_read_together(tmp_path: Path) -> None:
    code = (
        "from serving.measures import Measures\n"
        "m = Measures()\n"
        "m.answered('GET', '/x', 200, 0.01)\n"
        "print(m.text().decode())"
    )
    told = ""
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code], env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}, capture_output=True,
            text=True, timeout=60, check=True,
        )  # fmt: skip
        told = done.stdout
    assert 'candor_requests_total{method="GET",route="/x",status="200"} 2.0' in told


def test_figures_of_this_moment_stand_beside_the_counts() -> None:
    text = Measures(lambda: {("candor_outbox_waiting", ""): 3.0, ("candor_breaker_open", "model"): 1.0}).text().decode()
    assert "candor_outbox_waiting 3.0" in text
    assert 'candor_breaker_open{service="model"} 1.0' in text


def test_one_id_goes_through_request_decision_trail_text_and_spans(tmp_path: Path, collector: Service) -> None:
    place = open_bank(tmp_path, otlp_url=collector.url)
    log, name = io.StringIO(), "order-12345678"
    with TestClient(create_api(place, log), client=("127.0.0.1", 5)) as client:
        headers = {"Authorization": f"Bearer {place.identity.sign_in('good', PASSWORD, 'test')[0]}"}
        sent = {**headers, "X-Request-ID": name, "traceparent": f"00-{TRACE}-{SPAN}-01"}
        quote = client.post("/api/v1/loans/predict", json=ASK, headers=sent).json()
        figures = client.get("/metrics").text
    place.spans.close()  # type: ignore[attr-defined]
    line = next(json.loads(text) for text in log.getvalue().splitlines() if name in text)
    assert (line["decision_id"], line["trace_id"]) == (quote["decision_id"], TRACE)
    found = place.records.traced(name)
    assert [one.decision_id for one in found.entries] == [quote["decision_id"]]
    assert f'candor_decisions_total{{outcome="{quote["outcome"]}"}} 1.0' in figures
    assert "candor_outbox_waiting" in figures
    spans = {span.name: span for span in spans_at(collector)}
    root = spans["POST /api/v1/loans/predict"]
    assert (root.trace_id.hex(), root.parent_span_id.hex()) == (TRACE, SPAN)
    for inner in ("facts", "score", "price", "record"):
        assert (spans[inner].parent_span_id, spans[inner].trace_id) == (root.span_id, root.trace_id), inner
        assert root.start_time_unix_nano <= spans[inner].start_time_unix_nano <= spans[inner].end_time_unix_nano
    assert {pair.key for span in spans.values() for pair in span.attributes} <= ATTRIBUTES
    assert {p.key: p.value.string_value for p in root.attributes}["candor.request_id"] == name


def a_done(number: int = 0) -> Finished:
    return Finished(Errand.begin(timed=True), "api", "GET", f"/x{number}", 200, 0.01)


def test_a_collector_that_is_away_costs_no_request_anything(collector: Service) -> None:
    collector.fault = "refused"
    spans = OtlpSpans(collector.url)
    with given_up():
        for number in range(200):
            spans.offer(a_done(number))
    spans.close()
    assert spans.dropped > 0


def test_no_provider_is_set_for_anybody_else(collector: Service) -> None:
    before = opentelemetry_trace.get_tracer_provider()
    spans = OtlpSpans(collector.url)
    spans.offer(a_done())
    spans.close()
    assert len(spans_at(collector)) == 1
    assert opentelemetry_trace.get_tracer_provider() is before


@pytest.mark.full
def test_mlflows_traces_and_ours_do_not_meet(tmp_path: Path, collector: Service) -> None:
    from datetime import UTC, datetime

    from rag.adapters.mlflow_traces import MlflowTraces
    from rag.tracing import Trace

    spans = OtlpSpans(collector.url)
    kept = MlflowTraces(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "artifacts")
    with at_work(Errand.begin(timed=True)):
        spans.offer(a_done())
        names = kept.write([Trace("explanation", datetime.now(UTC), {"word": 3}, {}, {}, {"request_id": "r1"}, [])])
    spans.close()
    assert len(names) == 1
    assert [span.name for span in spans_at(collector)] == ["GET /x0"]


def test_a_flow_that_a_request_starts_carries_its_id() -> None:
    import httpx

    from serving.adapters.prefect_api import PrefectFlowRuns

    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"id": "dep"})
        sent.append(json.loads(request.content))
        return httpx.Response(200, json={"id": "run", "state": {"type": "SCHEDULED"}})

    runs = PrefectFlowRuns("http://prefect.test", httpx.MockTransport(answer))
    with at_work(Errand.begin("order-12345678")):
        runs.start("score-batch", {})
    runs.start("score-batch", {})
    runs.close()
    assert [body.get("tags") for body in sent] == [["request:order-12345678"], None]


def test_a_gauge_that_cannot_be_read_is_left_out() -> None:
    from serving.telemetry import gauges_of

    nobody: Any = SimpleNamespace()
    assert gauges_of(nobody) == {}

"""The local endpoint answers boto3 as SageMaker would: variants, shadow, capture, figures, changes without a gap."""

import io
import json
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from features.build import columns_from_frame
from lending.adapters.local_objects import LocalObjects
from lending.errand import Errand, at_work
from serving.adapters.endpoint_scorer import RuntimeScorer
from serving.assembly_base import SystemClock
from serving.container import Scorer
from serving.twin import create_twin
from serving.twin.capture import PREFIX, Capture, drop_older
from serving.twin.live import Endpoints, Live, OfPointer, Served, of_folder
from serving.twin.tally import Tally
from tests.fakes.endpoint import on_a_port
from tests.serving.clients import TestClient
from tests.serving.standins import LinearModel
from tests.training.books import a_book
from tests.training.families import a_package
from training.fit import take
from training.servable import load
from training.servable.endpoint_config import (
    EndpointConfig,
    Variant,
    endpoint_file,
    remove_endpoint,
    variant_name,
    write_endpoint,
)
from training.servable.manifest import stamp

ROW = {"credit_score": 700, "dti_before": 0.3, "open_accounts": None, "home_ownership": "rent"}
BODY = json.dumps({"instances": [ROW]}).encode()
ONE, TWO = "candor-pd-small/1", "candor-pd-small/2"


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Two versions under `models/small`, by version: their folder and hash."""
    models = tmp_path_factory.mktemp("var") / "models" / "small"
    found = {}
    for family, version in (("logistic", ONE), ("scorecard", TWO)):
        folder = models / version[-1]
        a_package(folder, family, a_book())
        found[version] = stamp(folder, version)
    return models.parent.parent, found


@pytest.fixture
def var(packages):
    home, _ = packages
    yield home
    remove_endpoint(home, "candor")


def a_variant(packages, version, weight, name=""):
    return Variant(name or f"v{version[-1]}", version, f"small/{version[-1]}", packages[1][version], weight)


def deploy(packages, **changes):
    both = a_variant(packages, ONE, 3.0), a_variant(packages, TWO, 1.0)
    config = replace(EndpointConfig("candor", both, config_name="candor-1"), **changes)
    write_endpoint(packages[0], config)
    return config


@pytest.fixture
def twin(packages, var, tmp_path):
    """Its address, boto3's client, and the objects that are captured."""
    objects = LocalObjects(tmp_path / "objects")
    deploy(packages)
    app = create_twin(Endpoints(var, of_folder(var / "models" / "small" / "1")), objects, SystemClock())
    with on_a_port(app) as url:
        yield url, a_client(url), objects


def a_client(url):
    return boto3.client(
        "sagemaker-runtime", "us-east-1", endpoint_url=url, aws_access_key_id="x", aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=10),
    )  # fmt: skip


def ask(client, name="candor", **more):
    said = client.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=BODY, **more)
    return said["InvokedProductionVariant"], json.loads(said["Body"].read())["predictions"][0]


def eventually(look, seconds=8.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def figures(url, name="candor"):
    import urllib.request

    with urllib.request.urlopen(f"{url}/endpoints/{name}/metrics", timeout=5) as reply:  # noqa: S310 - our own
        return json.load(reply)


def test_calls_go_by_weight_and_the_answer_says_where(twin):
    said = Counter(ask(twin[1])[0] for _ in range(40))
    assert said == {"v1": 30, "v2": 10}


def test_a_named_variant_answers_with_its_own_version(twin):
    for variant, version in (("v1", ONE), ("v2", TWO)):
        got, answer = ask(twin[1], TargetVariant=variant)
        assert (got, answer["model_version"]) == (variant, version)


def test_csv_comes_as_json_does(twin):
    text = b"credit_score,dti_before,open_accounts,home_ownership\n700,0.3,,rent\n"
    said = twin[1].invoke_endpoint(EndpointName="candor", ContentType="text/csv", Body=text, TargetVariant="v1")
    assert json.loads(said["Body"].read())["predictions"] == [ask(twin[1], TargetVariant="v1")[1]]


def test_an_unknown_variant_is_a_validation_error_and_a_wrong_row_a_model_error(twin):
    with pytest.raises(ClientError) as unknown:
        ask(twin[1], TargetVariant="nobody")
    assert unknown.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(ClientError) as wrong:
        twin[1].invoke_endpoint(EndpointName="candor", ContentType="application/json", Body=b'{"instances": [{}]}')
    assert (wrong.value.response["Error"]["Code"], wrong.value.response["OriginalStatusCode"]) == ("ModelError", 422)
    assert figures(twin[0])["variants"]["v1"]["Invocation4XXErrors"] == 1


def test_without_any_model_an_endpoint_is_not_found(tmp_path):
    client = TestClient(create_twin(Endpoints(tmp_path, OfPointer(lambda: None)), None, SystemClock()))
    reply = client.post("/endpoints/candor/invocations", content=BODY)
    assert (reply.status_code, reply.headers["x-amzn-errortype"]) == (400, "ValidationError")
    assert client.get("/endpoints/candor/metrics").status_code == 404
    assert client.get("/ping").status_code != 200


def test_the_champion_alone_answers_for_every_name_and_a_new_one_takes_over(var):
    models = {"now": LinearModel()}
    endpoints = Endpoints(var, OfPointer(lambda: models["now"]))
    client = TestClient(create_twin(endpoints, None, SystemClock()))
    row = {"credit_score": 700, "gross_monthly_income": 4000.5, "home_ownership": "own"}

    def version():
        reply = client.post("/endpoints/any/invocations", json={"instances": [row]})
        assert reply.headers["x-amzn-invoked-production-variant"] == "AllTraffic"
        return reply.json()["predictions"][0]["model_version"]

    assert version() == models["now"].version
    models["now"] = LinearModel(version="candor-pd-test/2", sha256="2" * 64)
    endpoints.look()
    assert version() == "candor-pd-test/2"


def test_a_changed_configuration_is_taken_up_without_losing_a_call(packages, twin):
    url = twin[0]
    failed, answered, done = [], Counter(), threading.Event()

    def load():
        mine = a_client(url)
        while not done.is_set():
            try:
                answered[ask(mine)[0]] += 1
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(3):
        deploy(packages, variants=(a_variant(packages, TWO, 1.0, f"turn{turn}"),), config_name=f"candor-{turn}")
        eventually(lambda turn=turn: figures(url)["config_name"] == f"candor-{turn}" and answered[f"turn{turn}"])
    done.set()
    for thread in threads:
        thread.join(20)
    assert not failed
    assert all(answered[f"turn{turn}"] for turn in range(3))


def test_what_cannot_be_served_leaves_the_former_in_force_and_says_why(packages, twin):
    url, client, _ = twin
    broken = replace(a_variant(packages, TWO, 1.0), manifest_sha256="0" * 64)
    deploy(packages, variants=(broken,), config_name="candor-broken")
    assert "manifest.json" in eventually(lambda: figures(url)["problem"])
    assert figures(url)["config_name"] == "candor-1"
    assert ask(client, TargetVariant="v1")[1]["model_version"] == ONE
    endpoint_file(packages[0], "candor").write_text("{")
    assert "cannot be read" in eventually(lambda: "cannot be read" in (said := figures(url)["problem"]) and said)
    assert ask(client)


def test_weights_move_without_losing_the_counts(packages, twin):
    url, client, _ = twin
    ask(client, TargetVariant="v2")
    deploy(packages, variants=(a_variant(packages, ONE, 0.0), a_variant(packages, TWO, 1.0)), config_name="candor-2")
    eventually(lambda: figures(url)["config_name"] == "candor-2")
    assert ask(client)[0] == "v2"
    assert figures(url)["variants"]["v2"]["Invocations"] == 2


def test_a_shadow_gets_a_copy_and_its_answer_goes_nowhere(packages, twin):
    url, client, _ = twin
    deploy(packages, variants=(a_variant(packages, ONE, 1.0),), shadow=a_variant(packages, TWO, 0.0), config_name="s")
    eventually(lambda: figures(url)["config_name"] == "s")
    assert ask(client)[1]["model_version"] == ONE
    eventually(lambda: figures(url)["shadow"]["Invocations"] == 1)
    assert figures(url)["shadow"]["version"] == TWO
    with pytest.raises(ClientError):
        ask(client, TargetVariant="v2")


def test_a_share_of_the_calls_is_captured_in_sagemakers_form(packages, twin, monkeypatch):
    monkeypatch.setattr("serving.twin.capture._SECONDS", 0.5)
    url, client, objects = twin
    shadow = a_variant(packages, TWO, 0.0)
    deploy(packages, variants=(a_variant(packages, ONE, 1.0),), shadow=shadow, capture_percent=50, config_name="c")
    eventually(lambda: figures(url)["config_name"] == "c")
    said = [ask(client, InferenceId=f"call-{i}")[1] for i in range(4)]
    keys = eventually(lambda: len(found := objects.keys(f"{PREFIX}/candor/")) == 2 and found, 12.0)
    lines = {key.split("/")[2]: [json.loads(line) for line in io.BytesIO(objects.get(key)).readlines()] for key in keys}
    assert {name: len(of) for name, of in lines.items()} == {"v1": 2, "v2": 2}
    one = lines["v1"][0]
    assert one["eventMetadata"]["inferenceId"] == "call-1"
    assert one["captureData"]["endpointInput"] == {
        "observedContentType": "application/json", "mode": "INPUT", "data": BODY.decode(), "encoding": "JSON",
    }  # fmt: skip
    assert json.loads(one["captureData"]["endpointOutput"]["data"])["predictions"] == [said[1]]


def test_a_captured_call_of_a_decision_does_not_say_which_request_it_was(packages, twin, monkeypatch):
    monkeypatch.setattr("serving.twin.capture._SECONDS", 0.5)
    url, client, objects = twin
    deploy(packages, variants=(a_variant(packages, ONE, 1.0),), capture_percent=100, config_name="n")
    eventually(lambda: figures(url)["config_name"] == "n")
    model = load(packages[0] / "models" / "small" / "1")
    columns = take(columns_from_frame(a_book().frame, model.feature_set), slice(0, 1))
    with at_work(Errand.begin("request-of-a-person")):
        RuntimeScorer("candor", lambda: client, 20.0).score(model, columns, targeted=False, tries=1)
    (key,) = eventually(lambda: objects.keys(f"{PREFIX}/candor/"), 12.0)
    line = objects.get(key).decode()
    assert "request-of-a-person" not in line
    assert "inferenceId" not in json.loads(line)["eventMetadata"]


def test_what_was_captured_is_dropped_once_it_is_old(tmp_path):
    objects, now = LocalObjects(tmp_path), datetime(2026, 4, 2, 12, 30, tzinfo=UTC)
    old, new = (f"{PREFIX}/candor/v1/{day}/12/30-00-000-x.jsonl" for day in ("2026/01/01", "2026/01/03"))
    for key in (old, new, "endpoint-other/candor/v1/2020/01/01/00/x.jsonl"):
        objects.put(key, b"{}")
    assert drop_older(objects, now - timedelta(days=90)) == 1
    assert objects.keys(f"{PREFIX}/") == [new]
    assert drop_older(objects, now - timedelta(days=90)) == 0


def test_a_store_that_is_away_costs_lines_and_never_an_answer(var, tmp_path):
    class Away(LocalObjects):
        def put(self, key, content):
            raise OSError("away")

    capture = Capture(Away(tmp_path), SystemClock())
    capture.start()
    scorer = Scorer(LinearModel())
    row = {"credit_score": 700, "gross_monthly_income": 4000.5, "home_ownership": "own"}
    body = json.dumps({"instances": [row]}).encode()
    reply = scorer.reply({"content-type": "application/json"}, body)
    for _ in range(300):
        capture.keep("candor", "v1", {}, body, reply)
    capture.stop()
    assert not list(Path(tmp_path).iterdir())
    assert capture.left_out == 300


def test_a_queue_that_is_full_leaves_calls_out_and_counts_them(tmp_path):
    capture = Capture(LocalObjects(tmp_path), SystemClock())
    reply = Scorer(LinearModel()).reply(
        {"content-type": "application/json"},
        b'{"instances":[{"credit_score":1,"gross_monthly_income":1,"home_ownership":"own"}]}',
    )
    for _ in range(2_010):
        capture.keep("candor", "v1", {}, b"", reply)
    assert capture.left_out == 10


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4).filter(any))
def test_every_variant_is_called_exactly_as_often_as_its_weight_says(weights):
    lives = tuple(
        Live(Variant(f"v{i}", ONE, "small/1", "1" * 64, float(w)), Scorer(LinearModel()), Tally(ONE))
        for i, w in enumerate(weights)
    )
    served = Served(EndpointConfig("candor", tuple(one.variant for one in lives)), lives, None)
    said = Counter(served.pick().name for _ in range(3 * sum(weights)))
    assert said == Counter({f"v{i}": 3 * w for i, w in enumerate(weights) if w})


@given(st.integers(0, 100), st.integers(1, 5))
def test_exactly_the_asked_share_is_captured(tmp_path_factory, percent, hundreds):
    capture = Capture(LocalObjects(tmp_path_factory.getbasetemp()), SystemClock())
    assert sum(capture.wants("candor", percent) for _ in range(100 * hundreds)) == percent * hundreds


def test_the_figures_have_prometheus_form_too(twin):
    import urllib.request

    ask(twin[1], TargetVariant="v1")
    with urllib.request.urlopen(f"{twin[0]}/metrics", timeout=5) as reply:  # noqa: S310 - our own
        text = reply.read().decode()
    labels = f'{{endpoint="candor",variant="v1",version="{ONE}"}}'
    assert f"candor_endpoint_invocations_total{labels} 1.0" in text
    assert f"candor_endpoint_model_latency_seconds_count{labels} 1.0" in text
    assert f"candor_endpoint_invocation_5xx_errors_total{labels} 0.0" in text


def test_a_model_that_breaks_is_a_server_error_of_its_variant(tmp_path):
    class Broken(LinearModel):
        def score(self, columns):
            raise KeyError("credit_score 700")

    client = TestClient(create_twin(Endpoints(tmp_path, OfPointer(lambda: Broken())), None, SystemClock()))
    row = {"credit_score": 700, "gross_monthly_income": 4000.5, "home_ownership": "own"}
    reply = client.post("/endpoints/candor/invocations", json={"instances": [row]})
    assert (reply.status_code, reply.json()["OriginalStatusCode"]) == (424, 500)
    assert "700" not in reply.text.replace("100700", "")
    assert client.get("/endpoints/candor/metrics").json()["variants"]["AllTraffic"]["Invocation5XXErrors"] == 1


def test_a_canary_gets_its_calls_and_decides_nothing(packages, twin):
    url, client, _ = twin
    champion, canary = (a_variant(packages, version, 1.0, variant_name(version)) for version in (ONE, TWO))
    deploy(packages, variants=(champion, canary), config_name="canary")
    eventually(lambda: figures(url)["config_name"] == "canary")
    model = load(packages[0] / "models" / "small" / "1")
    columns = take(columns_from_frame(a_book().frame, model.feature_set), slice(0, 3))
    scorer = RuntimeScorer("candor", lambda: client, 20.0)
    for _ in range(4):
        pds, parts, variant = scorer.score(model, columns, targeted=False, tries=2)
        assert (pds.tolist(), parts.tolist(), variant) == (
            *(one.tolist() for one in model.score(columns)),
            champion.name,
        )
    assert figures(url)["variants"][canary.name]["Invocations"] == 2


def test_a_split_aims_at_its_own_variant_from_the_first_call_on(packages, twin):
    url, client, _ = twin
    champion, canary = (a_variant(packages, version, 1.0, variant_name(version)) for version in (ONE, TWO))
    deploy(packages, variants=(champion, canary), config_name="split")
    eventually(lambda: figures(url)["config_name"] == "split")
    scorer = RuntimeScorer("candor", lambda: client, 20.0)
    for version in (ONE, TWO, TWO):
        model = load(packages[0] / "models" / "small" / version[-1])
        columns = take(columns_from_frame(a_book().frame, model.feature_set), slice(0, 1))
        assert scorer.score(model, columns, targeted=True, tries=1)[2] == variant_name(version)
    assert figures(url)["variants"][champion.name]["Invocations"] == 1

"""A `model.tar.gz` unpacked and started as SageMaker starts an image: a process, a port, /ping, a signal to end."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.conftest import sized
from tests.fakes.loopback import free_port
from tests.training.books import a_book
from tests.training.families import a_package
from training.fit import take
from training.servable.archive import MODEL_TAR, pack, unpack

LONGEST = float(sized(120, 240))
"""Seconds until a process must be up; a busy machine takes its time."""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return a_package(tmp_path_factory.mktemp("package"), "logistic", a_book())


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """`/opt/ml/model` as SageMaker lays it out."""
    home = tmp_path_factory.mktemp("opt") / "ml" / "model"
    archive = home.parent / MODEL_TAR
    pack(model.folder, archive)
    unpack(archive, home)
    return home


def start(folder, port, **more):
    return subprocess.Popen(
        [sys.executable, "-m", "serving.container", "serve", "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, "SM_MODEL_DIR": str(folder), **more}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ask(port, path, body=None, kind="application/json"):
    headers = {"Content-Type": kind} if body is not None else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
    with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - our own
        return json.load(reply)


@pytest.fixture(scope="module")
def served(folder):
    port = free_port()
    process = start(folder, port)
    end = time.monotonic() + LONGEST
    while True:
        try:
            ask(port, "/ping")
            break
        except OSError:
            assert process.poll() is None, process.stderr.read().decode()
            assert time.monotonic() < end, "it does not answer /ping"
            time.sleep(0.1)
    yield process, port
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_json_and_csv_get_a_probability_its_parts_and_the_version_and_no_label(served, model):
    book, names = a_book(), model.feature_set.names
    columns = take({name: book.frame[name].to_numpy() for name in names}, slice(0, 5))
    rows = [[None if v is None or v != v else v for v in row] for row in zip(*columns.values(), strict=True)]
    body = json.dumps({"columns": list(columns), "rows": rows}).encode()
    said = ask(served[1], "/invocations", body)["predictions"]
    pds, parts = model.score(columns)
    assert [one["pd"] for one in said] == [f"{pd:.6f}" for pd in pds]
    assert [list(one["contributions"].values()) for one in said] == [[f"{v:.4f}" for v in row] for row in parts]
    assert {key for one in said for key in one} == {"pd", "contributions", "model_version"}
    assert {one["model_version"] for one in said} == {model.version}
    lines = [",".join(columns), *(",".join("" if v is None else str(v) for v in row) for row in rows)]
    assert ask(served[1], "/invocations", "\n".join(lines).encode(), "text/csv")["predictions"] == said


def test_what_is_out_of_contract_is_refused_and_the_process_goes_on(served):
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(served[1], "/invocations", b'{"instances": [{"age": 1}]}')
    with refused.value as error:
        assert error.code == 422
    assert ask(served[1], "/ping") == {}


def test_a_signal_ends_it_cleanly(served):
    process, _ = served
    process.send_signal(signal.SIGTERM)
    _, trouble = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM)
    assert b"Traceback" not in trouble


def test_a_package_that_was_changed_never_starts(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "model")
    (copy / "calibration.json").write_bytes((copy / "calibration.json").read_bytes() + b" ")
    process = start(copy, free_port())
    _, trouble = process.communicate(timeout=LONGEST)
    assert process.returncode not in (0, None)
    assert b"calibration.json" in trouble
    assert b"Traceback" not in trouble

"""Supervisor: its configuration, and a real one that restarts, stops in order and leaves nobody behind."""

import configparser
import os
import shlex
import signal
import sys
import time
import uuid
from dataclasses import replace

import pytest

from flows.environment import child_environment
from flows.up_ports import DEFAULT_PORTS
from flows.up_processes import end_marked, marked, own_process_listens
from flows.up_services import Service, control_socket, services, supervisor_config
from flows.up_state import prepare_folders
from flows.up_supervisor import Supervisor, stop_left_over
from lending.settings import load_settings
from tests.fakes.loopback import free_port


@pytest.fixture
def settings(tmp_path):
    return load_settings(home=tmp_path / "home 100%", profile="test")


def _parsed(settings, parts) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(supervisor_config(settings, parts))
    return parser


def test_every_part_is_restarted_logged_and_stopped_with_its_children(settings):
    config = _parsed(settings, services(settings, DEFAULT_PORTS))
    programs = [config[name] for name in config.sections() if name.startswith("program:")]
    assert len(programs) == 6
    for program in programs:
        assert program["autorestart"] == "true"
        assert program["stopasgroup"] == "true"
        assert program["stdout_logfile"].startswith("logs/")


def test_the_worker_stops_before_the_server_it_talks_to(settings):
    config = _parsed(settings, services(settings, DEFAULT_PORTS))
    assert int(config["program:worker"]["priority"]) > int(config["program:prefect"]["priority"])


def test_the_console_knows_where_mlflow_shows_its_pages_and_no_other_part_is_told(settings):
    config = _parsed(settings, services(settings, DEFAULT_PORTS))
    told = {name: program.get("environment") for name, program in config.items() if name.startswith("program:")}
    pages, _, figures = told.pop("program:console").partition(",")
    assert pages == f'CANDOR_MLFLOW_URL="http://127.0.0.1:{DEFAULT_PORTS["mlflow"]}"'
    assert figures.startswith("PROMETHEUS_MULTIPROC_DIR=")
    assert figures.endswith('/run/figures"')
    assert set(told.values()) == {None}


def test_every_part_that_listens_does_so_on_the_loopback_address_alone(settings):
    for part in services(settings, DEFAULT_PORTS):
        words = shlex.join(part.command)
        assert part.port is None or f"127.0.0.1:{part.port}" in words or f"--host 127.0.0.1 --port {part.port}" in words
        assert "0.0.0.0" not in words  # noqa: S104


def test_children_get_an_absolute_home_and_send_no_telemetry(settings, monkeypatch):
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    environment = child_environment(settings, 4321, "mark")
    assert environment["CANDOR_HOME"] == str(settings.var)
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4321/api"
    assert environment["PREFECT_HOME"].startswith(str(settings.var))
    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


@pytest.fixture
def running(settings):
    prepare_folders(settings.var)
    port, token = free_port(), uuid.uuid4().hex
    command = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    part = Service("web", command, port, "/", 10, at_once=True)
    config = settings.var / "run" / "supervisord.conf"
    config.write_text(supervisor_config(settings, [part]), encoding="utf-8")
    environment = {**os.environ, "CANDOR_UP": token}
    supervisor = Supervisor(config, control_socket(settings), environment, token)
    supervisor.start()
    yield supervisor, part, token
    supervisor.stop()
    end_marked(token)


def test_a_killed_part_comes_back_and_stopping_leaves_no_process(running):
    supervisor, part, token = running
    assert supervisor.wait_until_well(part, 30)
    first = supervisor.state("web")["pid"]
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while supervisor.state("web").get("pid") in (first, 0) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert supervisor.wait_until_well(part, 30)
    assert supervisor.state("web")["pid"] != first
    supervisor.stop()
    assert marked(token) == []


def test_another_programs_answer_on_the_port_is_not_taken_for_ours(running):
    _supervisor, part, _token = running
    _supervisor.wait_until_well(part, 30)
    assert own_process_listens(part.port, "a mark nobody carries") is False


@pytest.mark.full
def test_a_supervisor_left_behind_by_a_killed_start_is_stopped(running, settings):
    supervisor, part, token = running
    assert supervisor.wait_until_well(part, 30)
    assert stop_left_over(control_socket(settings), 20) is True
    end_marked(token)
    assert stop_left_over(control_socket(settings), 20) is False


def test_a_home_with_a_long_path_still_gets_a_control_socket(tmp_path):
    settings = load_settings(home=tmp_path / ("deep" * 40), profile="test")
    assert len(str(control_socket(settings))) < 104
    assert control_socket(settings) != control_socket(load_settings(home=tmp_path / ("deeq" * 40), profile="test"))


def test_a_part_that_never_answers_is_not_well(settings, running):
    supervisor, part, _token = running
    assert supervisor.wait_until_well(replace(part, health="/not-there"), 1.0) is False

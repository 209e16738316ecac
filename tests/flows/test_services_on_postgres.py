"""Prefect keeps its runs in PostgreSQL by one setting; no part of a start shows a password."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from flows.environment import child_environment, prefect_database
from flows.up_ports import choose_ports
from flows.up_services import services
from lending.settings import Settings, load_settings
from tests.fakes.postgres import Postgres, postgres  # noqa: F401

SECONDS = 240.0


def a_place(home: Path, **settings: str) -> Settings:
    return load_settings(profile="test", home=home, **settings)


def test_prefect_gets_the_database_that_is_set(tmp_path: Path) -> None:
    where = "postgresql+asyncpg://prefect:word@db.example.com/prefect"
    assert prefect_database(a_place(tmp_path, prefect_database_url=where)) == where
    assert prefect_database(a_place(tmp_path)).startswith("sqlite+aiosqlite:///")
    given = child_environment(a_place(tmp_path, prefect_database_url=where), 4200, "token")
    assert given["PREFECT_SERVER_DATABASE_CONNECTION_URL"] == where


def test_no_password_of_a_database_is_on_a_command_line_or_behind_a_link(tmp_path: Path) -> None:
    place = a_place(tmp_path, mlflow_url="postgresql+psycopg://mlflow:secretword@127.0.0.1/mlflow")
    parts = services(place, choose_ports(None, lambda _: None))
    assert not [part for part in parts if "secretword" in f"{part.command} {part.environment}"]
    assert child_environment(place, 4200, "token")["MLFLOW_BACKEND_STORE_URI"] == place.tracking_uri
    assert place.mlflow_pages == ""


@pytest.fixture
def prefect(tmp_path: Path, postgres: Postgres) -> Iterator[dict[str, str]]:  # noqa: F811
    """The environment of a Prefect server on PostgreSQL, as `candor up` starts it."""
    url = postgres.create("prefect_runs").replace("+psycopg", "+asyncpg")
    settings = a_place(tmp_path, prefect_database_url=url)
    ports = choose_ports(None, lambda _: None)
    environment = child_environment(settings, ports["prefect"], "token")
    part = next(one for one in services(settings, ports) if one.name == "prefect")
    with (tmp_path / "prefect.log").open("wb") as log:
        process = subprocess.Popen(part.command, env=environment, stdout=log, stderr=log)
        try:
            wait_until_it_answers(f"{part.address}{part.health}", process, tmp_path / "prefect.log")
            yield environment
        finally:
            process.terminate()
            process.wait(30)


def wait_until_it_answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(address, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError(log.read_text(errors="replace")[-1000:])


_FLOW = """
from prefect import flow, task

@task
def add(a, b):
    return a + b

@flow(name="adds")
def adds():
    return add(1, 2)

assert adds() == 3
"""


@pytest.mark.full
def test_prefect_runs_a_flow_with_its_runs_in_postgresql(prefect: dict[str, str], postgres: Postgres) -> None:  # noqa: F811
    import psycopg

    done = subprocess.run(
        [sys.executable, "-c", _FLOW], env={**os.environ, **prefect}, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr[-1000:]
    with psycopg.connect(postgres.url("prefect_runs").replace("+psycopg", "")) as connection:
        kept = connection.execute("SELECT state_type::text FROM flow_run").fetchall()
    assert kept == [("COMPLETED",)]

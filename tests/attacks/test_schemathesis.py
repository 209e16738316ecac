"""Schemathesis asks the whole API, as every role, what its own document allows and what it does not allow.

Nothing is a 5xx, and every answer has a status, a media type, a body and headers that the document promises. Operations
come round by round until the time is over, each with the ids of things that the customer has and with any others.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serving.api.app import create_api
from tests.attacks.attacked_portal import Portal
from tests.bank import PASSWORD
from tests.conftest import sized

SECONDS = sized(60, 600)
"""For all roles together."""
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
]  # fmt: skip
SHARES: Mapping[str, float] = {
    "good": 0.4, "officer": 0.14, "senior": 0.1, "risk": 0.12, "scientist": 0.08, "auditor": 0.12, "admin": 0.04,
}  # fmt: skip
"""Who asks, and which part of the time is theirs."""
ENDS = {("POST", "/api/v1/logout"), ("POST", "/api/v1/me/erase"), ("DELETE", "/api/v1/me/sessions"),
        ("DELETE", "/api/v1/me/sessions/{session_id}"), ("POST", "/api/v1/login")}  # fmt: skip
"""What ends the account or the sessions that the others are tried with, or waits after wrong passwords: tried last."""
AT_ONCE = 4
"""Cases of an operation in one round."""


class Fuzzed:
    """The API over a bank in which a customer has one of everything, and the tokens of people."""

    def __init__(self, home: Path) -> None:
        self.portal = Portal(home)
        bank = self.bank = self.portal.bank
        bank.__dict__["limits"] = replace(bank.limits, rates={}, streams=10**6)  # how often is tried elsewhere
        self.things = {**self.portal.things, "traced_id": "order-12345678"}
        self.tokens = {name: bank.identity.sign_in(name, PASSWORD, "test")[0] for name in SHARES}
        # Schemathesis wants the document from a session; what the app answers it is the same for all.
        self.schema = schemathesis.openapi.from_asgi("/openapi.json", create_api(bank), headers=self.headers("good"))

    def headers(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def operations(self) -> list[tuple[str, str]]:
        """Every (method, path) of the document."""
        paths: Mapping[str, Mapping[str, Any]] = self.schema.raw_schema["paths"]
        return [(method.upper(), path) for path, item in paths.items() for method in item]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Fuzzed:
    return Fuzzed(tmp_path_factory.mktemp("fuzzed"))


def rounds(fuzzed: Fuzzed, until: float) -> Iterator[tuple[int, str, str]]:
    """(round, method, path), again and again until the time is over."""
    for number in count():
        for method, path in fuzzed.operations():
            if time.monotonic() > until:
                return
            if (method, path) not in ENDS:
                yield number, method, path


def tried(fuzzed: Fuzzed, name: str, number: int, method: str, path: str) -> None:
    """A few cases of one operation, every other one with ids of things that are there."""
    operation = fuzzed.schema[path][method]

    @seed(number * 1000 + len(path))
    @settings(
        max_examples=AT_ONCE, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )  # fmt: skip
    @given(case=operation.as_strategy(), known=st.booleans())
    def check(case: schemathesis.Case, known: bool) -> None:
        if known:
            for part in case.path_parameters or {}:
                case.path_parameters[part] = fuzzed.things.get(part, case.path_parameters[part])
        case.call_and_validate(checks=CHECKS, headers=fuzzed.headers(name))

    check()


@pytest.mark.parametrize("name", SHARES)
def test_nothing_breaks_and_every_answer_is_one_of_those_promised(fuzzed: Fuzzed, name: str) -> None:
    began = time.monotonic()
    for number, method, path in rounds(fuzzed, began + SECONDS * SHARES[name]):
        tried(fuzzed, name, number, method, path)


def test_what_ends_sessions_keeps_its_promises_too(fuzzed: Fuzzed) -> None:
    """Each with a session of its own."""
    for method, path in sorted(ENDS):
        fuzzed.tokens["thin"] = fuzzed.bank.identity.sign_in("thin", PASSWORD, "test")[0]
        for number in range(2):
            tried(fuzzed, "thin", number, method, path)

"""Schemathesis asks the API what its own OpenAPI document allows, and checks that the answers are the promised ones."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serving.api.app import create_api
from tests.serving.word_bank import WordBank

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 25
OPERATIONS = [
    ("POST", "/api/v1/login"),
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/loans/personalized"),
    ("POST", "/api/v1/loans/predict"),
    ("POST", "/api/v1/loans/customize"),
    ("POST", "/api/v1/loans/advise"),
    ("GET", "/api/v1/loans/surface"),
    ("GET", "/api/v1/decisions/{decision_id}"),
    ("GET", "/api/v1/decisions/{decision_id}/explanation"),
    ("POST", "/api/v1/feedback"),
    ("GET", "/api/v1/decisions/{decision_id}/notice"),
    ("GET", "/api/v1/decisions/{decision_id}/notice.pdf"),
    ("GET", "/api/v1/offers/{offer_id}/disclosure"),
    ("GET", "/api/v1/offers/{offer_id}/disclosure.pdf"),
    ("POST", "/api/v1/chat"),
    ("GET", "/api/v1/conversations/{conversation_id}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
]
Live = tuple[Any, dict[str, str]]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    bank = WordBank(Path(tmp_path_factory.mktemp("bank")))
    api = create_api(bank)  # type: ignore[arg-type]
    headers = {"Authorization": f"Bearer {bank.identity.open('user1')[0]}"}
    return schemathesis.openapi.from_asgi("/openapi.json", api, headers=headers), headers


def test_no_operation_is_left_out(live: Live) -> None:
    listed = {(m.upper(), path) for path, item in live[0].raw_schema["paths"].items() for m in item}
    assert listed == {*OPERATIONS, ("POST", "/api/v1/logout")}


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_what_the_schema_promises_holds(live: Live, method: str, path: str) -> None:
    schema, headers = live

    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, headers=headers)

    check()


def test_the_schema_is_for_people_who_are_signed_in(live: Live) -> None:
    assert live[0].raw_schema["components"]["securitySchemes"].keys() == {"cookie", "bearer"}

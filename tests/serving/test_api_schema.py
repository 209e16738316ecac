"""Schemathesis asks the API what its own OpenAPI document allows, and checks that the answers are the promised ones."""

from pathlib import Path
from typing import Any

import jsonschema_rs
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
from serving.assembly import Platform
from tests.bank import PASSWORD, open_bank, with_knowledge

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
    ("POST", "/api/v1/loans/apply"),
    ("GET", "/api/v1/applications"),
    ("POST", "/api/v1/applications/drafts"),
    ("PUT", "/api/v1/applications/drafts/{application_id}"),
    ("GET", "/api/v1/applications/{application_id}"),
    ("POST", "/api/v1/applications/{application_id}/submit"),
    ("POST", "/api/v1/applications/{application_id}/withdraw"),
    ("POST", "/api/v1/applications/{application_id}/documents"),
    ("POST", "/api/v1/applications/{application_id}/documents/ticket"),
    ("GET", "/api/v1/applications/{application_id}/documents"),
    ("GET", "/api/v1/applications/{application_id}/documents/{document_id}"),
    ("DELETE", "/api/v1/applications/{application_id}/documents/{document_id}"),
    ("GET", "/api/v1/offers"),
    ("GET", "/api/v1/offers/saved"),
    ("PUT", "/api/v1/offers/{offer_id}/saved"),
    ("DELETE", "/api/v1/offers/{offer_id}/saved"),
    ("POST", "/api/v1/offers/{offer_id}/accept"),
    ("POST", "/api/v1/offers/{offer_id}/decline"),
    ("GET", "/api/v1/invitations"),
    ("POST", "/api/v1/invitations"),
    ("POST", "/api/v1/invitations/answer"),
    ("GET", "/api/v1/me/profile"),
    ("GET", "/api/v1/me/export"),
    ("GET", "/api/v1/me/preferences"),
    ("PUT", "/api/v1/me/preferences"),
    ("GET", "/api/v1/me/sessions"),
    ("DELETE", "/api/v1/me/sessions/{session_id}"),
    ("POST", "/api/v1/disputes"),
    ("POST", "/api/v1/reviews"),
    ("GET", "/api/v1/requests"),
    ("GET", "/api/v1/requests/{request_id}"),
    ("POST", "/api/v1/requests/{request_id}/withdraw"),
    ("GET", "/api/v1/messages"),
    ("POST", "/api/v1/messages/read"),
    ("POST", "/api/v1/messages/{notice_id}/read"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
]
STAFF = [
    ("GET", "/api/v1/staff/approvals"),
    ("GET", "/api/v1/staff/flows"),
    ("GET", "/api/v1/staff/register"),
    ("GET", "/api/v1/staff/audit"),
    ("GET", "/api/v1/staff/trace/{traced_id}"),
    ("GET", "/api/v1/staff/lab/{draft_id}"),
    ("GET", "/api/v1/staff/lab"),
    ("GET", "/api/v1/staff/models"),
    ("GET", "/api/v1/staff/requests"),
    ("GET", "/api/v1/staff/requests/{request_id}"),
    ("POST", "/api/v1/staff/requests/{request_id}/take"),
    ("POST", "/api/v1/staff/requests/{request_id}/close"),
    ("GET", "/api/v1/staff/applications"),
    ("GET", "/api/v1/staff/applications/{application_id}"),
    ("POST", "/api/v1/staff/applications/{application_id}/decide"),
    ("GET", "/api/v1/staff/cases"),
    ("GET", "/api/v1/staff/cases/{application_id}"),
    ("POST", "/api/v1/staff/cases/{application_id}/take"),
    ("POST", "/api/v1/staff/cases/{application_id}/release"),
    ("POST", "/api/v1/staff/cases/{application_id}/ask"),
    ("POST", "/api/v1/staff/cases/{application_id}/decide"),
    ("POST", "/api/v1/staff/cases/{application_id}/override"),
    ("GET", "/api/v1/staff/overrides"),
    ("POST", "/api/v1/staff/overrides/{override_id}/confirm"),
    ("POST", "/api/v1/staff/overrides/{override_id}/reject"),
    ("POST", "/api/v1/staff/overrides/{override_id}/withdraw"),
    ("GET", "/api/v1/staff/documents"),
    ("GET", "/api/v1/staff/documents/{document_id}"),
    ("GET", "/api/v1/staff/documents/{document_id}/content"),
    ("POST", "/api/v1/staff/documents/{document_id}/decide"),
]
WATCHED = [
    ("GET", "/api/v1/staff/drift"),
    ("GET", "/api/v1/staff/alarms"),
    ("GET", "/api/v1/staff/performance"),
    ("GET", "/api/v1/staff/fairness"),
    ("GET", "/api/v1/staff/kpis"),
    ("GET", "/api/v1/staff/language"),
    ("GET", "/api/v1/staff/experiments"),
    ("GET", "/api/v1/staff/experiments/{name}"),
]
"""What is read in the console; tried by a risk manager."""
ENDS = {("POST", "/api/v1/logout"), ("POST", "/api/v1/me/erase"), ("DELETE", "/api/v1/me/sessions")}
"""What ends the account or the sessions that the others are tried with."""
Live = tuple[Any, dict[str, dict[str, str]]]


def token(bank: Platform, username: str) -> str:
    return bank.identity.sign_in(username, PASSWORD, "test")[0]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    bank = with_knowledge(open_bank(Path(tmp_path_factory.mktemp("bank"))))
    api = create_api(bank)
    headers = {name: {"Authorization": f"Bearer {token(bank, name)}"} for name in ("good", "officer", "risk")}
    return schemathesis.openapi.from_asgi("/openapi.json", api, headers=headers["good"]), headers


def test_no_operation_is_left_out(live: Live) -> None:
    listed = {(m.upper(), path) for path, item in live[0].raw_schema["paths"].items() for m in item}
    assert listed == {*OPERATIONS, *STAFF, *WATCHED, *ENDS}


@pytest.mark.full
@pytest.mark.parametrize(("method", "path"), [*OPERATIONS, *STAFF, *WATCHED])
def test_what_the_schema_promises_holds(live: Live, method: str, path: str) -> None:
    reader = "risk" if (method, path) in WATCHED else "officer" if (method, path) in STAFF else "good"
    schema, mine = live[0], live[1][reader]

    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, headers=mine)

    check()


def test_the_schema_is_for_people_who_are_signed_in(live: Live) -> None:
    assert live[0].raw_schema["components"]["securitySchemes"].keys() == {"cookie", "bearer"}


def test_every_body_and_every_answer_in_json_has_an_example_that_fits(live: Live) -> None:
    document: dict[str, Any] = live[0].raw_schema
    without, wrong = [], []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            sent = operation.get("requestBody", {}).get("content", {}).get("application/json")
            said = operation["responses"].get("200", {}).get("content", {}).get("application/json")
            for kind, content in (("body", sent), ("answer", said)):
                if content is None or "schema" not in content:
                    continue
                if "example" not in content:
                    without.append(f"{kind} of {method} {path}")
                elif not fits(content["schema"], content["example"], document):
                    wrong.append(f"{kind} of {method} {path}")
    assert (without, wrong) == ([], [])


def fits(schema: dict[str, Any], example: object, document: dict[str, Any]) -> bool:
    return jsonschema_rs.is_valid({**schema, "components": document["components"]}, example)

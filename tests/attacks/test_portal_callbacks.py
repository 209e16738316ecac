"""Every callback of the console as the wrong person and with forged values in each of its cells."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from console.access import allowed
from console.gate import CALLBACK_ROUTE
from lending.domain.roles import Role
from tests.attacks.attacked_portal import FOREIGN, OTHER, OWNER, STAFF, Portal, leaks
from tests.conftest import sized
from tests.console.conftest import body_for

pytestmark = pytest.mark.usefixtures("quiet")
FINE = (200, 204, 400, 413)
STEP = sized(3, 1)
"""Of the forged values each cell gets every third in the small run; together the cells get them all."""

FORGED: tuple[Any, ...] = (
    None, True, -1, 10**40, 1e300, "", "x", "NaN", "1e309", "\u0000", "<img src=x onerror=alert(1)>", "a" * 20_000, [],
    {}, [[[[[[]]]]]],
    {"a": {"b": {"c": None}}}, ["x", 7, None], {"product": "car", "amount": "NaN", "term_months": 1e300},
    {"product": ["car"], "amount": {"$gt": 0}, "term_months": "48", "seq": {}}, "/applications/../../etc/passwd",
    {"outcome": "approve", "amount": "1e309", "annual_rate": "NaN", "term_months": 10**9, "product": "car"},
    {"outcome": "approve", "amount": "12000", "annual_rate": "-5", "term_months": 48, "product": "nothing"},
    {"outcome": "approve", "amount": None, "annual_rate": [], "term_months": {}, "product": "car"},
)  # fmt: skip


PLAUSIBLE: dict[str, Any] = {
    "location": "/compare", "page": None, "paper-form": 1, "paper-kind": "once", "paper-amount": "1,000",
    "paper-month": "12", "paper-months": "6", "paper-keep": "term", "application-tick": 1, "apply-papers-tick": 1,
    "training-tick": 1, "news-stamp": "stamp",
}  # fmt: skip
"""What the cells hold while a customer is at work; the others are filled with the customer's own ids."""


def usual(portal: Portal, output: str) -> dict[str, Any]:
    """Values of every cell of a callback as a page of the owner's holds them."""
    things = portal.things
    asked = {"seq": 1, "product": "car", "amount": "12000", "term_months": 48, "co_applicant": "-"}
    own = {
        "quote-ask": asked,
        "quote-confirmed": {**asked, "outcome": "approve", "annual_rate": "0.08", "instalment": "1"},
        "application-of": things["application_id"], "apply-papers-of": things["application_id"],
        "apply-here": [things["application_id"], things["step"]],
    }  # fmt: skip
    filled = {**PLAUSIBLE, **own}
    return {cell: filled.get(cell, 1) for cell in cells(portal, output)}


def callbacks(portal: Portal, role: Role = Role.CUSTOMER) -> list[str]:
    """Callbacks with a function on the server that customers may call."""
    registry = portal.app._registry  # type: ignore[attr-defined]
    return [
        output for output, entry in portal.app.callback_map.items()
        if "callback" in entry and allowed(role, registry.need(output))
    ]  # fmt: skip


def call(portal: Portal, name: str, output: str, values: dict[str, Any], **more: Any) -> TestResponse:
    sent = body_for(portal.app, output, values)
    if sent["inputs"]:
        sent["changedPropIds"] = [f"{sent['inputs'][0]['id']}.{sent['inputs'][0]['property']}"]
    answer = portal.client(name).post(CALLBACK_ROUTE, data=json.dumps(sent), content_type="application/json", **more)
    assert answer.status_code < 500, f"{output} as {name}: {answer.status_code}"
    return answer


def cells(portal: Portal, output: str) -> list[str]:
    entry = portal.app.callback_map[output]
    return [part["id"] for kind in ("inputs", "state") for part in entry[kind]]


def test_nobody_staff_and_other_sites_call_no_callback_of_a_customer(portal: Portal) -> None:
    signed_in_alone = {o for o in callbacks(portal) if portal.app._registry.need(o) == "signed_in"}  # type: ignore[attr-defined]
    before = portal.dump()
    for output in callbacks(portal):
        assert call(portal, "", output, {}).status_code == 401
        assert call(portal, OWNER, output, {}, headers=FOREIGN).status_code == 403
        if output not in signed_in_alone:
            assert call(portal, STAFF, output, {}).status_code == 403, output
    assert portal.dump() == before


def test_forged_values_change_nothing_and_break_nothing(portal: Portal) -> None:
    before = portal.dump()
    for output in callbacks(portal):
        for number, cell in enumerate(cells(portal, output)):
            for value in FORGED[number % STEP :: STEP]:
                answer = call(portal, OWNER, output, {**usual(portal, output), cell: value})
                assert answer.status_code in FINE, f"{output} {cell} {value!r:.40}: {answer.status_code}"
        for value in FORGED:
            answer = call(portal, OWNER, output, dict.fromkeys(cells(portal, output), value))
            assert answer.status_code in FINE, f"{output} {value!r:.40}: {answer.status_code}"
            assert "onerror=alert" not in re.sub(r"\\u003c", "<", answer.get_data(as_text=True)) or answer.is_json
    assert portal.dump() == before


def ways_to_send(value: str, step: str) -> tuple[Any, ...]:
    """An id as pages may hold it: alone, in a store, in an address."""
    stored = {"application_id": value, "offer_id": value, "decision_id": value, "product": "car"}
    addresses = (f"/applications/{value}", f"/apply/{value}/{step}", f"/compare?offers={value}")
    return (value, [value, step], stored, *addresses[: sized(1, 3)])


def test_ids_of_somebody_else_in_store_and_state_tell_and_change_nothing(portal: Portal) -> None:
    before, things = portal.dump(), portal.things
    for output in callbacks(portal):
        for cell in cells(portal, output):
            for value in list(things.values())[:: sized(2, 1)]:
                for sent in ways_to_send(value, things["step"]):
                    answer = call(portal, OTHER, output, {**usual(portal, output), cell: sent})
                    assert not leaks(answer), f"{output} {cell} {sent!r:.60}"
    assert portal.dump() == before

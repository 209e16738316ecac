"""Cases on the command line: listed, shown, brought to an end by a person."""

from __future__ import annotations

import json

import pytest

from flows.cli import run
from tests.applying import ABOUT_ME, ANSWERS, a_quote
from tests.builders import a_customer


@pytest.fixture
def waits(home):
    """The id of an application that waits for a person; no model decides here, so everything is referred."""
    from lending.domain.roles import Role
    from lending.ports import Account
    from serving.applications import ApplyAsk
    from serving.assembly import platform

    place = platform()
    place.customers.add([a_customer("C00001")])
    for name, role in (("officer", Role.OFFICER), ("auditor", Role.AUDITOR)):
        place.accounts.add(Account(name, role, None, name), "a password of sixteen")
    decision = a_quote(place, "C00001", "12000", term_months=48)["decision_id"]
    ask = ApplyAsk(None, decision, {**ANSWERS, **ABOUT_ME})
    return place.applications.apply("C00001", ask, "test")["application_id"]


def said(capsys, line, code=0):
    assert run([*line, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def refuse(application, by="officer", reason="papers_missing"):
    return ["case", "decide", application, "--act", "refuse", "--reason", reason, "--by", by]


def test_a_case_is_listed_shown_and_refused(waits, capsys):
    assert [row["application_id"] for row in said(capsys, ["case", "list"])["applications"]] == [waits]
    assert "papers_missing" in said(capsys, ["case", "show", waits])["grounds"]["refuse"]
    assert said(capsys, refuse(waits))["state"] == "refused"
    assert said(capsys, ["case", "list"])["applications"] == []
    assert said(capsys, refuse(waits), code=1)["error"]["code"] == "state"


def test_who_may_not_decide_is_refused(waits, capsys):
    for nobody in ("auditor", "stranger"):
        assert said(capsys, refuse(waits, nobody), code=1)["error"]["code"] == "role"
    assert said(capsys, ["case", "show", waits])["state"] == "in_review"


def test_a_case_without_a_price_cannot_be_offered(waits, capsys):
    line = ["case", "decide", waits, "--act", "offer", "--reason", "facts_confirmed", "--by", "officer"]
    assert said(capsys, line, code=1)["error"]["code"] == "no_terms"


def test_an_unknown_ground_names_those_there_are(waits, capsys):
    assert run(refuse(waits, reason="because")) == 2
    assert "income_not_shown" in capsys.readouterr().err


def test_people_read_a_table_and_the_case(waits, capsys):
    assert run(["case", "list"]) == 0
    assert "referred" in capsys.readouterr().out
    assert run(["case", "show", waits]) == 0
    assert "--act refuse --reason" in capsys.readouterr().out
    assert run(["case", "show", "a_" + "b" * 26]) == 2


def test_the_flow_ends_what_is_over_and_leaves_the_rest(waits, prefect_server):
    from dataclasses import replace
    from datetime import timedelta

    from flows.expire_applications import expire_applications
    from flows.parameters import ExpiryRequest
    from serving.assembly import platform

    place = platform()
    decision = a_quote(place, "C00001", "9000", term_months=48)["decision_id"]
    draft = place.applications.start("C00001", None, decision, "test")["application_id"]
    row = place.records.applications.get(draft)
    place.records.applications.change(replace(row, changed_at=row.changed_at - timedelta(days=400)))
    assert expire_applications(ExpiryRequest(most=5)) == {"expired": 1}
    assert place.applications.get("C00001", draft)["state"] == "expired"
    assert place.applications.get("C00001", waits)["state"] == "in_review"

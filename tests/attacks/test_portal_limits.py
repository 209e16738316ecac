"""What costs work is asked at a person's pace: the limits name addresses that exist, and are kept in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.app import create_app
from lending.settings import ROOT
from serving.limits import Rate, open_limits
from tests.attacks.attacked_portal import OWNER, STAFF, Portal
from tests.bank import PASSWORD, open_bank

ADDRESS = "POST /portal/messages/read"


def test_every_limited_address_exists(portal: Portal) -> None:
    routes = {f"{method} {rule.rule}" for method, rule in portal.rules()}
    callbacks = {f"callback {output}" for output in portal.app.callback_map}
    pages = {address for address in open_limits(ROOT / "kb").rates if " /api/" not in address}
    assert pages <= routes | callbacks


@pytest.mark.parametrize(("accepts", "words"), [("application/json", '"code": "too_often"'), ("text/html", "<h1")])
def test_beyond_the_limit_the_answer_says_how_long_to_wait(tmp_path: Path, accepts: str, words: str) -> None:
    bank = open_bank(tmp_path)
    bank.__dict__["limits"] = replace(bank.limits, rates={ADDRESS: Rate("read", 2, 60)})
    app = create_app(bank)
    clients = {name: app.server.test_client() for name in (OWNER, "thin", STAFF)}
    for name, client in clients.items():
        client.post("/sign-in", data={"username": name, "password": PASSWORD})
    asked = [clients[OWNER].post("/portal/messages/read", headers={"Accept": accepts}) for _ in range(3)]
    assert [answer.status_code for answer in asked] == [303, 303, 429]
    assert 1 <= int(asked[2].headers["Retry-After"]) <= 60
    assert words in asked[2].get_data(as_text=True)
    assert clients["thin"].post("/portal/messages/read").status_code == 303
    assert clients[STAFF].post("/portal/messages/read").status_code == 403

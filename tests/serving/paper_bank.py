"""An application with a checklist in a real bank, and the shortest ways to hand in papers and have them checked."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lending.domain.application import Collateral
from lending.domain.money import money
from serving.assembly import Platform
from serving.decide import LoanAsk
from tests.bank import open_bank

GOLD = Collateral("gold", None, money("85"), money("22"))
GOOD, STUDENT, THIN, BUSINESS, RETIRED = "C00001", "C00003", "C00004", "C00005", "C00009"


def a_bank(home: Path, **settings: Any) -> Platform:
    """The bank of the personas; the assistant's reader of meaning is left out."""
    return open_bank(home, **settings)


def an_application(place: Platform, customer: str = GOOD, product: str = "car", amount: str = "9000", **ask: Any) -> str:
    """The draft of an application for a customer's own offer; its id."""
    wanted = LoanAsk(product, money(amount), 36, **ask)
    result = place.advice.customize(customer, wanted, channel="test", actor="test")
    offer = result["own"] or result["recommended"][0]
    return str(place.applications.start(customer, offer["offer_id"], None, "test")["application_id"])


def hand_in(place: Platform, customer: str, application: str, asked: str, name: str, content: bytes) -> dict[str, Any]:
    """Receive a paper."""
    return place.documents.receive(customer, application, asked, name, io.BytesIO(content), "test")


def checked(place: Platform, customer: str, application: str, asked: str, name: str, content: bytes) -> dict[str, Any]:
    """Receive a paper and have it checked; the paper as its owner sees it then."""
    document = hand_in(place, customer, application, asked, name, content)["document_id"]
    place.documents.check(document)
    return place.documents.get(customer, document)


def demo(place: Platform, customer: str, application: str, asked: str, form: Any = "pdf", wrong: str = "") -> Any:
    """The generated paper, handed in and checked."""
    name, content, _ = place.documents.demo.paper(customer, application, asked, form, wrong)
    return checked(place, customer, application, asked, name, content)


def objects(place: Platform) -> list[str]:
    """Keys of all contents of papers."""
    return list(place.objects.keys("user-docs/"))


NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

"""An application with a checklist in a real bank, and the shortest ways to hand in papers and have them checked."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from lending.domain.application import Collateral
from lending.domain.money import money
from serving.assembly import Platform
from serving.decide import LoanAsk
from serving.documents.child import looked_at
from serving.documents.lines import Reading, reading_from
from serving.documents.unreadable import Unreadable
from tests.attacks.hostile_papers import text_pdf
from tests.bank import open_bank

GOLD = Collateral("gold", None, money("85"), money("22"))
GOOD, STUDENT, PARENT, THIN, BUSINESS, RETIRED = "C00001", "C00003", "C00008", "C00004", "C00005", "C00009"


def in_process(content: bytes, media_type: str, limits: Mapping[str, int]) -> Reading:
    """What the child process does, without the process: much faster, and as strict about the file."""
    answer = looked_at(content, media_type, limits)
    if "refused" in answer:
        raise Unreadable(answer["refused"], answer["found"])
    return reading_from(answer["reading"])


def a_bank(home: Path, reader: Any = in_process, **settings: Any) -> Platform:
    """The bank of the personas; papers are opened by `reader`."""
    place = open_bank(home, **settings)
    place.__dict__["documents"] = replace(place.documents, reader=reader)
    return place


def an_application(
    place: Platform, customer: str = GOOD, product: str = "car", amount: str = "9000", **ask: Any
) -> str:
    """The draft of an application for a customer's own offer; its id."""
    wanted = LoanAsk(product, money(amount), ask.pop("term_months", 36), **ask)
    result = place.advice.customize(customer, wanted, channel="test", actor="test")
    offer = result["own"] or result["recommended"][0]
    return str(place.applications.start(customer, offer["offer_id"], None, "test")["application_id"])


def without_papers(place: Platform, application: str, customer: str = GOOD) -> str:
    """The same application with no paper at all."""
    for paper in place.documents.of(customer, application):
        place.documents.drop(customer, paper["document_id"])
    return application


def a_payslip(name: str = "Linnea", gross: str = "6,500.00", *more: str, paid: date | None = None) -> bytes:
    """A small payslip as a PDF, of a week ago unless told."""
    day = paid or datetime.now(UTC).date() - timedelta(days=7)
    lines = ("Payslip", "Employer Northwind Mills", f"Employee name {name}", f"Pay date {day.isoformat()}",
             f"Gross pay {gross}", "Net pay 4,900.00", *more)  # fmt: skip
    return text_pdf("\n".join(lines))


def hand_in(
    place: Platform, application: str, content: bytes, asked: str = "income", name: str = "paper.pdf",
    customer: str = GOOD,
) -> dict[str, Any]:  # fmt: skip
    """Receive a paper."""
    return place.documents.receive(customer, application, asked, name, io.BytesIO(content))


def checked(place: Platform, application: str, content: bytes, *parts: str, customer: str = GOOD) -> dict[str, Any]:
    """Receive a paper and have it checked; the paper as its owner sees it then."""
    document = hand_in(place, application, content, *parts, customer=customer)["document_id"]
    place.documents.check(document)
    return place.documents.get(customer, document)


def generated(
    place: Platform, application: str, asked: str, form: Any = "pdf", wrong: str = "", customer: str = GOOD
) -> dict[str, Any]:
    """The generated paper, handed in and checked."""
    name, content, _ = place.documents.demo.paper(customer, application, asked, form, wrong)
    return checked(place, application, content, asked, name, customer=customer)


def codes(paper: Mapping[str, Any]) -> list[str]:
    """What was found."""
    return [finding["code"] for finding in paper["findings"]]


def objects(place: Platform, part: str = "") -> list[str]:
    """Keys of contents of papers, those in quarantine or clean."""
    return [key for key in place.objects.keys("user-docs/") if part in key]

"""A console over a real bank where one customer has something of every kind, and all the ways to reach it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import dash
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from console.app import create_app
from lending.adapters import tables_portal  # noqa: F401 - its tables join the others
from lending.adapters.tables import metadata
from serving.assembly import Platform
from serving.parse import loan_ask
from tests.bank import PASSWORD, open_bank, with_knowledge

OWNER, OTHER, STAFF = "good", "selfemployed", "officer"
OWNER_ID = "C00001"
STAFFS = "/staff/"
FOREIGN = {"Origin": "https://evil.example"}
CANARIES = ("Linnea", "canary-paper.pdf", "Canary question")
"""What only the owner may read."""
PUBLIC = frozenset(
    {("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/start"), ("POST", "/portal/language"), ("GET", "/metrics")}
)
"""What answers without a session, besides the files that the sign-in page is drawn with."""
NOT_COMPARED = frozenset({"sessions", "throttle", "exposures", "behaviour", "alembic_version"})
"""Tables that looking may write: who signed in when, and which wording was seen."""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj " \
      b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"  # fmt: skip

Things = Mapping[str, str]
Ask = Callable[[Things], dict[str, Any]]


@dataclass
class Portal:
    """The attacked console; `things` are ids of the owner's, by the names that addresses and bodies use."""

    home: Path
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    @cached_property
    def bank(self) -> Platform:
        # Its sessions outlive every file that uses them, however long the whole run takes.
        return with_knowledge(open_bank(self.home, session_idle_minutes=1440, session_hours=24))

    @cached_property
    def app(self) -> dash.Dash:
        self.bank.__dict__["limits"] = replace(self.bank.limits, rates={})  # how often is tried elsewhere
        return create_app(self.bank)

    def client(self, name: str) -> FlaskClient:
        """Somebody signed in, or nobody for an empty name."""
        if name not in self.clients:
            made = self.app.server.test_client()
            if name:
                assert made.post("/sign-in", data={"username": name, "password": PASSWORD}).status_code == 303
            self.clients[name] = made
        return self.clients[name]

    @cached_property
    def things(self) -> dict[str, str]:
        """One of everything that the owner has."""
        advised = self.bank.advice.customize(
            OWNER_ID, loan_ask({"product": "car", "amount": "12000", "term_months": 48}), channel="portal", actor=OWNER
        )
        offer = advised["own"]
        application = self.bank.applications.start(OWNER_ID, offer["offer_id"], None, OWNER)
        asked = next(line["asked"] for line in application["checklist"])
        content = self.bank.documents.demo_paper(OWNER_ID, application["application_id"], asked)[1]
        paper = self.bank.documents.receive(
            OWNER_ID, application["application_id"], asked, "canary-paper.pdf", io.BytesIO(content)
        )
        return {
            "decision_id": advised["decision"]["decision_id"], "offer_id": offer["offer_id"],
            "application_id": application["application_id"], "document_id": paper["document_id"],
            "conversation_id": self._conversation(), "step": application["steps"][0]["step"], "asked": asked,
            "act": "withdraw", "product": "car", "code": self.bank.applications.invite(OWNER_ID)["code"],
            **self._asked(), "path": "loans/car", "filename": "candor.css", "package_name": "dash",
            "fingerprinted_path": "deps/react@18.v1m1.min.js",
        }  # fmt: skip

    def _asked(self) -> dict[str, str]:
        """A request, a message that tells of it, and a session of its own."""
        account = self.bank.account
        asked = account.dispute(OWNER_ID, "net_monthly_income", "5000", "Canary question")
        self.bank.delivery.run(10)
        token, _ = self.bank.identity.sign_in(OWNER, PASSWORD, "elsewhere")
        mine = next(one for one in account.sessions(OWNER, token) if one["mine"])
        message = self.bank.messages.inbox(OWNER_ID)[0]
        return {"request_id": asked["request_id"], "notice_id": message["notice_id"], "session_id": mine["session_id"]}

    def _conversation(self) -> str:
        from serving.parse_chat import ChatAsk

        said = list(self.bank.chat.say(OWNER_ID, ChatAsk("Canary question: what is an APR?", None, None)))
        return next(data["conversation_id"] for name, data in said if "conversation_id" in data)

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """Every (method, rule) of the console."""
        for rule in self.app.server.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                yield method, rule

    def own(self) -> list[tuple[str, str]]:
        """(method, rule) of everything of customers beside Dash's own routes and signing in; staff's: role matrix."""
        found = [(method, rule) for method, rule in self.rules() if rule.endpoint.startswith("own ")]
        return [(method, rule.rule) for method, rule in found if not rule.rule.startswith(STAFFS)]

    def address(self, rule: str, things: Things | None = None) -> str:
        """A rule with the owner's ids in its variable parts; a rule with an unknown part is a KeyError."""
        parts = []
        for part in rule.split("/"):
            name = part[1:].partition(">")[0].rpartition(":")[2] if part.startswith("<") else ""
            known = things or self.things
            if name:
                filled = known.get(name, "x1") if rule.startswith(STAFFS) else known[name]
                part = f"{filled}{part.partition('>')[2]}"
            parts.append(part)
        return "/".join(parts)

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the database but what looking may write."""
        with self.bank.records.database.read() as connection:
            return {
                name: sorted(map(repr, connection.execute(select(table)).all()))  # type: ignore[misc]
                for name, table in metadata.tables.items()
                if name not in NOT_COMPARED
            }


def form(**values: str) -> Ask:
    """A form with the owner's ids filled in: `offer_id="offer_id"` sends the owner's offer."""
    return lambda things: {"data": {name: things.get(value, value) for name, value in values.items()}}


def body(**values: Any) -> Ask:
    """The same as JSON, with a new key for each send."""

    def made(things: Things) -> dict[str, Any]:
        filled = {name: things.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
        return {"json": filled, "headers": {"Idempotency-Key": f"k{abs(hash(json.dumps(filled, sort_keys=True)))}"}}

    return made


def upload(things: Things) -> dict[str, Any]:
    return {"data": {"asked": things["asked"], "file": (io.BytesIO(PDF), "canary-paper.pdf")},
            "content_type": "multipart/form-data"}  # fmt: skip


def nothing(_things: Things) -> dict[str, Any]:
    return {}


PAYLOADS: Mapping[tuple[str, str], tuple[Ask, ...]] = {
    ("POST", "/portal/chat"): (body(message="What is an APR?", conversation_id="conversation_id"),),
    ("POST", "/portal/offers/<offer_id>/save"): (nothing,),
    ("POST", "/portal/offers/<offer_id>/drop"): (nothing,),
    ("POST", "/portal/feedback"): (
        body(about="decision", id="decision_id", thumb="up", reason="clear", comment="Thank you."),
    ),
    ("POST", "/portal/apply"): (form(offer_id="offer_id"),),
    ("PUT", "/portal/apply/<application_id>/<step>"): (body(answers={}, seen=""),),
    ("POST", "/portal/apply/<application_id>/<step>"): (form(),),
    ("POST", "/portal/apply/<application_id>/submit"): (form(key="key-of-a-form"),),
    ("POST", "/portal/papers/<document_id>/remove"): (nothing,),
    ("POST", "/portal/applications/<application_id>/documents"): (upload,),
    ("POST", "/portal/applications/<application_id>/documents/demo/<asked>"): (nothing,),
    ("POST", "/portal/reviews"): (form(decision_id="decision_id", why="Please look."),),
    ("POST", "/portal/requests/<request_id>/withdraw"): (nothing,),
    ("POST", "/portal/messages/<notice_id>/read"): (nothing,),
    ("POST", "/portal/sessions/<session_id>/end"): (nothing,),
    ("POST", "/portal/applications/<application_id>/<act>"): (form(offer_id="offer_id", key="key-of-an-act"),),
}
"""What the owner sends with their own things, in an order in which each works; replayed by others it is not there."""

NOBODYS: Mapping[tuple[str, str], Ask] = {
    ("POST", "/portal/language"): form(language="es"),
    ("POST", "/portal/events"): body(event="view", page="home"),
    ("POST", "/portal/invitations"): nothing,
    ("POST", "/portal/disputes"): form(field="gross_monthly_income", stated="7000", why="A raise."),
    ("POST", "/portal/preferences"): form(language="es", by_email="1", email="somebody@example.com"),
    ("POST", "/portal/messages/read"): nothing,
    ("POST", "/portal/sessions/end"): nothing,
    ("POST", "/portal/erase"): form(confirm="no"),
    ("POST", "/portal/invitation"): form(code="AAAA-AAAA-AAAA-AAAA", agree="yes"),
}
"""What names nothing of the owner's: there is nothing to replay."""


def leaks(answer: TestResponse) -> list[str]:
    """What of the owner's an answer tells, and what it tells of the inside."""
    text = answer.get_data(as_text=True) if not answer.is_streamed or answer.status_code else ""
    return [word for word in (*CANARIES, "Traceback", "sqlalchemy", 'File "/') if word in text]


def ask(portal: Portal, name: str, method: str, rule: str, **more: Any) -> TestResponse:
    answer = portal.client(name).open(portal.address(rule), method=method, buffered=True, **more)
    assert answer.status_code < 500, f"{method} {rule} as {name or 'nobody'}: {answer.status_code}"
    return answer


def payloads(portal: Portal, method: str, rule: str) -> list[dict[str, Any]]:
    if method == "GET" or rule.startswith(STAFFS):
        return [{}]
    asks = PAYLOADS.get((method, rule)) or (NOBODYS[method, rule],)
    return [one(portal.things) for one in asks]


def names_something(rule: str) -> bool:
    return "_id>" in rule

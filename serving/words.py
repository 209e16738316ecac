"""Decisions in words: why this offer, two offers compared, a case for the officer, which loan fits, where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from lending.domain.errors import InputError, NotFoundError
from lending.domain.record import sha256_hex
from lending.ports import Customers, DecisionRow, Decisions
from lending.word_ports import Attached
from rag.analysis import Line, advised, ledger_of_table, pick
from rag.content import Claim
from rag.entries import ledger_of
from rag.events import Event, Worded
from rag.ledger import Ledger
from rag.ports import Writing
from serving.beside import template
from serving.customize import Advice
from serving.decide import LoanAsk, PolicySource
from serving.grounds import Case, case_of, claims_of, ledger_for, stated
from serving.products import Catalogue
from serving.recorded import no_decision, own_decision
from serving.teller import Teller, Text

STATUS_FILE = Path("wording") / "status.yaml"


@dataclass(frozen=True, slots=True)
class Words:
    """Every text that Candor writes about somebody's loans. Each is a stream of events; see `rag.events`."""

    teller: Teller
    decisions: Decisions
    attached: Attached
    policy: PolicySource
    customers: Customers
    catalogue: Catalogue
    advice: Advice
    writing: Writing
    kb: Path

    def explanation(self, customer_id: str, decision_id: str, actor: str) -> Iterator[Event]:
        """Why a decision came out as it did: an offer and what speaks for it, or the reasons and a way on.

        Raises:
            NotFoundError: no such decision of theirs; at once, not in the stream.
            RefusedError: the record contradicts itself.
        """
        return self.teller.tell(self._text("explanation", self._own(customer_id, decision_id), actor))

    def comparison(self, customer_id: str, decision_id: str, offers: tuple[str, str], actor: str) -> Iterator[Event]:
        """What differs between two offers of a decision; errors as `explanation`."""
        case = self._own(customer_id, decision_id)
        return self.teller.tell(self._text("comparison", case, actor, offers))

    def case_summary(self, decision_id: str, actor: str) -> Iterator[Event]:
        """A case for staff who may read it; errors as `explanation`. The caller has checked the role."""
        case = self._case(self.decisions.get(decision_id))
        text = self._text("case_summary", case, actor)
        reworded = case.core["outcome"] != "decline"
        return self.teller.tell(replace(text, audiences=("customer", "staff"), reworded=reworded))

    def analysis(
        self, customer_id: str, ask: LoanAsk, need: str | None, actor: str
    ) -> tuple[list[Line], Iterator[Event]]:
        """What each product would give, and which one to take: the analyst's table, then the specialist's words.

        Args:
            customer_id: whose facts apply.
            ask: amount, term and what secures it; its product is not looked at. Nothing is recorded of it.
            need: the product made for what the customer wants to pay for; None where they have not said.
            actor: who asks.

        Raises:
            NotFoundError: no such customer; InputError: the catalogue has no product of the need.
        """
        table = self._table(customer_id, ask)
        _known(need, table)
        day = self.catalogue.clock.now().date()
        holds = len(self.customers.facts(customer_id, day).loans)
        claims = partial(advised, table, need, holds, self.writing)
        ledger = ledger_of_table(table, self.policy.current.currency)
        told = tuple(line.why_not for line in table if line.why_not)
        best = pick(table, need)
        text = Text(
            "analysis", customer_id, actor, None, "", day, claims, ledger, "", best is not None, about=(need or "",),
            stated=told,
        )  # fmt: skip
        return table, self.teller.tell(text)

    def status(self, state: str, last_day: date | None = None) -> Worded:
        """Where an application stands and what comes next; always a template.

        Args:
            state: as `kb/wording/status.yaml` names them.
            last_day: until when its offer stands, where there is one.

        Raises:
            NotFoundError: no such state.
        """
        claims = _status(self._states(), state, last_day, self.writing)
        result = {"valid_until": last_day.isoformat()} if last_day else {}
        day = self.catalogue.clock.now().date()
        return template(self.teller.sources, claims, ledger_of(result, self.policy.current.currency), day)

    def _text(self, kind: str, case: Case, actor: str, names: tuple[str, ...] = ()) -> Text:
        ledger: Ledger = ledger_for(case, kind, names)
        claims = partial(claims_of, case, kind, names, self.writing)
        outcome = str(case.core["outcome"])
        return Text(
            kind, case.row.customer_id, actor, case.row.decision_id, sha256_hex(case.row.core), case.day, claims,
            ledger, outcome, outcome == "approve", about=names, stated=stated(case.result),
        )  # fmt: skip

    def _own(self, customer_id: str, decision_id: str) -> Case:
        try:
            row = self.decisions.get(decision_id)
        except NotFoundError:
            raise no_decision(decision_id) from None
        return self._case(own_decision(row, customer_id))

    def _case(self, row: DecisionRow) -> Case:
        return case_of(row, self.attached, self.policy)

    def _table(self, customer_id: str, ask: LoanAsk) -> list[Line]:
        """The analyst: every product of the catalogue, decided for what is asked; nothing is recorded."""
        return [self._line(customer_id, product, ask) for product in self.catalogue.products(customer_id)]

    def _line(self, customer_id: str, product: Mapping[str, Any], ask: LoanAsk) -> Line:
        secured = product["collateral"]
        has = ask.collateral is not None and ask.collateral.kind == secured
        needs = "" if has or secured in ("none", "vehicle") else str(secured)
        if not product["open"] or needs:
            why = next((f["text"] for f in product["findings"]), "")
            return Line(product["product"], product["name"], product["open"], secured == "gold", needs, None, why)
        wanted = replace(ask, product=product["product"], collateral=ask.collateral if has else None)
        quote = self.advice.look(customer_id, wanted)
        return Line(product["product"], product["name"], True, secured == "gold", "", quote)

    def _states(self) -> Mapping[str, Mapping[str, str]]:
        import yaml

        return yaml.safe_load((self.kb / STATUS_FILE).read_text(encoding="utf-8"))


def _known(need: str | None, table: list[Line]) -> None:
    names = [line.product for line in table]
    if need is not None and need not in names:
        raise InputError(
            f"need is {need[:40]}", field="need", found=need[:40], expected=", ".join(names),
            do="Name the product made for what you want to pay for, or leave it out.",
        )  # fmt: skip


def _status(
    states: Mapping[str, Mapping[str, str]], state: str, last_day: date | None, writing: Writing
) -> list[Claim]:
    if state not in states:
        raise NotFoundError(
            f"there is no state {state[:40]}", field="state", found=state[:40], expected=", ".join(states),
            do=f"Add it to kb/{STATUS_FILE}.",
        )  # fmt: skip
    told = states[state]
    slots = {"day": writing.day(last_day)} if last_day else {"day": "its last day"}
    used = slots if "{day}" in told["text"] else {}
    return [Claim("status", told["text"], used, told["topic"]), Claim("next", told["next"], topic=told["topic"])]

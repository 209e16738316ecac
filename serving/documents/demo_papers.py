"""Generated papers for generated people: they take the very same way as everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from features.synthetic.papers import Whose, kinds_for, paper_facts, plain_name
from lending.domain.application import Applicant, Collateral
from lending.domain.errors import NotFoundError
from lending.domain.papers_needed import Line
from serving.documents.cases import Cases
from serving.documents.demo import MEDIA_TYPE, Form, draw


@dataclass(frozen=True, slots=True)
class DemoPapers:
    """Draws what a person of the demo bank would bring; `allowed` is False where people are real."""

    cases: Cases
    lines: tuple[Line, ...]
    seed: int
    allowed: bool

    def paper(
        self, customer_id: str, application_id: str, asked: str, form: Form = "pdf", wrong: str = ""
    ) -> tuple[str, bytes, str]:
        """Name, content and media type of a paper for what an application asks; it says what the application says.

        Args:
            customer_id: whose application it is.
            application_id: of theirs.
            asked: as the checklist names it.
            form: `pdf` or `png`.
            wrong: what is planted, one of features.synthetic.papers.WRONG; "" for a right paper.

        Raises:
            NotFoundError: no such application of theirs, nothing asked under that name, or no demo.
        """
        self._check_allowed()
        case = self.cases.case(customer_id, application_id)
        entry = next((needed for needed in case.needed(self.lines) if needed.asked == asked), None)
        if entry is None:
            raise _no_paper(asked)
        own = entry.person == "applicant"
        stated = {**case.stated, **_gold(case.collateral)} if own else {}
        whose = replace(self._whose(case.person(asked)), stated=stated)
        made = self._made(entry.line.kinds[0], whose, form, wrong)
        return made["name"], made["content"], made["media_type"]

    def of(
        self, customer_id: str, form: Form = "pdf", kind: str | None = None, wrong: str = ""
    ) -> list[dict[str, Any]]:
        """`{kind, name, media_type, content}` of what somebody of this work would bring, or of one kind.

        Raises:
            NotFoundError: no such customer, or no demo. KeyError: no such kind.
        """
        self._check_allowed()
        person = self.cases.customers.facts(customer_id, self.cases.clock.now().date())
        kinds = (kind,) if kind else kinds_for(person)
        return [self._made(name, self._whose(person), form, wrong) for name in kinds]

    def _whose(self, person: Applicant) -> Whose:
        name = plain_name(self.cases.customers.name(person.customer_id))
        return Whose(person, name, self.cases.clock.now().date())

    def _made(self, kind: str, whose: Whose, form: Form, wrong: str) -> dict[str, Any]:
        blurred = wrong == "blurred"
        kept: Form = "png" if blurred else form
        content = draw(paper_facts(kind, whose, wrong), kept, self.seed, blurred=blurred)
        name = f"{kind}-{whose.applicant.customer_id}.{kept}"
        return {"kind": kind, "name": name, "media_type": MEDIA_TYPE[kept], "content": content}

    def _check_allowed(self) -> None:
        if not self.allowed:
            raise _no_paper("demo")


def _gold(collateral: Collateral | None) -> Mapping[str, str]:
    if collateral is None or collateral.weight_g is None or collateral.purity_k is None:
        return {}
    return {"weight_g": f"{collateral.weight_g.normalize():f}", "purity_k": f"{collateral.purity_k.normalize():f}"}


def _no_paper(asked: str) -> NotFoundError:
    return NotFoundError(
        "there is no generated paper for that", code="not_found", field="asked", found=asked[:40],
        expected="a paper that an application of the demo bank asks for", do="Look at the checklist.",
    )  # fmt: skip

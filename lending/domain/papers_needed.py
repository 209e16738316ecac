"""Which papers a loan needs: a checklist from product, work, co-applicant and security; the data is in kb/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lending.domain.application import Applicant, Person

PREFIX: Mapping[Person, str] = {"applicant": "", "co_applicant": "co_applicant."}
"""What stands before the name of a paper that somebody must bring."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bank's document list; an empty tuple means all.

    Attributes:
        valid_days: days from the paper's own date; None for papers without such a bound.
        on_file: a kind of document of the bank's record that makes asking needless; "" when it is always asked.
        optional: it helps, and nobody waits for it.
    """

    id: str
    people: tuple[str, ...]
    kinds: tuple[str, ...]
    products: tuple[str, ...] = ()
    work: tuple[str, ...] = ()
    security: tuple[str, ...] = ()
    valid_days: int | None = None
    on_file: str = ""
    optional: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Needed:
    """A paper that a loan needs of somebody; `asked` is its name in the application, such as `income`."""

    asked: str
    person: Person
    line: Line
    on_file: bool

    @property
    def waited_for(self) -> bool:
        """Whether the application goes on only once it is accepted."""
        return not (self.on_file or self.line.optional)


def papers_needed(
    lines: Sequence[Line],
    product: str,
    applicant: Applicant,
    co_applicant: Applicant | None,
    security: str | None,
    as_of: date,
) -> tuple[Needed, ...]:
    """The checklist, in the order of the list, the applicant's papers first.

    Args:
        lines: the bank's document list.
        product: such as `car`.
        applicant: the bank's record of who applies.
        co_applicant: of who signs with them.
        security: kind of what secures the loan: `gold`, `property`, `vehicle` or None.
        as_of: the day on which papers on file must be valid.
    """
    signing: tuple[tuple[Person, Applicant | None], ...] = (("applicant", applicant), ("co_applicant", co_applicant))
    return tuple(
        Needed(f"{PREFIX[role]}{line.id}", role, line, _is_on_file(line, person, as_of))
        for role, person in signing
        if person is not None
        for line in lines
        if _fits(line, product, role, person, security)
    )


def valid_documents(person: Applicant, as_of: date) -> frozenset[str]:
    """Kinds of documents of the record that are valid on a day, its last one included."""
    over = {expiry.document for expiry in person.expiries if expiry.valid_until < as_of}
    return frozenset(person.documents) - over


def _is_on_file(line: Line, person: Applicant, as_of: date) -> bool:
    return bool(line.on_file) and line.on_file in valid_documents(person, as_of)


def _fits(line: Line, product: str, role: str, person: Applicant, security: str | None) -> bool:
    return (
        role in line.people
        and (not line.products or product in line.products)
        and (not line.work or person.employment_status in line.work)
        and (not line.security or security in line.security)
    )

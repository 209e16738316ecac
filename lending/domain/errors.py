"""What can go wrong, as a family tree.

CandorError
├── InputError          the caller's input is wrong (HTTP 4xx, exit code 2)
│   ├── LoanTermsError  amount, rate or term outside what the maths or the product allows
│   ├── PolicyError     a file under kb/ is wrong
│   └── NotFoundError   not there, or not yours
├── RefusedError        the work was refused on purpose: a gate failed, a record was tampered with (exit code 1)
└── UnavailableError    a dependency is down (HTTP 503, exit code 3)

A business "no" is a `Finding`, never an exception.
"""

from __future__ import annotations


class CandorError(Exception):
    """Says what was found, what was expected and what to do.

    Attributes:
        code: short snake_case name, stable for programs.
        field: the input at fault, or "" when no single one is.
        found, expected, do: three short texts for people.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        field: str = "",
        found: str = "",
        expected: str = "",
        do: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code or _snake(type(self).__name__)
        self.field = field
        self.found = found
        self.expected = expected
        self.do = do

    def as_dict(self) -> dict[str, str]:
        """The error as the command line and the API print it."""
        return {
            "code": self.code,
            "field": self.field,
            "found": self.found or str(self),
            "expected": self.expected,
            "do": self.do,
        }


class InputError(CandorError):
    """The caller's input is wrong."""

    exit_code = 2


class LoanTermsError(InputError):
    """An amount, rate or term lies outside what the maths or the product allows."""


class PolicyError(InputError):
    """A file under kb/ is wrong; the message names file and key."""


class NotFoundError(InputError):
    """Not there, or not yours: the two are never told apart."""


class RefusedError(CandorError):
    """The work was refused on purpose: a gate failed or a record was tampered with."""

    exit_code = 1


class UnavailableError(CandorError):
    """A dependency is down or busy."""

    exit_code = 3


def _snake(name: str) -> str:
    stem = name.removesuffix("Error")
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(stem))

"""What was typed in a form that was not taken, kept for the page that shows it again.

It travels in a cookie that only this customer's own key opens: nothing of it stands in an address or a log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import redirect, request
from werkzeug.wrappers import Response

from console.visit import Visit
from lending.domain.errors import InputError
from serving.refusals import errors_of

COOKIE = "candor_typed"
_KEPT_SECONDS = 120
_MOST = 3800
"""Characters of the cookie: browsers keep four thousand bytes."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was not taken: its part of the page, the fields at fault, and what was typed by field."""

    part: str = ""
    wrong: Sequence[str] = ()
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    def in_part(self, part: str) -> Typed:
        """This one where it is of a part of the page; else an empty one."""
        return self if self.part == part else Typed()


NOTHING = Typed()


def takes_pages() -> bool:
    """Whether a person sent the form: they are shown their page again, programs get the error."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def back_to(address: str, part: str, error: InputError, visit: Visit) -> Response:
    """To the page of the form, which finds there what was typed and what is wrong with it."""
    wrong = [one["field"] for one in errors_of(error)]
    typed = {"part": part, "wrong": wrong, "values": dict(request.form)}
    sealed = visit.ask.account.seal(visit.customer_id, typed)
    if len(sealed) > _MOST:
        sealed = visit.ask.account.seal(visit.customer_id, {**typed, "values": {}})
    response = redirect(f"{address}#{part}", 303)
    response.set_cookie(
        COOKIE, sealed, max_age=_KEPT_SECONDS, path="/", httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response


def typed_before(visit: Visit) -> Typed:
    """What the last form held; empty where there is none, or it is not this customer's."""
    held = visit.ask.account.opened(visit.customer_id, request.cookies.get(COOKIE, ""))
    return Typed(**held) if held else Typed()

"""Addresses of applications, offers, invitations and cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from serving.api import application_shapes as shapes
from serving.api.application_routes import ApplicationRoutes
from serving.api.case_routes import CaseRoutes
from serving.api.desk_routes import DeskRoutes
from serving.api.desk_shapes import DeskCase, DeskOverride, DeskQueue, OverridesWatched

if TYPE_CHECKING:
    from serving.assembly import Platform

Row = tuple[str, str, Callable[..., Any], type, str]
"""Method, address, endpoint, shape of the answer, name of the body; "" for none."""


def application_table(platform: Platform, prefix: str) -> Iterator[Row]:
    """Every route about applications."""
    own, staff = ApplicationRoutes(platform), CaseRoutes(platform)
    yield from _applications(own, prefix)
    yield from _offers(own, prefix)
    yield from _invitations(own, prefix)
    yield from _cases(staff, f"{prefix}/staff/applications")
    yield from _desk(DeskRoutes(platform), f"{prefix}/staff")


def _applications(own: ApplicationRoutes, prefix: str) -> Iterator[Row]:
    at, one, application = f"{prefix}/applications", f"{prefix}/applications/{{application_id}}", shapes.Application
    yield "POST", f"{prefix}/loans/apply", own.apply, application, "apply"
    yield "POST", f"{at}/drafts", own.begin, application, "begin"
    yield "PUT", f"{at}/drafts/{{application_id}}", own.save, application, "draft"
    yield "GET", at, own.applications, shapes.Applications, ""
    yield "GET", one, own.application, application, ""
    yield "POST", f"{one}/submit", own.submit, application, "submit"
    yield "POST", f"{one}/withdraw", own.withdraw, application, ""


def _offers(own: ApplicationRoutes, prefix: str) -> Iterator[Row]:
    at, one = f"{prefix}/offers", f"{prefix}/offers/{{offer_id}}"
    yield "GET", at, own.offers, shapes.Offers, ""
    yield "GET", f"{at}/saved", own.saved, shapes.Offers, ""
    yield "PUT", f"{one}/saved", own.save_offer, shapes.Offers, ""
    yield "DELETE", f"{one}/saved", own.drop_offer, shapes.Offers, ""
    yield "POST", f"{one}/accept", own.accept, shapes.Application, "accept"
    yield "POST", f"{one}/decline", own.decline, shapes.Declined, "decline"


def _invitations(own: ApplicationRoutes, prefix: str) -> Iterator[Row]:
    at = f"{prefix}/invitations"
    yield "GET", at, own.invitations, shapes.Invitations, ""
    yield "POST", at, own.invite, shapes.Invited, "invite"
    yield "POST", f"{at}/answer", own.answer, shapes.InvitationAnswered, "code"


def _cases(staff: CaseRoutes, at: str) -> Iterator[Row]:
    one = f"{at}/{{application_id}}"
    yield "GET", at, staff.waiting, shapes.CaseList, ""
    yield "GET", one, staff.case, shapes.CaseShown, ""
    yield "POST", f"{one}/decide", staff.decide, shapes.CaseShown, "case"


def _desk(staff: DeskRoutes, at: str) -> Iterator[Row]:
    one, override = f"{at}/cases/{{application_id}}", f"{at}/overrides/{{override_id}}"
    yield "GET", f"{at}/cases", staff.queue, DeskQueue, ""
    yield "GET", one, staff.case, DeskCase, ""
    yield "POST", f"{one}/take", staff.take, DeskCase, ""
    yield "POST", f"{one}/release", staff.release, DeskCase, ""
    yield "POST", f"{one}/ask", staff.ask, DeskCase, "case_ask"
    yield "POST", f"{one}/decide", staff.decide, DeskCase, "case_verdict"
    yield "POST", f"{one}/override", staff.override, DeskOverride, "case_override"
    yield "GET", f"{at}/overrides", staff.watched, OverridesWatched, ""
    for act, endpoint in (("confirm", staff.confirm), ("reject", staff.reject), ("withdraw", staff.withdraw)):
        yield "POST", f"{override}/{act}", endpoint, DeskOverride, "case_second"

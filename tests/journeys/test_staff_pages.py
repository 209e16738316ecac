"""Every page of staff passes as the pages of customers do, from the menu down to whatever its links lead to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from console.app import PAGES
from console.pages.page import find, page_of
from console.staff_menu import open_to
from lending.domain.roles import Role
from tests.conftest import FULL
from tests.journeys.conftest import LOOKS, Watched
from tests.journeys.test_pages_pass import opened
from tests.journeys.test_portal import check

pytestmark = pytest.mark.browser
Visit = Callable[..., Watched]
PEOPLE = {Role.RISK_MANAGER: "risk", Role.SENIOR_OFFICER: "senior", Role.AUDITOR: "auditor"}
"""Together they may open every page."""
OURS = [page_of(module) for module in PAGES]
LINKS = "[...document.querySelectorAll('#page a[href^=\"/staff/\"]')].map((one) => one.getAttribute('href'))"


def walk(here: Watched, role: Role, seen: set[str]) -> Iterator[str]:
    """Open the pages of the menu and one of each kind that they link to; answers the address of each."""
    ahead = [entry.path for _, entries in open_to(role) for entry in entries]
    while ahead:
        path = ahead.pop(0)
        found = find(OURS, re.split(r"[?#]", path)[0], role)
        if found is None or found[0].path in seen:
            continue
        seen.add(found[0].path)
        opened(here, path)
        yield path
        ahead += here.page.evaluate(LINKS)


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page_of_staff_passes(visit: Visit, axe: str, width: int, theme: str) -> None:
    seen: set[str] = set()
    found: list[str] = []
    for role, name in PEOPLE.items():
        here = visit(width, theme)
        here.sign_in(name, "/staff")
        for number, path in enumerate(walk(here, role, seen)):
            if not FULL and number % 2 == (width == LOOKS[0][0]):
                continue  # the two looks of the small run take turns
            try:
                check(here, axe, f"{path} as {name} at {width} px, {theme}")
            except AssertionError as wrong:
                found.append(str(wrong))
    assert not found, "\n".join(found)
    assert {page.path for page in OURS if page.path.startswith("/staff") and "<" not in page.path} <= seen


def test_the_menu_of_staff_opens_on_a_phone_and_marks_the_page(visit: Visit, axe: str) -> None:
    here = visit(320, "dark")
    here.sign_in("risk", "/staff")
    here.page.wait_for_selector("#page h1")
    here.page.click("[data-menu-toggle]")
    here.page.wait_for_selector("#menu a[aria-current]:text-is('Today')")
    check(here, axe, "the menu of staff at 320 px, dark")
    here.page.click("#menu a:text-is('Drift')")
    here.page.wait_for_url("**/staff/drift")
    here.page.wait_for_selector("#menu a[aria-current]:text-is('Drift')", state="attached")

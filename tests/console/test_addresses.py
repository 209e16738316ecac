"""Where a visitor may be led to after signing in, choosing a language or a form that failed."""

from __future__ import annotations

import pytest
from flask import Flask

from console.addresses import came_from, own_page
from console.app import PAGES
from console.pages.page import page_of
from lending.domain.roles import Role

OURS = [page_of(module) for module in PAGES]


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/", "/"),
        ("/loans/gold", "/loans/gold"),
        ("/loans/car?amount=12000&term=36", "/loans/car?amount=12000&term=36"),
        ("/loans/car?note=a%0d%0ab", "/loans/car?note=a%0D%0Ab"),
        ("/loans/car#top", "/loans/car"),
    ],
)
def test_a_page_of_ours_is_led_to_with_its_query(wanted: str, led_to: str) -> None:
    assert own_page(OURS, wanted, Role.CUSTOMER) == led_to


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/staff",
     "//evil.example/loans/car", "javascript:alert(1)", "/loans/../x", "http:/loans/car", "/loans/car\r\nX: y",
     "/sign-out", "", "loans/car", "http://[::1", "/portal/session"],
)  # fmt: skip
def test_nobody_is_led_anywhere_else(wanted: str) -> None:
    assert own_page(OURS, wanted, Role.CUSTOMER) is None


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://bank.example/loans/car?amount=5", "/loans/car?amount=5"),
        ("http://bank.example//evil.example/x", "/evil.example/x"),
        ("http://bank.example/\\evil.example", "/evil.example"),
        ("https://evil.example/loans/car", "/"),
        ("http://bank.example.evil.example/", "/"),
        ("", "/"),
    ],
)
def test_a_form_leads_back_to_the_page_of_ours_that_sent_it(referrer: str, back: str) -> None:
    with Flask("test").test_request_context("/", base_url="http://bank.example", headers={"Referer": referrer}):
        assert came_from() == back

"""What the scripts of the what-if page (console/assets/what_if*.js) say, run by Node."""

from __future__ import annotations

from tests.node import node_test


def test_the_page_says_what_is_not_known_yet_and_takes_its_hint_away_once_the_bank_approves() -> None:
    node_test("tests/what_if.test.mjs")

"""The page's own sums (console/assets/quote*.js), run by Node over the golden vectors."""

from __future__ import annotations

from tests.node import node_test


def test_the_pages_sums_are_pythons_to_the_cent() -> None:
    node_test("tests/quote.test.mjs")

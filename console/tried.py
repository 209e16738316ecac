"""Texts and parts of pages that are being tried out (kb/experiments.yaml): which one this customer sees."""

from __future__ import annotations

from console.visit import Visit


def wording(visit: Visit, place: str, **slots: object) -> str:
    """The text of a place, in the wording that is the visitor's own; drawing it counts as having been seen.

    Args:
        visit: whose page is drawn.
        place: such as `tried.home_lead`; its texts are `tried.home_lead.<variant>` of the catalogue.
        slots: values of the text.

    Raises:
        KeyError: nothing was ever tried out there and the catalogue has no such text.
    """
    variant = variant_at(visit, place)
    return visit.say(f"{place}.{variant}" if variant else place, **slots)


def variant_at(visit: Visit, place: str) -> str | None:
    """The variant of an order or a layout that is tried out at a place; None when nothing is."""
    return visit.ask.platform.variants.at(visit.customer_id, place)

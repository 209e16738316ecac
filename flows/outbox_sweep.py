"""What the web processes may have left: messages, data to erase, contents and events that nobody needs."""

from __future__ import annotations

from datetime import timedelta

from flows.deployments import rules_of
from serving.assembly import Platform, platform


def sweep(most: int = 500) -> dict[str, int]:
    """Deliver up to `most` outbox rows, erase what is due, drop what nobody needs, take in what came to storage.

    Returns:
        `{delivered, failed, given_up, erased, kept_longer, not_erased, events, orphans, arrived, captured}`:
        counts.

    Raises:
        UnavailableError: the database cannot be used; or storage cannot, and all the rest is done.
    """
    place = platform()
    place.records.outbox.again("storage_away", "kept_for_later")  # away for longer than a row is tried
    sent, gone = place.delivery.run(most), place.account.erasure.carry_out_due()
    return {
        "delivered": sent.done, "failed": sent.failed, "given_up": sent.given_up, "erased": gone["erased"],
        "kept_longer": gone["later"], "not_erased": gone["failed"], "events": place.behaviour.sweep(),
        "orphans": place.documents.sweep(), "arrived": place.arrivals.sweep(),
        "captured": _old_captures(place),
    }  # fmt: skip


def _old_captures(place: Platform) -> int:
    """Objects of calls that the endpoint on this machine captured, dropped when kb/endpoint.yaml lets them go."""
    from serving.twin.capture import drop_older

    days = timedelta(days=rules_of(place, "local")["capture_days"])
    return drop_older(place.objects, place.clock.now() - days)

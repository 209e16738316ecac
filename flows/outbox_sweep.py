"""What the web processes may have left: messages, data to erase, contents and events that nobody needs."""

from __future__ import annotations

from serving.assembly import platform


def sweep(most: int = 500) -> dict[str, int]:
    """Deliver up to `most` outbox rows, erase what is due, drop what nobody needs, take in what came to storage.

    Returns:
        `{delivered, failed, given_up, erased, kept_longer, not_erased, events, orphans, arrived}`: counts.

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
    }  # fmt: skip

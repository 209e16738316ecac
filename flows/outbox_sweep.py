"""What the web processes may have left: messages, data to erase, contents and events that nobody needs."""

from __future__ import annotations

from serving.assembly import platform


def sweep(most: int = 500) -> dict[str, int]:
    """Deliver up to `most` outbox rows, erase what is due, drop contents of papers without a row and old events.

    Returns:
        `{delivered, failed, given_up, erased, kept_longer, not_erased, orphans, events}`: counts.

    Raises:
        UnavailableError: the database cannot be used.
    """
    place = platform()
    sent, gone = place.delivery.run(most), place.account.erasure.carry_out_due()
    return {
        "delivered": sent.done, "failed": sent.failed, "given_up": sent.given_up, "erased": gone["erased"],
        "kept_longer": gone["later"], "not_erased": gone["failed"], "orphans": place.documents.sweep(),
        "events": place.behaviour.sweep(),
    }  # fmt: skip

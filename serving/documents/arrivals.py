"""Papers that a browser sends straight to storage: a ticket before, and taking them in afterwards, once."""

from __future__ import annotations

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from lending.document_ports import ArrivalNews, DirectUploads, Told
from lending.domain.errors import CandorError, InputError, NotFoundError, RefusedError, UnavailableError
from lending.upload_keys import Arrival, arrival_key, arrival_of
from serving.background import code_of
from serving.documents.checking import Documents
from serving.documents.sniff import check_kind
from serving.documents.storage import STAMP, new_document
from serving.refusals import Refusal

EVERY_SECONDS = 5.0
"""Between two looks at the queue."""
_MOST_FAILED = 3
"""Files in a row that cannot be had, after which storage is left alone until the next round."""
_T = TypeVar("_T")
_log = logging.getLogger("candor.arrivals")


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Gives tickets out, and takes in what came.

    A ticket's own words (application, what for, the file's name) travel with the file as a note sealed with its
    customer's key and bound to its key in storage. Nothing else says that a file was asked for: what bears no such note
    is dropped, and a ticket that nobody uses leaves nothing behind.

    Attributes:
        uploads: None where files come through the web process alone.
        news: tells what has arrived; None where the sweep looks for it.
        minutes: how long a ticket holds.
    """

    desk: Documents
    uploads: DirectUploads | None
    news: ArrivalNews | None
    minutes: int

    def ticket(
        self, customer_id: str, application_id: str, asked: str, filename: str, media_type: str, path: str
    ) -> dict[str, Any]:
        """How to send a paper: the address of a form, the fields that go before its field `file`, until when.

        Args:
            customer_id: who is signed in.
            application_id: of theirs.
            asked: what it is for, as the checklist names it.
            filename: as the sender calls it.
            media_type: of the file, as the form will say it.
            path: where the form goes when storage takes none.

        Returns:
            `{direct, url, fields, document_id, most_bytes, expires_at}`. Not direct: the form goes to our own address,
            with the headers of any other request, and its answer is the paper.

        Raises:
            NotFoundError, RefusedError, InputError: as `Desk.receive`, as far as it can be known before.
        """
        desk = self.desk
        case, name = desk.admitted(customer_id, application_id, asked, filename)
        check_kind(media_type, name)
        most = desk.rules.limits["file_bytes"]
        ends = desk.clock.now() + timedelta(minutes=self.minutes)
        if self.uploads is None:
            return _ticket(False, path, {"asked": asked}, "", most, ends.isoformat())
        document = new_document()
        key = arrival_key(customer_id, desk.clock.now().strftime(STAMP), document)
        said = {"application_id": case.application_id, "asked": asked, "name": name}
        sealed = desk.papers.seal(customer_id, key, json.dumps(said, ensure_ascii=False).encode())
        form = self.uploads.form(key, media_type, most, b64encode(sealed).decode(), self.minutes * 60)
        return _ticket(True, form.url, dict(form.fields), document, most, ends.isoformat())

    def collect(self, key: str) -> bool:
        """Take in what arrived under a key: once, whole, checked as any other paper; then it is gone from there.

        Returns:
            Whether a paper came of it, taken or refused; False for what is not there, not ours, or was taken before.

        Raises:
            UnavailableError: storage or database is away; it stays, for a later try.
        """
        found = arrival_of(key)
        if found is None or self.uploads is None:
            return False
        taken = self._known(found.document_id) is None and self._take(self.uploads, key, found)
        # Only now: whoever dies before is followed by the next news or the sweep.
        self.uploads.drop(key)
        return taken

    def run(self) -> int:
        """Take in what the queue tells of; answers how many papers came of it. Raises as `sweep`."""
        return _each(self._told, self.news.next()) if self.news is not None else 0

    def sweep(self) -> int:
        """Take in whatever has arrived, told or not; answers how many papers came of it.

        Raises:
            UnavailableError: storage or database is away, or one file cannot be had and all the others are taken in.
        """
        return _each(self.collect, self.uploads.keys()) if self.uploads is not None else 0

    def _told(self, told: Told) -> bool:
        taken = self.collect(told.key)
        if self.news is not None:
            self.news.done(told)
        return taken

    def forget(self, customer_id: str) -> None:
        """Drop what a customer has sent and nobody has taken in. Raises UnavailableError."""
        if self.uploads is not None:
            for key in self.uploads.keys(customer_id):
                self.uploads.drop(key)

    def _known(self, document_id: str) -> object | None:
        try:
            return self.desk.papers.get(document_id)
        except NotFoundError:
            return None

    def _take(self, uploads: DirectUploads, key: str, found: Arrival) -> bool:
        """Read, hand to the desk, or refuse. Nothing comes of what was never asked for, or is asked for no more."""
        desk, most = self.desk, self.desk.rules.limits["file_bytes"]
        try:
            sent = uploads.get(key, most)
            said = json.loads(desk.papers.open(found.customer_id, key, b64decode(sent.note, validate=True)))
            case, name = desk.admitted(found.customer_id, said["application_id"], said["asked"], said["name"])
        except UnavailableError:
            raise
        except (CandorError, ValueError) as error:
            _log.warning("an upload is dropped: %s", code_of(error))
            return False
        try:
            with desk.brought(case, said["asked"], name, sent.content, found.document_id) as enter:
                enter()
        except (InputError, Refusal) as error:
            desk.turned_away(case, said["asked"], name, sent.content, found.document_id, error)
        except RefusedError:
            return False  # it ended meanwhile
        return True


def _each(take: Callable[[_T], bool], things: Iterable[_T]) -> int:
    """Take each, whatever becomes of another, until so many failed in a row that nothing answers. Raises the last."""
    taken, failed, last = 0, 0, None
    for one in things:
        try:
            taken, failed = taken + take(one), 0
        except UnavailableError as error:
            failed, last = failed + 1, error
            if failed >= _MOST_FAILED:
                break
    if last is not None:
        raise last
    return taken


def _ticket(
    direct: bool, url: str, fields: dict[str, str], document_id: str, most_bytes: int, expires_at: str
) -> dict[str, Any]:
    return {
        "direct": direct, "url": url, "fields": fields, "document_id": document_id, "most_bytes": most_bytes,
        "expires_at": expires_at,
    }  # fmt: skip

"""Papers and their contents as they are kept: found for whose they are, opened, dropped."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from lending.document_ports import PaperRow, Papers, no_paper
from lending.domain.errors import CandorError, NotFoundError, RefusedError
from lending.domain.record import sha256_hex
from lending.ports import Objects
from serving.documents.storage import stored


@dataclass(frozen=True, slots=True)
class Shelf:
    """Rows in the records, contents in storage, each sealed with its customer's key."""

    papers: Papers
    objects: Objects

    def content(self, customer_id: str, document_id: str) -> tuple[bytes, str, str]:
        """Bytes, media type and name of a paper that was checked.

        Raises:
            NotFoundError: not there, not theirs, or its content was not kept.
            RefusedError: it is still being checked (`checking`), or was changed at rest.
        """
        return self.opened(self.row(customer_id, document_id))

    def row(self, customer_id: str, document_id: str) -> PaperRow:
        """A paper of this customer. Raises NotFoundError, the same for one of somebody else."""
        row = self.papers.get(document_id)
        if row.customer_id != customer_id:
            raise no_paper(document_id)
        return row

    def opened(self, row: PaperRow) -> tuple[bytes, str, str]:
        """The content of a paper. Raises as `content`."""
        if row.state in ("quarantined", "checking"):
            raise RefusedError(
                "the paper is still being checked", code="checking", field="document_id", found=row.state,
                expected="a paper that was checked", do="Wait a moment.",
            )  # fmt: skip
        return self.read(row), row.media_type, row.name

    def read(self, row: PaperRow) -> bytes:
        """The bytes of a paper, also in quarantine. Raises NotFoundError, RefusedError when it was changed."""
        if not row.object_key:
            raise NotFoundError(
                "the content of that paper was not kept", code="not_found", field="document_id", found=row.state,
                expected="a paper that was not refused", do="Send the paper again.",
            )  # fmt: skip
        with stored("cannot be opened now"):
            sealed = self.objects.get(row.object_key)
        content = self.papers.open(row.customer_id, row.document_id, sealed)
        if sha256_hex(content) != row.sha256:
            raise RefusedError("the paper is not the one that came", code="tampered", field="document_id")
        return content

    def drop_object(self, key: str) -> None:
        """Drop a content; the sweep takes what could not be dropped now."""
        with suppress(CandorError):
            if key:
                self.objects.drop(key)

"""Why a file is refused before anybody reads it."""

from __future__ import annotations


class Unreadable(Exception):  # noqa: N818 - it says what the file is
    """A file that is not opened: `code` has words in the catalogue of papers, `found` fills their slot."""

    def __init__(self, code: str, found: object = "") -> None:
        super().__init__(code)
        self.code, self.found = code, str(found)[:60]

"""A channel that writes to a file instead of sending: the demo's default, so that nothing leaves this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lending.domain.errors import UnavailableError


class FileMessages:
    """Appends one JSON object a line: `{message_id, to, title, text}`. `lending.message_ports.Channel`."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def send(self, to: str, title: str, text: str, message_id: str) -> None:
        """Write it down. Raises UnavailableError when the file cannot be written."""
        line = json.dumps({"message_id": message_id, "to": to, "title": title, "text": text}, ensure_ascii=False)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            # One write of an append is one line, also when two processes write.
            handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, f"{line}\n".encode())
            finally:
                os.close(handle)
        except OSError as error:
            raise UnavailableError(
                f"{self._file.name} cannot be written: {error.strerror}", code="channel", field="CANDOR_HOME",
                found=str(error.strerror), expected="a folder that can be written", do="Check the home folder.",
            ) from None  # fmt: skip

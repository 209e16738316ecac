"""Data capture: a share of the calls, input and output, as JSON lines in the object store, in SageMaker's own form.

What a file holds: the features of each row that was scored and what the model said of it, the time, the variant, the
version. Features are facts about a person (score, income, debts, home) without a name, an id of a customer or an
address; an inference id is the caller's, and decisions send none. Keep the store as closed as the record of decisions.
Old objects are dropped by `drop_older`.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Any, Literal

from lending.ports import Clock, Objects
from serving.endpoint_http import JSON, Reply
from serving.twin.aside import Aside

PREFIX = "endpoint-capture"
_LINES = 200
"""Of one object at most."""
_SECONDS = 5.0
"""After so long an object is written with what there is."""
_WAITING = 2_000


class Capture:
    """Gathers lines by endpoint and variant and puts them away in the background; never holds up an answer."""

    def __init__(self, objects: Objects | None, clock: Clock) -> None:
        self._objects, self._clock = objects, clock
        self._aside = Aside("capture", _WAITING, self._put_due)
        self._lines: dict[tuple[str, str], list[str]] = {}
        self._since: datetime | None = None
        self._owed: dict[str, int] = {}
        self._lost = 0
        self._lock = Lock()

    @property
    def left_out(self) -> int:
        """Calls that were to be kept and were not, because too many waited or the store did not take them."""
        return self._aside.left_out + self._lost

    def start(self) -> None:
        """Begin with the server."""
        self._aside.start()

    def stop(self) -> None:
        """Put away what is there and end."""
        self._aside.stop()

    def wants(self, endpoint: str, percent: int) -> bool:
        """Whether this call is one of the share that is kept: exactly so many of every hundred."""
        if self._objects is None or not percent:
            return False
        with self._lock:
            owed = self._owed.get(endpoint, 0) + percent
            self._owed[endpoint] = owed % 100
            return owed >= 100

    def keep(self, endpoint: str, variant: str, headers: Mapping[str, str], body: bytes, reply: Reply) -> None:
        """Keep one call; returns at once."""
        at = self._clock.now()
        self._aside.add(lambda: self._add((endpoint, variant), _line(at, headers, body, reply)))

    def _add(self, place: tuple[str, str], line: str) -> None:
        self._lines.setdefault(place, []).append(line)
        self._since = self._since or self._clock.now()
        if len(self._lines[place]) >= _LINES:
            self._put(place)

    def _put_due(self, ending: bool) -> None:
        if self._since is None or not (ending or (self._clock.now() - self._since).total_seconds() >= _SECONDS):
            return
        for place in list(self._lines):
            self._put(place)
        self._since = None

    def _put(self, place: tuple[str, str]) -> None:
        lines, at = self._lines.pop(place), self._clock.now()
        name = f"{at:%Y/%m/%d/%H/%M-%S}-{at.microsecond // 1000:03}-{uuid.uuid4()}.jsonl"
        if self._objects is None:
            return
        try:
            self._objects.put(f"{PREFIX}/{place[0]}/{place[1]}/{name}", "".join(lines).encode())
        except Exception:
            self._lost += len(lines)
            raise


def drop_older(objects: Objects, than: datetime) -> int:
    """Drop the objects of the hours before; answers how many there were. Raises UnavailableError."""
    bound = f"{than:%Y/%m/%d/%H}"
    old = [key for key in objects.keys(f"{PREFIX}/") if "/".join(key.split("/")[3:7]) < bound]
    for key in old:
        objects.drop(key)
    return len(old)


def _line(at: datetime, headers: Mapping[str, str], body: bytes, reply: Reply) -> str:
    event = {"eventId": str(uuid.uuid4()), "inferenceTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    if inference := headers.get("x-amzn-sagemaker-inference-id"):
        event["inferenceId"] = inference[:64]
    data = {
        "endpointInput": _side("INPUT", headers.get("content-type", ""), body),
        "endpointOutput": _side("OUTPUT", reply.kind, reply.body),
    }
    line = {"captureData": data, "eventMetadata": event, "eventVersion": "0"}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def _side(mode: Literal["INPUT", "OUTPUT"], kind: str, content: bytes) -> dict[str, Any]:
    told = kind.partition(";")[0].strip().lower()
    names = {JSON: "JSON", "text/csv": "CSV"}
    try:
        text, encoding = content.decode(), names.get(told, "BASE64")
    except UnicodeDecodeError:
        text, encoding = "", "BASE64"
    if encoding == "BASE64":
        text = base64.b64encode(content).decode()
    return {"observedContentType": told, "mode": mode, "data": text, "encoding": encoding}

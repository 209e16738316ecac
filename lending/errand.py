"""One errand: a request from its first byte to its last, under one id.

The id stands on log lines, in the ledger and the audit trail, on traces of texts and on flows that were started.
Whoever works inside asks for it here, so that nobody has to hand it on. Outside an errand all of this does nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Self

REQUEST_HEADER, TRACE_HEADER = "X-Request-ID", "traceparent"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_MOST_PARTS = 200
"""A long talk keeps its first parts; nothing grows without end."""


@dataclass(slots=True)
class Part:
    """A piece of an errand. Times are nanoseconds since 1970; `inside` is the number of the part around it, or -1."""

    name: str
    inside: int
    started: int
    ended: int = 0
    failed: str = ""
    """Class of the error that ended it; never its words."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something to count: its name, a figure (seconds, or 1) and few words such as an outcome."""

    name: str
    value: float
    labels: Mapping[str, str]


@dataclass(slots=True)
class Errand:
    """What is known of one request while it is worked on.

    Attributes:
        request_id: 8 to 64 harmless characters.
        trace_id: 32 hexadecimal digits of the W3C trace; the request id itself where that is one.
        called_by: 16 digits of the caller's span; "" where the trace begins here.
        sampled: whether the caller wants the trace kept.
        timed: whether its parts are timed, because somebody collects them.
        notes: ids and codes for the log line.
    """

    request_id: str
    trace_id: str
    called_by: str = ""
    sampled: bool = True
    timed: bool = False
    span_id: str = field(default_factory=lambda: secrets.token_hex(8))
    started: int = field(default_factory=time.time_ns)
    notes: dict[str, str] = field(default_factory=dict[str, str])
    parts: list[Part] = field(default_factory=list[Part])
    happened: list[Happened] = field(default_factory=list[Happened])

    @classmethod
    def begin(cls, request_id: str = "", traceparent: str = "", *, timed: bool = False) -> Self:
        """A new errand under the caller's ids where they are harmless to log and to echo, else under a new one."""
        came = _TRACE.fullmatch(traceparent[:256])
        named = request_id if _REQUEST_ID.fullmatch(request_id) else came[1] if came else uuid.uuid4().hex
        if came:
            sampled = bool(int(came[3], 16) & 1)
            return cls(named, came[1], came[2], sampled, timed and sampled)
        own = named if _TRACE_ID.fullmatch(named) else hashlib.sha256(named.encode()).hexdigest()[:32]
        return cls(named, own, timed=timed)

    @property
    def traceparent(self) -> str:
        """What to send on with a call to another service."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def is_request_id(text: str) -> bool:
    """Whether a text can be the id of a request."""
    return _REQUEST_ID.fullmatch(text) is not None


_AT_WORK: ContextVar[Errand | None] = ContextVar("candor_errand", default=None)
_INSIDE: ContextVar[int] = ContextVar("candor_part", default=-1)
_NOTHING: AbstractContextManager[None] = nullcontext()


def current() -> Errand | None:
    """The errand that this thread or task works on."""
    return _AT_WORK.get()


def current_id() -> str:
    """Its request id; "" outside an errand."""
    errand = _AT_WORK.get()
    return errand.request_id if errand else ""


def enter(errand: Errand | None) -> None:
    """Work on this from now on, in this thread or task; None ends it."""
    _AT_WORK.set(errand)
    _INSIDE.set(-1)


@contextmanager
def at_work(errand: Errand) -> Generator[Errand]:
    """Work on an errand inside the block."""
    before, inside = _AT_WORK.set(errand), _INSIDE.set(-1)
    try:
        yield errand
    finally:
        _INSIDE.reset(inside)
        _AT_WORK.reset(before)


def note(**ids: str) -> None:
    """Put ids and codes on the errand's log line; nothing of a person belongs there."""
    errand = _AT_WORK.get()
    if errand is not None:
        errand.notes.update(ids)


def count(name: str, value: float = 1.0, **labels: str) -> None:
    """Say that something happened; `serving.measures` knows the names."""
    errand = _AT_WORK.get()
    if errand is not None:
        errand.happened.append(Happened(name, value, labels))


def part(name: str) -> AbstractContextManager[None]:
    """Time what stands inside the block as a part of the errand; it costs nothing where nobody collects them."""
    errand = _AT_WORK.get()
    if errand is None or not errand.timed or len(errand.parts) >= _MOST_PARTS:
        return _NOTHING
    return _timed(errand, name)


def took(name: str, began: int) -> None:
    """Note a part that has just ended; for generators, whose pieces may come in different contexts.

    Args:
        name: of the part.
        began: nanoseconds since 1970.
    """
    errand = _AT_WORK.get()
    if errand is not None and errand.timed and len(errand.parts) < _MOST_PARTS:
        errand.parts.append(Part(name, _INSIDE.get(), began, time.time_ns()))


@contextmanager
def _timed(errand: Errand, name: str) -> Generator[None]:
    one = Part(name, _INSIDE.get(), time.time_ns())
    errand.parts.append(one)
    before = _INSIDE.set(len(errand.parts) - 1)
    try:
        yield
    except BaseException as error:
        one.failed = type(error).__name__
        raise
    finally:
        one.ended = time.time_ns()
        _INSIDE.reset(before)

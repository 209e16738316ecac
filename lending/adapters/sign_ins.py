"""Sign-ins under way with a provider; they live for minutes and are taken once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ScalarSelect, delete, func, insert, select

from lending.adapters.session import Database, time_text
from lending.adapters.tables import sign_ins
from lending.domain.record import sha256_hex
from lending.ports import Clock
from lending.sign_in_ports import Begun


class SignInFile:
    """`lending.sign_in_ports.BegunSignIns` on a database.

    Args:
        database: where they are kept.
        clock: tells when one is over.
        minutes: how long a person may take.
        most: rows at once; beyond them the oldest are forgotten, so that a flood fills nothing.
    """

    def __init__(self, database: Database, clock: Clock, minutes: float, most: int) -> None:
        self._database, self._clock, self._life, self._most = database, clock, timedelta(minutes=minutes), most

    def keep(self, state: str, browser: str, begun: Begun) -> None:
        """Remember one; those that are over are swept."""
        now = self._clock.now()
        row = {
            "state_sha256": _hidden(state), "browser_sha256": _hidden(browser), "nonce": begun.nonce,
            "verifier": begun.verifier, "wanted": begun.wanted, "expires_at": time_text(now + self._life),
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= time_text(now)))
            if connection.execute(select(func.count()).select_from(sign_ins)).scalar_one() >= self._most:
                connection.execute(delete(sign_ins).where(sign_ins.c.expires_at == _oldest()))
            connection.execute(insert(sign_ins), row)

    def take(self, state: str, browser: str) -> Begun | None:
        """The one of this state; also when it is not handed out, nobody gets it again."""
        wanted = sign_ins.c.state_sha256 == _hidden(state)
        with self._database.write() as connection:
            row = connection.execute(select(sign_ins).where(wanted)).one_or_none()
            connection.execute(delete(sign_ins).where(wanted))
        if row is None or row.browser_sha256 != _hidden(browser) or row.expires_at <= time_text(self._clock.now()):
            return None
        return Begun(row.nonce, row.verifier, row.wanted)


def _oldest() -> ScalarSelect[str]:
    return select(func.min(sign_ins.c.expires_at)).scalar_subquery()


def _hidden(text: str) -> str:
    return sha256_hex(text.encode("utf-8", "replace"))

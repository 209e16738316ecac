"""Invitations to sign together: a code goes from one person to the other, and each stays signed in as themselves."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lending.application_ports import Invitation
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.record import sha256_hex
from lending.ports import Brake
from serving.application_reading import Reading
from serving.identity import TooManyTriesError
from serving.teller import new_id

_CODE_BYTES, _GROUP = 10, 4
_READ_AS = str.maketrans("01", "OI")
"""Base32 has no zero and no one."""


@dataclass(frozen=True)
class Invitations(Reading):
    """Invites, and takes the answer. Neither side reads anything of the other's but the name."""

    def invite(self, customer_id: str) -> dict[str, str]:
        """A new invitation with its code, which is shown this once and kept nowhere.

        Returns:
            `{invitation_id, code, expires_at}`.

        Raises:
            RefusedError: too many within a day (`too_many`).
        """
        now = self.clock.now()
        self._check_count(customer_id, now)
        code = _new_code()
        until = now + timedelta(days=self.form.figure("invitation_days", now.date()))
        letter = Invitation(new_id("i"), customer_id, _hash(code), now, until)
        self.letters.add(letter)
        return {"invitation_id": letter.invitation_id, "code": code, "expires_at": until.isoformat()}

    def answer(self, customer_id: str, code: str, agree: bool) -> dict[str, str]:
        """Agree to sign with whoever made the code, or say no; once.

        Returns:
            `{invitation_id, state, name}`: agreed or declined, and the name of who invited.

        Raises:
            NotFoundError: no such code, or it is over or answered; which of these is not said.
            RefusedError: it is one's own (`own_invitation`).
            TooManyTriesError: too many wrong codes; wait.
        """
        key, brake = f"invitation {customer_id}", self._brake()
        wait = self.throttle.wait_seconds(key, brake)
        if wait > 0:
            raise TooManyTriesError(wait)
        letter = self.letters.by_code(_hash(code))
        if letter is None or not self._open(letter):
            wait = self.throttle.failed({key: brake})
            raise TooManyTriesError(wait) if wait > 0 else _no_code()
        if letter.customer_id == customer_id:
            raise RefusedError("this invitation is your own", code="own_invitation", field="code",
                               expected="a code that somebody gave you", do="Give it to the other person.")  # fmt: skip
        self._answered(letter, customer_id, agree)
        self.throttle.cleared(key)
        name, state = self.customers.name(letter.customer_id), "agreed" if agree else "declined"
        return {"invitation_id": letter.invitation_id, "state": state, "name": name}

    def invitations(self, customer_id: str) -> list[dict[str, Any]]:
        """Those that a customer made, newest first: open, agreed, declined or expired; `name` of who agreed."""
        return [self._shown(letter) for letter in self.letters.of(customer_id)]

    def _answered(self, letter: Invitation, customer_id: str, agree: bool) -> None:
        state = "agreed" if agree else "declined"
        with self.box.together():
            if not self.letters.answer(letter.invitation_id, customer_id, state):
                raise _no_code()
            if agree:
                self.customers.link(letter.customer_id, customer_id)
            self.audit.add(customer_id, f"invitation.{state}", letter.invitation_id, {"invited_by": letter.customer_id})
            once = f"{letter.invitation_id} answered"
            self.tell(letter.customer_id, "invitation.answered", letter.invitation_id, once)

    def _check_count(self, customer_id: str, now: datetime) -> None:
        most = self.form.figure("invitations_a_day", now.date())
        made = [one for one in self.letters.of(customer_id) if now - one.created_at < timedelta(days=1)]
        if len(made) >= most:
            raise RefusedError(
                f"you made {len(made)} invitations within a day; at most {most}", code="too_many", field="invitation",
                found=str(len(made)), expected=f"at most {most} a day", do="Use one of those, or come back tomorrow.",
            )  # fmt: skip

    def _brake(self) -> Brake:
        names = ("wrong_codes_free", "wrong_codes_wait_most", "wrong_codes_forgotten")
        free, longest, forgets = (self.form.figure(name, self.day()) for name in names)
        return Brake(free, longest * 60.0, forgets * 60.0)

    def _open(self, letter: Invitation) -> bool:
        return letter.state == "open" and self.clock.now() <= letter.expires_at

    def _shown(self, letter: Invitation) -> dict[str, Any]:
        over = letter.state == "open" and not self._open(letter)
        agreed = letter.state == "agreed" and letter.invited_id
        return {
            "invitation_id": letter.invitation_id,
            "state": "expired" if over else letter.state,
            "name": self.customers.name(letter.invited_id) if agreed and letter.invited_id else None,
            "created_at": letter.created_at.isoformat(),
            "expires_at": letter.expires_at.isoformat(),
        }


def _new_code() -> str:
    """Sixteen characters in groups of four; 80 random bits."""
    text = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def _hash(code: str) -> str:
    """Of the code as anybody may write it: without dashes, in small letters, with a zero for an O or a one for an I."""
    return sha256_hex("".join(c for c in code.upper() if c.isalnum()).translate(_READ_AS).encode())


def _no_code() -> NotFoundError:
    return NotFoundError(
        "this code opens no invitation", code="not_found", field="code", expected="a code that still stands",
        do="Ask for a new one.",
    )  # fmt: skip

"""What customers may ask of the bank about themselves: one door to profile, requests, export, erasure and choices."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lending.domain.errors import InputError
from lending.message_ports import PreferenceBox, Preferences
from lending.ports import AuditLog, Decisions, KeptSession, OwnSessions
from serving.customer_requests import RequestDesk, for_customer, said
from serving.erasure import Erasure
from serving.export import Export
from serving.profile import Profile
from serving.recorded import own_decision

CHANNELS = ("email", "sms")
LANGUAGES = ("en", "es")
_EMAIL = re.compile(r"[^@\s,;<>\"']{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_MOST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Account:
    """The rights of customers; who they are comes from the session and from nowhere else."""

    profiles: Profile
    desk: RequestDesk
    erasure: Erasure
    exports: Export
    preference_box: PreferenceBox
    own_sessions: OwnSessions
    decisions: Decisions
    audit: AuditLog

    def profile(self, customer_id: str, language: str = "en") -> list[dict[str, Any]]:
        """Every figure the bank holds, as `serving.profile.Profile.of` says."""
        return self.profiles.of(customer_id, language)

    def dispute(self, customer_id: str, field: str, stated: str, why: str) -> dict[str, Any]:
        """Say that a figure is wrong, or add one that the bank lacks; a person looks into it, nothing is overwritten.

        Args:
            customer_id: who says so.
            field: name of the figure, as the profile lists it.
            stated: what it should be.
            why: in their words; needed where a figure is called wrong.

        Raises:
            InputError: no such figure, a value it cannot have, or no reason.
        """
        held = self.profiles.held(customer_id, field)
        known = self.profiles.fields.field(field)
        value = known.shown(known.read(stated))
        kind = "add" if held is None else "dispute"
        content = {"field": field, "held": known.shown(held), "stated": str(value),
                   "why": said("why", why, needed=held is not None)}  # fmt: skip
        return for_customer(self.desk.open(customer_id, kind, field, content))

    def review(self, customer_id: str, decision_id: str, why: str = "") -> dict[str, Any]:
        """Ask for a person to look at one of their own decisions. Raises NotFoundError."""
        row = own_decision(self.decisions.get(decision_id), customer_id)
        core = json.loads(row.core)
        content = {
            "why": said("why", why, needed=False), "product": core["product"], "outcome": core["outcome"],
            "amount": core["request"]["amount"],
        }  # fmt: skip
        return for_customer(self.desk.open(customer_id, "review", decision_id, content))

    def contact(self, customer_id: str, conversation_id: str, why: str = "") -> dict[str, Any]:
        """Ask to speak to a person about a conversation."""
        return for_customer(self.desk.open(customer_id, "contact", conversation_id, {"why": why}))

    def requests(self, customer_id: str) -> list[dict[str, Any]]:
        """Their requests, newest first."""
        return [self._shown(customer_id, one) for one in self.desk.of(customer_id)]

    def request(self, customer_id: str, request_id: str) -> dict[str, Any]:
        """One of their requests. Raises NotFoundError."""
        return self._shown(customer_id, self.desk.own(customer_id, request_id))

    def withdraw(self, customer_id: str, request_id: str) -> dict[str, Any]:
        """Take a request back; taking erasure back unlocks the data. Raises NotFoundError; RefusedError when closed."""
        if self.desk.own(customer_id, request_id)["kind"] == "erase":
            self.erasure.take_back(customer_id)
            return self.request(customer_id, request_id)
        return self.desk.withdraw(customer_id, request_id)

    def export(self, customer_id: str, language: str = "en") -> bytes:
        """Everything held about them, as a zip."""
        content = self.exports.of(customer_id, language)
        self.audit.add(customer_id, "data.exported", customer_id, {"bytes": str(len(content))})
        return content

    def erase(self, customer_id: str) -> dict[str, Any]:
        """Ask for erasure, as `serving.erasure.Erasure.ask` says."""
        return self.erasure.ask(customer_id)

    def restricted_until(self, customer_id: str) -> str | None:
        """The day on which locked data is erased; None when it is not locked."""
        held = self.erasure.restrictions.get(customer_id)
        return held.erase_on.isoformat() if held else None

    def sessions(self, username: str, token: str) -> list[dict[str, Any]]:
        """Where somebody is signed in; `mine` marks the session that asks."""
        return [_session(one) for one in self.own_sessions.of(username, token)]

    def end_session(self, username: str, session_id: str) -> None:
        """End one of their sessions. Raises NotFoundError."""
        self.own_sessions.end(username, session_id)

    def end_other_sessions(self, username: str, token: str) -> int:
        """End all of their sessions but the one that asks; answers how many."""
        return self.own_sessions.end_others(username, token)

    def preferences(self, customer_id: str) -> dict[str, Any]:
        """Language, channels and contact."""
        return _chosen(self.preference_box.get(customer_id))

    def set_preferences(self, customer_id: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Change choices; what is not named stays.

        Args:
            customer_id: whose.
            chosen: any of `{language, channels, email, phone}`; an empty address is forgotten.

        Raises:
            InputError: an address that is none, or a channel whose address is not known.
        """
        now = self.preferences(customer_id)
        wanted = {name: chosen.get(name, now[name]) for name in ("language", "channels", "email", "phone")}
        checked = Preferences(
            _language(wanted["language"]), _channels(wanted["channels"]), _email(wanted["email"].strip()),
            _phone(wanted["phone"]),
        )  # fmt: skip
        _check_reachable(checked)
        return _chosen(self.preference_box.keep(customer_id, checked))

    def _shown(self, customer_id: str, one: dict[str, Any]) -> dict[str, Any]:
        """A request as it is offered: an erasure whose day has come is under way and takes no way back."""
        over = one["kind"] == "erase" and not self.erasure.can_take_back(customer_id)
        return {**one, "can_withdraw": False} if over else one


def _session(one: KeptSession) -> dict[str, Any]:
    held = asdict(one)
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in held.items()}


def _chosen(found: Preferences) -> dict[str, Any]:
    return {
        "language": found.language, "channels": list(found.channels), "email": found.email, "phone": found.phone,
        "changed_at": found.changed_at.isoformat() if found.changed_at else None,
    }  # fmt: skip


def _language(value: str) -> str:
    if value and value not in LANGUAGES:
        raise _wrong("language", value, " or ".join(LANGUAGES))
    return value


def _channels(values: Sequence[str]) -> tuple[str, ...]:
    strange = next((one for one in values if one not in CHANNELS), None)
    if strange is not None:
        raise _wrong("channels", strange, " and ".join(CHANNELS))
    return tuple(name for name in CHANNELS if name in values)


def _email(value: str) -> str:
    if value and (len(value) > _MOST_EMAIL or not _EMAIL.fullmatch(value)):
        raise _wrong("email", value, "an address such as name@example.com")
    return value


def _phone(value: str) -> str:
    plain = re.sub(r"[\s().-]", "", value)
    if plain and not _PHONE.fullmatch(plain):
        raise _wrong("phone", value, "a number with its country code, such as +1 555 555 0100")
    return plain


def _check_reachable(chosen: Preferences) -> None:
    for channel, name in (("email", "email"), ("sms", "phone")):
        if channel in chosen.channels and not getattr(chosen, name):
            raise _wrong(name, "nothing", f"an address, because {channel} is chosen")


def _wrong(field: str, found: str, expected: str) -> InputError:
    return InputError(
        f"{field} is not usable", code=field, field=field, found=found[:40], expected=expected, do="Correct it."
    )

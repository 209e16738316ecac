"""A channel through Apprise: any of its targets, named by a template of settings that holds `{to}`."""

from __future__ import annotations

import logging
from urllib.parse import quote

from lending.domain.errors import InputError, UnavailableError

SLOT = "{to}"


class AppriseMessages:
    """`lending.message_ports.Channel` on an Apprise target, such as `mailtos://user:pass@smtp.example.com/{to}`.

    Apprise itself would log addresses and texts; here it is silent, and errors name neither.
    """

    def __init__(self, template: str, setting: str) -> None:
        """Take the target.

        Args:
            template: an Apprise URL in which `{to}` stands for the address.
            setting: the setting's name, for errors.

        Raises:
            InputError: the template has no `{to}`, or Apprise does not know such a target.
        """
        self._template, self._setting = template, setting
        if SLOT not in template or not self._target("someone@example.com"):
            raise InputError(
                f"{setting} is no Apprise target with {SLOT}", code="settings", field=setting, found="another text",
                expected=f"an Apprise URL in which {SLOT} stands for the address",
                do="Write it, for example mailtos://user:password@smtp.example.com?to={to}",
            )  # fmt: skip

    def send(self, to: str, title: str, text: str, message_id: str) -> None:
        """Send it. Raises UnavailableError when the target did not take it."""
        target = self._target(to)
        if target is None or not self._taken(target, title, text):
            raise UnavailableError(
                f"the target of {self._setting} did not take message {message_id}", code="channel",
                field=self._setting, found="no receipt", expected="a target that takes messages",
                do="Check the target; the message is tried again.",
            )  # fmt: skip

    def _target(self, to: str) -> object | None:
        import apprise

        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        box = apprise.Apprise()
        return box if box.add(self._template.replace(SLOT, quote(to, safe="@+"))) else None

    def _taken(self, target: object, title: str, text: str) -> bool:
        try:
            return bool(target.notify(body=text, title=title))  # type: ignore[attr-defined]
        except Exception:  # whatever a plugin raises may quote the address
            return False

"""What `candor up` says: steps with their time, whom to sign in as, one thing to try."""

from __future__ import annotations

import sys
import time

from lending.settings import DEMO_PASSWORD

CUSTOMERS = (
    ("good", "good standing: loans are open"),
    ("refused", "refused, with reasons"),
    ("student", "student with a co-applicant"),
    ("thin", "thin file: no credit score, owns gold"),
)
STAFF = ("officer", "senior", "deputy", "risk", "scientist", "admin", "auditor")


class Teller:
    """Prints lines at once, also into a pipe, and steps with the seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def step(self, text: str) -> None:
        """Print what is done and when."""
        self.say(f"[{time.monotonic() - self._began:5.1f} s] {text}")

    def introduce(self, console: str, demo: bool) -> None:
        """Say whom to sign in as, what to try and what leaves this machine: nothing.

        Args:
            console: the console's address.
            demo: True in the demo profile, whose accounts are public.
        """
        if demo:
            people = [f"  {name:<10}{what}" for name, what in CUSTOMERS]
            for line in ["", f"Demo accounts, password {DEMO_PASSWORD}:", *people, f"  staff     {', '.join(STAFF)}"]:
                self.say(line)
            self.say(f"\nTry this: open {console}, sign in as good, choose the car loan and ask for 20000.")
        self.say("Telemetry of the libraries is off; after installation nothing here needs a network.")
        self.say("Ctrl-C ends everything.\n")

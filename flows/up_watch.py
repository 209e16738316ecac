"""Keeping an eye on the running parts: a new champion, a part that died, a run whose process died."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NoReturn

from flows.serve_endpoint import champion_pointer
from flows.up_flows import Orchestrator, process_is_gone
from flows.up_services import log_file
from flows.up_supervisor import Supervisor
from flows.up_words import Teller
from lending.domain.errors import UnavailableError
from lending.settings import Settings

LOOK_EVERY = 2.0  # seconds
REAP_EVERY = 5  # looks


class Watch:
    """Looks at the parts until something ends it."""

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        orchestrator: Orchestrator,
        names: tuple[str, ...],
        teller: Teller,
    ) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._orchestrator = orchestrator
        self._names = names
        self._teller = teller
        self._champion = read_champion(settings)  # the start itself launched the endpoint for this one
        self._pids: dict[str, int] = {}
        self.keepers: tuple[Callable[[], None], ...] = ()
        """Looked after together with lost runs: now and then."""

    def run(self) -> NoReturn:
        """Look again and again. Raises UnavailableError when the supervisor itself is gone."""
        turn = 0
        while True:
            self.look(reap=turn % REAP_EVERY == 0)
            turn += 1
            time.sleep(LOOK_EVERY)

    def look(self, reap: bool) -> None:
        """One look; `reap` also asks the orchestrator for runs that nobody runs any more."""
        if self._supervisor.ended:
            log = log_file(self._settings, "supervisord")
            raise UnavailableError("the supervisor ended by itself", code="supervisor", do=f"Read {log}")
        self._follow_champion()
        self._tell_restarts()
        if reap:
            self._reap()

    def _reap(self) -> None:
        if lost := self._orchestrator.crash_lost_runs(process_is_gone):
            self._teller.step(f"runs whose process died are marked as crashed: {', '.join(lost)}")
        for keeper in self.keepers:
            keeper()

    def _follow_champion(self) -> None:
        champion = read_champion(self._settings)
        if champion and champion != self._champion:
            if not self._champion:  # a later one is taken up by the endpoint itself, between two calls
                self._supervisor.restart("endpoint")
                self._pids.pop("endpoint", None)
            self._teller.step(f"endpoint now serves the champion of {self._settings.portfolio}")
            self._champion = champion

    def _tell_restarts(self) -> None:
        for name in self._names:
            pid = int(self._supervisor.state(name).get("pid") or 0)
            if pid and self._pids.get(name, pid) != pid:
                self._teller.step(f"{name} had ended and was started again; see {log_file(self._settings, name)}")
            if pid:
                self._pids[name] = pid


def read_champion(settings: Settings) -> str:
    """What the portfolio's pointer file says; "" while there is no champion."""
    try:
        return champion_pointer(settings.var, settings.portfolio).read_text(encoding="utf-8")
    except OSError:
        return ""

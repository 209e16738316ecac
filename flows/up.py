"""`candor up`: prepare the home folder, start every part under one supervisor, end them all with one Ctrl-C."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from flows.environment import child_environment
from flows.history import HistoryKeeper
from flows.knowledge_index import KnowledgeKeeper
from flows.up_flows import Orchestrator, deploy
from flows.up_ports import HeldPorts, choose_ports
from flows.up_processes import end_marked
from flows.up_services import Service, control_socket, log_file, services, supervisor_config
from flows.up_state import only_one, prepare_folders, set_aside, write_addresses
from flows.up_supervisor import Supervisor, stop_left_over
from flows.up_watch import Watch, read_champion
from flows.up_words import Teller
from lending.domain.errors import CandorError, UnavailableError
from lending.settings import Settings, load_settings

FIRST_BUDGET = 20.0
"""Seconds of the first training: a champion soon; what does not fit is tried when somebody trains again."""
UP_SECONDS = 400.0
"""Longest wait for a part; one that ends by itself is told of at once, so that this matters on busy machines alone."""
POOL_SECONDS = 120.0
"""Longest wait for the worker to make its pool."""
_END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # SIGINT too: a shell starts background jobs without it


def start_everything(fresh: bool, console_port: int | None) -> int:
    """Run until stopped; answers the exit code.

    Args:
        fresh: move the present state aside first.
        console_port: None means the default or the next free one.

    Raises:
        UnavailableError: a port, the folder or a part is not to be had.
        InputError: a setting has an unusable value.
    """
    teller = Teller()
    for number in _END_SIGNALS:
        signal.signal(number, _stop_requested)
    settings = load_settings()
    with only_one(settings.var):
        _clear_left_overs(settings, teller)
        if fresh and (kept := set_aside(settings)):
            teller.say(f"starting over; what was there is kept in {kept}")
        prepare_folders(settings.var)
        ports = choose_ports(console_port, teller.say)
        _prepare_records(settings, teller)
        return Start(settings, ports, teller).run()


def _clear_left_overs(settings: Settings, teller: Teller) -> None:
    if stop_left_over(control_socket(settings)):
        teller.say("an earlier start was killed and left its parts running; they are stopped now")
    token = settings.var / "run" / "token"
    if token.is_file() and (count := end_marked(token.read_text(encoding="ascii"))):
        teller.say(f"{count} processes of an earlier start were still there; they are ended now")


def _prepare_records(settings: Settings, teller: Teller) -> None:
    from flows import steps
    from flows.parameters import SeedRequest

    if steps.is_seeded() or settings.profile == "production":
        teller.step("records are ready")
        _tell_of_demo_accounts(settings, teller)
        return
    teller.step("filling the demo bank with generated people")
    done = steps.seed_bank(settings.seed, SeedRequest().customers)
    teller.step(f"{done['customers']} generated customers are in")


def _tell_of_demo_accounts(settings: Settings, teller: Teller) -> None:
    from flows.demo_accounts import KEPT_OUT, left_over

    if settings.profile == "production" and (names := left_over()):
        teller.say(f"accounts of the demo are still in this database ({', '.join(names)}): {KEPT_OUT}")


class Start:
    """One start of all parts, from the first process to the last."""

    def __init__(self, settings: Settings, ports: Mapping[str, int], teller: Teller) -> None:
        self._settings = settings
        self._teller = teller
        self._parts = {part.name: part for part in services(settings, ports)}
        self._token = uuid.uuid4().hex
        self._environment = child_environment(settings, ports["prefect"], self._token)
        self._config = settings.var / "run" / "supervisord.conf"
        self._held = HeldPorts(ports)
        self._supervisor = Supervisor(
            self._config, control_socket(settings), self._environment, self._token, self._held.release
        )
        self._orchestrator = Orchestrator(self._parts["prefect"].address)

    def run(self) -> int:
        """Start, watch until stopped, end all; answers the exit code."""
        self._write_run_files()
        try:
            self._start_console()
            watch = Watch(self._settings, self._supervisor, self._orchestrator, tuple(self._parts), self._teller)
            if self._start_the_rest():
                watch.keepers = (self._knowledge().look, self._history().look)
            watch.run()
        except KeyboardInterrupt:
            self._teller.say("\nstopping everything")
        finally:
            self._end()
        self._teller.step("everything has ended")
        return 0

    def _write_run_files(self) -> None:
        self._config.write_text(supervisor_config(self._settings, list(self._parts.values())), encoding="utf-8")
        (self._settings.var / "run" / "token").write_text(self._token, encoding="ascii")
        write_addresses(self._settings.var, {p.name: p.address for p in self._parts.values() if p.address})

    def _start_console(self) -> None:
        self._held.release("console", "api")
        self._supervisor.start()
        self._wait_for("console")
        self._wait_for("api")
        if read_champion(self._settings):
            self._supervisor.launch("endpoint")
        self._teller.introduce(self._parts["console"].address, self._settings.profile == "demo")

    def _start_the_rest(self) -> bool:
        """The pages work without the orchestrator, so its trouble is told and does not end the start."""
        try:
            self._start_orchestrator()
            self._first_training()
        except CandorError as error:
            self._teller.say(f"{error}. The console and the API go on without it. {error.do}")
            return False
        return True

    def _knowledge(self) -> KnowledgeKeeper:
        """Builds the knowledge index where there is none, and anew when kb/ changes; the flow does the work."""
        from serving.assembly import Platform

        runs = Platform(load_settings(prefect_url=self._parts["prefect"].address)).flow_runs
        return KnowledgeKeeper(self._settings, runs, self._teller.step)

    def _history(self) -> HistoryKeeper:
        """Gives the demo bank a past once a model decides."""
        from serving.assembly import Platform

        runs = Platform(load_settings(prefect_url=self._parts["prefect"].address)).flow_runs
        return HistoryKeeper(self._settings, runs, self._teller.step)

    def _start_orchestrator(self) -> None:
        self._supervisor.launch("prefect")
        self._wait_for("prefect")
        if lost := self._orchestrator.crash_lost_runs(lambda _run: True):  # no worker runs yet: nobody runs these
            self._teller.say(f"runs of an earlier start that never ended are marked as crashed: {', '.join(lost)}")
        self._supervisor.launch("worker")
        self._supervisor.launch("mlflow")
        if not self._orchestrator.wait_for_pool(POOL_SECONDS):
            raise self._did_not_come_up(self._parts["worker"])
        self._teller.step("worker is up")
        if deploy(self._settings, self._environment, self._orchestrator):
            self._teller.step("flows are deployed")
        self._wait_for("mlflow")  # before training: both would make the tables of its database

    def _first_training(self) -> None:
        from flows.parameters import TrainRequest
        from serving.assembly import Platform

        portfolio = self._settings.portfolio
        if read_champion(self._settings):
            self._teller.step(f"{portfolio} has its champion; nothing to train")
            return
        request = TrainRequest(data=portfolio, promote_first=True, budget_seconds=FIRST_BUDGET)
        runs = Platform(load_settings(prefect_url=self._parts["prefect"].address)).flow_runs
        run = runs.start("train-model", {"request": request.model_dump(mode="json")})
        self._teller.step(f"first training started: {run.url}")
        self._teller.say("  Until it ends a quote answers: refer, no model yet.")
        self._teller.say("  Only this first training promotes its model by itself, if every gate passes.")

    def _wait_for(self, name: str) -> None:
        part = self._parts[name]
        if not self._supervisor.wait_until_well(part, UP_SECONDS):
            raise self._did_not_come_up(part)
        self._teller.step(f"{name} is up: {part.address}")

    def _end(self) -> None:
        for number in _END_SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        self._orchestrator.close()
        self._supervisor.stop()
        end_marked(self._token)
        for name in ("token", "addresses.json"):
            (self._settings.var / "run" / name).unlink(missing_ok=True)

    def _did_not_come_up(self, part: Service) -> UnavailableError:
        name = "supervisord" if self._supervisor.ended else part.name
        log = log_file(self._settings, name)
        return UnavailableError(
            f"the {name} did not come up", code="not_up", field=name, found=_last_line(log),
            expected=f"an answer at {part.address or 'its work pool'}", do=f"Read {log}",
        )  # fmt: skip


def _stop_requested(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")

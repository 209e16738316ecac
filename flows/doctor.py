"""`candor doctor`: what is here, what is not, and how to mend it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.doctor_checks import Check, guarded, sign_in
from flows.serve_endpoint import champion_pointer
from flows.up_ports import DEFAULT_PORTS, is_free
from flows.watch import addresses_file
from lending.domain.errors import CandorError
from lending.settings import DEFAULT_SECRET, Settings, load_settings

if TYPE_CHECKING:
    from rich.console import Console

PYTHONS = ((3, 11), (3, 13))
"""From, and below."""
EXTRAS = {
    "console": ("dash", "gunicorn"),
    "documents": ("PIL", "puremagic", "pypdf", "pypdfium2"),
    "train": ("mlflow", "prefect", "pandas", "great_expectations", "sklearn"),
}
LEAST_DISK_GB = 2.0


def examine() -> dict[str, Any]:
    """Look at everything: `{ok, home, checks, demo_customers}`; changes nothing on disk.

    `demo_customers` maps the user name of a demo account to its customer id; empty before the first start.
    """
    checks = [_python(), *_extras(), _browser(), _java(), _reader_of_pictures()]
    try:
        settings = load_settings()
    except CandorError as error:
        checks.append(Check("settings", "problem", str(error), error.do))
        return _report(None, checks, {})
    people: dict[str, str] = {}
    checks += [_settings(settings), _disk(settings), *_ports(settings), _services(settings), _champion(settings)]
    checks += [*_override(settings), _language_model(settings)]
    checks += [*sign_in(settings), _database(settings), _people(settings, people)]
    checks += _demo_accounts(settings)
    return _report(settings, checks, people)


def show(console: Console, report: dict[str, Any]) -> None:
    """Print a report as a table."""
    from rich.markup import escape
    from rich.table import Table

    colours = {"ok": "green", "note": "yellow", "problem": "red"}
    table = Table("what", "", "found", "to do")
    for check in report["checks"]:
        level = f"[{colours[check['level']]}]{check['level']}[/]"
        table.add_row(check["name"], level, escape(check["found"]), escape(check["fix"]))
    console.print(table)
    if report["demo_customers"]:
        console.print("demo customers: " + ", ".join(f"{n} {i}" for n, i in report["demo_customers"].items()))


def _report(settings: Settings | None, checks: list[Check], people: dict[str, str]) -> dict[str, Any]:
    return {
        "ok": all(check.level != "problem" for check in checks),
        "home": str(settings.var) if settings else None,
        "checks": [check.as_dict() for check in checks],
        "demo_customers": people,
    }


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    low, high = PYTHONS
    fine = low <= sys.version_info[:2] < high
    fix = "" if fine else "Install Python 3.11 or 3.12, then: make setup"
    return Check("python", "ok" if fine else "problem", found, fix)


def _extras() -> list[Check]:
    return [_extra(name, modules) for name, modules in EXTRAS.items()]


def _extra(name: str, modules: tuple[str, ...]) -> Check:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if not missing:
        return Check(f"extra {name}", "ok", "installed")
    return Check(f"extra {name}", "problem", f"missing: {', '.join(missing)}", f"pip install 'candor[{name}]'")


def _browser() -> Check:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    fix = "Only the browser tests need it: install Chromium."
    return Check("browser", "ok", found) if found else Check("browser", "note", "no Chromium found", fix)


def _java() -> Check:
    found = shutil.which("java")
    fix = "Only tests against a real OpenSearch need it: install Java 17."
    return Check("java", "ok", found) if found else Check("java", "note", "not found", fix)


def _reader_of_pictures() -> Check:
    found = shutil.which("tesseract")
    if found:
        return Check("tesseract", "ok", found)
    fix = "Install it: apt-get install tesseract-ocr (macOS: brew install tesseract). docs/papers.md says more."
    return Check("tesseract", "note", "not found: scans and photos of papers go to a person", fix)


def _settings(settings: Settings) -> Check:
    found = f"profile {settings.profile}, market {settings.market}, portfolio {settings.portfolio}"
    if settings.master_key.get_secret_value() == DEFAULT_SECRET and settings.profile != "test":
        return Check("settings", "note", f"{found}; the default secret", "Before real data: set CANDOR_MASTER_KEY.")
    return Check("settings", "ok", found)


def _disk(settings: Settings) -> Check:
    folder = next(path for path in (settings.var, *settings.var.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 1e9
    found = f"{settings.var}: {free:.1f} GB free"
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check("disk", "problem", f"{folder} is read-only", "Set CANDOR_HOME to a folder you may write to.")
    if free < LEAST_DISK_GB:
        return Check("disk", "problem", found, f"Free up {LEAST_DISK_GB:.0f} GB or set CANDOR_HOME to another disk.")
    return Check("disk", "ok", found)


def _ports(settings: Settings) -> list[Check]:
    if addresses_file(settings.var).is_file():
        return []  # `candor up` holds them itself
    busy = [f"{name} {port}" for name, port in DEFAULT_PORTS.items() if not is_free(port)]
    if busy:
        return [Check("ports", "note", f"taken: {', '.join(busy)}", "candor up moves on to the next free port.")]
    return [Check("ports", "ok", "all default ports are free")]


def _services(settings: Settings) -> Check:
    from flows.watch import running_parts

    parts = running_parts(settings.var)
    if not parts:
        return Check("services", "note", "not running", "Start them: candor up")
    silent = [name for name, answers in parts.items() if not answers]
    if silent:
        logs = settings.var / "logs"
        return Check("services", "note", f"no answer from: {', '.join(silent)}", f"Wait a minute, or read {logs}")
    return Check("services", "ok", f"all answer: {', '.join(parts)}")


def _champion(settings: Settings) -> Check:
    pointer = champion_pointer(settings.var, settings.portfolio)
    if not pointer.is_file():
        fix = f"candor up trains the first one; later: candor train --data {settings.portfolio}"
        return Check("champion", "note", f"{settings.portfolio} has none yet", fix)
    return guarded("champion", "candor models", lambda: f"{settings.portfolio}: {_champion_version()}")


def _override(settings: Settings) -> list[Check]:
    """A problem when the champion decides by an override of a gate whose last day has passed."""
    from datetime import UTC, datetime

    from training.override import ended_override

    ended = ended_override(settings.var / "models" / settings.portfolio, datetime.now(UTC).date())
    if ended is None:
        return []
    found = f"{ended['version']}: the override of gate {ended['gate']} by {ended['owner']} ended on {ended['until']}"
    return [Check("override", "problem", found, "Promote a model that passes, or go back: candor models rollback")]


def _language_model(settings: Settings) -> Check:
    from serving.language import TEMPLATES, kind_of, weights_file

    kind, file = kind_of(settings), weights_file(settings)
    if kind == "none":
        return Check("language model", "note", TEMPLATES, "To switch one on: docs/language-model.md")
    if kind != "local":
        return Check("language model", "ok", f"{settings.llm_model} by {kind}, not asked now")
    if file is None or not file.is_file():
        fix = "candor llm fetch, or set CANDOR_LLM_PATH to a GGUF file"
        return Check("language model", "problem", f"no file: {file or 'nothing fetched'}", fix)
    size = f"{file.stat().st_size / 1e9:.1f} GB"
    return Check("language model", "ok", f"{file.name}, {size}; candor llm status checks it")


def _champion_version() -> str:
    from serving.assembly import platform

    model = platform().champion.current()
    return model.version if model else "none yet"


def _has_records(settings: Settings) -> bool:
    return bool(settings.database_url) or Path(settings.database.removeprefix("sqlite:///")).is_file()


def _database(settings: Settings) -> Check:
    from serving.assembly import platform

    if not _has_records(settings):
        return Check("database", "note", "none yet", "candor up makes it.")
    return guarded("database", "Check that it runs.", lambda: platform().backups.about())


def _people(settings: Settings, people: dict[str, str]) -> Check:
    if not _has_records(settings):
        return Check("records", "note", "no database yet", "candor up makes it.")

    def look() -> str:
        from serving.assembly import platform

        place = platform()
        people.update({a.username: a.customer_id for a in place.records.accounts.list() if a.customer_id})
        return f"{len(place.records.customers.ids())} customers"

    return guarded("records", "Start over with: candor up --fresh", look)


def _demo_accounts(settings: Settings) -> list[Check]:
    """A note when accounts with the demo's public password are left where real people sign in; they open nothing."""
    from flows.demo_accounts import KEPT_OUT, left_over

    if settings.profile != "production" or not _has_records(settings):
        return []
    try:
        names = left_over()
    except CandorError as error:
        return [Check("demo accounts", "problem", str(error), error.do)]
    if not names:
        return [Check("demo accounts", "ok", "none")]
    found = f"{', '.join(names)}: {KEPT_OUT}"
    return [Check("demo accounts", "note", found, "Start production on a database of its own.")]

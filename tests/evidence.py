"""`make check-full`: every suite at full size; the result goes into docs/evidence.md with date, commit and versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "evidence.md"
LIBRARIES = ("numpy", "pandas", "scikit-learn", "xgboost-cpu", "prefect", "mlflow", "great-expectations", "dash",
             "fastapi", "sqlalchemy")  # fmt: skip
FIGURES = "## Benchmarks"


def main() -> int:
    """Run pytest at full size, passing its own arguments on, and write the page; answers pytest's exit code."""
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-o", "addopts=", "--import-mode=importlib", "-p", "no:dash", "-ra",
               "-n", "auto", "--maxprocesses", "4", "--dist", "loadfile",
               "--no-loadscope-reorder", *sys.argv[1:]]  # fmt: skip
    code, said = _run(command)
    last = re.findall(r"^=+ (.*(?:passed|failed|error).*) =+$", said, re.MULTILINE)
    skips = re.findall(r"^skipped: .*$", said, re.MULTILINE)
    PAGE.write_text(page(last[-1] if last else "no result", skips[-1] if skips else "", time.monotonic() - started))
    return code


def _run(command: list[str]) -> tuple[int, str]:
    """Exit code and words of a command at full size; its words are shown as they come, for it takes an hour."""
    said: list[str] = []
    env = {**os.environ, "CANDOR_SIZE": "full"}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            said.append(line)
    return running.returncode, "".join(said)


def page(result: str, skipped: str, seconds: float) -> str:
    """The page; figures of `make bench` that stand on it stay."""
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    kept = FIGURES + old.split(FIGURES, 1)[1] if FIGURES in old else ""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    rows = {
        "command": "`make check-full`",
        "result": result,
        "skipped": skipped.removeprefix("skipped: "),
        "seconds": f"{seconds:.0f}",
        "date": datetime.now(UTC).date().isoformat(),
        "commit": f"{commit} (the one the suites ran on)",
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    return f"# Evidence\n\nThe last run of every suite at full size.\n\n| What | Found |\n|---|---|\n{table}\n\n{kept}"


if __name__ == "__main__":
    sys.exit(main())

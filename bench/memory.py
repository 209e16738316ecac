"""Resident memory of a fresh process with platform and champion loaded, after one quote."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from bench.bank import trained_bank
from bench.machine import against

BAR = 400.0  # MB
REFITTED = "with the refitted models"

_CODE = """
import resource
from lending.domain.money import money
from serving.assembly import platform
from serving.decide import LoanAsk

def report(name):
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(name, int(status["VmRSS"].split()[0]) / 1024, int(status["VmHWM"].split()[0]) / 1024, sep="\\t")

place = platform()
model = place.champion.current()
report("champion loaded")
place.quotes.quote(place.customers.ids()[0], LoanAsk("car", money("9000.00"), 48), channel="bench", actor="bench")
report("after one quote")
len(model.bootstraps)
report("with the refitted models")
"""


def run() -> dict[str, Any]:
    """Ask a process of its own, as a server would start; nothing of the training is in it."""
    with trained_bank():
        said = subprocess.run([sys.executable, "-c", _CODE], check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in said.splitlines()]
    figures: dict[str, Any] = {"what": "resident memory of the loaded engine, a fresh process"}
    for name, now, highest in rows:
        figures[name] = against(float(now), BAR, "MB") + f", highest so far {float(highest):.0f} MB"
    return figures

"""`make bench`: prints each figure with the machine it was measured on; a missed bar is printed as missed."""

from __future__ import annotations

import argparse
import json
import sys

from bench import (
    batch,
    decide_in_process,
    drift,
    endpoint,
    flow,
    language_model,
    memory,
    offers,
    portal,
    predict,
    recourse,
    retrieval,
    scale,
    show_help,
    staff,
    start_again,
    surface,
    texts,
    train,
    what_if,
)
from bench.machine import machine

BENCHES = {
    "decision": decide_in_process, "batch": batch, "memory": memory, "help": show_help, "start": start_again,
    "endpoint": endpoint, "surface": surface, "train": train, "offers": offers, "recourse": recourse,
    "scale": scale, "flow": flow, "words": language_model, "texts": texts, "retrieval": retrieval, "what-if": what_if,
    "portal": portal, "drift": drift, "staff": staff, "predict": predict,
}  # fmt: skip
USUAL = ("decision", "offers", "recourse", "surface", "batch", "memory", "help", "start")


def main() -> int:
    """Run the named benches, by default those without a peer."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[*BENCHES, []], help=f"any of {', '.join(BENCHES)}; left out: {', '.join(USUAL)}"
    )
    parser.add_argument("--peers", action="store_true", help="also measure against other software; takes a minute more")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wanted = parser.parse_args()
    found = machine()  # before the benches load it
    names: list[str] = [*(wanted.names or USUAL), *(["endpoint"] if wanted.peers else [])]
    results = {name: BENCHES[name].run() for name in dict.fromkeys(names)}
    report = {"machine": found, "command": "python -m bench " + " ".join(sys.argv[1:]), "results": results}
    if wanted.json:
        print(json.dumps(report, indent=2))
        return 0
    print(", ".join(f"{k} {v}" for k, v in report["machine"].items()))
    for result in results.values():
        print(f"\n{result.pop('what')}")
        for name, figure in result.items():
            print(f"  {name}: {figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

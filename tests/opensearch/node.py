"""One OpenSearch node on this machine, for tests, benches and trying things out.

`python -m tests.opensearch.node` starts it, prints its address and keeps it until its input ends (Ctrl-D, Ctrl-C, or
the process that started it is gone), at most for an hour. It listens on the loopback interface alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import secrets
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.opensearch.jars import NodeError, class_path

LIFE = 3600.0  # seconds
LONGEST_START = 90.0
MEMORY = "-Xmx1g"
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
"""Starts twice as fast on two cores; a bench leaves them out."""
MODULES = ("org.opensearch.analysis.common.CommonAnalysisPlugin", "org.opensearch.painless.PainlessPlugin",
           "org.opensearch.transport.Netty4Plugin")  # fmt: skip
KNN, NEURAL = "org.opensearch.knn.plugin.KNNPlugin", "org.opensearch.neuralsearch.plugin.NeuralSearch"
_SETTINGS = """\
discovery.type: single-node
network.host: 127.0.0.1
transport.port: 0
cluster.routing.allocation.disk.threshold_enabled: false
"""
"""A machine whose disk is nearly full makes no index otherwise; these hold a few documents."""
_ADDRESS = re.compile(r"HttpServerTransport.*publish_address \{(127\.0\.0\.1:\d+)\}")
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Node:
    """A node that a keeper process looks after: it ends when this process does, however that ends."""

    def __init__(self, options: tuple[str, ...] = QUICK) -> None:
        started = time.monotonic()
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.opensearch.node", *options], cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        said = self._keeper.stdout.readline() if self._keeper.stdout else ""
        if not said.startswith("{"):
            _, why = self._keeper.communicate()
            raise NodeError((said + why).strip()[-500:] or "the node did not start")
        found = json.loads(said)
        self.url: str = found["url"]
        self.pid: int = found["pid"]
        self.seconds = time.monotonic() - started

    def memory(self) -> int:
        """Most memory the node held so far, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024

    def stop(self) -> None:
        """End it and wait until it is gone."""
        self._keeper.communicate()


def keep(options: list[str]) -> None:
    """Run a node until the standard input ends, it dies or its life is over. Raises NodeError."""
    jars, name = class_path(), f"candor-{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix="candor-node-") as folder:
        home = Path(folder)
        process = _java(home, jars, name, options)
        try:
            url = _address(home / "log", process)
            _check(url, name)
            print(json.dumps({"url": url, "pid": process.pid}), flush=True)  # noqa: T201
            _wait(process)
        finally:
            process.kill()
            process.wait()


def _java(home: Path, jars: Path, name: str, options: list[str]) -> subprocess.Popen[bytes]:
    config = home / "node_1" / "config"
    config.mkdir(parents=True)
    (config / "opensearch.yml").write_text(_SETTINGS)
    runner = ["java", MEMORY, *options, "-cp", f"{jars}/*", "org.codelibs.opensearch.runner.OpenSearchRunner",
              "-basePath", str(home), "-clusterName", name, "-numOfNode", "1", "-baseHttpPort", "-1",
              "-moduleTypes", ",".join(MODULES), "-pluginTypes", f"{KNN},{NEURAL}"]  # fmt: skip
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            runner, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, preexec_fn=_die_with_parent
        )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    """The port that the system gave it (the runner adds one to -1 and asks for port 0), as our own process logs it."""
    end = time.monotonic() + LONGEST_START
    while time.monotonic() < end and process.poll() is None:
        if found := _ADDRESS.search(log.read_text(errors="replace")):
            return f"http://{found[1]}"
        time.sleep(0.1)
    raise NodeError(f"the node did not start: {log.read_text(errors='replace')[-500:]}")


def _check(url: str, name: str) -> None:
    with urllib.request.urlopen(url, timeout=20) as reply:  # noqa: S310 - our own loopback address
        found: dict[str, Any] = json.load(reply)
    if found["cluster_name"] != name:
        raise NodeError(f"somebody else answers at {url}: {found['cluster_name']}")


def _wait(process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + LIFE
    while time.monotonic() < end and process.poll() is None:
        if select.select([sys.stdin], [], [], 0.5)[0] and not os.read(sys.stdin.fileno(), 4096):
            return


if __name__ == "__main__":
    try:
        keep(sys.argv[1:])
    except NodeError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(0)

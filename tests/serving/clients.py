"""Starlette's test client over httpx, which it still supports but warns about at import; and loops of their own."""

import asyncio
import warnings
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Using `httpx` with `starlette.testclient` is deprecated")
    from starlette.testclient import TestClient

__all__ = ["TestClient", "alone"]
Done = TypeVar("Done")


def alone(work: Coroutine[Any, Any, Done]) -> Done:
    """Run in a thread of its own: a browser of another test may hold the loop of this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()

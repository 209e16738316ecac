"""Addresses of MLflow's own pages, found over its REST API; the library itself is never imported here."""

from __future__ import annotations

import httpx

EXPERIMENT = "candor-texts"
"""Where traces of texts are kept (rag.adapters.mlflow_door)."""
TIMEOUT = 1.0  # seconds; a page waits for the answer


class MlflowPages:
    """Pages of an MLflow server."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        """Make the client; nothing is sent.

        Args:
            url: the server, such as http://127.0.0.1:5000; anything that is no web address has no pages.
            transport: for tests.
        """
        self._url = url.rstrip("/") if url.startswith(("http://", "https://")) else ""
        self._client = httpx.Client(base_url=self._url, timeout=TIMEOUT, transport=transport, trust_env=False)
        self._experiment = ""

    def trace(self, trace_id: str) -> str:
        """The page of a trace; the page of all experiments where MLflow does not answer; "" without a server."""
        if not self._url:
            return ""
        found = self._experiment_id()
        return f"{self._url}/#/experiments/{found}/traces/{trace_id}" if found else f"{self._url}/#/experiments"

    def _experiment_id(self) -> str:
        if not self._experiment:
            try:
                answer = self._client.get(
                    "/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": EXPERIMENT}
                )
                self._experiment = str(answer.json()["experiment"]["experiment_id"])
            except (httpx.HTTPError, ValueError, KeyError, TypeError):
                return ""
        return self._experiment

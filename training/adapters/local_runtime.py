"""The process that serves endpoints on this machine: asked by boto3 as SageMaker Runtime is, and for its counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from lending.adapters.aws import aws_client
from lending.domain.errors import UnavailableError
from training.adapters.runtime_call import asked
from training.canary import Counted, counted_from


class LocalRuntime:
    """One process of endpoints.

    Args:
        url: where it listens, such as http://127.0.0.1:8080.
        seconds: longest wait for an answer.
    """

    def __init__(self, url: str, seconds: float = 10.0) -> None:
        self._url, self._seconds = url.rstrip("/"), seconds

    def invoke(self, endpoint: str, body: bytes, variant: str) -> Mapping[str, Any]:
        """Its answer to a JSON body; `variant` "" leaves the choice to the weights. Raises UnavailableError."""
        client = aws_client("sagemaker-runtime", seconds=self._seconds, tries=1, local=self._url)
        return asked(client, "the local endpoint", endpoint, body, self._seconds, variant)

    def metrics(self, endpoint: str) -> Mapping[str, Counted]:
        """What it counted by variant since it started; nothing for an endpoint that it does not serve.

        Raises:
            UnavailableError: it does not answer, or says something else.
        """
        try:
            reply = httpx.get(f"{self._url}/endpoints/{endpoint}/metrics", timeout=self._seconds, trust_env=False)
            if reply.status_code == httpx.codes.NOT_FOUND:
                return {}
            told = reply.raise_for_status().json()["variants"]
            return {name: counted_from(one) for name, one in told.items()}
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise self._silent(type(error).__name__) from None

    def _silent(self, found: str) -> UnavailableError:
        return UnavailableError(
            f"the endpoint's process at {self._url} answers {found}", code="endpoint", field="endpoint_url",
            found=found, expected="its counts by variant", do="Start it: candor endpoint serve, or candor up.",
        )  # fmt: skip

"""One call of SageMaker Runtime, on AWS or on this machine, and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lending.adapters.aws import calling, read_whole
from lending.domain.errors import UnavailableError

_JSON = "application/json"


def asked(
    client: Any, service: str, endpoint: str, body: bytes, seconds: float, variant: str = ""
) -> Mapping[str, Any]:  # fmt: skip
    """The answer to a JSON body.

    Args:
        client: boto3's `sagemaker-runtime`.
        service: what errors call it.
        endpoint: its name.
        body: JSON.
        seconds: longest wait for the body of the answer.
        variant: that shall answer; "" leaves the choice to the weights.

    Raises:
        UnavailableError: it refuses, does not answer in time, or says something that is no JSON object.
    """
    aim = {"TargetVariant": variant} if variant else {}
    with calling(service):
        reply = client.invoke_endpoint(EndpointName=endpoint, Body=body, ContentType=_JSON, Accept=_JSON, **aim)
        raw = read_whole(service, reply["Body"], seconds)
    with suppress(ValueError):
        if isinstance(answer := json.loads(raw), dict):
            return answer
    raise UnavailableError(
        f"{endpoint} answers something that is no JSON object", code="endpoint_answer", field="endpoint",
        found=repr(raw[:40]), expected='{"predictions": [...]}', do="Look at the logs of its container.",
    )  # fmt: skip

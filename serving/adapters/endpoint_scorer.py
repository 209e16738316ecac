"""`serving.ports.EndpointScorer` over SageMaker Runtime, on AWS or on this machine: boto3 is the only client.

Rows go as JSON; answers come as text of six and four places and are taken only when every row is there, of the asked
version, a probability, with every feature's part. The wait for one score, all tries together, has one limit.

No inference id goes along: captured calls keep it beside the features, and the id of a request stands in the ledger
beside its decision, so that the two would say whose facts those are, even after that person was erased.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from secrets import SystemRandom
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lending.adapters.aws import end_reading
from lending.domain.errors import UnavailableError
from rag.pump import TimeIsOverError, within
from training.servable.endpoint_config import variant_name
from training.servable.protocol import Columns, ServableModel

_Floats = NDArray[np.float64]
_PD = re.compile(r"[01]\.\d{6}")
_PART = re.compile(r"-?\d{1,9}\.\d{4}")
_ROW = {"pd", "contributions", "model_version"}
_MOST_BYTES = 8 * 1024 * 1024
_PAUSE = 0.05
"""Longest pause between tries, in seconds; each is drawn anew, so that many callers do not come together."""


class RuntimeScorer:
    """Scores by `InvokeEndpoint`."""

    def __init__(self, name: str, client: Callable[[], Any], seconds: float) -> None:
        """Take the endpoint.

        Args:
            name: of the endpoint.
            client: gives boto3's `sagemaker-runtime`; asked on first use.
            seconds: longest wait for one score, all tries together.
        """
        self.name = name
        self._client, self._seconds = client, seconds

    def score(
        self, model: ServableModel, columns: Columns, *, targeted: bool, tries: int
    ) -> tuple[_Floats, _Floats, str]:
        """PD, contributions and the variant that answered, equal to `model.score`.

        Args:
            model: the verified package whose version must answer.
            columns: what it reads.
            targeted: whether to aim at the variant of that version from the first call on, as a split does; without
                it the first call goes by the endpoint's weights, so that a canary gets its share of calls, and a call
                that another version answered is asked again of the right one.
            tries: calls at most.

        Raises:
            UnavailableError: no usable answer; the code is `timeout`, `unreachable`, `refused` or `wrong_answer`.
        """
        body, end = _body(model, columns), time.monotonic() + self._seconds
        aims = variant_name(model.version), None
        for turn in range(tries):
            aim = aims[(turn + (not targeted)) % 2]
            try:
                return _read(
                    model, len(columns[model.feature_set.names[0]]), *self._call(body, aim, end - time.monotonic())
                )
            except UnavailableError as error:
                if turn + 1 == tries or error.code == "timeout":
                    raise
                time.sleep(max(0.0, min(SystemRandom().uniform(0, _PAUSE), end - time.monotonic())))
        raise UnavailableError("the endpoint was not asked", code="unreachable")

    def _call(self, body: bytes, variant: str | None, seconds: float) -> tuple[bytes, str]:
        """Body and variant. A service that drips never lets its socket wait, so the whole call is waited for here."""
        reading = _Reading()
        try:
            return within(max(seconds, 0.001), lambda: self._invoke(body, variant, reading), "candor-scorer")
        except TimeIsOverError:
            reading.end()
            raise UnavailableError("the endpoint does not answer in time", code="timeout") from None

    def _invoke(self, body: bytes, variant: str | None, reading: _Reading) -> tuple[bytes, str]:
        from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

        aim = {"TargetVariant": variant} if variant else {}
        try:
            said = self._client().invoke_endpoint(
                EndpointName=self.name, ContentType="application/json", Accept="application/json", Body=body, **aim
            )
            return reading.whole(said["Body"]), str(said.get("InvokedProductionVariant", ""))
        except ReadTimeoutError:
            raise UnavailableError("the endpoint does not answer in time", code="timeout") from None
        except ClientError:
            raise UnavailableError("the endpoint refuses", code="refused") from None
        except (BotoCoreError, OSError) as error:
            raise UnavailableError(
                f"the endpoint cannot be reached: {type(error).__name__}", code="unreachable"
            ) from None


class _Reading:
    """A body that one thread reads, and another one ends once nobody waits for it any more."""

    def __init__(self) -> None:
        self._body: Any = None
        self._over = False

    def whole(self, body: Any) -> bytes:
        """All of it, up to the limit."""
        self._body = body
        if self._over:
            self.end()
        return body.read(_MOST_BYTES)

    def end(self) -> None:
        """Nobody waits: what is read now, or begins to be, ends at once."""
        self._over = True
        if self._body is not None:
            end_reading(self._body)


def _body(model: ServableModel, columns: Columns) -> bytes:
    names = model.feature_set.names
    rows = zip(*([None if _is_nan(v) else v for v in columns[name].tolist()] for name in names), strict=True)
    return json.dumps({"columns": list(names), "rows": [list(row) for row in rows]}, allow_nan=False).encode()


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and value != value


def _read(model: ServableModel, count: int, body: bytes, variant: str) -> tuple[_Floats, _Floats, str]:
    """The figures of an answer about so many rows. Raises UnavailableError (`wrong_answer`)."""
    names = model.feature_set.names
    try:
        rows = json.loads(body)["predictions"]
        if type(rows) is not list or len(rows) != count:
            raise _wrong()
        pds = np.array([_number(row, model.version) for row in rows])
        parts = np.array([[_part(row["contributions"], name, len(names)) for name in names] for row in rows])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _wrong() from None
    return pds, parts, variant


def _number(row: dict[str, Any], version: str) -> float:
    """The PD of a row. Raises ValueError, TypeError, KeyError for a row that cannot be used."""
    if row.keys() != _ROW or row["model_version"] != version or not _PD.fullmatch(row["pd"]):
        raise ValueError
    pd = float(row["pd"])
    if not 0.0 <= pd <= 1.0:
        raise ValueError
    return pd


def _part(parts: dict[str, str], name: str, count: int) -> float:
    if len(parts) != count or not _PART.fullmatch(parts[name]):
        raise ValueError
    return float(parts[name])


def _wrong() -> UnavailableError:
    return UnavailableError("the endpoint's answer is not a score of the asked version", code="wrong_answer")

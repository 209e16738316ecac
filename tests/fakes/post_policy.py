"""What S3 does with a form that is posted to a bucket, by its documentation; moto looks at none of it.

Source: AmazonS3 API reference, "POST Policy" (conditions, and that every field but the four below needs one) and
"Authenticating requests in browser-based uploads" (the signature).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_FREE = frozenset({"x-amz-signature", "file", "policy"})


def verdict(fields: Mapping[str, str], bucket: str, size: int, secret: str, now: datetime | None = None) -> str:
    """Why S3 would refuse a form with a file of `size` bytes; "" when it would take it."""
    low = {name.lower(): value for name, value in fields.items()}
    if not hmac.compare_digest(_signature(low, secret), low.get("x-amz-signature", "")):
        return "SignatureDoesNotMatch"
    policy = json.loads(b64decode(low["policy"]))
    ends = datetime.strptime(policy["expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if (now or datetime.now(UTC)) > ends:
        return "expired"
    found, covered = {**low, "bucket": bucket}, {"bucket"}
    for condition in policy["conditions"]:
        wrong = _broken(condition, found, size, covered)
        if wrong:
            return wrong
    loose = [name for name in low if name not in _FREE | covered and not name.startswith("x-ignore-")]
    return f"extra input fields: {loose[0]}" if loose else ""


def _broken(condition: Any, found: Mapping[str, str], size: int, covered: set[str]) -> str:
    if isinstance(condition, list) and condition[0] == "content-length-range":
        return "" if condition[1] <= size <= condition[2] else "size"
    if isinstance(condition, list):
        how, name, value = condition[0], str(condition[1]).removeprefix("$").lower(), condition[2]
    else:
        ((name, value),) = condition.items()
        how, name = "eq", name.lower()
    covered.add(name)
    held = found.get(name, "")
    fits = held.startswith(value) if how == "starts-with" else held == value
    return "" if fits else f"condition on {name}"


def _signature(low: Mapping[str, str], secret: str) -> str:
    _, day, region, service, end = low["x-amz-credential"].split("/")
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, end):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, low["policy"].encode(), hashlib.sha256).hexdigest()

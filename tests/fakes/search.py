"""What stands before a search server on AWS: it lets in who may, and hands their requests on.

A password is compared; a signature is made again from the request as it came, by botocore's own signer with the secret
that belongs to the key, body hash included. What only AWS itself knows (roles, policies of a domain) is not checked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.fakes.http import Answer, Asked, Reply, Service, as_json

KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-session-token"
_AUTHORISED = re.compile(r"AWS4-HMAC-SHA256 Credential=(.+?), ?SignedHeaders=(.+?), ?Signature=([0-9a-f]{64})")
_LONGEST_SKEW = timedelta(minutes=15)


def forwarded(url: str) -> Reply:
    """Hand requests on to a server."""

    def ask(asked: Asked) -> Answer:
        kept = {k: v for k, v in asked.headers.items() if k.lower() == "content-type"}
        answer = httpx.request(
            asked.method, f"{url}{asked.path}", headers=kept, content=asked.body, timeout=60, trust_env=False
        )
        return Answer(answer.status_code, answer.headers.get("content-type", ""), (answer.content,))

    return ask


class SearchFront(Service):
    """A front that checks either way of saying who one is.

    Args:
        behind: answers whoever was let in; left out: an empty object.
        passwords: user to password; empty: requests must be signed.
        region: where the domain is; `service` is `es` or `aoss`.
    """

    def __init__(
        self, behind: Reply | None = None, passwords: Mapping[str, str] | None = None, region: str = "eu-west-1",
        service: str = "es",
    ) -> None:  # fmt: skip
        self.behind: Reply = behind or (lambda _: as_json({}))
        self.passwords, self.scope = dict(passwords or {}), (region, service)
        self.secrets = {KEY: SECRET}
        self.refused: list[str] = []
        super().__init__(self._checked)

    def _checked(self, asked: Asked) -> Answer:
        why = self._wrong_password(asked) if self.passwords else self._wrong_signature(asked)
        if why:
            self.refused.append(why)
            return as_json({"message": why}, 401 if self.passwords else 403)
        return self.behind(asked)

    def _wrong_password(self, asked: Asked) -> str:
        for user, password in self.passwords.items():
            named = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
            if hmac.compare_digest(asked.headers.get("authorization", ""), named):
                return ""
        return "Unauthorized"

    def _wrong_signature(self, asked: Asked) -> str:
        sent = {name.lower(): value for name, value in asked.headers.items()}
        found = _AUTHORISED.fullmatch(sent.get("authorization", ""))
        if not found:
            return "Missing Authentication Token"
        key, *scope = found[1].split("/")
        signed = found[2].split(";")
        day, at = scope[0], sent.get("x-amz-date", "")
        if key not in self.secrets or tuple(scope[1:]) != (*self.scope, "aws4_request") or not at.startswith(day):
            return "Credential should be scoped to another region, service or day"
        if abs(datetime.now(UTC) - _time(at)) > _LONGEST_SKEW:
            return "Signature expired"
        if not {"host", "x-amz-date"} <= set(signed) or {n for n in sent if n.startswith("x-amz-")} - set(signed):
            return "a header of AWS is not signed"
        if sent.get("x-amz-content-sha256", "") != hashlib.sha256(asked.body).hexdigest():
            return "The provided body hash does not match the body"
        made = self._signature(asked, {name: sent.get(name, "") for name in signed}, key, at)
        return "" if hmac.compare_digest(made, found[3]) else "The request signature we calculated does not match"

    def _signature(self, asked: Asked, signed: Mapping[str, str], key: str, at: str) -> str:
        region, service = self.scope
        signer: Any = SigV4Auth(Credentials(key, self.secrets[key]), service, region)
        request: Any = AWSRequest(asked.method, f"{self.url}{asked.path}", headers=dict(signed), data=asked.body)
        request.context["timestamp"] = at
        return signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

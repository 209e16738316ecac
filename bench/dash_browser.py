"""What a browser sends to the console, without drawing anything: pages, their callbacks, forms, files, news."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

TIMEOUT = 60.0
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Note = Callable[[str, float, int], None]


class Browser:
    """One person's browser: keeps the cookie, the connection, and what is drawn.

    Args:
        port: of the console on this machine.
        note: told of each answer: its kind, milliseconds, status (0 when the connection failed).
    """

    def __init__(self, port: int, note: Note) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self._note, self._cookie, self._calls = note, "", []
        self.drawn: dict[str, dict[str, Any]] = {}

    def send(
        self, kind: str, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, str]:
        """One request: the body of its answer and where that leads."""
        started, kept_open = time.perf_counter(), self._connection.sock is not None
        sent = {**(headers or {}), **({"Cookie": self._cookie} if self._cookie else {})}
        status, body, place = self._once(method, path, content, sent)
        if status == 0 and kept_open:  # the server had closed the connection meanwhile: browsers send once more
            status, body, place = self._once(method, path, content, sent)
        self._note(kind, (time.perf_counter() - started) * 1000, status)
        return body, place

    def _once(self, method: str, path: str, content: bytes | None, headers: dict[str, str]) -> tuple[int, bytes, str]:
        try:
            self._connection.request(method, path, content, headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return 0, b"", ""
        self._keep(answer.headers.get_all("Set-Cookie") or [])
        return answer.status, body, answer.getheader("Location") or ""

    def sign_in(self, username: str, password: str) -> None:
        form = urlencode({"username": username, "password": password}).encode()
        self.send("sign in", "POST", "/sign-in", form, FORM)

    def open(self) -> None:
        """The document and what Dash asks for at its start; files of the page are in the browser's cache."""
        self.send("document", "GET", "/")
        layout, _ = self.send("document", "GET", "/_dash-layout")
        calls, _ = self.send("document", "GET", "/_dash-dependencies")
        self._draw(json.loads(layout or b"{}"))
        self._calls = [call for call in json.loads(calls or b"[]") if not call.get("clientside_function")]

    def go(self, kind: str, path: str) -> None:
        """Follow a link: the page, what it asks for by itself, and the note of the view."""
        found = self.call(kind, "page.children", {"location": path})
        new = self._draw(found.get("page", {}).get("children"))
        for call in self._calls:
            asks = {part["id"] for part in call["inputs"]}
            if not call.get("prevent_initial_call") and call["output"] != "page.children" and asks & new.keys():
                self.call(f"{kind}: its parts", call["output"], {"location": path})
        page = path.strip("/").split("/")[0] or "home"
        self.tell({"event": "view", "page": page})

    def call(self, kind: str, output: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """One callback, found by the start of its output: what it sets, by id."""
        call = next(one for one in self._calls if one["output"].removeprefix("..").startswith(output))
        outputs = [dict(zip(("id", "property"), one.rsplit(".", 1), strict=True)) for one in _parts(call["output"])]
        body = {
            "output": call["output"], "outputs": outputs if call["output"].startswith("..") else outputs[0],
            "inputs": self._filled(call["inputs"], values), "state": self._filled(call.get("state", []), values),
            "changedPropIds": [f"{one['id']}.{one['property']}" for one in call["inputs"][:1]],
        }  # fmt: skip
        answer, _ = self.send(kind, "POST", "/_dash-update-component", json.dumps(body).encode(), JSON)
        found: dict[str, Any] = json.loads(answer).get("response", {}) if answer[:1] == b"{" else {}
        for part in found.values():
            self._draw(part)
        return found

    def tell(self, event: Mapping[str, str]) -> None:
        self.send("event", "POST", "/portal/events", json.dumps(event).encode(), JSON)

    def _filled(self, parts: list[dict[str, str]], values: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {**part, "value": values.get(part["id"], self.drawn.get(part["id"], {}).get(part["property"]))}
            for part in parts
        ]

    def _draw(self, tree: Any) -> dict[str, dict[str, Any]]:
        new = dict(_named(tree))
        self.drawn.update(new)
        return new

    def _keep(self, cookies: list[str]) -> None:
        for cookie in cookies:
            if cookie.startswith("candor_session="):
                self._cookie = cookie.partition(";")[0]


def found_in(tree: Any, prop: str) -> Iterator[Any]:
    """Every value of a property, wherever it stands in a drawn tree."""
    if isinstance(tree, list):
        for one in tree:
            yield from found_in(one, prop)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if name == prop:
                yield value
            yield from found_in(value, prop)


def _named(tree: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Components with an id: id and properties."""
    if isinstance(tree, list):
        for one in tree:
            yield from _named(one)
    elif isinstance(tree, dict):
        props = tree.get("props")
        if isinstance(props, dict) and isinstance(props.get("id"), str):
            yield props["id"], props
        for value in tree.values():
            yield from _named(value)


def _parts(output: str) -> list[str]:
    return output[2:-2].split("...") if output.startswith("..") else [output]

"""The one registry of callbacks: each declares who may call it, or the console does not start."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from dash import ClientsideFunction, Dash
from dash.dependencies import DashDependency

from console.access import Need
from console.components.panel import failed
from console.visit import Visit
from lending.domain.errors import CandorError

_log = logging.getLogger("candor.console")
_MARK = "__candor_callback__"


class UndeclaredError(CandorError):
    """A page, callback or route does not say who may use it; the console refuses to start."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What connects a function with the page. `function` is called with a Visit first, then the values."""

    name: str
    dependencies: tuple[DashDependency, ...]
    permission: Need | None
    function: Callable[..., Any] | None = None
    clientside: tuple[str, str] | None = None
    on_failure: Callable[[str], Any] = failed
    options: Mapping[str, Any] | None = None


def callback(
    *dependencies: DashDependency,
    permission: Need | None = None,
    on_failure: Callable[[str], Any] = failed,
    **options: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a plain function `(visit, *values)` as a callback; `Callbacks.register` connects it.

    Args:
        dependencies: Outputs, Inputs and States of Dash.
        permission: who may call it; leaving it out stops the console at start.
        on_failure: what to show, from a reference id, when the function raises.
        options: further keywords of Dash, such as `running`.
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        wiring = Wiring(function.__name__, dependencies, permission, function, None, on_failure, options)
        setattr(function, _MARK, wiring)
        return function

    return mark


def in_browser(function: str, *dependencies: DashDependency, permission: Need | None = None, **options: Any) -> Wiring:
    """A callback that runs in the browser: a function of `window.dash_clientside.candor`."""
    return Wiring(function, dependencies, permission, clientside=("candor", function), options=options)


class Callbacks:
    """What is registered with one app: callback id to the permission it needs."""

    def __init__(self, visit: Callable[[], Visit]) -> None:
        self._visit = visit
        self._needs: dict[str, Need] = {}

    def register(self, app: Dash, items: Iterable[Callable[..., Any] | Wiring]) -> None:
        """Connect functions marked with `callback` and wirings of `in_browser`.

        Raises:
            UndeclaredError: one has no permission or is not marked.
        """
        for item in items:
            wiring = item if isinstance(item, Wiring) else getattr(item, _MARK, None)
            if wiring is None or wiring.permission is None:
                raise UndeclaredError(f"callback {getattr(item, '__name__', item)!r} declares no permission")
            before = set(app.callback_map)
            self._connect(app, wiring)
            self._needs.update(dict.fromkeys(set(app.callback_map) - before, wiring.permission))

    def need(self, output: str) -> Need | None:
        """The permission a callback id needs; None when there is no such callback."""
        return self._needs.get(output)

    def check(self, app: Dash) -> None:
        """Raise UndeclaredError when a callback reached the app or Dash's global list by another door."""
        from dash import _callback

        strangers = (set(app.callback_map) - set(self._needs)) | set(_callback.GLOBAL_CALLBACK_MAP)
        if strangers:
            raise UndeclaredError(f"callbacks outside the registry: {', '.join(sorted(strangers))}")

    def _connect(self, app: Dash, wiring: Wiring) -> None:
        options = dict(wiring.options or {})
        if wiring.clientside:
            app.clientside_callback(ClientsideFunction(*wiring.clientside), *wiring.dependencies, **options)
        else:
            app.callback(*wiring.dependencies, **options)(self._guarded(wiring))

    def _guarded(self, wiring: Wiring) -> Callable[..., Any]:
        function = wiring.function
        assert function is not None  # noqa: S101 - a wiring has a function or runs in the browser

        @wraps(function)
        def guarded(*values: Any) -> Any:
            try:
                return function(self._visit(), *values)
            except Exception as error:
                return wiring.on_failure(reported(error, wiring.name))

        return guarded


def reported(error: Exception, where: str) -> str:
    """Log an error under a new reference id and answer that id; people see only the id."""
    reference = secrets.token_hex(4)
    _log.error("reference=%s where=%s error=%s", reference, where, type(error).__name__, exc_info=error)
    return reference


def fits(entry: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """True when a call names exactly the inputs, states and outputs that its callback has.

    Args:
        entry: the callback in Dash's `callback_map`.
        body: the parsed request.
    """
    changed = body.get("changedPropIds", [])
    return (
        _same(body.get("inputs", []), entry["inputs"])
        and _same(body.get("state", []), entry["state"])
        and isinstance(changed, list)
        and all(isinstance(name, str) for name in changed)
        and _outputs_match(body.get("outputs"), entry["output"])
    )


def _same(given: Any, declared: Sequence[Mapping[str, Any]]) -> bool:
    return isinstance(given, list) and _names(given) == [(d["id"], d["property"]) for d in declared]


def _outputs_match(given: Any, output: Any) -> bool:
    declared = output if isinstance(output, (list, tuple)) else [output]
    found = given if isinstance(given, list) else [given]
    return _names(found) == [(o.component_id, o.component_property) for o in declared]


def _names(items: Sequence[Any]) -> list[tuple[Any, Any]]:
    return [(item.get("id"), item.get("property")) if isinstance(item, dict) else (None, None) for item in items]

"""Flows as staff start them: who may, which parameters a form shows, and what was typed as typed values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from lending.domain.errors import InputError, RefusedError
from lending.domain.roles import Permission, Role, may
from lending.yaml_text import read_tree
from serving.ports import FlowRun, FlowRuns

FILE = "flows.yaml"
REQUEST = "request"
"""Every flow takes one parameter of this name."""
Kind = Literal["text", "integer", "number", "yes_no", "choice", "day"]
_KINDS: Mapping[str, Kind] = {"string": "text", "integer": "integer", "number": "number", "boolean": "yes_no"}
_LONGEST = 500
LOOKED = 200
"""Latest runs among which each flow's last one is looked for."""


@dataclass(frozen=True, slots=True)
class FlowRule:
    """Who may start a flow, which parameters are the starter's name, and which a form leaves out."""

    permission: Permission | None
    mine: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    def open_to(self, role: Role) -> bool:
        """Whether a role may start it from the console."""
        return self.permission is not None and may(role, Permission.FLOW_RUN) and may(role, self.permission)


@dataclass(frozen=True, slots=True)
class FormField:
    """One parameter as a form asks for it.

    Attributes:
        default: what stands there when nobody says otherwise, as text; "" for nothing.
        required: there is no default, and it may not be left empty.
        low, high: bounds of a number; of a text, fewest and most characters.
        pattern: that a text must fit whole; "" for any.
    """

    name: str
    words: str
    kind: Kind
    default: str
    required: bool
    options: Sequence[str] = ()
    low: float | None = None
    high: float | None = None
    pattern: str = ""


def read_rules(kb: Path) -> Mapping[str, FlowRule]:
    """The rules of kb/flows.yaml. Raises PolicyError when it is no YAML; ValueError for an unknown permission."""
    tree = read_tree(FILE, (kb / FILE).read_text(encoding="utf-8"))
    return {name: _rule(entry) for name, entry in tree.items() if isinstance(entry, dict)}


def _rule(entry: Mapping[str, Any]) -> FlowRule:
    permission = Permission(entry["permission"]) if entry.get("permission") else None
    return FlowRule(permission, frozenset(entry.get("mine") or ()), frozenset(entry.get("hidden") or ()))


def last_runs(runs: FlowRuns) -> dict[str, FlowRun]:
    """The last run of each flow that has one among the latest. Raises UnavailableError."""
    last: dict[str, FlowRun] = {}
    for run in runs.list(LOOKED):
        last.setdefault(run.flow, run)
    return last


def fields_of(schema: Mapping[str, Any], rule: FlowRule) -> list[FormField]:
    """The fields of a flow's form, from the schema that its deployment tells."""
    shape, needed = _shape(schema)
    left_out = rule.mine | rule.hidden
    made = (_field(name, part, required=name in needed) for name, part in shape.items() if name not in left_out)
    return [one for one in made if one is not None]


def parameters_from(
    schema: Mapping[str, Any], rule: FlowRule, form: Mapping[str, str], username: str
) -> dict[str, Any]:  # fmt: skip
    """What was typed as the parameters of a run; the starter's own name stands where the rule wants it.

    Raises:
        InputError: a value is missing, of another kind or out of its bounds; the first one is named.
    """
    shape, _ = _shape(schema)
    typed = {one.name: _value(one, form.get(one.name, "").strip()) for one in fields_of(schema, rule)}
    mine = dict.fromkeys(rule.mine & set(shape), username)
    body = {name: value for name, value in typed.items() if value is not None} | mine
    return {REQUEST: body} if shape else {}


def stop_when_closed(name: str, rules: Mapping[str, FlowRule], role: Role) -> FlowRule:
    """The rule of a flow that a role may start. Raises RefusedError for any other."""
    rule = rules.get(name)
    if rule is not None and rule.open_to(role):
        return rule
    raise RefusedError(
        f"{name[:40]} is not started by a {role.value.replace('_', ' ')} from here", code="role", field="flow",
        found=role.value, expected="a role of kb/flows.yaml", do="Ask somebody whose work it is.",
    )  # fmt: skip


def _shape(schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[str]]:
    """Properties of the one parameter, and the names that must be said."""
    request = (schema.get("properties") or {}).get(REQUEST) or {}
    name = str(request.get("$ref", "")).rpartition("/")[2]
    model = (schema.get("definitions") or {}).get(name) or {}
    return model.get("properties") or {}, model.get("required") or ()


def _field(name: str, part: Mapping[str, Any], *, required: bool) -> FormField | None:
    """A field; None for what a line of a form cannot hold."""
    one = next((each for each in part.get("anyOf", ()) if each.get("type") != "null"), part)
    kind = _kind(one)
    if kind is None:
        return None
    given = part.get("default")
    default = "" if given is None else str(given).lower() if isinstance(given, bool) else str(given)
    low, high = (one.get(end) for end in (("minLength", "maxLength") if kind == "text" else ("minimum", "maximum")))
    words = str(part.get("description") or name.replace("_", " "))
    return FormField(name, words, kind, default, required, one.get("enum") or (), low, high, one.get("pattern") or "")


def _kind(part: Mapping[str, Any]) -> Kind | None:
    if part.get("enum"):
        return "choice"
    if part.get("format") == "date":
        return "day"
    return _KINDS.get(str(part.get("type")))


def _value(field: FormField, text: str) -> Any:
    """What was typed; None where it was left empty and may be."""
    if field.kind == "yes_no":
        return _one_of(field, text or "false", ("true", "false")) == "true"
    if not text:
        if field.required:
            raise _wrong(field, "nothing", "a value")
        return None
    if field.kind == "choice":
        return _one_of(field, text, [str(one) for one in field.options])
    return _number(field, text) if field.kind in ("integer", "number") else _text(field, text)


def _one_of(field: FormField, text: str, options: Sequence[str]) -> str:
    if text not in options:
        raise _wrong(field, text, " or ".join(options))
    return text


def _number(field: FormField, text: str) -> int | float:
    try:
        number = Decimal(text) if text.isascii() else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    whole = field.kind == "integer"
    if not number.is_finite() or (whole and number != number.to_integral_value()) or not _within(field, float(number)):
        raise _wrong(field, text, f"a {'whole ' if whole else ''}number{_bounds(field)}")
    return int(number) if whole else float(number)


def _text(field: FormField, text: str) -> str:
    longest = field.high or _LONGEST
    if len(text) > longest or not text.isprintable():
        raise _wrong(field, f"{len(text)} characters", f"plain text of at most {longest:g}")
    if field.pattern and not re.fullmatch(field.pattern, text):
        raise _wrong(field, text, field.words)
    return text


def _within(field: FormField, number: float) -> bool:
    return (field.low is None or number >= field.low) and (field.high is None or number <= field.high)


def _bounds(field: FormField) -> str:
    low = f" from {field.low:g}" if field.low is not None else ""
    return low + (f" to {field.high:g}" if field.high is not None else "")


def _wrong(field: FormField, found: str, expected: str) -> InputError:
    return InputError(
        f"{field.name} is {found[:60]}; expected {expected}", code="parameter", field=field.name, found=found[:60],
        expected=expected, do=f"Change {field.name}: {field.words}.",
    )  # fmt: skip

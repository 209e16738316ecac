"""Requests checked against botocore's own description of a service: required fields, types, ranges and enumerations."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

Problem = str


@lru_cache(maxsize=8)
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def problems(service: str, operation: str, request: dict[str, Any]) -> list[Problem]:
    """What is wrong with a request; empty when the service's model takes it."""
    shape = _model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(request, shape)
    return [*([report.generate_report()] if report.has_errors() else []), *_outside(shape, request, operation)]


def _outside(shape: Any, value: Any, where: str) -> list[Problem]:
    """Enumerations, patterns' lengths and largest values, which botocore itself leaves to the service."""
    if shape.type_name == "structure":
        pairs = [(shape.members[name], one, f"{where}.{name}") for name, one in value.items() if name in shape.members]
    elif shape.type_name == "list":
        pairs = [(shape.member, one, f"{where}[]") for one in value]
    elif shape.type_name == "map":
        pairs = [(shape.value, one, f"{where}.{name}") for name, one in value.items()]
    else:
        return _scalar(shape, value, where)
    return [problem for member, one, place in pairs for problem in _outside(member, one, place)]


def _scalar(shape: Any, value: Any, where: str) -> list[Problem]:
    enum, most = shape.metadata.get("enum"), shape.metadata.get("max")
    if enum and value not in enum:
        return [f"{where} is {value!r}, none of {len(enum)} values"]
    size = len(value) if isinstance(value, str | bytes) else value
    return [f"{where} is {size}, at most {most}"] if most is not None and size > most else []

"""The templates of infra/ as Python objects, and what tests ask of all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from lending.settings import ROOT

INFRA = ROOT / "infra"
STAGES = ("staging", "production")
ONCE = ("release",)
"""Stacks of the account, which no stage has of its own; the pipeline is one more."""
Template = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms, such as `!Ref X`, as their long ones."""


def _long_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        text = str(loader.construct_scalar(node))
        return {name: text.split(".", 1) if tag == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _long_form)  # type: ignore[no-untyped-call]
_Loader.yaml_implicit_resolvers = {  # a date stays the text that it is in a policy
    key: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for key, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def paths() -> list[Path]:
    """Every template."""
    return [*sorted((INFRA / "stacks").glob("*.yaml")), INFRA / "pipeline.yaml"]


@lru_cache(maxsize=64)
def load(path: Path) -> Template:
    """One template in its long form; nobody changes it."""
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader with tags


def stack(name: str) -> Template:
    """A stack's template by its name."""
    return load(INFRA / "stacks" / f"{name}.yaml")


def order() -> list[str]:
    """The stacks of a stage, as infra/deploy.sh makes them."""
    found = re.search(r"^STACKS=\(([^)]*)\)", (INFRA / "deploy.sh").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return found[1].split()


def parameters(stage: str) -> dict[str, str]:
    """What a stage's file says, with what infra/deploy.sh adds."""
    said = json.loads((INFRA / "stages" / f"{stage}.json").read_text(encoding="utf-8"))["Parameters"]
    return {**said, "Registry": "111122223333.dkr.ecr.us-east-1.amazonaws.com", "Release": "0123abc"}


def walk(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value below one, each with the key that it stands under."""
    yield name, value
    if isinstance(value, dict):
        for key, one in value.items():
            yield from walk(one, str(key))
    elif isinstance(value, list):
        for one in value:
            yield from walk(one, name)


def imports(template: Template) -> set[str]:
    """Names of exports that a template takes."""
    found = (
        value["Fn::ImportValue"]
        for _, value in walk(template)
        if isinstance(value, dict) and "Fn::ImportValue" in value
    )
    return {one["Fn::Sub"] if isinstance(one, dict) else one for one in found}


def exports(template: Template) -> set[str]:
    """Names that a template gives."""
    found = (one["Export"]["Name"] for one in template.get("Outputs", {}).values() if "Export" in one)
    return {one["Fn::Sub"] if isinstance(one, dict) else one for one in found}


def listed(value: Any) -> list[Any]:
    """A list of one or many, as policies write them."""
    return value if isinstance(value, list) else [value]


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every policy, with the name of the resource that it stands in."""
    for name, resource in template["Resources"].items():
        for _, value in walk(resource.get("Properties", {})):
            if isinstance(value, dict) and "Statement" in value and "Version" in value:
                yield from ((name, one) for one in listed(value["Statement"]))


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Properties of a template's resources of one type, by name."""
    return {name: one.get("Properties", {}) for name, one in template["Resources"].items() if one["Type"] == kind}


def containers() -> list[tuple[str, dict[str, Any]]]:
    """Every container of every task, as `stack/container` and its definition."""
    return [
        (f"{name}/{one['Name']}", one)
        for name in order()
        for task in resources(stack(name), "AWS::ECS::TaskDefinition").values()
        for one in task["ContainerDefinitions"]
    ]


def environment(container: dict[str, Any]) -> dict[str, Any]:
    """Variables that a container gets, settings and secrets alike; those behind a condition too."""
    found = [*container.get("Environment", []), *container.get("Secrets", [])]
    plain = [one["Fn::If"][1] if "Fn::If" in one else one for one in found]
    return {one["Name"]: one.get("Value", one.get("ValueFrom")) for one in plain}

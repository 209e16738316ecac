"""API Gateway lets through every body that the API's own description allows, and says the same of what it checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from serving.api.app import create_api
from serving.api.docs import request_body
from serving.api.examples import BODIES
from tests.bank import open_bank
from tests.infra.templates import resources, stack

Tree = dict[str, Any]
FEWER_WORDS = {"format", "description", "example", "examples", "title"}
"""What describes a value and allows or forbids nothing."""


def gateway() -> Tree:
    """The document that API Gateway is made of."""
    return resources(stack("edge"), "AWS::ApiGateway::RestApi")["Api"]["Body"]


def checked() -> dict[tuple[str, str], Tree]:
    """Path and method to the schema of the body that is checked there."""
    document, found = gateway(), {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                found[path, method] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The API's own description."""
    place = open_bank(Path(tmp_path_factory.mktemp("bank")))
    api = create_api(place)
    schema = api.openapi()
    place.records.database.engine.dispose()
    return schema["paths"]


def stricter(ours: Tree, theirs: Tree, where: str) -> list[str]:
    """Where the first schema forbids what the second allows: a word that the second has not, or has otherwise."""
    found = [
        f"{where}: {word} is {value!r}, in the API {theirs.get(word)!r}"
        for word, value in ours.items()
        if word not in FEWER_WORDS | {"properties", "items"} and not _allows(word, value, theirs)
    ]
    mine, yours = ours.get("properties", {}), theirs.get("properties", {})
    if ours.get("additionalProperties") is False:
        found += [f"{where}: {name} is not let through" for name in sorted(yours.keys() - mine.keys())]
    found += [f"{where}: {name} is unknown to the API" for name in sorted(mine.keys() - yours.keys())]
    pairs = [(mine[name], yours[name], f"{where}.{name}") for name in mine.keys() & yours.keys()]
    return found + [one for left, right, place in pairs for one in stricter(left, right, place)]


def _allows(word: str, value: Any, theirs: Tree) -> bool:
    """Whether a word forbids nothing that the API takes; a wider bound does not."""
    if "oneOf" in theirs and word not in theirs:
        return all(_allows(word, value, one) for one in theirs["oneOf"])
    if word == "maxLength" and "pattern" in theirs and word not in theirs:
        return theirs["pattern"].endswith(f",{value}}}$")
    if word.startswith("max") and word in theirs:
        return value >= theirs[word]
    if word.startswith("min") and word in theirs:
        return value <= theirs[word]
    return theirs.get(word) == value


def test_the_gateway_checks_bodies() -> None:
    assert checked().keys() == {("/api/v1/login", "post"), ("/api/v1/loans/predict", "post")}


@pytest.mark.parametrize("place", checked(), ids=" ".join)
def test_a_body_that_the_api_takes_passes_the_gateway(place: tuple[str, str], described: Tree) -> None:
    path, method = place
    own = described[path][method]["requestBody"]["content"]["application/json"]["schema"]
    assert stricter(checked()[place], own, path) == []


@pytest.mark.parametrize("name", ["login", "predict"])
def test_the_examples_of_the_description_pass_both(name: str) -> None:
    import jsonschema_rs

    (schema,) = [one for (path, _), one in checked().items() if path.endswith(name)]
    own = request_body(name)["requestBody"]["content"]["application/json"]["schema"]
    assert jsonschema_rs.is_valid(schema, BODIES[name])
    assert jsonschema_rs.is_valid(own, BODIES[name])


@pytest.mark.parametrize(
    "changed",
    [
        {"required": ["product", "amount", "term_months"]}, {"properties": {"product": {"type": "string"}}},
        {"properties": {"product": {"type": "string", "pattern": "^[a-z]+$"}, "amount": {}, "colour": {}}},
    ],
)  # fmt: skip
def test_the_comparison_sees_a_gateway_that_takes_less(changed: Tree) -> None:
    own = request_body("predict")["requestBody"]["content"]["application/json"]["schema"]
    (ours,) = [one for (path, _), one in checked().items() if path.endswith("predict")]
    assert stricter(ours, own, "predict") == []
    assert stricter({**ours, **changed}, own, "predict")

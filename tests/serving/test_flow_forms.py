"""Flows as staff start them: roles, fields from the schema, typed values, and a name that nobody else can type."""

import pytest

from lending.domain.errors import InputError, RefusedError
from lending.domain.roles import Permission, Role
from lending.settings import ROOT
from serving.flow_forms import FlowRule, fields_of, parameters_from, read_rules, stop_when_closed

RULES = read_rules(ROOT / "kb")
SCHEMA = {
    "properties": {"request": {"$ref": "#/definitions/R"}},
    "definitions": {"R": {"required": ["version"], "properties": {
        "version": {"type": "string", "description": "registered version"},
        "data": {"type": "string", "pattern": "^[a-z]{1,9}$", "default": "demo", "description": "a data set"},
        "seed": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}], "default": None},
        "budget": {"type": "number", "minimum": 1, "maximum": 60, "default": 5.5},
        "live": {"type": "boolean", "default": True},
        "period": {"type": "string", "enum": ["month", "year"], "default": "month"},
        "approver": {"type": "string"},
        "cluster": {"type": "string", "default": ""},
        "override": {"anyOf": [{"$ref": "#/definitions/O"}, {"type": "null"}]},
    }}},
}  # fmt: skip
RULE = FlowRule(Permission.MODEL_TRAIN, frozenset({"approver"}), frozenset({"cluster"}))
FORM = {"version": "v/2", "data": "demo", "seed": "", "budget": "5.5", "live": "true", "period": "month"}


def _sent(**changes):
    return parameters_from(SCHEMA, RULE, {**FORM, **changes}, "rita")["request"]


def test_a_form_shows_what_may_be_typed_and_nothing_else():
    assert [(one.name, one.kind, one.default, one.required) for one in fields_of(SCHEMA, RULE)] == [
        ("version", "text", "", True), ("data", "text", "demo", False), ("seed", "integer", "", False),
        ("budget", "number", "5.5", False), ("live", "yes_no", "true", False), ("period", "choice", "month", False),
    ]  # fmt: skip


def test_what_is_typed_becomes_typed_values_and_what_is_empty_is_left_to_the_flow():
    assert _sent() == {"version": "v/2", "data": "demo", "budget": 5.5, "live": True, "period": "month",
                       "approver": "rita"}  # fmt: skip
    assert _sent(seed="7", live="false")["seed"] == 7
    assert _sent(live="")["live"] is False


def test_nobody_types_another_persons_name_or_what_the_form_hides():
    sent = _sent(approver="somebody", cluster="tcp://elsewhere:8786", extra="1")
    assert sent["approver"] == "rita"
    assert {"cluster", "extra", "override"} & set(sent) == set()


@pytest.mark.parametrize(
    ("name", "text"),
    [("version", ""), ("data", "NO"), ("data", "a" * 600), ("seed", "-1"), ("seed", "1.5"), ("seed", "x"),
     ("seed", "nan"), ("seed", "٣"), ("budget", "61"), ("budget", "1e999"), ("live", "maybe"), ("period", "day"),
     ("version", "a\x00b")],
)  # fmt: skip
def test_what_does_not_fit_is_named_before_anything_is_sent(name, text):
    with pytest.raises(InputError) as wrong:
        _sent(**{name: text})
    assert wrong.value.field == name


def test_every_deployment_has_its_rule_and_names_only_parameters_that_exist():
    import importlib

    import yaml

    listed = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {one["name"] for one in listed} == set(RULES)
    for one in listed:
        module, name = one["entrypoint"].rsplit(".", 1)
        shape = _model(getattr(importlib.import_module(module), name)).model_fields
        rule = RULES[one["name"]]
        assert rule.mine | rule.hidden <= set(shape), one["name"]
        people = {"approver", "asked_by", "trained_by"} & set(shape)
        assert rule.permission is None or people <= rule.mine, one["name"]


def _model(flow):
    import typing

    return typing.get_type_hints(flow.fn)["request"]


@pytest.mark.parametrize(
    ("flow", "roles"),
    [("train-model", {Role.DATA_SCIENTIST}), ("promote-model", {Role.RISK_MANAGER}), ("seed-bank", {Role.ADMIN}),
     ("monitor-inputs", {Role.RISK_MANAGER, Role.DATA_SCIENTIST}), ("score-batch", set()), ("nope", set())],
)  # fmt: skip
def test_each_flow_is_started_by_those_whose_work_it_is(flow, roles):
    for role in Role:
        if role in roles:
            assert stop_when_closed(flow, RULES, role).permission
        else:
            with pytest.raises(RefusedError):
                stop_when_closed(flow, RULES, role)

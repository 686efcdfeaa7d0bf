"""Checks AWS CLI commands in instructions against the service models, as the CLI itself would parse them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from functools import cache

import botocore.session
from botocore import xform_name
from botocore.model import ServiceModel

# Options of the CLI itself, which no service model knows.
_GLOBAL = frozenset({"region", "query", "cli-input-json"})


def commands_in(steps: Iterable[str]) -> list[list[str]]:
    """The commands among the steps, split as a POSIX shell splits them."""
    return [shlex.split(step) for step in steps if step.startswith("aws ")]


def assert_is_command(words: list[str]) -> dict[str, str]:
    """The service has the operation, it takes these options, and none that it needs is missing."""
    _, service, operation, *rest = words
    model = _model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names, f"{service} has no {operation}"
    shape = model.operation_model(names[operation]).input_shape
    members = {} if shape is None else {xform_name(name, "-"): name for name in shape.members}
    options: dict[str, str] = {}
    pending = list(rest)
    while pending:
        word = pending.pop(0)
        assert word.startswith("--"), f"{word!r} is no option in {words}"
        name, has_value, value = word.removeprefix("--").partition("=")
        flag = name in members and shape is not None and shape.members[members[name]].type_name == "boolean"
        options[name] = "true" if flag else value if has_value else pending.pop(0)
    unknown = options.keys() - members.keys() - _GLOBAL
    assert not unknown, f"{service} {operation} takes no {unknown}"
    if shape is not None and "cli-input-json" not in options:
        needed = {xform_name(name, "-") for name in shape.required_members}
        assert needed <= options.keys(), f"{service} {operation} needs {needed - options.keys()}"
    return options


@cache
def _model(service: str) -> ServiceModel:
    """What AWS publishes of the service."""
    return botocore.session.get_session().get_service_model(service)

"""Acknowledges findings of the template checks (cdk-nag), each with its reason, on the resource concerned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(resource: IConstruct, finding: str, reason: str) -> None:
    """Accept `finding` (such as `AwsSolutions-S1`) on `resource` and what it consists of."""
    _record(resource, finding, reason)


def acknowledge_wildcard(resource: IConstruct, pattern: str, reason: str) -> None:
    """Accept that a statement of `resource` ends in a wildcard; `pattern` is its ARN, tokens and all."""
    shown = _as_reported(cdk.Stack.of(resource).resolve(pattern))
    _record(resource, f"AwsSolutions-IAM5[Resource::{shown}]", reason)


def _record(resource: IConstruct, finding: str, reason: str) -> None:
    cdk.Validations.of(resource).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))


def _as_reported(resolved: Any) -> str:
    """An ARN as the checks write it: text with `<LogicalId>` or `<LogicalId.Attribute>` for references."""
    if isinstance(resolved, Mapping):
        ((function, argument),) = resolved.items()
        if function == "Fn::Join":
            return str(argument[0]).join(_as_reported(part) for part in argument[1])
        name = ".".join(argument) if isinstance(argument, list) else argument
        return f"<{name}>"
    return str(resolved)

"""Turns the grants of `response.permissions` into IAM statements, and accounts for every wildcard in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from aws_cdk import aws_iam as iam

from response.permissions import Grant
from stacks.constructs.acknowledgement import acknowledge_wildcard

# Why a resource of these forms may end in, or hold, a wildcard. Others come with their own reason.
_WILDCARD_REASONS: Mapping[str, str] = {
    "{own_log_group}:*": "The streams of its own log group; Lambda chooses their names.",
    "{log_group}:*": "The streams of the one watched log group; CloudTrail chooses their names.",
    "{evidence_bucket}/*": "Sealed objects are named after the incident; writing and reading them only.",
    "{executions}": "The executions of the one response state machine; EventBridge chooses their names.",
    "arn:{partition}:cloudtrail:*:{account}:trail/*": "All trails of the account, wherever they live.",
    "arn:{partition}:iam::{account}:user/*": "Any user of the account may turn out to be the actor.",
    "arn:{partition}:iam::{account}:role/*": "Any role of the account may turn out to be the actor's.",
    "{log_delivery_roles}": "Any trail's delivery role, handed to CloudTrail only (iam:PassedToService).",
}


# What each symbol of `response.permissions.SYMBOLS` stands for here: no, one or several values.
Symbols: TypeAlias = Mapping[str, tuple[str, ...]]


class GrantError(Exception):
    """A grant cannot be turned into a statement; the message names it."""


def attach(role: iam.Role, grants: Iterable[Grant], symbols: Symbols) -> None:
    """Give `role` exactly these grants; one whose resources do not exist in this deployment falls away."""
    for grant in grants:
        resources = {arn: template for template in grant.resources for arn in _expand(template, symbols)}
        if not resources:
            continue
        role.add_to_policy(
            iam.PolicyStatement(
                actions=list(grant.actions), resources=list(resources), conditions=grant.conditions
            )
        )
        for arn, template in resources.items():
            if "*" in arn:
                acknowledge_wildcard(role, arn, _reason(grant, template))


def _expand(template: str, symbols: Symbols) -> list[str]:
    """Every ARN that a template stands for; none when it names something this deployment has not."""
    arns = [template]
    for name, values in symbols.items():
        token = f"{{{name}}}"
        if token in template:
            arns = [arn.replace(token, value) for arn in arns for value in values]
    return arns


def _reason(grant: Grant, template: str) -> str:
    reason = grant.reason or _WILDCARD_REASONS.get(template)
    if not reason:
        raise GrantError(f"{template} for {', '.join(grant.actions)}: a wildcard needs its reason")
    return reason

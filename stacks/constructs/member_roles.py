"""The roles by which the functions act in a protected account: reader, restorer and container.

Each trusts exactly the functions that `response.permissions` names, by the ARNs of their roles.
"""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from response.permissions import MEMBER_ROLES, assuming
from stacks.config import DeploymentConfig
from stacks.constructs.grants import Symbols, attach

_PURPOSES: Mapping[str, str] = {
    "reader": "Trailguard reads trails, their destinations and the event history",
    "restorer": "Trailguard puts trails back; whatever else this role does is an incident",
    "container": "Trailguard switches off the credentials that changed a trail",
}


class MemberRoles(Construct):
    """One role per capability, under the fixed names by which the functions find them in every account."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        function_roles: Mapping[str, iam.IRole],
        symbols: Symbols,
    ) -> None:
        super().__init__(scope, construct_id)
        self.roles: dict[str, iam.Role] = {}
        for name, permissions in MEMBER_ROLES.items():
            trusted = [iam.ArnPrincipal(function_roles[step].role_arn) for step in assuming(name)]
            role = iam.Role(
                self,
                name.capitalize(),
                role_name=f"{config.name_prefix}-{name}",
                description=_PURPOSES[name],
                assumed_by=iam.CompositePrincipal(*trusted),
                max_session_duration=cdk.Duration.hours(1),
            )
            attach(role, permissions.grants, symbols)
            self.roles[name] = role

"""Gap: ministack 1.5.33 gives instances credentials that it does not know itself: no call can be signed.

Here an instance's role gives a session as EC2 does: named after the instance, delivered by IMDSv2 (EC2 user
guide, "IAM roles for Amazon EC2").
"""

from collections.abc import Mapping
from typing import Any

from toolkit.lab.emulator import policies, sessions
from toolkit.lab.emulator.internals import ministack

_SECONDS = 6 * 3600
_SERVICE = "ec2.amazonaws.com"


class InstanceRoleError(RuntimeError):
    """The instance has no role that EC2 may assume."""


def credentials_of(instance_id: str, *, account: str, region: str = "us-east-1") -> dict[str, str]:
    """Return what the instance's metadata service would, as keyword arguments of a client."""
    with ministack("core.responses").request_scope(account, region):
        instance = ministack("services.ec2")._instances.get(instance_id)
        role = _role_of((instance or {}).get("IamInstanceProfile") or {})
    if role is None:
        raise InstanceRoleError(f"{instance_id} of account {account} has no instance profile with a role")
    if not policies.trusts(role, _SERVICE, account):
        raise InstanceRoleError(f"the role {role['Arn']} does not trust {_SERVICE}")
    entry = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/{instance_id}",
        "UserId": f"{role['RoleId']}:{instance_id}",
        "AccountId": account,
        "PrincipalType": "AssumedRole",
    }
    return sessions.begin(entry, seconds=_SECONDS, ec2_role_delivery="2.0")


def _role_of(profile: Mapping[str, Any]) -> dict[str, Any] | None:
    iam = ministack("services.iam")
    name = str(profile.get("Arn", "")).rsplit("/", 1)[-1]
    roles = (iam._instance_profiles.get(name) or {}).get("Roles") or [""]
    role: dict[str, Any] | None = iam._roles.get(roles[0])
    return role

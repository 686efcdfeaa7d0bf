"""IAM: what a user or role is, holds and may do now, as the investigation asks.

Every part is read by itself. What the reader role is refused is told in words and leaves that part unknown:
one denied call costs one answer and not all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from response.aws.errors import AwsCallError, NotFoundError, translated
from response.domain.findings import KeyFacts, Permission, PrincipalFacts, PrincipalType
from response.domain.instructions import iam_name
from response.domain.text import plain

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_T = TypeVar("_T")

# The calls by which a trail is weakened or removed.
CHANGES_TO_TRAILS = (
    "cloudtrail:UpdateTrail",
    "cloudtrail:StopLogging",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
)
# IAM's word for a key that was never used.
_NEVER = "N/A"

Read = tuple[PrincipalFacts, tuple[str, ...]]


class Principals:
    """The IAM users and roles of one account."""

    def __init__(self, client: IAMClient) -> None:
        self._client = client

    def user(self, name: str, *, arn: str = "", trail_arn: str = "") -> Read:
        """What is known of a user, and for each part that is not, why.

        `arn` stands in where IAM does not tell the user's own; permissions are those on `trail_arn`, or on
        any resource where that is empty.
        """
        client, parts, who = self._client, _Parts(), {"UserName": name}
        facts = PrincipalFacts(arn=arn, type=PrincipalType.USER, name=name)
        if iam_name(name) is None:
            return facts, (_no_name(name),)
        found: Any = parts.read("GetUser", lambda: client.get_user(UserName=name)["User"])
        if found is not None:
            facts = _described(facts, found, unique_id="UserId", last_used=found.get("PasswordLastUsed"))
        if parts.gone:
            return parts.told(facts)
        keys = client.get_paginator("list_access_keys")
        inline = client.get_paginator("list_user_policies")
        attached = client.get_paginator("list_attached_user_policies")
        groups = client.get_paginator("list_groups_for_user")
        listed = parts.read("ListAccessKeys", lambda: _all(keys, "AccessKeyMetadata", who))
        facts = replace(
            facts,
            keys=None if listed is None else tuple(self._key(parts, key) for key in listed),
            has_login_profile=parts.read("GetLoginProfile", lambda: self._has_login_profile(name)),
            inline_policies=parts.read(
                "ListUserPolicies",
                lambda: _sizes(
                    _all(inline, "PolicyNames", who),
                    "GetUserPolicy",
                    lambda policy: client.get_user_policy(UserName=name, PolicyName=policy),
                ),
            ),
            attached_policies=_each(
                "PolicyArn",
                parts.read("ListAttachedUserPolicies", lambda: _all(attached, "AttachedPolicies", who)),
            ),
            groups=_each("GroupName", parts.read("ListGroupsForUser", lambda: _all(groups, "Groups", who))),
        )
        return parts.told(replace(facts, permissions=self._permissions(parts, facts, trail_arn)))

    def role(self, name: str, *, arn: str = "", trail_arn: str = "") -> Read:
        """What is known of a role, and for each part that is not, why. The keywords are those of `user`."""
        client, parts, who = self._client, _Parts(), {"RoleName": name}
        # No role has keys, a password or groups.
        facts = PrincipalFacts(
            arn=arn, type=PrincipalType.ROLE, name=name, keys=(), has_login_profile=False, groups=()
        )
        if iam_name(name) is None:
            return facts, (_no_name(name),)
        found: Any = parts.read("GetRole", lambda: client.get_role(RoleName=name)["Role"])
        if found is not None:
            used = found.get("RoleLastUsed", {}).get("LastUsedDate")
            facts = _described(facts, found, unique_id="RoleId", last_used=used)
        if parts.gone:
            return parts.told(facts)
        inline = client.get_paginator("list_role_policies")
        attached = client.get_paginator("list_attached_role_policies")
        facts = replace(
            facts,
            inline_policies=parts.read(
                "ListRolePolicies",
                lambda: _sizes(
                    _all(inline, "PolicyNames", who),
                    "GetRolePolicy",
                    lambda policy: client.get_role_policy(RoleName=name, PolicyName=policy),
                ),
            ),
            attached_policies=_each(
                "PolicyArn",
                parts.read("ListAttachedRolePolicies", lambda: _all(attached, "AttachedPolicies", who)),
            ),
        )
        return parts.told(replace(facts, permissions=self._permissions(parts, facts, trail_arn)))

    def _key(self, parts: _Parts, key: Mapping[str, Any]) -> KeyFacts:
        """A key with its last use; the key is known even where its use is not."""
        facts = KeyFacts(id=key["AccessKeyId"], status=key["Status"], created_at=key.get("CreateDate"))
        used: Any = parts.read(
            "GetAccessKeyLastUsed",
            lambda: self._client.get_access_key_last_used(AccessKeyId=facts.id)["AccessKeyLastUsed"],
        )
        if used is None or used.get("LastUsedDate") is None:
            return facts
        return replace(
            facts,
            last_used_at=used["LastUsedDate"],
            last_used_service=_unless_never(used.get("ServiceName", "")),
            last_used_region=_unless_never(used.get("Region", "")),
        )

    def _has_login_profile(self, name: str) -> bool:
        """A user without a password has no login profile; IAM answers that with NoSuchEntity."""
        try:
            with translated("iam:GetLoginProfile"):
                self._client.get_login_profile(UserName=name)
        except NotFoundError:
            return False
        return True

    def _permissions(
        self, parts: _Parts, facts: PrincipalFacts, trail_arn: str
    ) -> tuple[Permission, ...] | None:
        """What the principal may do to the trail, and which policies say so.

        A condition on what the simulation is not told (the address, MFA) counts as not met.
        """
        if parts.gone:
            return None
        if not facts.arn:
            parts.reasons.append("iam:SimulatePrincipalPolicy: not asked, the principal's ARN is not known")
            return None
        request: dict[str, Any] = {"PolicySourceArn": facts.arn, "ActionNames": list(CHANGES_TO_TRAILS)}
        if trail_arn:
            request["ResourceArns"] = [trail_arn]
        simulation = self._client.get_paginator("simulate_principal_policy")
        results = parts.read(
            "SimulatePrincipalPolicy", lambda: _all(simulation, "EvaluationResults", request)
        )
        return None if results is None else tuple(_permission(result) for result in results)


@dataclass
class _Parts:
    """What could not be read so far, and whether it is because the principal is not there."""

    reasons: list[str] = field(default_factory=list)
    gone: bool = False

    def read(self, operation: str, reading: Callable[[], _T]) -> _T | None:
        """The answer; None where there is none, which is then told or known."""
        try:
            with translated(f"iam:{operation}"):
                return reading()
        except NotFoundError:
            self.gone = True
        except AwsCallError as error:
            self.reasons.append(str(error))
        return None

    def told(self, facts: PrincipalFacts) -> Read:
        """The facts with what became known on the way."""
        return (replace(facts, exists=False) if self.gone else facts), tuple(self.reasons)


def _no_name(name: str) -> str:
    """The name is a record's, and so the attacker's to write: what IAM could not hold is not sent to it."""
    return f"not asked: {plain(name, 80)!r} is not a name that IAM could have given"


def _described(
    facts: PrincipalFacts, found: Mapping[str, Any], *, unique_id: str, last_used: Any
) -> PrincipalFacts:
    """What GetUser and GetRole have in common."""
    return replace(
        facts,
        arn=found["Arn"],
        unique_id=found[unique_id],
        created_at=found.get("CreateDate"),
        last_used_at=last_used,
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", ())},
        boundary_arn=found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
    )


def _sizes(names: Iterable[str], operation: str, policy: Callable[[str], Any]) -> Mapping[str, int]:
    """How long each inline policy is. All or none are read, for it is their sum that IAM limits."""
    sizes: dict[str, int] = {}
    for name in names:
        try:
            with translated(f"iam:{operation}"):
                sizes[name] = counted(policy(name)["PolicyDocument"])
        except NotFoundError:
            continue  # removed since it was listed
    return sizes


def counted(document: Any) -> int:
    """A policy's length as IAM counts it: in characters, without the white space between them.

    botocore answers it parsed. White space inside a text is counted here, so that nothing is taken to fit
    that might not.
    """
    if isinstance(document, str):
        return sum(not character.isspace() for character in document)
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def _permission(result: Mapping[str, Any]) -> Permission:
    policies = [statement.get("SourcePolicyId", "") for statement in result.get("MatchedStatements", ())]
    return Permission(
        action=result["EvalActionName"],
        decision=result["EvalDecision"],
        policies=tuple(dict.fromkeys(policy for policy in policies if policy)),
    )


def _all(paginator: Any, key: str, request: Mapping[str, Any]) -> list[Any]:
    """That member of every page."""
    return [member for page in paginator.paginate(**request) for member in page.get(key, ())]


def _each(name: str, members: list[Any] | None) -> tuple[str, ...] | None:
    """One text of each member; None where they could not be listed."""
    return None if members is None else tuple(member[name] for member in members)


def _unless_never(value: str) -> str:
    return "" if value == _NEVER else value

"""What each function and each member role needs from AWS, as data; stacks/ turns it into IAM policies.

Resources are templates: `{incident_table}` and the like, see SYMBOLS. Nothing else is granted anywhere, and
"*" stands only where the API takes no resource, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SYMBOLS: Mapping[str, str] = {
    "incident_table": "ARN of the incident table",
    "table_key": "ARN of the key that encrypts the incident table",
    "token_key": "ARN of the key under which task tokens are encrypted; the one of the incident table",
    "evidence_bucket": "ARN of the evidence bucket",
    "evidence_key": "ARN of the key that encrypts the evidence bucket",
    "topic": "ARN of the notification topic",
    "topic_key": "ARN of the key that encrypts the notification topic",
    "state_machine": "ARN of the response state machine",
    "executions": "ARN pattern of that state machine's executions: ...:execution:<name>:*",
    "log_group": "ARN of the watched log group; grants on it fall away where none is watched",
    "own_log_group": "ARN of the function's own log group",
    "partition": "aws, aws-cn or aws-us-gov",
    "account": "account of the member role",
    "log_delivery_roles": "ARN (pattern) of the roles by which CloudTrail writes to CloudWatch Logs",
}


@dataclass(frozen=True)
class Grant:
    """One statement that allows `actions` on `resources`."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class FunctionPermissions:
    """What one function may do in the hub, and which member roles it may assume."""

    grants: tuple[Grant, ...]
    assumes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemberRole:
    """What a role in a protected account may do; who may assume it follows from FUNCTIONS."""

    grants: tuple[Grant, ...]

    def actions(self) -> frozenset[str]:
        """Every action of the role."""
        return frozenset(action for grant in self.grants for action in grant.actions)


_OWN_LOG = Grant(("logs:CreateLogStream", "logs:PutLogEvents"), ("{own_log_group}:*",))
_TABLE = (
    Grant(
        (
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:ConditionCheckItem",
        ),
        ("{incident_table}",),
    ),
    # What DynamoDB does with a customer managed key on behalf of the caller (DynamoDB developer guide,
    # "DynamoDB encryption at rest: usage notes"). The caller itself can do none of it: task tokens lie in the
    # table encrypted under the same key.
    Grant(
        (
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ),
        ("{table_key}",),
        conditions={"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com*"}},
    ),
)
_TABLE_INDEX = Grant(("dynamodb:Query",), ("{incident_table}/index/by_status",))
_SEAL = (
    # What is sealed is read back by its version, which takes a permission of its own.
    Grant(("s3:PutObject", "s3:GetObject", "s3:GetObjectVersion"), ("{evidence_bucket}/*",)),
    Grant(("kms:GenerateDataKey", "kms:Decrypt"), ("{evidence_key}",)),
)
_PUBLISH = (
    Grant(("sns:Publish",), ("{topic}",)),
    Grant(("kms:GenerateDataKey", "kms:Decrypt"), ("{topic_key}",)),
)
_ANSWER = Grant(("states:SendTaskSuccess",), ("{state_machine}",))
_WAKE = (_ANSWER, Grant(("kms:Decrypt",), ("{token_key}",)))
_ASK = (_ANSWER, Grant(("kms:Encrypt",), ("{token_key}",)))
_START = Grant(("states:StartExecution",), ("{state_machine}",))
_WATCH = Grant(("states:DescribeExecution",), ("{executions}",))

_BASE = (_OWN_LOG, *_TABLE)

FUNCTIONS: Mapping[str, FunctionPermissions] = {
    "intake": FunctionPermissions((*_BASE, *_WAKE, _WATCH)),
    "preserve": FunctionPermissions((*_BASE, *_SEAL), assumes=("reader",)),
    "investigate": FunctionPermissions(_BASE, assumes=("reader",)),
    "assess": FunctionPermissions(_BASE, assumes=("reader",)),
    "notify": FunctionPermissions((*_BASE, *_PUBLISH)),
    "execute": FunctionPermissions(_BASE, assumes=("reader", "restorer", "container")),
    "await_approval": FunctionPermissions((*_BASE, *_ASK)),
    "settle_approval": FunctionPermissions(_BASE),
    "verify": FunctionPermissions(_BASE, assumes=("reader",)),
    "close": FunctionPermissions((*_BASE, *_SEAL)),
    "undo": FunctionPermissions((*_BASE, *_SEAL, _WATCH), assumes=("reader", "restorer", "container")),
    "escalate": FunctionPermissions((*_BASE, *_PUBLISH)),
    "reconcile": FunctionPermissions(
        (
            *_BASE,
            *_PUBLISH,
            _TABLE_INDEX,
            _WATCH,
            _START,
            # The log group is named in either form, depending on the call's own parameters.
            Grant(("logs:FilterLogEvents",), ("{log_group}", "{log_group}:*")),
        ),
        assumes=("reader",),
    ),
    "console": FunctionPermissions((*_BASE, _TABLE_INDEX, *_WAKE, _START), assumes=("reader",)),
    # Only with a user pool of the stack's own: asked by it before a token is signed.
    "sign_in": FunctionPermissions((_OWN_LOG,)),
    "capture_baseline": FunctionPermissions(_BASE, assumes=("reader",)),
}

# The state machine's own role: its steps, and the last resort when `escalate` itself fails.
STATE_MACHINE: tuple[Grant, ...] = (*_PUBLISH,)

_TRAILS = "arn:{partition}:cloudtrail:*:{account}:trail/*"
_USERS = "arn:{partition}:iam::{account}:user/*"
_ROLES = "arn:{partition}:iam::{account}:role/*"

MEMBER_ROLES: Mapping[str, MemberRole] = {
    "reader": MemberRole(
        (
            Grant(
                (
                    "cloudtrail:GetTrail",
                    "cloudtrail:GetTrailStatus",
                    "cloudtrail:GetEventSelectors",
                    "cloudtrail:GetInsightSelectors",
                    "cloudtrail:ListTags",
                ),
                (_TRAILS,),
            ),
            Grant(
                ("cloudtrail:ListTrails", "cloudtrail:LookupEvents"),
                ("*",),
                reason="these CloudTrail actions support no resource-level permissions",
            ),
            Grant(
                ("s3:ListBucket",),
                ("arn:{partition}:s3:::*",),
                reason="HeadBucket tells whose a bucket is; the bucket's name is the attacker's choice",
            ),
            Grant(
                ("s3:ListAllMyBuckets",),
                ("*",),
                reason="the action takes no resource; it tells a denied bucket from another account's",
            ),
            Grant(
                ("ec2:DescribeNetworkInterfaces", "ec2:DescribeInstances"),
                ("*",),
                reason="these EC2 actions support no resource-level permissions",
            ),
            Grant(
                ("ssm:GetCalendarState",),
                ("arn:{partition}:ssm:*:*:document/*",),
                reason="the policy names the calendars, also such as another account shares",
            ),
            Grant(("account:GetAlternateContact",), ("arn:{partition}:account::{account}:account",)),
            # Each on the resource type that the service authorization reference gives for it.
            Grant(
                (
                    "iam:GetUser",
                    "iam:ListAccessKeys",
                    "iam:GetAccessKeyLastUsed",
                    "iam:GetLoginProfile",
                    "iam:ListUserPolicies",
                    "iam:GetUserPolicy",
                    "iam:ListAttachedUserPolicies",
                    "iam:ListGroupsForUser",
                ),
                (_USERS,),
            ),
            Grant(
                (
                    "iam:GetRole",
                    "iam:ListRolePolicies",
                    "iam:GetRolePolicy",
                    "iam:ListAttachedRolePolicies",
                ),
                (_ROLES,),
            ),
            Grant(("iam:SimulatePrincipalPolicy",), (_USERS, _ROLES)),
        )
    ),
    "restorer": MemberRole(
        (
            Grant(
                (
                    "cloudtrail:UpdateTrail",
                    "cloudtrail:StartLogging",
                    "cloudtrail:StopLogging",  # takes a StartLogging of ours back
                    "cloudtrail:PutEventSelectors",
                    "cloudtrail:PutInsightSelectors",
                    "cloudtrail:AddTags",
                    "cloudtrail:RemoveTags",
                ),
                (_TRAILS,),
            ),
            Grant(
                ("iam:PassRole",),
                ("{log_delivery_roles}",),
                conditions={"StringEquals": {"iam:PassedToService": "cloudtrail.amazonaws.com"}},
            ),
        )
    ),
    "container": MemberRole(
        (
            Grant(("iam:UpdateAccessKey", "iam:PutUserPolicy", "iam:DeleteUserPolicy"), (_USERS,)),
            Grant(("iam:PutRolePolicy", "iam:DeleteRolePolicy"), (_ROLES,)),
        )
    ),
}


def assuming(role: str) -> tuple[str, ...]:
    """The functions that may assume a member role."""
    return tuple(name for name, needs in FUNCTIONS.items() if role in needs.assumes)

"""The inline policies that shut a principal out, as text, and how IAM counts their length.

All values are compared by StringEquals: a `*` in a session's name would otherwise name other sessions too.
Sources: IAM user guide, "Disable permissions for temporary security credentials", "IAM and AWS STS quotas".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

DENY_ALL = (
    '{"Version":"2012-10-17","Statement":[{"Sid":"TrailguardContainment","Effect":"Deny","Action":"*",'
    '"Resource":"*"}]}'
)
# Characters of a user's, and of a role's, inline policies together.
USER_LIMIT, ROLE_LIMIT = 2_048, 10_240
ISSUED, USER_ID, SOURCE_IDENTITY = "aws:TokenIssueTime", "aws:userid", "aws:SourceIdentity"

# sts:AssumeRole, RoleSessionName and SourceIdentity.
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_ROLE_ID = re.compile(r"AROA[A-Z0-9]{4,124}")


def is_session_name(value: str) -> bool:
    """Whether STS could have taken it for a session's name or a source identity."""
    return _SESSION_NAME.fullmatch(value) is not None


def is_role_id(value: str) -> bool:
    """Whether it has the form of a role's unique id."""
    return _ROLE_ID.fullmatch(value) is not None


def deny_issued_before(time: str) -> str:
    """Everything denied to sessions that were issued before that time; long-term keys know no such time."""
    return _denying({"DateLessThan": {ISSUED: time}})


def deny_session(role_id: str, session_name: str) -> str:
    """Everything denied to the sessions of that role under this one name."""
    return _denying({"StringEquals": {USER_ID: [f"{role_id}:{session_name}"]}})


def deny_source_identity(identity: str) -> str:
    """Everything denied to the sessions that carry this source identity, which survives role chaining."""
    return _denying({"StringEquals": {SOURCE_IDENTITY: [identity]}})


def length(document: str) -> int:
    """Characters as IAM counts them: white space is free."""
    return len("".join(document.split()))


def _denying(condition: Mapping[str, object]) -> str:
    statement = {"Sid": "TrailguardContainment", "Effect": "Deny", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]}
    return json.dumps(document, separators=(",", ":"))

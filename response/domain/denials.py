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


def deny_session(role_id: str, *names: str, source_identity: str = "") -> str:
    """Everything denied to the sessions of that role under these names, and to those of a source identity.

    Whoever has a session of the same name with another source identity is denied as well. `""` leaves out
    either; one of both is needed.
    """
    ids = [f"{role_id}:{name}" for name in sorted(set(names))] if role_id else []
    denied = {SOURCE_IDENTITY: [source_identity] if source_identity else [], USER_ID: ids}
    return _denying(*({"StringEquals": {key: values}} for key, values in denied.items() if values))


def length(document: str) -> int:
    """Characters as IAM counts them: white space is free."""
    return len("".join(document.split()))


def _denying(*conditions: Mapping[str, object]) -> str:
    """One statement for each condition; their Sids have to differ."""
    statements = [
        {
            "Sid": f"TrailguardContainment{number if number > 1 else ''}",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": condition,
        }
        for number, condition in enumerate(conditions, start=1)
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))

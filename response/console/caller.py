"""Who calls: as the authorizer says, never as the request does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from response.console.http import ProblemError, Request
from response.domain.approval import Approver


def caller_of(request: Request) -> Approver:
    """The IAM principal that signed the request; ProblemError where the authorizer names none."""
    iam = request.authorizer.get("iam")
    identity: Mapping[str, Any] = iam if isinstance(iam, Mapping) else {}
    approver = Approver(
        arn=_text(identity, "userArn"),
        user_id=_text(identity, "userId") or _text(identity, "callerId"),
        access_key_id=_text(identity, "accessKey"),
        account=_text(identity, "accountId"),
    )
    if not approver.arn.startswith("arn:"):
        raise ProblemError(401, "unauthenticated", "the authorizer names no IAM principal; sign the request")
    return approver


def _text(identity: Mapping[str, Any], name: str) -> str:
    value = identity.get(name)
    return value if isinstance(value, str) else ""

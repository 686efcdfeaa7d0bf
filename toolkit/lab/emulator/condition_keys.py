"""Gap: for ministack 1.5.33 `aws:PrincipalArn` of a session is the session ARN; in AWS it is the role ARN.

So a policy that admits roles by their ARNs would refuse them (IAM user guide, "AWS global condition
context keys").
"""

import functools
from typing import Any

from toolkit.lab.emulator.internals import ministack

_KEY = "aws:principalarn"


@functools.cache
def install() -> None:
    """Resolve `aws:PrincipalArn` as IAM does."""
    evaluator = ministack("core.iam_evaluator")
    original = evaluator._resolve_condition_key

    def resolve(key: str, context: Any) -> Any:
        value = original(key, context)
        return _role_of(value) if key.lower() == _KEY and isinstance(value, str) else value

    evaluator._resolve_condition_key = resolve


def _role_of(arn: str) -> str:
    """The ARN of the role whose session this is, with the role's path, which the session's ARN lacks."""
    head, session, rest = arn.partition(":assumed-role/")
    if not session:
        return arn
    partition, account, name = head.split(":")[1], head.split(":")[4], rest.split("/")[0]
    role = ministack("services.iam")._roles.get_scoped(account, None, name) or {}
    return str(role.get("Arn", f"arn:{partition}:iam::{account}:role/{name}"))

"""What all instructions are made of: names that AWS could have given, quoted for the shell."""

from __future__ import annotations

import re
import shlex

from response.domain.arns import is_account, is_region, parse_arn
from response.domain.plan import canonical_json

Steps = tuple[str, ...]

_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_ACCESS_KEY = re.compile(r"A[KS]IA[A-Z0-9]{12,124}")


def iam_name(value: str) -> str | None:
    """The name of an IAM user or role, if IAM could hold it (1 to 64 letters, digits and +=,.@_-)."""
    return value if _NAME.fullmatch(value) else None


def access_key_id(value: str) -> str | None:
    """The id of an access key, long-term (AKIA) or temporary (ASIA), if it has the form of one."""
    return value if _ACCESS_KEY.fullmatch(value) else None


def user_name_in(arn: str) -> str | None:
    """The user's name in an IAM user's ARN, whatever its path."""
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("user/"):
        return None
    return iam_name(parsed.resource.rpartition("/")[2])


def option(name: str, value: str) -> str:
    """An option with its value; joined by `=` where the value could be taken for another option."""
    return f"{name}{'=' if value.startswith('-') else ' '}{shlex.quote(value)}"


def json_option(name: str, value: object) -> str:
    """An option whose value is JSON, for names may hold the commas of the shorthand."""
    return f"{name} {shlex.quote(canonical_json(value))}"


def lookup(key: str, value: str) -> str:
    """A look-up in the event history."""
    attributes = [{"AttributeKey": key, "AttributeValue": value}]
    return f"aws cloudtrail lookup-events {json_option('--lookup-attributes', attributes)}"


def create_scp(operator: str, key: str, value: str, name: str) -> str:
    """A command that creates an SCP denying everything under one condition."""
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {operator: {key: [value]}}}
    content = {"Version": "2012-10-17", "Statement": [statement]}
    return (
        f"aws organizations create-policy --type SERVICE_CONTROL_POLICY {option('--name', name)}"
        f" --description Containment {json_option('--content', content)}"
    )


def in_region(region: str) -> str:
    """The option for a Region, or what stands for it."""
    return f" --region {region if is_region(region) else 'REGION'}"


def with_account(account: str) -> str:
    """Whose credentials the next commands need."""
    return f"With credentials of account {account}," if is_account(account) else "In the principal's account,"


def account_or_blank(account: str) -> str:
    """The account, or what the person fills in."""
    return account if is_account(account) else "ACCOUNT_ID"

"""Gap: ministack 1.5.33 asks IAM about other resources than AWS does, so policies that fit AWS do not fit it.

The resources are those of the Service Authorization Reference: log groups by the ARN that `:*` ends, users
and roles with their path, a key by its user, a simulation by its principal, task tokens by their state
machine, the account itself, change calendars. Trails that are tagged are in `resource_arns`.
"""

import functools
import json
import re
from typing import Any

from toolkit.lab.emulator import forms, stepfunctions
from toolkit.lab.emulator.internals import ministack

_LOG_GROUP = re.compile(r"arn:[a-z-]+:logs:[^:]*:[^:]*:log-group:[^:]+")
_TAGGING = ("TagResource", "UntagResource", "ListTagsForResource")
_TOKEN_CALLS = ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")
_CALENDAR_CALLS = ("GetCalendarState", "GetDocument", "CreateDocument", "DeleteDocument")
_PATHS = re.compile(r"arn:[a-z-]+:iam::(\d{12}):(user|role)/([^/]+)")


@functools.cache
def install() -> None:
    """Name the resource of a call as AWS does."""
    actions = ministack("core.iam_actions")
    extract = actions.extract_resource_arn

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any
    ) -> str:
        arn = str(extract(service, method, path, headers, body, *rest))
        operation = str(headers.get("x-amz-target", "")).rsplit(".", 1)[-1]
        if service == "logs" and operation not in _TAGGING and _LOG_GROUP.fullmatch(arn):
            return f"{arn}:log-stream:"
        if service == "iam":
            return _with_path(_principal(body) if arn == "*" else arn)
        if service == "account":
            account = ministack("core.responses").get_account_id()
            return f"arn:aws:account::{account}:account"
        if service == "ssm" and operation in _CALENDAR_CALLS:
            return _calendar(body) or arn
        if service == "states" and operation in _TOKEN_CALLS:
            return stepfunctions.machine_of_token(_token(body)) or arn
        return arn

    actions.extract_resource_arn = extract_resource_arn


def _with_path(arn: str) -> str:
    """Complete the ARN of a user or role with the path that the request does not carry."""
    if not (match := _PATHS.fullmatch(arn)):
        return arn
    iam = ministack("services.iam")
    store = iam._users if match.group(2) == "user" else iam._roles
    return str((store.get_scoped(match.group(1), None, match.group(3)) or {}).get("Arn", arn))


def _principal(body: bytes) -> str:
    """The user or role that a call is about which names it neither UserName nor RoleName."""
    asked = forms.query_parameters(body)
    if "PolicySourceArn" in asked:
        return str(asked["PolicySourceArn"])
    key = ministack("services.iam")._access_keys.get(str(asked.get("AccessKeyId", "")))
    account = ministack("core.responses").get_account_id()
    return "*" if key is None else f"arn:aws:iam::{account}:user/{key['UserName']}"


def _calendar(body: bytes) -> str:
    asked = _object(body)
    names = asked.get("CalendarNames") or [asked.get("Name", "")]
    name, responses = str(names[0]), ministack("core.responses")
    if name.startswith("arn:"):
        return name
    return f"arn:aws:ssm:{responses.get_region()}:{responses.get_account_id()}:document/{name}"


def _token(body: bytes) -> str:
    return str(_object(body).get("taskToken", ""))


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}

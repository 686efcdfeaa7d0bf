"""The users, roles, keys and passwords that records say were made: names to act on, so none is just trusted.

Only a successful call of IAM counts, and only names and key ids that IAM itself could have given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from response.domain.arns import is_account, parse_arn, partition_of
from response.domain.errors import MalformedRecordError
from response.domain.findings import Created, CreatedKind
from response.domain.record import Record, parse_record

_IAM = "iam.amazonaws.com"
_KINDS: Mapping[str, CreatedKind] = {
    "CreateUser": CreatedKind.USER,
    "CreateRole": CreatedKind.ROLE,
    "CreateAccessKey": CreatedKind.ACCESS_KEY,
    "CreateLoginProfile": CreatedKind.LOGIN_PROFILE,
}
# Where the answer holds what was made, and how it calls its name.
_ANSWERS: Mapping[CreatedKind, tuple[str, str]] = {
    CreatedKind.USER: ("user", "userName"),
    CreatedKind.ROLE: ("role", "roleName"),
    CreatedKind.ACCESS_KEY: ("accessKey", "userName"),
    CreatedKind.LOGIN_PROFILE: ("loginProfile", "userName"),
}
# IAM API reference, CreateUser and CreateRole: 1 to 64 of these; AccessKeyId: 16 to 128.
_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_KEY_ID = re.compile(r"[A-Z0-9]{16,128}", re.ASCII)
_PATH = re.compile(r"/(?:[!-~]{1,510}/)?", re.ASCII)


def created_by(raw_records: Iterable[object]) -> tuple[Created, ...]:
    """What these records say was made, the earliest first, each thing once."""
    found: dict[tuple[CreatedKind, str, str, str], Created] = {}
    for created in sorted(_created(raw_records), key=lambda one: (one.at, one.event_id)):
        found.setdefault((created.kind, created.name, created.arn, created.access_key_id), created)
    return tuple(found.values())


def _created(raw_records: Iterable[object]) -> Iterator[Created]:
    for raw in raw_records:
        try:
            record = parse_record(raw)
        except MalformedRecordError:
            continue  # whoever fetched the records says how many could not be read
        kind = _KINDS.get(record.event_name)
        if kind is None or record.event_source != _IAM or record.failed:
            continue
        made = _made(kind, record)
        if made is not None:
            yield made


def _made(kind: CreatedKind, record: Record) -> Created | None:
    """What one record made; None where it does not name it."""
    holder, name_key = _ANSWERS[kind]
    answer = _mapping((record.response_elements or {}).get(holder))
    asked = record.request_parameters or {}
    named = (answer.get(name_key), asked.get(name_key), _own_name(kind, record))
    name = next((value for value in named if _fits(_NAME, value)), None)
    if name is None:
        return None
    key_id = answer.get("accessKeyId") if kind is CreatedKind.ACCESS_KEY else ""
    if kind is CreatedKind.ACCESS_KEY and not _fits(_KEY_ID, key_id):
        return None
    arn = _arn(kind, name, record, answer.get("arn"), asked.get("path"))
    return Created(kind, name, arn, record.event_id, record.event_time, str(key_id))


def _own_name(kind: CreatedKind, record: Record) -> str:
    """CreateAccessKey and CreateLoginProfile without a user's name are about the caller's own user."""
    of_caller = kind in {CreatedKind.ACCESS_KEY, CreatedKind.LOGIN_PROFILE}
    return record.actor.user_name if of_caller else ""


def _arn(kind: CreatedKind, name: str, record: Record, answered: object, path: object) -> str:
    """The ARN of the user or role: as IAM answered it if it is that one's, else made of what is known."""
    resource = "role" if kind is CreatedKind.ROLE else "user"
    arn = parse_arn(answered)
    if (
        arn is not None
        and (arn.service, arn.account) == ("iam", record.account)
        and arn.resource.startswith(f"{resource}/")
        and arn.resource.endswith(f"/{name}")
    ):
        return str(arn)
    if not is_account(record.account):
        return ""
    under = path if kind in {CreatedKind.USER, CreatedKind.ROLE} and _fits(_PATH, path) else "/"
    return f"arn:{partition_of(record.region)}:iam::{record.account}:{resource}{under}{name}"


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

"""Cases for the parts of an investigation: records of users, sessions and STS, and a history of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from response.aws.stored_incident import StoredIncident
from response.domain.incident import IncidentStatus
from response.domain.record import parse_record
from response.steps.investigating.case import Case
from response.steps.investigating.searches import Searches
from tests.response.aws.fakes import START
from tests.response.steps.fakes import ACCOUNT, REGION, TRAIL, World, moment
from tests.response.steps.scenes import record

ROLE = f"arn:aws:iam::{ACCOUNT}:role/ops/deployer"
MALLORY = record()["userIdentity"]
CHANGE = START - timedelta(seconds=20)
"""When `record` says that the trail was changed."""


def user(name: str, key: str = "") -> dict[str, Any]:
    """The identity of a user; with a key of its own, else as the console's sign-in shows it."""
    identity = {
        "type": "IAMUser",
        "principalId": f"AIDA{name.upper()}",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "userName": name,
    }
    return {**identity, "accessKeyId": key} if key else identity


def session(
    name: str, key: str, *, role: str = ROLE, created: Any = CHANGE - timedelta(minutes=30)
) -> dict[str, Any]:
    """The identity of a role's session."""
    role_name = role.rpartition("/")[2]
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{name}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "arn": role, "accountId": ACCOUNT, "userName": role_name},
            "attributes": {"creationDate": moment(created), "mfaAuthenticated": "false"},
        },
    }


def issued(
    event_id: str,
    by: dict[str, Any],
    key: str,
    *,
    name: str = "AssumeRole",
    to: str = "s-1",
    role: str = ROLE,
    at: Any = CHANGE - timedelta(minutes=30),
    **fields: Any,
) -> dict[str, Any]:
    """The record of a call that issued temporary credentials."""
    asked = {"roleArn": role, "roleSessionName": to, **fields.pop("asked", {})}
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/{to}"
    answered = {"credentials": {"accessKeyId": key}, "assumedRoleUser": {"arn": arn}}
    return record(
        event_id,
        eventSource="sts.amazonaws.com",
        eventName=name,
        eventTime=moment(at),
        userIdentity=by,
        requestParameters=asked,
        responseElements=answered,
        **fields,
    )


def case(records: Sequence[dict[str, Any]], history: Sequence[Any] = (), world: World | None = None) -> Case:
    """An investigation of these records in an account whose event history holds them and the rest."""
    world = world or World()
    world.history_records = [*records, *history]
    incident = StoredIncident(
        id="TG-20260501-0123abcd",
        trail_arn=TRAIL,
        account=ACCOUNT,
        region=REGION,
        status=IncidentStatus.OPEN,
        owner="execution-1",
        path="eventbridge",
        opened_at=START,
    )
    now = world.clock.now()
    history_ = world.history(ACCOUNT, "tg-test")
    searches = Searches(history_, world.clock, deadline=now + timedelta(minutes=3))
    return Case(incident, tuple(map(parse_record, records)), searches, now)

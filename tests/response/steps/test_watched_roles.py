"""The responder's own roles: what a plan or an undo asked for is known, anything else is told, once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from response.domain.plan import Call
from tests.response.steps.fakes import ACCOUNT, KEY, TRAIL
from tests.response.steps.scenes import AUTO, MINIMIZED, Deploy, event, incident
from tests.response.steps.test_undo import UNDO, request
from tests.response.steps.walker import Walker

ROLES = {"cloudtrail": "trailguard-restorer", "iam": "trailguard-container"}


def acted(session: str, call: Call, event_id: str, at: Any, **fields: Any) -> dict[str, Any]:
    """The record of a call by one of our roles, as CloudTrail would write it."""
    role = ROLES[call.service]
    parameters = {name[0].lower() + name[1:]: value for name, value in call.parameters.items()}
    identity = {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLERESPONDER",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                "userName": role,
            }
        },
    }
    given = {
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.operation,
        "userIdentity": identity,
        "requestParameters": parameters,
        "responseElements": None,
        **fields,
    }
    return event(event_id, path="responder", **given)


def contained(deploy: Deploy) -> Walker:
    """An incident that was answered in full."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    assert walker.walk(event()) == "SUCCEEDED"
    walker.world.messages.clear()
    walker.world.clock.sleep(60)
    return walker


def test_every_call_of_a_response_is_recognised(deploy: Deploy) -> None:
    """By both roles, however often it arrives: no incident, no message."""
    walker = contained(deploy)
    stored = {one.action.calls[0].operation: one for one in walker.store.actions.all(incident(walker).id)}
    for number, (session, call) in enumerate(list(walker.world.calls)):
        given = acted(session, call, f"own-{number}", stored[call.operation].started_at)
        for attempt in ("a", "b"):
            assert walker.walk(given, f"watch-{number}{attempt}") == "SUCCEEDED"
            assert walker.output["route"] == ("own_change" if attempt == "a" else "duplicate")
    assert walker.world.messages == []
    assert len(walker.store.incidents.newest(limit=10)) == 1


def test_every_call_of_an_undo_is_recognised(deploy: Deploy) -> None:
    """Also its UpdateTrail, which weakens the trail: by the rule's path and by that of the watch."""
    walker = contained(deploy)
    walker.world.calls.clear()
    walker.walk(request(walker), UNDO)
    walker.world.messages.clear()
    undos = {
        undo.entry.action.calls[0].operation: undo.entry
        for undo in walker.store.undos.all(incident(walker).id)
    }
    for number, (session, call) in enumerate(list(walker.world.calls)):
        given = acted(session, call, f"undo-{number}", undos[call.operation].started_at)
        for path in ("eventbridge", "responder") if call.operation == "UpdateTrail" else ("responder",):
            assert walker.walk({**given, "path": path}, f"{path}-{number}") == "SUCCEEDED"
            assert walker.output["route"] in {"own_change", "duplicate"}
    assert walker.world.messages == []
    assert len(walker.store.incidents.newest(limit=10)) == 1


def test_a_role_that_does_anything_else_is_told_once(deploy: Deploy) -> None:
    """Critical, with the facts of the record; the same record again is no second message."""
    walker = contained(deploy)
    call = Call("iam", "CreateAccessKey", {"UserName": "root-kit"})
    given = acted("someone", call, "stolen-1", walker.world.clock.now(), sourceIPAddress="203.0.113.9")
    assert walker.walk(given, "watch-1") == "FAILED"
    assert walker.steps() == ["intake", "escalate"]
    assert walker.walk(given, "watch-2") == "SUCCEEDED"
    assert walker.output["route"] == "duplicate"
    ((subject, body, attributes),) = walker.world.messages
    assert subject.startswith("CRITICAL trailguard-container")
    assert attributes["severity"] == "critical"
    for fact in ("CreateAccessKey", "root-kit", "203.0.113.9", "someone", "ASIAEXAMPLERESPONDER", "stolen-1"):
        assert fact in body
    assert len(walker.store.incidents.newest(limit=10)) == 1


def test_an_executed_session_covers_nothing_but_its_call(deploy: Deploy) -> None:
    """The name of a real session with another call in it: told, and noted in the incident it names."""
    walker = contained(deploy)
    (session, _), *_ = [one for one in walker.world.calls if one[1].service == "iam"]
    call = Call("iam", "UpdateAccessKey", {"UserName": "alice", "AccessKeyId": KEY, "Status": "Active"})
    assert walker.walk(acted(session, call, "stolen-2", walker.world.clock.now()), "watch-1") == "FAILED"
    assert len(walker.world.messages) == 1
    noted = walker.store.incidents.timeline(incident(walker).id)[-1]
    assert "no plan asked of it" in noted.text
    assert noted.data["event_id"] == "stolen-2"


def test_a_call_of_the_plan_by_another_role_is_not_its_own(deploy: Deploy) -> None:
    """What the container was to do, done by the restorer."""
    walker = contained(deploy)
    (session, call), *_ = [one for one in walker.world.calls if one[1].service == "iam"]
    stored = walker.store.actions.all(incident(walker).id)[0]
    given = acted(session, call, "odd-1", stored.started_at)
    given = json.loads(json.dumps(given).replace("trailguard-container", "trailguard-restorer"))
    assert walker.walk(given, "watch-1") == "FAILED"
    assert len(walker.world.messages) == 1


def test_a_trail_change_by_a_role_is_answered_as_an_incident(deploy: Deploy) -> None:
    """StopLogging is no match of the rule, but it is a change of a trail: put back, and misuse."""
    walker = contained(deploy)
    walker.world.attack(IsLogging=False)
    given = acted("x1", Call("cloudtrail", "StopLogging", {"Name": TRAIL}), "stop", walker.world.clock.now())
    assert walker.walk(given, "watch-1") == "SUCCEEDED"
    opened = max(walker.store.incidents.newest(limit=10), key=lambda one: one.opened_at)
    assert (opened.responder_misuse, opened.severity) == (True, "critical")
    state = walker.world.state()
    assert state is not None
    assert state.is_logging


def test_an_update_by_a_role_opens_one_incident_by_two_paths(deploy: Deploy) -> None:
    """The rule and the watch both bring it; the second is a duplicate."""
    walker = contained(deploy)
    walker.world.attack(S3BucketName="mallory-bucket")
    call = Call("cloudtrail", "UpdateTrail", {"Name": TRAIL, "S3BucketName": "mallory-bucket"})
    given = acted("x1", call, "update", walker.world.clock.now())
    walker.walk({**given, "path": "eventbridge"}, "rule-1")
    walker.walk(given, "watch-1")
    assert walker.output["route"] == "duplicate"
    assert len(walker.store.incidents.newest(limit=10)) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"errorCode": "AccessDenied"},
        {"readOnly": True},
        {"userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice"}},
    ],
)
def test_what_is_no_write_of_ours_ends_quietly(deploy: Deploy, fields: dict[str, Any]) -> None:
    """Denied, reading, or by somebody else: whoever started the execution has mistaken it."""
    walker = contained(deploy)
    call = Call("iam", "CreateAccessKey", {"UserName": "x"})
    given = acted("someone", call, "quiet", walker.world.clock.now(), **fields)
    assert walker.walk(given, "watch-1") == "SUCCEEDED"
    assert walker.output["route"] == "unmatched"
    assert walker.world.messages == []


def test_what_a_service_does_with_the_role_follows_from_a_call_that_is_watched(deploy: Deploy) -> None:
    """CloudTrail itself asks KMS for a grant in our name: no misuse; the call that led to it is judged."""
    walker = contained(deploy)
    call = Call("iam", "CreateAccessKey", {"UserName": "x"})
    given = acted("someone", call, "quiet", walker.world.clock.now())
    given["record"]["userIdentity"]["invokedBy"] = "cloudtrail.amazonaws.com"
    assert walker.walk(given, "watch-1") == "SUCCEEDED"
    assert walker.output["route"] == "unmatched"

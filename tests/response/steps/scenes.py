"""What the workflow tests have in common: mallory's record, what it made of the trail, and decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from response.aws.approvals import ApprovalStatus
from response.aws.incidents import ASSESSMENT
from response.aws.stored_incident import StoredIncident
from response.aws.waking import wake
from response.domain.plan import Action
from response.steps.assess import plan_of
from tests.response.aws.fakes import START
from tests.response.steps.fakes import KEY, TRAIL, FakeExecutions, moment
from tests.response.steps.walker import Walker

Deploy = Callable[..., Walker]

AUTO: Mapping[str, Any] = {"gates": {"restore": "auto", "contain": "auto"}}
ASK: Mapping[str, Any] = {"gates": {"restore": "approve", "contain": "approve"}}


def record(event_id: str = "e-1", **fields: Any) -> dict[str, Any]:
    """The record of mallory's UpdateTrail, some seconds before the clock's start."""
    return {
        "eventVersion": "1.11",
        "eventID": event_id,
        "eventTime": moment(START - timedelta(seconds=20)),
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "UpdateTrail",
        "eventCategory": "Management",
        "readOnly": False,
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111111111111",
        "sourceIPAddress": "198.51.100.23",
        "userAgent": "aws-cli/2.27.0",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEMALLORY",
            "arn": "arn:aws:iam::111111111111:user/mallory",
            "accountId": "111111111111",
            "accessKeyId": KEY,
            "userName": "mallory",
        },
        "requestParameters": {"name": "audit", "isMultiRegionTrail": False},
        "responseElements": {"trailARN": TRAIL},
        **fields,
    }


def event(event_id: str = "e-1", path: str = "eventbridge", **fields: Any) -> dict[str, Any]:
    """The input of an execution that the record starts."""
    return {"path": path, "record": record(event_id, **fields)}


MINIMIZED = {
    "S3BucketName": "mallory-bucket",
    "SnsTopicARN": None,
    "KmsKeyId": None,
    "IsMultiRegionTrail": False,
    "IncludeGlobalServiceEvents": False,
    "LogFileValidationEnabled": False,
}
"""What mallory's call makes of the trail."""


def incident(walker: Walker) -> StoredIncident:
    """The one incident of the deployment."""
    (one,) = walker.store.incidents.newest(limit=10)
    return one


def decide(walker: Walker, status: ApprovalStatus, actions: list[str] | None = None) -> None:
    """What the console does with a decision: the store first, then the token."""
    approval = walker.store.approvals.latest(incident(walker).id)
    assert approval is not None
    decision = {"actions": actions, "approver": {"arn": "arn:aws:iam::111111111111:user/alice"}}
    assert walker.store.approvals.settle(approval, status, at=walker.world.clock.now(), decision=decision)
    wake(approval, approvals=walker.store.approvals, waker=FakeExecutions(walker.world))


EXECUTION = "execution-1"


def planned(walker: Walker, **changes: Any) -> dict[str, Any]:
    """Run the steps up to the plan; the event for execute."""
    walker.world.attack(**(changes or MINIMIZED))
    given: dict[str, Any] = event()
    for name in ("intake", "preserve", "investigate", "assess"):
        given = walker.run_step(name, {"execution": EXECUTION, "input": given})
    walker.world.executions[EXECUTION] = "RUNNING"
    return {"execution": EXECUTION, "input": given}


def planned_only(walker: Walker, *actions: Action) -> dict[str, Any]:
    """As `planned`, with these actions in place of those that were planned."""
    given = planned(walker)
    incident_id = incident(walker).id
    plan = replace(plan_of(walker.store, incident_id, 1), actions=actions, outcomes=())
    document = walker.store.incidents.document(incident_id, ASSESSMENT, 1)
    assert document is not None
    walker.store.incidents.put_document(incident_id, ASSESSMENT, 1, {**document, "plan": plan.to_json()})
    given["input"]["plan_digest"] = plan.digest
    return given


def others_contained(walker: Walker) -> None:
    """Another incident contained one principal this hour."""
    now = walker.world.clock.now()
    assert walker.store.actions.admit_containment("TG-other", principal="eve", limit=1, at=now)

"""The workflow when something breaks: the rest is done, and a person is told."""

from __future__ import annotations

from typing import Any

import pytest

from response.aws.errors import AccessDeniedError, RefusedCallError, RetryableError
from response.domain.incident import IncidentStatus
from response.domain.plan import Call
from tests.response.steps.fakes import APPROVED
from tests.response.steps.scenes import AUTO, MINIMIZED, Deploy, event, incident


def test_a_failed_action_does_not_keep_the_others_from_running(deploy: Deploy) -> None:
    """The trail is restored although the key cannot be switched off; a person is told which action failed."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.world.fail["UpdateAccessKey"] = AccessDeniedError("iam:UpdateAccessKey", "AccessDenied", "no")
    assert walker.walk(event()) == "FAILED"
    assert walker.world.state() == APPROVED
    assert incident(walker).outcome == "actions_failed"
    assert walker.world.kinds() == ["opened", "failed"]
    assert "access_denied" in walker.world.messages[-1][1]


def test_a_throttled_action_is_taken_up_by_the_next_attempt(deploy: Deploy) -> None:
    """It stays entered as running; the retried step finishes it and repeats none of the others."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.world.fail["UpdateTrail"] = [
        RetryableError("cloudtrail:UpdateTrail", "ThrottlingException", "slow")
    ]
    assert walker.walk(event()) == "SUCCEEDED"
    assert sorted(walker.world.operations()) == ["PutUserPolicy", "UpdateAccessKey", "UpdateTrail"]


@pytest.mark.parametrize("broken", ["read", "seal", "publish"])
def test_any_failing_step_ends_in_a_person_being_told(deploy: Deploy, broken: str) -> None:
    """Whatever breaks, nothing is changed without evidence, and somebody hears of it."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.world.fail[broken] = AccessDeniedError(broken, "AccessDenied", "broken on purpose")
    assert walker.walk(event()) == "FAILED"
    assert walker.world.calls == []
    expected = ("direct", "execution-1") if broken == "publish" else None
    if expected is None:
        assert walker.world.kinds() == ["failed"]
        assert "broken on purpose" in walker.world.messages[-1][1]
        assert incident(walker).status is IncidentStatus.FAILED
        assert incident(walker).outcome == "error: AccessDeniedError"
        assert walker.store.claims.lock(APPROVED.trail_arn) is None
    else:
        assert walker.world.messages[-1][:2] == expected


def test_a_history_that_fails_is_noted_and_the_workflow_goes_on(deploy: Deploy) -> None:
    """Knowing less does not keep the trail from being put back."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.world.fail["lookup"] = AccessDeniedError("cloudtrail:LookupEvents", "AccessDenied", "no")
    assert walker.walk(event()) == "SUCCEEDED"
    dossier = walker.store.incidents.document(incident(walker).id, "DOSSIER", 1)
    assert dossier is not None
    assert "LookupEvents" in dossier["what_else"]["missing"]
    assert walker.world.state() == APPROVED


@pytest.mark.parametrize(
    "given",
    [
        {"path": "eventbridge", "record": {"eventSource": "cloudtrail.amazonaws.com"}},
        {"path": "eventbridge"},
        {"path": "eventbridge", "record": "not even an object"},
    ],
)
def test_a_malformed_record_is_told_with_the_execution_that_holds_it(
    deploy: Deploy, given: dict[str, Any]
) -> None:
    """No incident is opened, nothing is lost: the execution's input is the record."""
    walker = deploy(**AUTO)
    assert walker.walk(given) == "FAILED"
    assert walker.store.incidents.newest(limit=10) == ()
    ((subject, body, attributes),) = walker.world.messages
    assert subject.startswith("CRITICAL")
    assert "execution-1" in body
    assert "MalformedRecordError" in body
    assert attributes["severity"] == "critical"


def test_a_restore_in_part_is_told_with_what_is_left(deploy: Deploy) -> None:
    """Bucket and scope are back although the topic is gone; a person is told what to do about the rest."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)

    def refuse(call: Call) -> None:
        if "SnsTopicName" in call.parameters:
            raise RefusedCallError(call.operation, "InsufficientSnsTopicPolicyException", "no such topic")

    walker.world.before_call = refuse
    walker.walk(event())
    left = walker.world.state()
    assert left is not None
    assert left.s3_bucket_name == APPROVED.s3_bucket_name
    assert left.is_multi_region_trail
    assert (incident(walker).status, incident(walker).outcome) == (IncidentStatus.FAILED, "actions_failed")
    told = walker.world.messages[-1][1]
    assert "InsufficientSnsTopicPolicyException" in told
    assert "SnsTopicARN" in told

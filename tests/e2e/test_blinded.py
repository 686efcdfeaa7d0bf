"""Each way by which a change is noticed suffices alone, and a broken response tells people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from response.domain.diff import diff
from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.stage import RULE, Stage
from tests.e2e.waiting import wait_until
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking."""
    return deployed(AUTOMATIC)


@pytest.fixture
def without_rule(stage: Stage) -> Iterator[None]:
    """No change reaches the workflow by the event bus."""
    events = stage.lab.client("events")
    events.disable_rule(Name=RULE)
    yield
    stage.executions_ended()
    events.enable_rule(Name=RULE)


@pytest.mark.usefixtures("without_rule")
def test_the_alarm_alone(stage: Stage) -> None:
    """With the rule disabled, the alarm on the log group leads to the record and so to the answer."""
    before, mallory = stage.trail(), stage.hire("mallory-alarm")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    incident = stage.incident_that(lambda one: one["status"] == "closed", "no incident was closed")
    assert (incident["path"], incident["outcome"]) == ("alarm", "restored")
    assert incident["first_event_id"] == incident["records"][0]["event_id"]
    assert diff(before, stage.trail()) == ()
    assert stage.is_contained(mallory)


@pytest.mark.usefixtures("without_rule")
def test_the_event_history_alone(stage: Stage) -> None:
    """With the rule disabled and the log group detached, the reconciler finds the record in the history."""
    before, mallory = stage.trail(), stage.hire("mallory-history")
    _detach_log_group(stage)
    stage.update_trail(mallory, EnableLogFileValidation=False)
    assert stage.incidents() == []
    stage.reconcile()
    stage.executions_ended()
    incident = stage.only_incident()
    assert (incident["path"], incident["status"]) == ("reconcile", "closed")
    assert incident["records"][0]["record"]["userIdentity"]["userName"] == "mallory-history"
    assert diff(before, stage.trail()) == ()
    assert stage.is_contained(mallory)


@pytest.mark.usefixtures("without_rule")
def test_the_state_alone(stage: Stage) -> None:
    """With no record that any rule looks for, the reconciler sees that the trail is not as approved.

    It is put back at once. Who it was is only inferred from the event history, so a person is asked.
    """
    # What the rule did not see of earlier tests' restores is looked at first, and answers for the trail.
    stage.reconcile()
    stage.begin()
    before, mallory = stage.trail(), stage.hire("mallory-drift")
    _detach_log_group(stage)
    stage.lab.client("cloudtrail", **mallory.credentials).stop_logging(Name=stage.trail_arn)
    figures = stage.reconcile()
    assert stage.trail_arn in json.dumps(figures)
    asked = stage.awaiting()
    assert sorted(asked["approval"]["action_ids"]) == ["deactivate-access-key", "deny-user-sessions"]
    assert diff(before, stage.trail()) == ()
    assert not stage.is_contained(mallory)
    ran = stage.command(stage.scenario.key("alice"), "approve", asked["id"], "--yes")
    assert ran.returncode == 0, ran.stderr
    stage.executions_ended()
    incident = stage.only_incident()
    assert (incident["path"], incident["status"]) == ("reconcile", "closed")
    assert {record["disposition"] for record in incident["records"]} <= {"own_change"}
    assert diff(before, stage.trail()) == ()
    assert stage.is_contained(mallory)
    stage.reconcile()
    assert stage.only_incident()["id"] == incident["id"]


def test_a_target_that_cannot_be_reached(stage: Stage) -> None:
    """What EventBridge may not deliver lies in the dead-letter queue with the reason, and is answered."""
    before, mallory = stage.trail(), stage.hire("mallory-undelivered")
    role = stage.lab.client("events").list_targets_by_rule(Rule=RULE)["Targets"][0]["RoleArn"]
    with crippled(stage, role.rsplit("/", 1)[-1]):
        MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
        received = wait_until(lambda: _dead_letters(stage), "nothing came to the dead-letter queue")
        stage.incident_that(lambda one: one["status"] == "closed", "no incident was closed")
    event = json.loads(received["Body"])
    assert event["detail"]["eventName"] == "UpdateTrail"
    assert event["detail"]["userIdentity"]["userName"] == "mallory-undelivered"
    assert received["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    stage.executions_ended()
    assert stage.only_incident()["path"] == "alarm"
    assert diff(before, stage.trail()) == ()


def test_a_step_that_fails(stage: Stage) -> None:
    """When the reader role is crippled a person is told; once it is mended, the next attack is answered."""
    before, mallory = stage.trail(), stage.hire("mallory-first")
    with crippled(stage, "trailguard-reader"):
        MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
        failed = stage.incident_that(lambda one: one["status"] == "failed", "no incident failed")
        stage.executions_ended()
    assert sorted(stage.endings()) in (["failed"], ["duplicate", "failed"])
    assert "AccessDenied" in failed["outcome"]
    assert [message.kind for message in stage.messages_about(failed["id"])] == ["failed"]
    assert diff(before, stage.trail()) != ()
    assert not stage.is_contained(mallory)

    MINIMIZE_AND_REDIRECT.detonate(stage.lab, stage.hire("mallory-second"))
    stage.executions_ended()
    answered = next(one for one in stage.incidents() if "mallory-second" in json.dumps(one["records"]))
    assert answered["id"] != failed["id"]
    assert (answered["status"], answered["outcome"]) == ("closed", "restored")
    assert diff(before, stage.trail()) == ()


def test_even_the_escalation_fails(stage: Stage) -> None:
    """The state machine then tells by itself; the next record takes the trail over from what was left."""
    before = stage.trail()
    escalate = stage.lab.client("lambda").get_function_configuration(FunctionName="trailguard-escalate")
    with crippled(stage, "trailguard-reader"), crippled(stage, escalate["Role"].rsplit("/", 1)[-1]):
        MINIMIZE_AND_REDIRECT.detonate(stage.lab, stage.hire("mallory-third"))
        assert "failed" in stage.endings()
    left = stage.only_incident()
    # The reconciler, which the alarm has started, may have found before us that nobody is at work on it.
    assert (left["status"], left["outcome"]) in {("open", ""), ("failed", "execution_lost")}
    (last_resort,) = (message for message in stage.messages() if "could not be escalated" in message.subject)
    assert left["execution"] in last_resort.text
    assert last_resort.attributes["severity"] == "critical"
    assert last_resort.kind == "escalated"

    MINIMIZE_AND_REDIRECT.detonate(stage.lab, stage.hire("mallory-fourth"))
    stage.executions_ended()
    statuses = {one["id"]: (one["status"], one["outcome"]) for one in stage.incidents()}
    assert statuses.pop(left["id"])[0] == "failed"
    assert set(statuses.values()) == {("closed", "restored")}
    assert diff(before, stage.trail()) == ()


@contextmanager
def crippled(stage: Stage, role: str) -> Iterator[None]:
    """A role of the deployment without its permissions, until the context is left."""
    iam = stage.lab.client("iam")
    documents = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    assert documents, role
    for name in documents:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        for name, document in documents.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def _detach_log_group(stage: Stage) -> None:
    """Take the log group from the trail, as if that had been done long ago."""
    blinded = replace(stage.trail(), cloud_watch_logs_log_group_arn=None, cloud_watch_logs_role_arn=None)
    stage.trail_as(blinded)


def _dead_letters(stage: Stage) -> dict[str, Any] | None:
    queue = stage.scenario.outputs["DeadLetterQueueUrl"]
    answer = stage.lab.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])
    return next(iter(answer.get("Messages", ())), None)

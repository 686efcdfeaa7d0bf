"""What the workflow takes a record for: duplicates, its own changes, drifts, trails without a baseline."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from response.domain.incident import IncidentStatus
from tests.response.aws.fakes import START
from tests.response.steps.fakes import APPROVED
from tests.response.steps.scenes import AUTO, MINIMIZED, Deploy, event, incident
from tests.response.steps.walker import Walker


def test_the_same_record_five_times_is_answered_once(deploy: Deploy) -> None:
    """By three paths and however often: one incident, one set of actions."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    paths = ("eventbridge", "alarm", "reconcile", "eventbridge", "alarm")
    for number, path in enumerate(paths):
        assert walker.walk(event(path=path), f"execution-{number}") == "SUCCEEDED"
        walker.world.clock.sleep(60)
    assert len(walker.store.incidents.newest(limit=10)) == 1
    assert sorted(walker.world.operations()) == ["PutUserPolicy", "UpdateAccessKey", "UpdateTrail"]
    heard = [
        entry.data["path"]
        for entry in walker.store.incidents.timeline(incident(walker).id)
        if "path" in entry.data
    ]
    assert heard == list(paths)


def test_a_record_that_does_not_match_ends_quietly(deploy: Deploy) -> None:
    """A denied call reached us by a wider pattern: nothing happens."""
    walker = deploy(**AUTO)
    assert walker.walk(event(errorCode="AccessDenied")) == "SUCCEEDED"
    assert walker.steps() == ["intake"]
    assert walker.world.messages == []


def own_record(walker: Walker, **fields: Any) -> dict[str, Any]:
    """The record of the restorer's UpdateTrail, as CloudTrail would write it."""
    (session, call), *_ = [one for one in walker.world.calls if one[1].operation == "UpdateTrail"]
    parameters = {name[0].lower() + name[1:]: value for name, value in call.parameters.items()}
    role = "arn:aws:iam::111111111111:role/trailguard-restorer"
    stored = walker.store.actions.named(incident(walker).id, "restore-trail")[0]
    identity = {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:aws:sts::111111111111:assumed-role/trailguard-restorer/{session}",
        "accountId": "111111111111",
        "accessKeyId": "ASIAEXAMPLERESTORER0",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role, "userName": "trailguard-restorer"}},
    }
    at = stored.started_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    given = {"eventTime": at, "userIdentity": identity, "requestParameters": parameters, **fields}
    return event("own-1", **given)


def test_the_responders_own_change_opens_no_incident(deploy: Deploy) -> None:
    """It is recognised by role, session, call, parameters and time, and kept with its incident."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.walk(event())
    assert walker.walk(own_record(walker), "execution-2") == "SUCCEEDED"
    assert walker.steps() == ["intake"]
    assert walker.output["route"] == "own_change"
    assert len(walker.store.incidents.newest(limit=10)) == 1


def test_the_responders_role_doing_anything_else_is_the_gravest_incident(deploy: Deploy) -> None:
    """Same role and session, other parameters: an incident that says so, and no containment of ourselves."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.walk(event())
    foreign = own_record(walker, requestParameters={"name": "audit", "s3BucketName": "mallory-bucket"})
    walker.world.attack(S3BucketName="mallory-bucket")
    assert walker.walk(foreign, "execution-2") == "SUCCEEDED"
    newest = max(walker.store.incidents.newest(limit=10), key=lambda one: one.opened_at)
    assert newest.responder_misuse
    assert newest.severity == "critical"
    outcomes = walker.store.incidents.document(newest.id, "ASSESSMENT", 1)
    assert outcomes is not None
    assert "responder" in [outcome["name"] for outcome in outcomes["plan"]["outcomes"]]


def test_a_drift_without_a_record_is_answered(deploy: Deploy) -> None:
    """The trail is put back; whom to contain is left to people, by name."""
    walker = deploy(**AUTO)
    walker.world.attack(IsLogging=False)
    state = walker.world.state()
    assert state is not None
    drift = {"trail_arn": APPROVED.trail_arn, "region": "eu-west-1", "observed_digest": state.digest()}
    assert walker.walk({"path": "reconcile", "drift": drift}) == "SUCCEEDED"
    assert walker.world.operations() == ["StartLogging"]
    assert walker.walk(
        {"path": "reconcile", "drift": {**drift, "observed_digest": APPROVED.digest()}}, "two"
    ) == ("SUCCEEDED")
    assert walker.output["route"] == "duplicate"


def test_with_no_baseline_the_policy_floor_is_the_aim(deploy: Deploy) -> None:
    """Nobody approved a state and the history shows none: what the policy demands is put back."""
    walker = deploy(baseline=False, **AUTO)
    walker.world.attack(**MINIMIZED)
    assert walker.walk(event()) == "SUCCEEDED"
    left = walker.world.state()
    assert left is not None
    assert left.is_multi_region_trail
    assert left.log_file_validation_enabled
    assert left.s3_bucket_name == "mallory-bucket"
    assessment = walker.store.incidents.document(incident(walker).id, "ASSESSMENT", 1)
    assert assessment is not None
    assert assessment["baseline_source"] == "floor"


def test_with_no_baseline_the_event_history_is_asked(deploy: Deploy) -> None:
    """The responseElements of the last change before the attack tell how the trail was."""
    walker = deploy(baseline=False, **AUTO)
    walker.world.attack(S3BucketName="mallory-bucket")
    earlier = event("e-0")["record"]
    walker.world.history_records = [
        {
            **earlier,
            "eventTime": (START - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "responseElements": {
                "trailARN": APPROVED.trail_arn,
                "name": "audit",
                "s3BucketName": "audit-log",
                "snsTopicARN": APPROVED.sns_topic_arn,
                "kmsKeyId": APPROVED.kms_key_id,
                "isMultiRegionTrail": True,
                "includeGlobalServiceEvents": True,
                "logFileValidationEnabled": True,
                "isOrganizationTrail": False,
            },
        }
    ]
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    assessment = walker.store.incidents.document(incident(walker).id, "ASSESSMENT", 1)
    assert assessment is not None
    assert assessment["baseline_source"] == "event_history"


def test_a_deleted_trail_is_preserved_and_handed_to_people(deploy: Deploy) -> None:
    """The found state is that there is none; what to do is a named outcome, not an error."""
    walker = deploy(**AUTO)
    walker.world.trail = None
    assert walker.walk(event()) == "SUCCEEDED"
    assessment = walker.store.incidents.document(incident(walker).id, "ASSESSMENT", 1)
    assert assessment is not None
    assert [outcome["name"] for outcome in assessment["plan"]["outcomes"]]
    assert walker.world.messages[0][0].startswith("CRITICAL")


def test_a_trail_of_another_account_is_handed_to_people(deploy: Deploy) -> None:
    """Nothing is tried on an organization trail of the management account; a person is told where to go."""
    walker = deploy(**AUTO)
    foreign = "arn:aws:cloudtrail:eu-west-1:999999999999:trail/organization"
    given = event(requestParameters={"name": foreign}, responseElements={"trailARN": foreign})
    assert walker.walk(given) == "SUCCEEDED"
    assert walker.steps() == ["intake", "escalate"]
    assert walker.world.calls == []
    assert walker.world.kinds() == ["escalated"]
    assert (incident(walker).status, incident(walker).outcome) == (IncidentStatus.FAILED, "foreign_trail")
    assert "management account" in walker.world.messages[0][1]
    assert walker.store.claims.lock(foreign) is None

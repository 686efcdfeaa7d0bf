"""Where the machine stops: the hour's limit of containments, and Trailguard's own roles in strange hands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from response.aws import documents, keys
from response.domain.diff import diff
from tests.e2e.cast import answered, approve, done, hijack, weaken, works
from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.stage import Stage
from toolkit.stack_client import ApiRefusalError

pytestmark = pytest.mark.e2e

_LIMIT = 100  # of AUTOMATIC


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking."""
    return deployed(AUTOMATIC)


def test_the_limit_of_the_hour(stage: Stage) -> None:
    """The trail is put back at once; to contain one principal more than the limit takes a person."""
    mallory, before = stage.hire("mallory-over"), stage.trail()
    with _limit_reached(stage):
        weaken(stage, mallory.credentials)
        incident = answered(stage)
        assert diff(before, stage.trail()) == ()
        assert done(incident) == set()
        assert sorted(incident["approval"]["action_ids"]) == ["deactivate-access-key", "deny-user-sessions"]
        assert works(stage, mallory.credentials)
        # What was done cannot be taken back while the rest of it waits.
        body = {"actions": ["restore-trail"], "reason": "it was a mistake"}
        with pytest.raises(ApiRefusalError, match="incident_open"):
            stage.api.post("incidents", incident["id"], "undo", body=body)
        incident = approve(stage, incident)
    assert (incident["status"], incident["outcome"]) == ("closed", "restored")
    by = {action["id"]: action["approved_by"] for action in incident["actions"]}
    assert by.pop("restore-trail") == "policy: gate auto"
    assert set(by.values()) == {f"arn:aws:iam::{stage.lab.account}:user/alice"}
    assert done(incident) == {"deactivate-access-key", "deny-user-sessions"}
    assert not works(stage, mallory.credentials)
    entries = [entry for entry in incident["timeline"] if entry["data"].get("outcome") == "containment_limit"]
    assert entries
    assert f"limit of {_LIMIT} containments an hour" in entries[0]["text"]
    stage.executions_ended()
    kinds = [message.kind for message in stage.messages_about(incident["id"])]
    assert (kinds[:2], sorted(kinds[2:])) == (["opened", "approval"], ["closed", "decided"])


def test_a_role_of_ours_used_outside_a_plan(stage: Stage) -> None:
    """Whatever it does, be it no trail that it touches: a person is called at once, and nothing is hidden."""
    bystander = stage.hire("bystander-shut-out")
    container = stage.lab.client("iam", **hijack(stage, "trailguard-container"))
    container.update_access_key(
        UserName="bystander-shut-out", AccessKeyId=bystander.access_key_id, Status="Inactive"
    )
    ended = stage.executions_ended()
    assert [json.loads(one["input"])["path"] for one in ended] == ["responder"]
    assert stage.incidents() == []
    (message,) = (one for one in stage.messages() if one.kind == "escalated")
    assert message.attributes["severity"] == "critical"
    assert "trailguard-container" in message.subject
    assert "UpdateAccessKey" in message.text
    assert "bystander-shut-out" in message.text


@contextmanager
def _limit_reached(stage: Stage) -> Iterator[None]:
    """As many containments as the policy allows, all of them this minute; afterwards as before."""
    table, (pk, sk) = stage.scenario.outputs["IncidentTable"], keys.CONTAINMENTS
    dynamodb, key = stage.lab.client("dynamodb"), {"pk": {"S": pk}, "sk": {"S": sk}}
    before = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    now = documents.moment(datetime.now(tz=UTC))
    full = {f"TG-20260101-{number:08x} somebody": now for number in range(_LIMIT)}
    version = before["version"] if before else {"N": "1"}
    dynamodb.put_item(
        TableName=table, Item={**key, "version": version, "document": {"S": documents.dump(full)}}
    )
    yield
    if before is None:
        dynamodb.delete_item(TableName=table, Key=key)
    else:
        dynamodb.put_item(TableName=table, Item=before)

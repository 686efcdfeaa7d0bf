"""Taking back what was done: by the right people, once, and only while the world is as it was left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from response.domain.diff import diff
from tests.e2e.cast import answered, api_as, done, responder_calling, take_back, weaken, works
from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.stage import Stage
from toolkit.stack_client import ApiRefusalError, StackClient

pytestmark = pytest.mark.e2e

_CONTAINMENTS = ["deactivate-access-key", "deny-user-sessions"]


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking."""
    return deployed(AUTOMATIC)


def test_a_restore_that_was_a_mistake(stage: Stage) -> None:
    """The change comes back and is the baseline from then on; nothing answers it as a change again."""
    mallory, before = stage.hire("mallory-right"), stage.trail()
    stage.update_trail(mallory, S3KeyPrefix="agreed", EnableLogFileValidation=False)
    changed = stage.trail()
    incident = answered(stage)
    assert (incident["status"], incident["outcome"]) == ("closed", "restored")
    assert diff(before, stage.trail()) == ()

    after = take_back(stage, incident)
    assert works(stage, mallory.credentials)
    assert diff(changed, stage.trail()) == ()
    baseline = stage.baseline()
    assert baseline["state"]["S3KeyPrefix"] == "agreed"
    assert f"alice by undo of {incident['id']}" in baseline["approved_by"]
    assert (after["status"], after["outcome"]) == ("closed", "restored")
    assert {undone["undoes"] for undone in after["undone"]} == {*_CONTAINMENTS, "restore-trail"}
    stage.executions_ended()
    assert [message.kind for message in stage.messages_about(incident["id"])][-1] == "undone"
    stage.reconcile()
    assert stage.only_incident()["id"] == incident["id"]
    assert "own_change" in stage.endings()
    assert set(stage.endings()) <= {"end", "own_change", "duplicate"}
    assert diff(changed, stage.trail()) == ()


def test_who_may_take_back_and_how_often(stage: Stage) -> None:
    """The suspect may not, not even what concerns the trail only; asked twice, it is done once."""
    mallory = stage.hire("mallory-regrets")
    stage.entitle(mallory)
    weaken(stage, mallory.credentials)
    incident = answered(stage)
    take_back(stage, incident, *_CONTAINMENTS)
    suspect = api_as(stage, mallory.credentials)
    assert _refusal(suspect, incident, "restore-trail")[:2] == (403, "requester_is_actor")
    with responder_calling(stage) as responder:
        assert _refusal(responder, incident, "restore-trail")[:2] == (403, "requester_is_responder")
    assert _refusal(stage.api, incident, "deny-everybody")[:2] == (404, "unknown_action")
    assert _refusal(stage.api, incident, *["restore-trail"] * 2)[:2] == (400, "malformed")
    # Nobody was asked about this incident, so nobody can decide.
    assert incident["approval"] is None
    body = {"digest": incident["assessment"]["plan"]["digest"], "decision": "reject"}
    with pytest.raises(ApiRefusalError, match="no_pending_approval"):
        stage.api.post("incidents", incident["id"], "decision", body=body)

    body = {"actions": _CONTAINMENTS, "reason": "asked again"}
    again = stage.api.post("incidents", incident["id"], "undo", body=body)
    assert (again["execution"], again["actions"], sorted(again["already_undone"])) == (
        None,
        [],
        _CONTAINMENTS,
    )
    seen = stage.incident(incident["id"])
    assert len(seen["undone"]) == len(_CONTAINMENTS)
    refused = [entry["data"]["code"] for entry in seen["timeline"] if "refused" in entry["text"]]
    assert refused == [
        "requester_is_actor",
        "requester_is_responder",
        "unknown_action",
        "no_pending_approval",
    ]


def test_a_world_that_has_moved(stage: Stage) -> None:
    """What somebody changed since is said and not overwritten: of a policy and of the trail."""
    mallory, iam = stage.hire("mallory-moved"), stage.lab.client("iam")
    weaken(stage, mallory.credentials)
    incident = answered(stage)
    name = f"TrailguardDeny-{incident['id']}"
    own = iam.get_user_policy(UserName="mallory-moved", PolicyName=name)["PolicyDocument"]
    narrower = {**own, "Statement": [{**own["Statement"][0], "Action": "cloudtrail:*"}]}
    iam.put_user_policy(UserName="mallory-moved", PolicyName=name, PolicyDocument=json.dumps(narrower))
    status, code, text = _refusal(stage.api, incident, *_CONTAINMENTS)
    assert (status, code) == (409, "world_moved")
    assert "deny-user-sessions: UserPolicyDocument reads" in text
    assert "cloudtrail:*" in text
    assert not works(stage, mallory.credentials)

    iam.put_user_policy(UserName="mallory-moved", PolicyName=name, PolicyDocument=json.dumps(own))
    left = stage.trail()
    stage.trail_as(replace(left, s3_key_prefix="elsewhere"))
    status, code, text = _refusal(stage.api, incident, "restore-trail")
    assert (status, code) == (409, "world_moved")
    assert "S3KeyPrefix reads elsewhere, left as org" in text
    stage.trail_as(left)
    assert stage.incident(incident["id"])["undone"] == []
    # Once it is as it was left, it can be taken back.
    after = take_back(stage, incident, *sorted(done(incident)))
    assert len(after["undone"]) == len(_CONTAINMENTS)
    assert works(stage, mallory.credentials)


def _refusal(api: StackClient, incident: Mapping[str, Any], *actions: str) -> tuple[int, str, str]:
    """Status, code and text with which the API refuses to take actions back."""
    body = {"actions": list(actions), "reason": "it was a mistake"}
    with pytest.raises(ApiRefusalError) as refusal:
        api.post("incidents", incident["id"], "undo", body=body)
    problem = refusal.value.problem
    return refusal.value.status, problem["code"], problem["detail"]

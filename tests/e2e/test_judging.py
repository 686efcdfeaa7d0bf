"""Changes that somebody announced, in full and in part, and what people say afterwards that it was."""

from __future__ import annotations

from typing import Any

import pytest

from response.domain.diff import diff
from tests.e2e.cast import answered, api_as, outcomes, take_back, weaken
from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.stage import Stage
from toolkit.stack_client import ApiRefusalError

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking."""
    return deployed(AUTOMATIC)


def test_a_planned_change_in_full(stage: Stage) -> None:
    """It is recorded, told and closed as authorised; nothing is undone, and it is the new baseline."""
    mover, before = stage.hire("mover"), stage.trail()
    planned = _announce(stage, "mover", S3KeyPrefix="moved")
    assert planned["status"] == "open"
    stage.update_trail(mover, S3KeyPrefix="moved")
    incident = answered(stage)
    assert (incident["status"], incident["outcome"], incident["actions"]) == ("closed", "authorised", [])
    verdict = incident["assessment"]["planned"]
    assert (verdict["kind"], verdict["id"], verdict["ticket"]) == ("full", planned["id"], "CHG-1")
    assert [change.field for change in diff(before, stage.trail())] == ["S3KeyPrefix"]
    assert not stage.is_contained(mover)
    baseline = stage.baseline()
    assert baseline["state"]["S3KeyPrefix"] == "moved"
    assert planned["id"] in baseline["approved_by"]
    used = _planned(stage, planned["id"])
    assert (used["status"], used["used_by"]) == ("used", incident["id"])
    stage.executions_ended()
    assert {message.kind for message in stage.messages_about(incident["id"])} == {"opened", "closed"}


def test_a_planned_change_in_part(stage: Stage) -> None:
    """Whoever does more than was announced is answered like anybody, and the incident says what differs."""
    mover, before = stage.hire("mover-of-more"), stage.trail()
    planned = _announce(stage, "mover-of-more", S3KeyPrefix="moved")
    stage.update_trail(mover, S3KeyPrefix="moved", EnableLogFileValidation=False)
    incident = answered(stage)
    assert (incident["status"], incident["outcome"]) == ("closed", "restored")
    verdict = incident["assessment"]["planned"]
    assert (verdict["kind"], verdict["id"]) == ("part", planned["id"])
    assert verdict["differences"] == ["LogFileValidationEnabled is false, no change of it was planned"]
    told = outcomes(incident)["planned_change_differs"]
    assert "LogFileValidationEnabled" in told
    assert "CHG-1" in told
    assert diff(before, stage.trail()) == ()
    assert stage.is_contained(mover)
    assert _planned(stage, planned["id"])["status"] == "open"
    withdrawn = stage.api.post("planned-changes", planned["id"], "withdraw", body={})
    assert withdrawn["status"] == "withdrawn"


def test_verdicts(stage: Stage) -> None:
    """The last one counts; who made the change has none; what was put back can come back by undo."""
    mallory = stage.hire("mallory-judged")
    stage.entitle(mallory)
    weaken(stage, mallory.credentials)
    incident = answered(stage)
    assert _judge(stage, incident, "benign") == "recorded"
    assert _judge(stage, incident, "tampering") == "recorded"
    take_back(stage, incident, "deactivate-access-key", "deny-user-sessions")
    body = {"verdict": "benign", "reason": "it was me"}
    with pytest.raises(ApiRefusalError) as refusal:
        api_as(stage, mallory.credentials).post("incidents", incident["id"], "verdict", body=body)
    assert (refusal.value.status, refusal.value.problem["code"]) == (403, "approver_is_actor")
    assert _judge(stage, incident, "authorised") == "put_back"
    judged = stage.incident(incident["id"])
    assert (judged["verdict"], judged["status"]) == ("authorised", "closed")
    assert judged["verdict_by"].endswith(":user/alice")
    judgements = [entry["data"]["verdict"] for entry in judged["timeline"] if "Judged" in entry["text"]]
    assert judgements == ["benign", "tampering", "authorised"]


def _announce(stage: Stage, user: str, **changes: Any) -> dict[str, Any]:
    """Let alice announce what a user is going to do."""
    body = {
        "trail_arn": stage.trail_arn,
        "principal": f"arn:aws:iam::{stage.lab.account}:user/{user}",
        "ticket": "CHG-1",
        "changes": changes,
    }
    made: dict[str, Any] = stage.api.post("planned-changes", body=body)
    return made


def _planned(stage: Stage, planned_id: str) -> dict[str, Any]:
    """How an announced change stands."""
    listed: list[dict[str, Any]] = stage.api.get("planned-changes")["planned_changes"]
    return next(one for one in listed if one["id"] == planned_id)


def _judge(stage: Stage, incident: dict[str, Any], verdict: str) -> str:
    """What follows from alice's verdict."""
    body = {"verdict": verdict, "reason": "as the owner says"}
    return str(stage.api.post("incidents", incident["id"], "verdict", body=body)["effect"])

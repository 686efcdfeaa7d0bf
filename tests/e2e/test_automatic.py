"""Under a policy that lets the machine act by itself: attacks, duplicates, exceptions, its own changes."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from botocore.exceptions import ClientError

from response.domain.diff import diff
from tests.e2e.cast import hijack
from tests.e2e.conftest import AUTOMATIC, Deploy
from tests.e2e.stage import Stage
from toolkit.lab.account import TRAIL_NAME
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def deployment(deployed: Deploy) -> Stage:
    """Restore and contain without asking; one exception."""
    return deployed(AUTOMATIC)


def test_an_attack_is_undone_and_its_author_shut_out(stage: Stage) -> None:
    """The trail is exactly as before, the key switched off, evidence and report sealed, the owner told."""
    before, mallory = stage.trail(), stage.hire("mallory-1")
    MINIMIZE_AND_REDIRECT.detonate(stage.lab, mallory)
    assert len(diff(before, stage.trail())) >= 7
    ended = [json.loads(one.get("output") or "{}") for one in stage.executions_ended()]

    assert diff(before, stage.trail()) == ()
    assert stage.is_contained(mallory)
    assert stage.refusal(mallory) in {"UnrecognizedClientException", "InvalidClientTokenId"}
    incident = stage.only_incident()
    assert (incident["status"], incident["outcome"], incident["round"]) == ("closed", "restored", 1)
    assert incident["severity"] == "critical"
    assert [action["status"] for action in incident["actions"]] == ["done"] * 3
    steps = [entry["step"] for entry in incident["timeline"]]
    assert steps.index("preserve") < steps.index("execute")
    kinds = [message.kind for message in stage.messages_about(incident["id"])]
    assert (kinds[0], kinds[-1]) == ("opened", "closed")
    dispositions = sorted(record["disposition"] for record in incident["records"])
    assert dispositions == ["opened", "own_change"]
    # Counted by incident: an execution that another test has left behind may end in this one's time.
    own = [
        one for one in ended if (one.get("route"), one.get("incident_id")) == ("own_change", incident["id"])
    ]
    assert len(own) == 1
    assert "eventbridge" in {json.loads(one["input"])["path"] for one in stage.executions()}
    assert b"mallory-1" in stage.sealed(incident["evidence"][0]) + stage.sealed(incident["evidence"][1])
    closing = incident["timeline"][steps.index("close")]
    report = [stage.sealed(pointer).decode() for pointer in closing["data"]["report"]]
    assert all(incident["id"] in text and "mallory-1" in text for text in report)


def test_the_same_record_many_times(stage: Stage) -> None:
    """However often a record arrives, one execution answers it, and the others end as duplicates."""
    mallory = stage.hire("mallory-2")
    stage.update_trail(mallory, EnableLogFileValidation=False)
    first = stage.executions()[0]
    states, machine = stage.lab.client("stepfunctions"), stage.scenario.outputs["StateMachineArn"]
    with ThreadPoolExecutor(max_workers=5) as pool:
        start = partial(states.start_execution, stateMachineArn=machine, input=first["input"])
        list(pool.map(lambda _: start(), range(5)))
    endings = Counter(stage.endings())
    assert endings["end"] == 1
    assert endings["duplicate"] >= 5
    assert set(endings) == {"end", "duplicate", "own_change"}
    incident = stage.only_incident()
    assert (incident["status"], incident["records_seen"]) == ("closed", 1)
    assert [message.kind for message in stage.messages_about(incident["id"])] == ["opened", "closed"]


def test_a_change_under_an_exception(stage: Stage) -> None:
    """A reviewed change is recorded, told and closed; nothing is undone, and it is the new baseline."""
    pipeline, before = stage.hire("pipeline"), stage.trail()
    stage.update_trail(pipeline, S3KeyPrefix="2026-q4")
    assert Counter(stage.endings())["end"] == 1
    incident = stage.only_incident()
    assert (incident["status"], incident["outcome"], incident["actions"]) == ("closed", "authorised", [])
    assert incident["assessment"]["exception"]["exception_id"] == "pipeline-prefix"
    assert {message.kind for message in stage.messages_about(incident["id"])} == {"opened", "closed"}
    assert [change.field for change in diff(before, stage.trail())] == ["S3KeyPrefix"]
    assert not stage.is_contained(pipeline)
    baseline = stage.baseline()
    assert baseline["state"]["S3KeyPrefix"] == "2026-q4"
    assert incident["id"] in baseline["approved_by"]


def test_the_restorer_doing_something_else(stage: Stage) -> None:
    """A session of the responder's own role that changes the trail by itself is the gravest incident."""
    before = stage.trail()
    key = hijack(stage, "trailguard-restorer")
    cloudtrail = stage.lab.client("cloudtrail", **key)
    cloudtrail.update_trail(Name=TRAIL_NAME, IncludeGlobalServiceEvents=True, EnableLogFileValidation=False)
    stage.executions_ended()
    incident = stage.only_incident()
    assert (incident["severity"], incident["responder_misuse"]) == ("critical", True)
    assert incident["status"] == "closed"
    assert diff(before, stage.trail()) == ()
    outcomes = [outcome["name"] for outcome in incident["assessment"]["plan"]["outcomes"]]
    assert outcomes == ["responder"]
    opened = stage.messages_about(incident["id"])[0]
    assert opened.attributes["severity"] == "critical"


def test_a_call_that_failed_opens_nothing(stage: Stage) -> None:
    """An UpdateTrail that IAM or CloudTrail refuses is recorded with its error, and is no change."""
    alice, mallory = stage.scenario.key("alice"), stage.hire("mallory-3")
    with pytest.raises(ClientError) as denied:
        stage.update_trail(alice, IsMultiRegionTrail=False)
    with pytest.raises(ClientError) as invalid:
        stage.update_trail(mallory, IsMultiRegionTrail=True, IncludeGlobalServiceEvents=False)
    errors = {error.value.response["Error"]["Code"] for error in (denied, invalid)}
    assert errors == {"AccessDeniedException", "InvalidParameterCombinationException"}

    lookup = {"AttributeKey": "EventName", "AttributeValue": "UpdateTrail"}
    newest = stage.lab.client("cloudtrail").lookup_events(LookupAttributes=[lookup])["Events"][:2]
    recorded = [json.loads(event["CloudTrailEvent"])["errorCode"] for event in newest]
    assert recorded == ["InvalidParameterCombinationException", "AccessDenied"]
    stage.reconcile()
    assert (stage.executions(), stage.incidents(), stage.messages_about("TG-")) == ([], [], [])

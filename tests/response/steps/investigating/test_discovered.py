"""A change without a record: who may have made it, by the event history, and who is not suspected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from response.aws.claims import Arrival
from response.domain.findings import Findings
from tests.response.aws.fakes import START
from tests.response.steps.fakes import APPROVED, TRAIL, moment
from tests.response.steps.scenes import AUTO, Deploy, event, incident, record
from tests.response.steps.walker import Walker

LATER = timedelta(hours=2)


def _drifted(deploy: Deploy, *history: dict[str, Any]) -> Walker:
    """A deployment whose trail is not logging two hours after its baseline was captured."""
    walker = deploy(**AUTO)
    walker.world.clock.moment += LATER
    walker.world.attack(IsLogging=False)
    walker.world.history_records = list(history)
    return walker


def _found(walker: Walker) -> Findings:
    """Intake, preserve and investigate the drift."""
    state = walker.world.state()
    assert state is not None
    drift = {"trail_arn": TRAIL, "region": "eu-west-1", "observed_digest": state.digest()}
    given: Any = {"path": "reconcile", "drift": drift}
    walker.world.executions["execution-1"] = "RUNNING"
    for name in ("intake", "preserve", "investigate"):
        given = walker.run_step(name, {"execution": "execution-1", "input": given})
    document = walker.store.incidents.document(incident(walker).id, "FINDINGS", 1)
    return Findings.from_json(document)


def _change(event_id: str, name: str = "StopLogging", **fields: Any) -> dict[str, Any]:
    return record(
        event_id,
        eventName=name,
        **{
            "eventTime": moment(START + timedelta(hours=1)),
            "requestParameters": {"name": TRAIL},
            "responseElements": None,
            **fields,
        },
    )


def test_successful_changes_of_the_trail_since_the_baseline_are_found(deploy: Deploy) -> None:
    """Of this trail, by whatever call; not what failed, was before, or concerned another trail."""
    findings = _found(
        _drifted(
            deploy,
            _change("d-1"),
            _change("d-2", "RemoveTags", requestParameters={"resourceId": TRAIL}),
            _change("d-3", errorCode="AccessDenied"),
            _change("d-4", eventTime=moment(START - timedelta(minutes=1))),
            _change("d-5", requestParameters={"name": "another"}),
            _change("d-6", "GetTrail"),
        )
    )
    assert [raw["eventID"] for raw in findings.discovered] == ["d-1", "d-2"]


def test_the_rest_of_the_investigation_is_about_those_found(deploy: Deploy) -> None:
    """Whoever stopped the trail is looked at as if the record had come by itself."""
    findings = _found(_drifted(deploy, _change("d-1")))
    assert "arn:aws:iam::111111111111:user/mallory" in findings.principals
    assert [facts.address for facts in findings.addresses] == ["198.51.100.23"]
    assert [chain.event_id for chain in findings.chains] == ["d-1"]
    assert findings.conduct is not None


def test_what_another_incident_answered_is_no_news(deploy: Deploy) -> None:
    """A record that was claimed has been dealt with."""
    walker = _drifted(deploy, _change("d-1"), _change("d-2"))
    arrival = Arrival("d-1", "d-1", "execution-0", "eventbridge", START, _change("d-1"))
    walker.store.claims.take_own_change(arrival, "TG-20260430-0123abcd")
    assert [raw["eventID"] for raw in _found(walker).discovered] == ["d-2"]


def test_the_responders_own_calls_are_not_suspected(deploy: Deploy) -> None:
    """The restore of an earlier incident is in the history too; what it put right was not this change."""
    walker = deploy(**AUTO)
    walker.world.attack(IsLogging=False)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    own = _own(walker)
    walker.world.clock.moment += LATER
    walker.world.attack(SnsTopicARN=None)
    now = walker.world.clock.now()
    walker.world.history_records = [
        own,
        _change("before", eventTime=moment(now - LATER - timedelta(minutes=5))),
        _change("after", eventTime=moment(now - timedelta(minutes=5))),
    ]
    walker.path = []
    state = walker.world.state()
    assert state is not None
    drift = {"trail_arn": TRAIL, "region": "eu-west-1", "observed_digest": state.digest()}
    given: Any = {"path": "reconcile", "drift": drift}
    walker.world.executions["execution-2"] = "RUNNING"
    for name in ("intake", "preserve", "investigate"):
        given = walker.run_step(name, {"execution": "execution-2", "input": given})
    document = walker.store.incidents.document(given["incident_id"], "FINDINGS", 1)
    assert [raw["eventID"] for raw in Findings.from_json(document).discovered] == ["after"]


def test_a_further_round_suspects_whom_the_first_did(deploy: Deploy) -> None:
    """That this incident has put the trail back by then acquits nobody."""
    walker = _drifted(deploy, _change("d-1", eventTime=moment(START + LATER - timedelta(minutes=5))))
    _found(walker)
    given: Any = {"incident_id": incident(walker).id, "route": "respond", "round": 1}
    for name in ("assess", "execute"):
        given = walker.run_step(name, {"execution": "execution-1", "input": given})
    assert walker.world.operations() == ["StartLogging"]
    walker.world.history_records.append(_own(walker))
    walker.world.clock.moment += timedelta(minutes=1)
    given = {"incident_id": incident(walker).id, "route": "respond", "round": 2}
    for name in ("preserve", "investigate"):
        given = walker.run_step(name, {"execution": "execution-1", "input": given})
    document = walker.store.incidents.document(incident(walker).id, "FINDINGS", 2)
    assert [raw["eventID"] for raw in Findings.from_json(document).discovered] == ["d-1"]


def _own(walker: Walker) -> dict[str, Any]:
    """The record of the responder's first call, as it is logged now."""
    started, call = walker.world.calls[0]
    arn = "arn:aws:iam::111111111111:role/trailguard-restorer"
    return _change(
        "own-1",
        call.operation,
        eventTime=moment(walker.world.clock.now()),
        requestParameters={"name": TRAIL},
        userIdentity={
            "type": "AssumedRole",
            "principalId": f"AROAX:{started}",
            "arn": f"arn:aws:sts::111111111111:assumed-role/trailguard-restorer/{started}",
            "accountId": "111111111111",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": arn, "accountId": "111111111111"}},
        },
    )


@pytest.mark.parametrize("hours", [25, 24 * 30])
def test_an_old_baseline_is_looked_back_to_for_a_day_at_most(deploy: Deploy, hours: int) -> None:
    """The reconciler looks every few minutes: what is older than a day was not this change."""
    walker = _drifted(deploy, _change("d-1"))
    walker.world.clock.moment += timedelta(hours=hours)
    assert _found(walker).discovered == ()

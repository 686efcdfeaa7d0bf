"""Who is shut out and who is not, when several principals have changed one trail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from response.domain.containment import Planned
from response.domain.findings import Created, CreatedKind, Findings, RoleSessions, SessionSeen
from response.domain.plan import Gate, Outcome
from response.domain.policy import Gates, Policy
from response.domain.suspects import contain_all
from response.domain.trail_state import TrailState
from tests.response.domain.people import RESPONDERS, RESTORER, record_of, role, user
from tests.response.domain.strategies import TRAIL_ARN, approved_state, at, raw_record

_APPROVED = approved_state()
_ALICE = user("alice", key="AKIAEXAMPLEALICE0000")
_AUTO = Policy(gates=Gates(Gate.AUTO, Gate.AUTO))


def answer(state: TrailState, **changes: Any) -> dict[str, Any]:
    """What CloudTrail answers to UpdateTrail when the trail is then in that state."""
    elements = {
        "name": state.name,
        "trailARN": state.trail_arn,
        "s3BucketName": state.s3_bucket_name,
        "s3KeyPrefix": state.s3_key_prefix,
        "snsTopicARN": state.sns_topic_arn,
        "includeGlobalServiceEvents": state.include_global_service_events,
        "isMultiRegionTrail": state.is_multi_region_trail,
        "logFileValidationEnabled": state.log_file_validation_enabled,
        "isOrganizationTrail": state.is_organization_trail,
        "cloudWatchLogsLogGroupArn": state.cloud_watch_logs_log_group_arn,
        "cloudWatchLogsRoleArn": state.cloud_watch_logs_role_arn,
        "kmsKeyId": state.kms_key_id,
        **changes,
    }
    return {name: value for name, value in elements.items() if value is not None}


_WEAK = answer(replace(_APPROVED, log_file_validation_enabled=False))
_BACK = answer(_APPROVED)


def contained(*joined: Any, opened: Any = None) -> tuple[set[str], tuple[Outcome, ...]]:
    """The users whose keys are to be switched off, and the outcomes."""
    actions, outcomes = contain_all(
        opened,
        joined,
        trail_arn=TRAIL_ARN,
        incident_id="TG-20260301-00000001",
        policy=_AUTO,
        responder_arns=RESPONDERS,
        approved=_APPROVED,
    )
    return {action.target.rpartition("/")[2] for action in actions}, outcomes


def test_who_only_put_the_trail_back_is_left_alone_by_name() -> None:
    """Mallory opened the incident; alice, who repaired, gets an outcome and no action."""
    users, outcomes = contained(
        record_of(_ALICE, responseElements=_BACK), opened=record_of(user(), responseElements=_WEAK)
    )
    assert users == {"mallory"}
    assert [(outcome.name, outcome.target.rpartition("/")[2]) for outcome in outcomes] == [
        ("put_back_by_hand", "alice")
    ]


@pytest.mark.parametrize(
    "elements",
    [
        _WEAK,
        None,
        {"omitted": True},
        {name: value for name, value in _BACK.items() if name != "isMultiRegionTrail"},
    ],
    ids=["left something weaker", "no answer", "answer left out", "answer with a gap"],
)
def test_who_left_it_weaker_or_untold_is_a_suspect(elements: Any) -> None:
    """Only a whole answer that shows nothing weaker acquits."""
    users, _ = contained(record_of(_ALICE, responseElements=elements), opened=record_of(user()))
    assert users == {"mallory", "alice"}


def test_one_good_call_does_not_acquit_of_a_bad_one() -> None:
    """All calls of a principal count."""
    joined = [record_of(_ALICE, responseElements=elements) for elements in (_WEAK, _BACK)]
    assert contained(*joined, opened=record_of(user()))[0] == {"mallory", "alice"}


def test_who_opened_the_incident_stays_a_suspect() -> None:
    """Undoing one's own change, or a harmless call before the real one, is a way to be overlooked."""
    assert contained(opened=record_of(user(), responseElements=_BACK))[0] == {"mallory"}


def test_a_role_of_the_responder_is_never_a_helper() -> None:
    """What it does outside an incident's actions is misuse, however good it looks."""
    session = role(RESTORER.rpartition("/")[2], "somebody")
    _, outcomes = contained(record_of(session, responseElements=_BACK), opened=record_of(user()))
    assert [outcome.name for outcome in outcomes] == ["responder"]


def test_where_only_helpers_are_recorded_the_culprit_is_unknown() -> None:
    """A drift that alice repaired: nobody is shut out, and how to find who made it is told."""
    users, outcomes = contained(record_of(_ALICE, responseElements=_BACK))
    assert users == set()
    assert [outcome.name for outcome in outcomes] == ["put_back_by_hand", "not_contained_automatically"]


def planned(*joined: Any, opened: Any = None, **more: Any) -> Planned:
    """The whole plan."""
    return contain_all(
        opened,
        joined,
        trail_arn=TRAIL_ARN,
        incident_id="TG-20260301-00000001",
        policy=_AUTO,
        responder_arns=RESPONDERS,
        **more,
    )


def test_who_was_found_by_searching_is_a_suspect_behind_an_approval() -> None:
    """A drift has no record of its own; refused calls and records that cannot be read show nobody."""
    raw = raw_record(userIdentity=user())
    refused = raw_record(userIdentity=_ALICE, errorCode="AccessDenied")
    actions, outcomes = planned(findings=Findings(discovered=(raw, {"eventID": ""}, refused)))
    assert [action.id for action in actions] == ["deactivate-access-key", "deny-user-sessions"]
    assert {action.gate for action in actions} == {Gate.APPROVE}
    assert outcomes == ()
    nobody = planned(findings=Findings(discovered=(refused,)))
    assert [outcome.name for outcome in nobody[1]] == ["not_contained_automatically"]


def test_what_was_searched_for_counts_only_where_no_record_opened_the_incident() -> None:
    """A record is surer than a search."""
    found = Findings(discovered=(raw_record(userIdentity=_ALICE),))
    actions, _ = planned(opened=record_of(user()), findings=found)
    assert {action.target.rpartition("/")[2] for action in actions} == {"mallory"}


def test_what_the_suspects_made_is_planned_for_once_and_last() -> None:
    """However many suspects there are; without any, nobody can have made it."""
    made = Findings(created=(Created(CreatedKind.USER, "backdoor", "", "e-1", at(1)),))
    actions, _ = planned(record_of(_ALICE), opened=record_of(user()), findings=made)
    assert [action.id for action in actions] == [
        "deactivate-access-key",
        "deny-user-sessions",
        "deactivate-access-key-2",
        "deny-user-sessions-2",
        "deny-created-user",
    ]
    assert planned(findings=made)[0] == ()


def test_two_sessions_of_a_shared_role_are_denied_side_by_side() -> None:
    """Each under a policy of its own; what was carried out in an earlier round is left out."""
    arn = role()["sessionContext"]["sessionIssuer"]["arn"]
    shared = Findings(sessions=(RoleSessions(arn, at(1), (SessionSeen("nightly", "", at(1)),)),))
    records = record_of(role()), record_of(role(session="run-18"))
    actions, _ = planned(records[1], opened=records[0], findings=shared)
    assert [action.id for action in actions] == ["deny-role-session", "deny-role-session-2"]
    assert len({action.calls[0].parameters["PolicyName"] for action in actions}) == 2
    later, _ = planned(records[1], opened=records[0], findings=shared, contained=actions[:1])
    assert [action.calls for action in later] == [actions[1].calls]
    assert planned(records[1], opened=records[0], findings=shared, contained=actions)[0] == ()

"""The pure heart: from what was found to changes, risk and plan."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.assessment import (
    ABSENT,
    Assessment,
    AssessmentInput,
    assess,
    changes_from_json,
    observed_digest,
)
from response.domain.baseline import Baseline, BaselineSource
from response.domain.errors import MalformedStateError
from response.domain.grades import Effect, Severity
from response.domain.plan import ActionKind, Gate, Plan
from response.domain.policy import Gates, Policy, parse_policy
from response.domain.trail_state import BucketOwner, Surroundings, TrailState
from tests.response.domain.people import EVERYBODY, RESPONDERS, record_of, role, user
from tests.response.domain.strategies import TRAIL_ARN, approved_state, at, states, surroundings
from tests.response.domain.test_policy import exception, policy_with

_APPROVED = approved_state()
# What Pacu's "minimize" leaves of a trail, in another account's bucket.
_MINIMIZED = replace(
    _APPROVED,
    s3_bucket_name="stranger-logs",
    sns_topic_arn=None,
    include_global_service_events=False,
    is_multi_region_trail=False,
    log_file_validation_enabled=False,
    cloud_watch_logs_log_group_arn=None,
    cloud_watch_logs_role_arn=None,
    kms_key_id=None,
)
_AUTO = Policy(gates=Gates(Gate.AUTO, Gate.AUTO))
_CI_POLICY = parse_policy(
    policy_with(
        exceptions=[exception(fields=["Tags", "SnsTopicARN", "KmsKeyId"])],
        gates={"restore": "auto", "contain": "auto"},
    )
)
_CI = record_of(role(), sourceIPAddress="198.51.100.9")


def approved(state: TrailState | None = _APPROVED) -> Baseline:
    """A baseline that somebody approved."""
    return Baseline(TRAIL_ARN, state, at(0), "arn:aws:iam::111122223333:user/alice", BaselineSource.APPROVED)


def assessed(found: TrailState | None = _MINIMIZED, **changes: Any) -> Assessment:
    """The assessment of mallory's change, with what a test changes in its input."""
    given_ = AssessmentInput(
        incident_id="TG-20260301-0123abcd",
        trail_arn=TRAIL_ARN,
        record=record_of(user()),
        found=found,
        surroundings=Surroundings(BucketOwner.OTHER_ACCOUNT),
        baseline=approved(),
        policy=_AUTO,
        now=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        responder_arns=RESPONDERS,
    )
    return assess(replace(given_, **changes))


def kinds(assessment: Assessment) -> list[str]:
    """The kinds of the planned actions, in the order of execution."""
    return [str(action.kind) for action in assessment.plan.actions]


def test_a_minimized_trail_is_put_back_and_its_changer_shut_out() -> None:
    """Critical, and both kinds of action, containment before the slower part of the restore."""
    found = assessed()
    assert found.severity is Severity.CRITICAL
    assert found.baseline_source is BaselineSource.APPROVED
    assert [action.id for action in found.plan.actions] == [
        "deactivate-access-key",
        "deny-user-sessions",
        "restore-trail",
    ]
    assert found.plan.observed_digest == _MINIMIZED.digest()
    assert "mallory" in found.summary
    assert "critical" in found.summary


def test_logging_comes_back_before_anything_else() -> None:
    """Evidence first, then logging, then containment, then the rest."""
    found = assessed(replace(_MINIMIZED, is_logging=False))
    assert [action.id for action in found.plan.actions][:3] == [
        "start-logging",
        "deactivate-access-key",
        "deny-user-sessions",
    ]


def test_an_approved_state_needs_nothing() -> None:
    """No change, no risk, no plan."""
    found = assessed(_APPROVED)
    assert (found.changes, found.risk.score, found.plan.actions) == ((), 0, ())
    assert "as it was approved" in found.summary


@pytest.mark.parametrize(
    "changes", [{"tags": {"team": "other"}}, {"insight_selectors": ({"InsightType": "ApiErrorRateInsight"},)}]
)
def test_containment_needs_a_weakening_change(changes: Mapping[str, Any]) -> None:
    """What weakens is contained, what does not is not."""
    found = assessed(replace(_APPROVED, **changes))
    weakened = any(change.effect is Effect.WEAKENS for change in found.changes)
    assert found.changes
    assert (str(ActionKind.CONTAIN) in kinds(found)) == weakened


def test_a_strengthened_trail_is_left_as_it_is() -> None:
    """A weaker baseline is no reason to weaken the trail again."""
    found = assessed(_APPROVED, baseline=approved(replace(_APPROVED, log_file_validation_enabled=False)))
    assert [change.effect for change in found.changes] == [Effect.STRENGTHENS]
    assert found.plan.actions == ()
    assert found.risk.score <= 20


@pytest.mark.parametrize("gate", list(Gate))
def test_gates_stand_in_the_plan(gate: Gate) -> None:
    """Each kind has its own; off is planned and shown, and never runs."""
    found = assessed(policy=Policy(gates=Gates(restore=gate, contain=Gate.APPROVE)))
    gates = {str(action.kind): action.gate for action in found.plan.actions}
    assert gates == {"restore": gate, "contain": Gate.APPROVE}


def test_a_change_under_an_exception_is_recorded_and_left_alone() -> None:
    """No action and no outcome; the reason is said."""
    changed = replace(_APPROVED, tags={"team": "ci"}, sns_topic_arn=None)
    found = assessed(changed, record=_CI, policy=_CI_POLICY)
    assert found.exception.applies
    assert len(found.changes) == 2
    assert (found.plan.actions, found.plan.outcomes) == ((), ())
    assert "ci-log-group" in found.summary


def test_an_exception_for_one_covers_nobody_who_joins() -> None:
    """A second principal's record in the same incident takes the exception away."""
    changed = replace(_APPROVED, tags={"team": "ci"}, sns_topic_arn=None)
    found = assessed(changed, record=_CI, joined=(record_of(user()),), policy=_CI_POLICY)
    assert not found.exception.applies
    assert found.plan.actions


def test_the_responders_role_misused_is_the_gravest_and_never_excepted() -> None:
    """Risk 100 whatever changed; a person is told what to do."""
    thief = record_of(role("trailguard-restorer", "x"), sourceIPAddress="198.51.100.9")
    policy = parse_policy(policy_with(exceptions=[exception(principal="arn:aws:iam::*:role/trailguard-*")]))
    for state in (_APPROVED, replace(_APPROVED, tags={"team": "x"})):
        found = assessed(state, record=thief, policy=policy)
        assert (found.risk.score, found.severity) == (100, Severity.CRITICAL)
        assert found.responder_misuse
        assert not found.exception.applies
        assert [outcome.name for outcome in found.plan.outcomes] == ["responder"]
        assert "role of Trailguard itself" in found.summary


def test_without_a_baseline_the_floor_is_the_aim() -> None:
    """What the policy requires of every trail is put back; nothing else is known."""
    found = assessed(baseline=None)
    assert found.baseline_source is BaselineSource.FLOOR
    assert {change.field for change in found.changes} == {
        "IsMultiRegionTrail",
        "IncludeGlobalServiceEvents",
        "LogFileValidationEnabled",
    }
    assert "restore-trail" in [action.id for action in found.plan.actions]


@pytest.mark.parametrize("baseline", [None, approved()])
def test_a_deleted_trail_is_a_critical_incident_with_instructions(baseline: Baseline | None) -> None:
    """Known before or not: a named outcome, and the principal is shut out."""
    found = assessed(None, baseline=baseline)
    assert found.severity is Severity.CRITICAL
    assert [outcome.name for outcome in found.plan.outcomes] == ["trail_deleted"]
    assert found.plan.outcomes[0].instructions
    assert kinds(found) == ["contain", "contain"]
    assert found.plan.observed_digest == observed_digest(None) == ABSENT
    assert found.baseline_source is (BaselineSource.APPROVED if baseline else BaselineSource.UNKNOWN)


def test_a_trail_approved_as_absent_is_told_and_not_deleted() -> None:
    """Nothing in a plan ever deletes a trail."""
    found = assessed(_APPROVED, baseline=approved(None))
    assert [change.field for change in found.changes] == ["TrailARN"]
    assert all(call.operation != "DeleteTrail" for action in found.plan.actions for call in action.calls)


def test_a_drift_is_put_back_without_a_culprit() -> None:
    """No record: the restore is planned, containment is a named outcome with the way to find who it was."""
    found = assessed(record=None)
    assert kinds(found) == ["restore"]
    assert [outcome.name for outcome in found.plan.outcomes] == ["not_contained_automatically"]
    assert '"AttributeValue":"audit"' in found.plan.outcomes[0].instructions[1]
    assert "No record" in found.summary


def test_who_joins_is_never_contained_without_a_person() -> None:
    """The first actor's gate is the policy's; others wait for approval, each action under its own id."""
    helper = record_of(user("alice", key="AKIAEXAMPLEALICE0000"))
    found = assessed(joined=(record_of(user()), helper))
    contain = {action.id: action.gate for action in found.plan.actions if action.kind is ActionKind.CONTAIN}
    assert contain == {
        "deactivate-access-key": Gate.AUTO,
        "deny-user-sessions": Gate.AUTO,
        "deactivate-access-key-2": Gate.APPROVE,
        "deny-user-sessions-2": Gate.APPROVE,
    }
    drift = assessed(record=None, joined=(helper,))
    assert {a.gate for a in drift.plan.actions if a.kind is ActionKind.CONTAIN} == {Gate.APPROVE}


def test_a_second_key_of_one_user_is_one_more_action() -> None:
    """Both keys are switched off, the user is denied once."""
    found = assessed(joined=(record_of(user(key="AKIAEXAMPLESECOND000")),))
    assert [action.id for action in found.plan.actions if action.kind is ActionKind.CONTAIN] == [
        "deactivate-access-key",
        "deactivate-access-key-2",
        "deny-user-sessions",
    ]


def test_putting_a_trail_back_does_not_acquit_who_changed_it() -> None:
    """A later round still contains and still is critical, from what earlier rounds found."""
    first = assessed()
    earlier = changes_from_json(json.loads(json.dumps(first.to_json())))
    again = assessed(_APPROVED, earlier=earlier)
    assert again.changes == ()
    assert again.severity is Severity.CRITICAL
    assert kinds(again) == ["contain", "contain"]
    assert f"{len(first.changes)} of {len(first.changes)} changes are no longer there" in again.summary


def test_what_was_contained_before_is_not_proposed_again() -> None:
    """Nobody is asked twice for the same action; another key of the user is a new one."""
    first = assessed()
    contained = tuple(action for action in first.plan.actions if action.kind is ActionKind.CONTAIN)
    assert kinds(assessed(contained=contained)) == ["restore"]
    other = record_of(user(key="AKIAEXAMPLESECOND000"))
    assert [
        a.title for a in assessed(joined=(other,), contained=contained).plan.actions if a.kind == "contain"
    ] == ["Switch off access key AKIAEXAMPLESECOND000 of IAM user mallory"]


@pytest.mark.parametrize("document", [None, {}, {"changes": [1]}, {"changes": [{"field": "Tags"}]}])
def test_a_stored_assessment_that_cannot_be_read_is_named(document: object) -> None:
    """The error says what was found."""
    with pytest.raises(MalformedStateError, match=r"^assessment: "):
        changes_from_json(document)


def test_the_json_is_what_the_contract_says() -> None:
    """The keys of `trailguard assess --json`, and a plan that reads back with its digest."""
    document = json.loads(json.dumps(assessed().to_json()))
    assert {"changes", "risk", "severity", "baseline_source", "plan"} <= document.keys()
    assert set(document["changes"][0]) == {"field", "before", "after", "effect", "severity", "reason"}
    assert {"id", "kind", "target", "gate", "calls", "inverse"} <= document["plan"]["actions"][0].keys()
    assert {"service", "operation", "parameters"} <= document["plan"]["actions"][0]["calls"][0].keys()
    assert sum(term["points"] for term in document["risk_terms"]) == document["risk"]
    assert Plan.from_json(document["plan"]).digest == document["plan"]["digest"]


_DENIABLE = [
    record_of(EVERYBODY[who]).actor for who in ("iam_user", "iam_user_session", "role", "federated_user")
]
_anybody = st.none() | st.sampled_from(sorted(EVERYBODY)).map(lambda who: record_of(EVERYBODY[who]))


@given(st.none() | states(), st.none() | states(), surroundings, _anybody, st.booleans())
def test_any_two_states_and_any_principal_are_assessed(
    before: TrailState | None, found: TrailState | None, around: Surroundings, record: Any, known: bool
) -> None:
    """Never raises; contains only where something was weakened, and by whom IAM can deny in this account."""
    result = assessed(found, baseline=approved(before) if known else None, surroundings=around, record=record)
    weakened = any(change.effect is Effect.WEAKENS for change in result.changes)
    contained = str(ActionKind.CONTAIN) in kinds(result)
    assert contained == (weakened and record is not None and record.actor in _DENIABLE)
    assert all(action.gate is Gate.AUTO for action in result.plan.actions)
    assert weakened or result.risk.score <= 20
    ids = [action.id for action in result.plan.actions]
    assert len(set(ids)) == len(ids)
    if weakened and not contained:
        assert result.plan.outcomes
    json.dumps(result.to_json())

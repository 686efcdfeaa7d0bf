"""The workflow over its real definition: what each policy makes of an attack."""

from __future__ import annotations

import json

from response.aws.approvals import ApprovalStatus
from response.aws.incidents import EVIDENCE
from response.domain.incident import IncidentStatus
from tests.response.steps.fakes import APPROVED, KEY
from tests.response.steps.scenes import ASK, AUTO, MINIMIZED, Deploy, decide, event, incident


def test_an_attack_is_answered_by_itself(deploy: Deploy) -> None:
    """Gate auto: sealed, told, restored field by field, contained, verified, closed, reported, measured."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.steps() == [
        *("intake", "preserve", "investigate", "assess", "notify"),
        *("execute", "verify", "close", "notify"),
    ]
    assert walker.world.state() == APPROVED
    assert walker.world.key_status[KEY] == "Inactive"
    assert list(walker.world.policies) == [f"TrailguardDeny-{incident(walker).id}"]
    assert walker.world.kinds() == ["opened", "closed"]
    assert "is being carried out now" in walker.world.messages[0][1]
    assert "The trail is back as it was approved." in walker.world.messages[1][1]
    closed = incident(walker)
    assert (closed.status, closed.outcome, closed.severity) == (IncidentStatus.CLOSED, "restored", "critical")
    assert walker.store.claims.lock(APPROVED.trail_arn) is None
    assert walker.store.incidents.settled_digest(APPROVED.trail_arn) == APPROVED.digest()
    assert walker.world.figures["DetectionDelay"] == 20
    assert set(walker.world.figures) >= {"TimeToRestore", "TimeToContain", "IncidentsClosed"}


def test_the_report_tells_the_whole_story(deploy: Deploy) -> None:
    """Markdown and JSON lie in the evidence store, with the records and the state as found beside them."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED)
    walker.walk(event())
    prefix = f"incidents/{incident(walker).id}"
    assert set(walker.world.sealed) == {
        f"{prefix}/round-1/found-state.json",
        f"{prefix}/records/e-1.json",
        f"{prefix}/round-1/report.json",
        f"{prefix}/round-1/report.md",
    }
    report = json.loads(walker.world.sealed[f"{prefix}/round-1/report.json"])
    assert report["observation"]["S3BucketName"] == "mallory-bucket"
    assert report["end_state"]["state"] == APPROVED.to_json()
    assert {action["status"] for action in report["actions"]} == {"done"}
    assert all(action["inverse"] and action["request_ids"] for action in report["actions"])
    assert [pointer["key"] for pointer in report["evidence"]] == [
        f"{prefix}/round-1/found-state.json",
        f"{prefix}/records/e-1.json",
    ]
    (pointers,) = walker.store.incidents.documents(incident(walker).id, EVIDENCE)
    listed = [pointer["key"] for pointer in pointers]
    assert sorted(listed) == sorted(walker.world.sealed)
    assert "mallory" in walker.world.sealed[f"{prefix}/round-1/report.md"].decode()
    assert KEY in report["dossier"]["who"]["finding"]
    assert set(report["dossier"]) == {
        *("who", "from_where", "what_else", "made_to_stay", "who_to_tell"),
        *("what_changed", "blind_window", "was_it_approved"),
    }


def test_each_action_runs_in_its_own_role_session(deploy: Deploy) -> None:
    """The session's name says which action of which incident it was, and fits STS's limit."""
    walker = deploy(**AUTO)
    walker.world.attack(**MINIMIZED, IsLogging=False)
    walker.walk(event())
    id_ = incident(walker).id
    assert [(session, call.operation) for session, call in walker.world.calls] == [
        (f"tg-{id_}-start-logging", "StartLogging"),
        (f"tg-{id_}-deactivate-access-key", "UpdateAccessKey"),
        (f"tg-{id_}-deny-user-sessions", "PutUserPolicy"),
        (f"tg-{id_}-restore-trail", "UpdateTrail"),
    ]


def test_nothing_is_done_before_it_is_approved(deploy: Deploy) -> None:
    """Gate approve: the owners are asked at once; after the approval everything is carried out."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)

    def alice(_: str) -> None:
        assert walker.world.calls == []
        assert incident(walker).status is IncidentStatus.AWAITING_APPROVAL
        decide(walker, ApprovalStatus.APPROVED)

    walker.while_waiting = alice
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    assert walker.world.key_status[KEY] == "Inactive"
    assert "trailguard approve" in walker.world.messages[0][1]
    by = {action.approved_by for action in walker.store.actions.all(incident(walker).id)}
    assert by == {"arn:aws:iam::111111111111:user/alice"}


def test_only_the_chosen_actions_run(deploy: Deploy) -> None:
    """An approval may name actions; the others are left as found."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    walker.while_waiting = lambda _: decide(walker, ApprovalStatus.APPROVED, ["restore-trail"])
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.operations() == ["UpdateTrail"]
    assert incident(walker).outcome == "partly_restored"


def test_a_rejected_plan_leaves_the_trail(deploy: Deploy) -> None:
    """Nothing is changed, the incident is closed as rejected, and the state counts as settled."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    walker.while_waiting = lambda _: decide(walker, ApprovalStatus.REJECTED)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.calls == []
    assert incident(walker).outcome == "rejected"
    left = walker.world.state()
    assert left is not None
    assert walker.store.incidents.settled_digest(APPROVED.trail_arn) == left.digest()
    kept = walker.store.baselines.get(APPROVED.trail_arn)
    assert kept is not None
    assert kept.state == APPROVED


def test_automatic_actions_do_not_wait_for_the_approval_of_others(deploy: Deploy) -> None:
    """Restore auto, contain approve: the trail is back first, then the decision is asked for in a message."""
    walker = deploy(gates={"restore": "auto", "contain": "approve"})
    walker.world.attack(**MINIMIZED)

    def alice(_: str) -> None:
        assert walker.world.state() == APPROVED
        assert walker.world.key_status[KEY] == "Active"
        decide(walker, ApprovalStatus.APPROVED)

    walker.while_waiting = alice
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.kinds() == ["opened", "approval", "closed"]
    assert walker.world.key_status[KEY] == "Inactive"


def test_an_approval_that_nobody_gives_is_escalated(deploy: Deploy) -> None:
    """Nothing of the plan is done, a person is told, the execution succeeds, the trail is free again."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.steps()[-2:] == ["settle_approval", "escalate"]
    assert walker.world.calls == []
    assert walker.world.kinds() == ["opened", "escalated"]
    assert (incident(walker).status, incident(walker).outcome) == (IncidentStatus.FAILED, "approval_expired")
    assert walker.store.claims.lock(APPROVED.trail_arn) is None
    left = walker.world.state()
    assert left is not None
    assert walker.store.incidents.settled_digest(APPROVED.trail_arn) == left.digest()


def test_an_approval_that_nobody_gives_may_execute(deploy: Deploy) -> None:
    """on_timeout execute: the plan is carried out, in the policy's name."""
    walker = deploy(**ASK, approval={"on_timeout": "execute", "expires_after_minutes": 5})
    walker.world.attack(**MINIMIZED)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.state() == APPROVED
    by = {action.approved_by for action in walker.store.actions.all(incident(walker).id)}
    assert by == {"policy: approval.on_timeout"}


def test_gates_off_record_preserve_and_notify(deploy: Deploy) -> None:
    """Nothing is changed and nobody is asked, but the owners know and the evidence is sealed."""
    walker = deploy(gates={"restore": "off", "contain": "off"})
    walker.world.attack(**MINIMIZED)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.calls == []
    assert walker.world.kinds() == ["opened", "closed"]
    assert incident(walker).outcome == "left_as_found"
    assert "Do what stands under BY HAND" in walker.world.messages[-1][1]
    assert any(key.endswith("found-state.json") for key in walker.world.sealed)


def test_a_change_under_an_exception_is_recorded_and_left_alone(deploy: Deploy) -> None:
    """The changed state becomes the baseline, approved by the exception."""
    exception = {
        "id": "network-move",
        "principal": "arn:aws:iam::111111111111:user/mallory",
        "source": ["198.51.100.0/24"],
        "fields": ["SnsTopicARN"],
        "max_severity": "high",
        "expires": "2027-01-01",
        "reason": "topic moves",
        "ticket": "NET-7",
        "reviewed_by": "alice",
    }
    walker = deploy(**AUTO, exceptions=[exception])
    walker.world.attack(SnsTopicARN=None)
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.calls == []
    assert incident(walker).outcome == "authorised"
    renewed = walker.store.baselines.get(APPROVED.trail_arn)
    assert renewed is not None
    assert renewed.state == walker.world.state()
    assert "network-move" in renewed.approved_by

"""The workflow where several people have to approve, each severity by its own rule, in a world that moves."""

from __future__ import annotations

from typing import Any

from response.aws.approvals import StoredApproval
from response.aws.executions import Answered
from response.aws.waking import wake
from response.domain.incident import IncidentStatus
from response.domain.policy import parse_policy
from tests.response.steps.fakes import APPROVED, KEY, FakeExecutions
from tests.response.steps.scenes import ASK, MINIMIZED, Deploy, event, incident
from tests.response.steps.walker import Walker

QUORUM = {"quorum": {"critical": 2}, "expires_after_minutes": 5}


def asked(walker: Walker) -> StoredApproval:
    """The approval that is awaited."""
    approval = walker.store.approvals.latest(incident(walker).id)
    assert approval is not None
    return approval


def approve(walker: Walker, name: str, actions: list[str] | None = None, *, last: bool = False) -> None:
    """What the console does with an approval that counts: with the last one, the workflow is woken."""
    approval = asked(walker)
    given: dict[str, Any] = {
        "digest": approval.digest,
        "decision": "approve",
        "comment": "",
        "actions": actions,
        "approver": {"arn": f"arn:aws:iam::111111111111:user/{name}"},
    }
    now = walker.world.clock.now()
    assert walker.store.approvals.count(approval, given, at=now, decision=given if last else None)
    if last:
        woken = wake(approval, approvals=walker.store.approvals, waker=FakeExecutions(walker.world))
        assert woken is Answered.SENT


def test_two_people_approve_what_is_critical(deploy: Deploy) -> None:
    """The message says so, and what was done names both of them."""
    walker = deploy(**ASK, approval=QUORUM)
    walker.world.attack(**MINIMIZED)

    def both(token: str) -> None:
        assert asked(walker).quorum == 2
        assert token not in asked(walker).token.split("/")[:2]
        approve(walker, "alice")
        approve(walker, "bob", ["restore-trail"], last=True)
        assert asked(walker).token == ""

    walker.while_waiting = both
    assert walker.walk(event()) == "SUCCEEDED"
    assert incident(walker).severity == "critical"
    assert "2 different people have to approve" in walker.world.messages[0][1]
    assert walker.world.state() == APPROVED
    assert walker.world.key_status[KEY] == "Active"
    by = {action.approved_by for action in walker.store.actions.all(incident(walker).id)}
    assert by == {"arn:aws:iam::111111111111:user/alice, arn:aws:iam::111111111111:user/bob"}
    report = next(body for key, body in walker.world.sealed.items() if key.endswith("report.md")).decode()
    assert report.count("user/alice at ") == report.count("user/bob at ") == 1


def test_one_person_is_enough_for_what_is_less_severe(deploy: Deploy) -> None:
    """The quorum is that of the incident's own severity."""
    walker = deploy(**ASK, approval={**QUORUM, "on_timeout": {"critical": "escalate", "high": "execute"}})
    walker.world.attack(SnsTopicARN=None)
    walker.while_waiting = lambda _: approve(walker, "alice", last=True)
    assert walker.walk(event()) == "SUCCEEDED"
    assert incident(walker).severity != "critical"
    assert asked(walker).quorum == 1
    assert walker.world.state() == APPROVED


def test_one_approval_of_two_runs_nothing(deploy: Deploy) -> None:
    """When the time is over it is told that too few approved, and a person has to act."""
    walker = deploy(**ASK, approval=QUORUM)
    walker.world.attack(**MINIMIZED)
    walker.while_waiting = lambda _: approve(walker, "alice")
    assert walker.walk(event()) == "SUCCEEDED"
    assert walker.world.calls == []
    assert (incident(walker).status, incident(walker).outcome) == (IncidentStatus.FAILED, "approval_expired")
    texts = [entry.text for entry in walker.store.incidents.timeline(incident(walker).id)]
    assert "Only 1 of 2 people approved in time." in texts
    assert asked(walker).token == ""


def test_what_follows_unanswered_is_told_by_severity(deploy: Deploy) -> None:
    """Executed where the policy says so of this severity, escalated where it does not."""
    for severity, calls in (("critical", True), ("high", False)):
        walker = deploy(**ASK, approval={"on_timeout": {severity: "execute"}})
        walker.world.attack(**MINIMIZED)
        assert walker.walk(event()) == "SUCCEEDED"
        assert bool(walker.world.calls) is calls
        assert ("the plan is carried out without an answer" in walker.world.messages[0][1]) is calls


def test_a_policy_deployed_meanwhile_makes_nothing_run(deploy: Deploy) -> None:
    """People were told that nothing would be done: that holds; a stricter policy holds as well."""
    for told, later in (("escalate", "execute"), ("execute", "escalate")):
        walker = deploy(**ASK, approval={"on_timeout": told})
        walker.world.attack(**MINIMIZED)

        def deploy_another(_: str, walker: Walker = walker, later: str = later) -> None:
            walker.policy = parse_policy({"version": 1, **ASK, "approval": {"on_timeout": later}})

        walker.while_waiting = deploy_another
        assert walker.walk(event()) == "SUCCEEDED"
        assert walker.world.calls == []


def test_approvals_are_for_one_plan_and_end_with_it(deploy: Deploy) -> None:
    """The world moves after two people approved: both are asked anew, and the rounds are limited."""
    walker = deploy(**ASK, approval=QUORUM, limits={"rounds": 2})
    walker.world.attack(**MINIMIZED)
    digests: list[str] = []

    def both(_: str) -> None:
        assert asked(walker).approvals == ()
        digests.append(asked(walker).digest)
        approve(walker, "alice")
        approve(walker, "bob", ["restore-trail"], last=True)
        walker.world.attack(S3BucketName=f"moved-{len(digests)}")

    walker.while_waiting = both
    assert walker.walk(event()) == "FAILED"
    assert len(set(digests)) == 2
    assert "UpdateTrail" not in walker.world.operations()
    assert incident(walker).outcome == "rounds_exhausted"
    assert walker.world.kinds()[-1] == "escalated"

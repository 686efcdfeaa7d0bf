"""A containment that fails leaves a person with a name for it, the reason, and commands that fit the name."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.containment.failures import failure
from response.domain.plan import Action, ActionKind, Call, Gate

ACCOUNT = "111122223333"
NAMES = (
    "access_denied",
    "policy_would_not_fit",
    "principal_gone",
    "not_found",
    "not_modifiable",
    "refused",
    "aim_not_reached",
)
DENY = '{"Statement":[{"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-05-01T12:00:30Z"}}}]}'


def action(kind: str = "user", name: str = "mallory", document: str = "{}") -> Action:
    """An inline policy put on a user or role."""
    who = {f"{kind.capitalize()}Name": name, "PolicyName": "TrailguardDeny-TG-1"}
    return Action(
        id="deny",
        kind=ActionKind.CONTAIN,
        title=f"Deny {kind} {name}",
        target=f"arn:aws:iam::{ACCOUNT}:{kind}/{name}",
        gate=Gate.AUTO,
        calls=(Call("iam", f"Put{kind.capitalize()}Policy", {**who, "PolicyDocument": document}),),
        inverse=(Call("iam", f"Delete{kind.capitalize()}Policy", who),),
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["user", "role"])
def test_every_failure_says_what_to_do(name: str, kind: str) -> None:
    """Name, target, the reason with what AWS said, and at least one command."""
    outcome = failure(action(kind), name, "said AWS")
    assert (outcome.name, outcome.target) == (name, f"arn:aws:iam::{ACCOUNT}:{kind}/mallory")
    assert outcome.reason == f"Deny {kind} mallory: said AWS"
    assert [step for step in outcome.instructions if step.startswith("aws ")]


@pytest.mark.parametrize("kind", ["user", "role"])
def test_what_does_not_fit_is_attached(kind: str) -> None:
    """A managed policy takes none of the room of inline ones."""
    steps = failure(action(kind), "policy_would_not_fit", "x").instructions
    command = f"aws iam attach-{kind}-policy --{kind}-name mallory --policy-arn "
    assert f"{command}arn:aws:iam::aws:policy/AWSDenyAll" in steps
    assert any(ACCOUNT in step for step in steps)


def test_who_is_gone_is_looked_for_where_iam_is_recorded() -> None:
    """IAM's records are written in us-east-1, whatever the hub's region."""
    (command,) = [step for step in failure(action(), "principal_gone", "x").instructions if "aws " in step]
    assert '"mallory"' in command
    assert command.endswith(" --region us-east-1")


def test_a_user_who_has_lost_a_key_may_have_others() -> None:
    """What is left is listed."""
    steps = failure(action(), "not_found", "x").instructions
    assert "aws iam list-access-keys --user-name mallory" in steps
    assert not any(
        "list-access-keys" in step for step in failure(action("role"), "not_found", "x").instructions
    )


@pytest.mark.parametrize("name", ["access_denied", "refused", "aim_not_reached"])
def test_the_calls_are_there_to_be_made_by_hand(name: str) -> None:
    """Exactly the action's; where a moment is in them, it is said that it has to be the present one."""
    steps = failure(action("role", document=DENY), name, "x").instructions
    (command,) = [shlex.split(step) for step in steps if step.startswith("aws ")]
    assert command[:3] == ["aws", "iam", "put-role-policy"]
    assert json.loads(command[command.index("--policy-document") + 1]) == json.loads(DENY)
    assert "present time" in steps[-1]
    assert "present time" not in failure(action("role"), name, "x").instructions[-1]


@given(st.sampled_from([*NAMES, "unheard_of"]), st.text(max_size=30), st.text(max_size=20))
def test_no_action_is_too_odd_to_be_told(name: str, target: str, operation: str) -> None:
    """An action that names neither user nor role, with any target: there is an outcome, and steps."""
    odd = Action("a", ActionKind.CONTAIN, "t", target, Gate.AUTO, (Call("iam", operation, {}),), ())
    outcome = failure(odd, name, "x")
    assert outcome.target == target
    assert outcome.instructions

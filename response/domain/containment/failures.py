"""What a person does where a containment action was carried out and did not succeed, named as it is told.

Outcomes: `access_denied`, `policy_would_not_fit`, `principal_gone`, `not_found`, `not_modifiable`, `refused`,
`aim_not_reached`. The calls of an action are built from names that IAM could have given.
Source: IAM user guide, "IAM and AWS STS quotas", "Disabling permissions for temporary security credentials".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from response.domain import instructions
from response.domain.arns import parse_arn
from response.domain.cli_command import cli_command
from response.domain.containment.subject import GONE, WOULD_NOT_FIT
from response.domain.instructions import Steps
from response.domain.instructions.commands import lookup, option
from response.domain.plan import Action, Call, Outcome

NOT_FOUND = "not_found"
NOT_MODIFIABLE = "not_modifiable"


def failure(action: Action, name: str, detail: str) -> Outcome:
    """The outcome of an action that failed under that name; `detail` is what AWS said or what was read."""
    steps = _STEPS.get(name, _by_hand)(action)
    return Outcome(name, action.target, f"{action.title}: {detail}", steps)


def _would_not_fit(action: Action) -> Steps:
    kind, name = _principal(action)
    arn = parse_arn(action.target)
    account = arn.account if arn else ""
    if kind == "user":
        return instructions.for_full_user(name, account)
    return instructions.for_full_role(name, account) if kind == "role" else _by_hand(action)


def _gone(action: Action) -> Steps:
    kind, name = _principal(action)
    return (
        f"The {kind} is not there any more. Find who deleted it, and what they made in its place:",
        _lookup(name),
        "Sessions that it issued before may live on until they expire: see what else they do.",
    )


def _not_found(action: Action) -> Steps:
    kind, name = _principal(action)
    steps = (
        f"What was to be changed is not there any more. Find who removed it, and what the {kind} has left:",
        _lookup(name),
    )
    return (*steps, f"aws iam list-access-keys {option('--user-name', name)}") if kind == "user" else steps


def _not_modifiable(action: Action) -> Steps:
    _, name = _principal(action)
    return (
        "The role is AWS's own (service-linked, or made by IAM Identity Center); IAM lets nobody edit it.",
        "Find the calls that set it up or acted through it, and contain who made them:",
        _lookup(name),
    )


def _denied(action: Action) -> Steps:
    return (
        "The container role was refused: its policies were changed, or a boundary or an SCP is against it.",
        "With credentials that may:",
        *_commands(action),
    )


def _by_hand(action: Action) -> Steps:
    return ("Find out why from the answer above, then make the calls by hand:", *_commands(action))


_STEPS: Mapping[str, Callable[[Action], Steps]] = {
    WOULD_NOT_FIT: _would_not_fit,
    GONE: _gone,
    NOT_FOUND: _not_found,
    NOT_MODIFIABLE: _not_modifiable,
    "access_denied": _denied,
}


def _commands(action: Action) -> Steps:
    """The action's calls; a moment in them is that of the attempt."""
    commands = tuple(cli_command(call) for call in action.calls)
    if not any(_has_cutoff(call) for call in action.calls):
        return commands
    return (*commands, "Put the present time in it: sessions issued after the time it names are not denied.")


def _has_cutoff(call: Call) -> bool:
    return "aws:TokenIssueTime" in str(call.parameters.get("PolicyDocument", ""))


def _principal(action: Action) -> tuple[str, str]:
    """Whether the calls name a user or a role, and which; of either, no name where they name none."""
    for call in action.calls:
        for kind, parameter in (("user", "UserName"), ("role", "RoleName")):
            if parameter in call.parameters:
                return kind, str(call.parameters[parameter])
    return "principal", ""


def _lookup(name: str) -> str:
    """IAM's records lie in us-east-1 (CloudTrail user guide, "Global service events")."""
    return lookup("ResourceName", name or "NAME") + " --region us-east-1"

"""What a person does where a containment action was carried out and did not succeed, named as it is told.

Outcomes: `access_denied`, `policy_would_not_fit`, `principal_gone`, `not_found`, `not_modifiable`, `refused`,
`aim_not_reached`. The calls of an action are built from names that IAM could have given.
Source: IAM user guide, "IAM and AWS STS quotas", "Disabling permissions for temporary security credentials".
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from response.domain.arns import parse_arn
from response.domain.cli_command import cli_command
from response.domain.plan import Action, Call, Outcome, canonical_json

POLICY_WOULD_NOT_FIT = "policy_would_not_fit"
PRINCIPAL_GONE = "principal_gone"
NOT_FOUND = "not_found"
NOT_MODIFIABLE = "not_modifiable"

Steps = tuple[str, ...]


def failure(action: Action, name: str, detail: str) -> Outcome:
    """The outcome of an action that failed under that name; `detail` is what AWS said or what was read."""
    steps = _STEPS.get(name, _by_hand)(action)
    return Outcome(name, action.target, f"{action.title}: {detail}", steps)


def _would_not_fit(action: Action) -> Steps:
    """A managed policy takes none of the room that inline policies share."""
    kind, name = _principal(action)
    if not name:
        return _by_hand(action)
    arn = parse_arn(action.target)
    policy = f"arn:{arn.partition if arn else 'aws'}:iam::aws:policy/AWSDenyAll"
    who = f"--{kind}-name {shlex.quote(name)}"
    room = "2,048" if kind == "user" else "10,240"
    return (
        f"The {kind}'s inline policies fill the {room} characters that IAM gives them. See what they hold:",
        f"aws iam list-{kind}-policies {who}",
        f"Deny everything to the {kind} by AWS's managed policy, which takes none of that room"
        + (", and with it everybody who uses the role:" if kind == "role" else ":"),
        f"aws iam attach-{kind}-policy {who} --policy-arn {policy}",
        "To take it back:",
        f"aws iam detach-{kind}-policy {who} --policy-arn {policy}",
    )


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
    return (*steps, f"aws iam list-access-keys --user-name {shlex.quote(name)}") if kind == "user" else steps


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
    POLICY_WOULD_NOT_FIT: _would_not_fit,
    PRINCIPAL_GONE: _gone,
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
    attributes = canonical_json([{"AttributeKey": "ResourceName", "AttributeValue": name or "NAME"}])
    return f"aws cloudtrail lookup-events --region us-east-1 --lookup-attributes {shlex.quote(attributes)}"

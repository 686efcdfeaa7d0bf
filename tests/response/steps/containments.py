"""One containment action of every kind, its inverse as an action of its own, and how others interfere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from response.domain.containment.cutoff import CUTOFF
from response.domain.denials import DENY_ALL, deny_issued_before, deny_session
from response.domain.plan import Action, ActionKind, Call, Gate
from tests.response.steps.fakes import ACCOUNT, KEY, World

POLICY = "TrailguardDeny-TG-1"
USER, ROLE = f"arn:aws:iam::{ACCOUNT}:user/mallory", f"arn:aws:iam::{ACCOUNT}:role/deployer"
NARROW = deny_session("AROAEXAMPLEDEPLOYER00", "mallory")
OLDER = deny_issued_before(CUTOFF)
ELSEWHERE = deny_session("AROAEXAMPLEDEPLOYER00", "somebody-else")


def _action(id_: str, field: str, calls: tuple[Call, Call], change: tuple[object, object]) -> Action:
    """An action by its call and inverse, and by what its field is before and after."""
    target = ROLE if field == "RolePolicyDocument" else USER
    return Action(
        id=id_,
        kind=ActionKind.CONTAIN,
        title=f"{calls[0].operation} of {target}",
        target=target,
        gate=Gate.AUTO,
        calls=calls[:1],
        inverse=calls[1:],
        expects={field: change[0]},
        aims={field: change[1]},
        order=20,
    )


def _status(status: str) -> Call:
    return Call("iam", "UpdateAccessKey", {"UserName": "mallory", "AccessKeyId": KEY, "Status": status})


def _policy(kind: str, text: str | None) -> Call:
    """Put the policy, or delete it."""
    name = {f"{kind}Name": "mallory" if kind == "User" else "deployer", "PolicyName": POLICY}
    if text is None:
        return Call("iam", f"Delete{kind}Policy", name)
    return Call("iam", f"Put{kind}Policy", {**name, "PolicyDocument": text})


def deactivated_key() -> Action:
    """The key of the user, switched off."""
    calls = _status("Inactive"), _status("Active")
    return _action("deactivate-access-key", "AccessKeyStatus", calls, ("Active", "Inactive"))


def _inline(kind: str, before: str | None, after: str | None) -> Action:
    calls = _policy(kind, after), _policy(kind, before)
    return _action(f"deny-{kind.lower()}-sessions", f"{kind}PolicyDocument", calls, (before, after))


def user_deny() -> Action:
    """Everything denied to the user."""
    return _inline("User", None, DENY_ALL)


def role_deny(document: str = NARROW) -> Action:
    """Sessions of the role denied."""
    return _inline("Role", None, document)


def reversed_of(action: Action) -> Action:
    """The action that takes it back, carried out as any other."""
    return Action(
        id="undo-" + action.id,
        kind=action.kind,
        title=f"Undo: {action.title}",
        target=action.target,
        gate=action.gate,
        calls=action.inverse,
        inverse=action.calls,
        expects=action.aims,
        aims=action.expects,
        order=action.order,
    )


@dataclass(frozen=True)
class Kind:
    """An action, the state it is planned on, and what somebody else makes of the same thing."""

    action: Action
    interfering: Callable[[World], None]

    def on(self, world: World) -> Action:
        """The action, with the world as it expects it."""
        ((field, value),) = self.action.expects.items()
        if field == "AccessKeyStatus":
            world.key_status[KEY] = str(value)
        elif value is not None:
            kind, name = ("user", "mallory") if field == "UserPolicyDocument" else ("role", "deployer")
            world.set_document(kind, name, POLICY, str(value))
        return self.action

    def interfere(self, world: World) -> None:
        """Somebody else sets what is neither expected nor aimed at."""
        self.interfering(world)


def _key_expires(world: World) -> None:
    world.key_status[KEY] = "Expired"


def _other_policy(kind: str, name: str) -> Callable[[World], None]:
    return lambda world: world.set_document(kind, name, POLICY, ELSEWHERE)


_user_policy, _role_policy = _other_policy("user", "mallory"), _other_policy("role", "deployer")
KINDS: Mapping[str, Kind] = {
    "key off": Kind(deactivated_key(), _key_expires),
    "key on": Kind(reversed_of(deactivated_key()), _key_expires),
    "user deny": Kind(user_deny(), _user_policy),
    "user deny removed": Kind(reversed_of(user_deny()), _user_policy),
    "role deny": Kind(role_deny(), _role_policy),
    "role deny removed": Kind(reversed_of(role_deny()), _role_policy),
    "role deny renewed": Kind(
        _inline("Role", deny_issued_before("2026-04-30T00:00:00Z"), NARROW), _role_policy
    ),
}

"""The member roles on enforced IAM: their grants are enough for the adapters; containment works both ways."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from response.aws.calls import CallRunner
from response.aws.clock import SystemClock
from response.aws.credentials import CONTAINER_OPERATIONS, Credentials
from response.aws.pacing import Pacer
from response.aws.principals import CHANGES_TO_TRAILS, Principals
from response.domain.containment.cutoff import CUTOFF, settled
from response.domain.denials import DENY_ALL, deny_issued_before, deny_session
from response.domain.plan import Action, ActionKind, Call, Gate
from response.permissions import MEMBER_ROLES
from tests.toolkit.lab.emulator.helpers import (
    ACCOUNT,
    code_of,
    make_trail,
    make_user,
    policy,
    session_keys,
    trust,
)
from toolkit.lab.emulator.server import Lab

NAME = "TrailguardDeny-TG-1"


@pytest.fixture(scope="module")
def iam_as(lab: Lab) -> Callable[[str], Any]:
    """Make the IAM client of a member role that has its grants and nothing else."""
    hub = make_user(lab, "hub", "sts:AssumeRole")

    def client(capability: str) -> Any:
        arn = member_role(lab, capability)
        answer = lab.client("sts", **hub).assume_role(RoleArn=arn, RoleSessionName="tg-test")
        return lab.client("iam", **session_keys(answer))

    return client


def member_role(lab: Lab, capability: str) -> str:
    """Create the role, if it is not there yet, and return its ARN."""
    name, iam = f"trailguard-{capability}", lab.client("iam")
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    if code_of(lambda: iam.get_role(RoleName=name)):
        iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/hub"})
        )
        statements = [
            {
                "Effect": "Allow",
                "Action": list(grant.actions),
                "Resource": [
                    resource.format(partition="aws", account=ACCOUNT) for resource in grant.resources
                ],
            }
            for grant in MEMBER_ROLES[capability].grants
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="grants", PolicyDocument=document)
    return arn


def test_the_reader_may_read_all_of_a_user_and_a_role(lab: Lab, iam_as: Callable[[str], Any]) -> None:
    """No part is refused, and what the simulation says is what the policies allow."""
    trail, iam = make_trail(lab, "audit")["TrailARN"], lab.client("iam")
    make_user(lab, "described", "cloudtrail:*")
    iam.create_login_profile(UserName="described", Password="correct-Horse-9")
    iam.create_role(RoleName="described", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    iam.put_role_policy(
        RoleName="described", PolicyName="may", PolicyDocument=policy("cloudtrail:StopLogging", trail)
    )
    principals = Principals(iam_as("reader"))
    user, reasons = principals.user("described", trail_arn=trail)
    assert reasons == ()
    assert user.has_login_profile
    assert [key.status for key in user.keys or ()] == ["Active"]
    assert {(one.action, one.decision) for one in user.permissions or ()} == {
        (action, "allowed") for action in CHANGES_TO_TRAILS
    }
    role, reasons = principals.role("described", trail_arn=trail)
    assert reasons == ()
    assert set(role.inline_policies or ()) == {"may"}
    assert {one.action for one in role.permissions or () if one.decision == "allowed"} == {
        "cloudtrail:StopLogging"
    }


@dataclass(frozen=True)
class _Someone:
    """A principal of the account, with sessions: those that are to be shut out, and those that are not."""

    shut_out: tuple[dict[str, str], ...]
    spared: tuple[dict[str, str], ...]
    call: Call
    inverse: Call
    field: str
    change: tuple[object, object]


def _key(lab: Lab) -> _Someone:
    keys = make_user(lab, "with-a-key")
    other = lab.client("iam").create_access_key(UserName="with-a-key")["AccessKey"]
    spared = {
        "aws_access_key_id": other["AccessKeyId"],
        "aws_secret_access_key": other["SecretAccessKey"],
    }
    who = {"UserName": "with-a-key", "AccessKeyId": keys["aws_access_key_id"]}
    off, on = (Call("iam", "UpdateAccessKey", {**who, "Status": to}) for to in ("Inactive", "Active"))
    return _Someone((keys,), (spared,), off, on, "AccessKeyStatus", ("Active", "Inactive"))


def _user(lab: Lab) -> _Someone:
    keys = make_user(lab, "with-sessions")
    session = session_keys(lab.client("sts", **keys).get_session_token())
    return _inline("User", "with-sessions", DENY_ALL, (keys, session), ())


def _role(lab: Lab, name: str, *, narrow: bool) -> _Someone:
    who, iam = {"RoleName": name}, lab.client("iam")
    role = iam.create_role(**who, AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))["Role"]
    iam.put_role_policy(**who, PolicyName="may", PolicyDocument=policy())
    sts = lab.client("sts", **make_user(lab, f"assumes-{name}", "sts:AssumeRole"))
    mallory, alice = (
        session_keys(sts.assume_role(RoleArn=role["Arn"], RoleSessionName=session))
        for session in ("mallory", "alice")
    )
    if narrow:
        return _inline("Role", name, deny_session(role["RoleId"], "mallory"), (mallory,), (alice,))
    return _inline("Role", name, deny_issued_before(CUTOFF), (mallory, alice), ())


def _inline(
    kind: str,
    name: str,
    document: str,
    shut_out: tuple[dict[str, str], ...],
    spared: tuple[dict[str, str], ...],
) -> _Someone:
    who = {f"{kind}Name": name, "PolicyName": NAME}
    put = Call("iam", f"Put{kind}Policy", {**who, "PolicyDocument": document})
    delete = Call("iam", f"Delete{kind}Policy", who)
    return _Someone(shut_out, spared, put, delete, f"{kind}PolicyDocument", (None, document))


SOMEONE: dict[str, Callable[[Lab], _Someone]] = {
    "access key": _key,
    "user with a session": _user,
    "one session of a role": lambda lab: _role(lab, "shared", narrow=True),
    "all sessions of a role": lambda lab: _role(lab, "taken", narrow=False),
}


@pytest.mark.parametrize("kind", SOMEONE)
def test_a_credential_works_is_refused_and_works_again(
    lab: Lab, iam_as: Callable[[str], Any], kind: str
) -> None:
    """By the container's own grants, read back by the reader's; whoever is not meant is not hit."""
    someone, clock = SOMEONE[kind](lab), SystemClock()
    container = iam_as("container")
    runner = CallRunner(
        lambda _region: container,
        service="iam",
        allowed=CONTAINER_OPERATIONS,
        clock=clock,
        pacer=Pacer(clock, 100),
    )
    action = settled(
        Action(
            id="contain",
            kind=ActionKind.CONTAIN,
            title="contain",
            target="",
            gate=Gate.AUTO,
            calls=(someone.call,),
            inverse=(someone.inverse,),
            expects={someone.field: someone.change[0]},
            aims={someone.field: someone.change[1]},
        ),
        datetime.now(UTC),
    )
    everybody = (*someone.shut_out, *someone.spared)
    assert not [keys for keys in everybody if is_refused(lab, keys)]
    runner.apply(action.calls[0])
    assert read(iam_as("reader"), action, someone.field) == action.aims[someone.field]
    assert [keys for keys in everybody if is_refused(lab, keys)] == list(someone.shut_out)
    runner.apply(action.inverse[0])
    assert read(iam_as("reader"), action, someone.field) == action.expects[someone.field]
    assert not [keys for keys in everybody if is_refused(lab, keys)]


def is_refused(lab: Lab, keys: dict[str, str]) -> bool:
    """Whether a call that the credential's policies allow is refused."""
    return code_of(lab.client("cloudtrail", **keys).list_trails) != ""


def read(client: Any, action: Action, field: str) -> object:
    """The field as the reader reads it; a policy as its text in the plan's spelling."""
    said, credentials = action.calls[0].parameters, Credentials(client)
    if field == "AccessKeyStatus":
        return credentials.access_key_status(said["UserName"], said["AccessKeyId"])
    if field == "UserPolicyDocument":
        document = credentials.user_policy(said["UserName"], said["PolicyName"])
    else:
        document = credentials.role_policy(said["RoleName"], said["PolicyName"])
    return None if document is None else json.dumps(document, separators=(",", ":"))

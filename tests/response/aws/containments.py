"""Users and roles with whatever they have, a call that contains them, and the call that takes it back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import strategies as st

from response.aws.calls import CallRunner
from response.aws.credentials import CONTAINER_OPERATIONS
from response.aws.pacing import Pacer
from response.domain.plan import Call
from tests.response.aws.fakes import FakeClock

_names = count()
OURS = "TrailguardDeny-TG-20260501-abcdef"


def document_of(effect: str, action: str) -> str:
    """A policy of one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


documents = st.builds(
    document_of, st.sampled_from(["Allow", "Deny"]), st.sampled_from(["*", "s3:*", "sts:*"])
)
standing = st.dictionaries(st.sampled_from([OURS, "other", "third"]), documents)
"""The inline policies that somebody has before."""


@dataclass(frozen=True)
class Contained:
    """A user or role with what it has, and one call that contains it, with what takes that back."""

    kind: str
    policies: dict[str, str]
    keys: list[str]
    operation: str
    document: str


cases = st.builds(
    Contained,
    kind=st.sampled_from(["User", "Role"]),
    policies=standing,
    keys=st.lists(st.sampled_from(["Active", "Inactive"]), min_size=1, max_size=2),
    operation=st.sampled_from(["UpdateAccessKey", "Put", "Delete"]),
    document=documents,
).filter(lambda case: case.kind == "User" or case.operation != "UpdateAccessKey")


def prepared(iam: Any, case: Contained) -> tuple[str, list[str]]:
    """The principal's name and its keys."""
    name = f"mallory-{next(_names)}"
    if case.kind == "User":
        iam.create_user(UserName=name)
    else:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document_of("Allow", "sts:AssumeRole"))
    for policy, document in case.policies.items():
        put = iam.put_user_policy if case.kind == "User" else iam.put_role_policy
        put(**{f"{case.kind}Name": name, "PolicyName": policy, "PolicyDocument": document})
    keys = []
    for status in case.keys if case.kind == "User" else ():
        key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        iam.update_access_key(UserName=name, AccessKeyId=key, Status=status)
        keys.append(key)
    return name, keys


def state(iam: Any, kind: str, name: str) -> dict[str, Any]:
    """Everything of the principal that a containment call could change."""
    if kind == "Role":
        listed = iam.list_role_policies(RoleName=name)["PolicyNames"]
        read = {one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in listed}
        return {"policies": read}
    listed = iam.list_user_policies(UserName=name)["PolicyNames"]
    read = {one: iam.get_user_policy(UserName=name, PolicyName=one)["PolicyDocument"] for one in listed}
    keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    return {"policies": read, "keys": {key["AccessKeyId"]: key["Status"] for key in keys}}


def call_and_inverse(case: Contained, name: str, keys: list[str]) -> tuple[Call, Call]:
    """As a plan has them: the inverse is what the principal had before, or its absence."""
    if case.operation == "UpdateAccessKey":
        key = {"UserName": name, "AccessKeyId": keys[0]}
        other = "Inactive" if case.keys[0] == "Active" else "Active"
        return (
            Call("iam", "UpdateAccessKey", {**key, "Status": other}),
            Call("iam", "UpdateAccessKey", {**key, "Status": case.keys[0]}),
        )
    policy = {f"{case.kind}Name": name, "PolicyName": OURS}
    before = case.policies.get(OURS)
    put = Call("iam", f"Put{case.kind}Policy", {**policy, "PolicyDocument": case.document})
    delete = Call("iam", f"Delete{case.kind}Policy", policy)
    back = delete if before is None else Call("iam", put.operation, {**policy, "PolicyDocument": before})
    return (delete if case.operation == "Delete" and before is not None else put), back


def runner_on(iam: Any) -> CallRunner:
    """What makes the calls of the container, on that client."""
    clock = FakeClock()
    return CallRunner(
        lambda _region: iam, service="iam", allowed=CONTAINER_OPERATIONS, clock=clock, pacer=Pacer(clock, 5)
    )

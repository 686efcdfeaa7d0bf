"""Containment on imitated IAM: every call that contains is taken back by its inverse, to the letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from response.aws.calls import CallRunner
from response.aws.credentials import CONTAINER_OPERATIONS, Credentials
from response.aws.pacing import Pacer
from response.domain.plan import Call
from tests.response.aws.fakes import FakeClock

_names = count()
_OURS = "TrailguardDeny-TG-20260501-abcdef"


def _document(effect: str, action: str) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


documents = st.builds(_document, st.sampled_from(["Allow", "Deny"]), st.sampled_from(["*", "s3:*", "sts:*"]))
standing = st.dictionaries(st.sampled_from([_OURS, "other", "third"]), documents)
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


@pytest.fixture(scope="module")
def iam() -> Iterator[Any]:
    """One imitated account for all examples; each has a principal of its own."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            environment.setenv(name, "testing")
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        yield boto3.client("iam", region_name="eu-west-1")


def prepared(iam: Any, case: Contained) -> tuple[str, list[str]]:
    """The principal's name and its keys."""
    name = f"mallory-{next(_names)}"
    if case.kind == "User":
        iam.create_user(UserName=name)
    else:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document("Allow", "sts:AssumeRole"))
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
    policy = {f"{case.kind}Name": name, "PolicyName": _OURS}
    before = case.policies.get(_OURS)
    put = Call("iam", f"Put{case.kind}Policy", {**policy, "PolicyDocument": case.document})
    delete = Call("iam", f"Delete{case.kind}Policy", policy)
    back = delete if before is None else Call("iam", put.operation, {**policy, "PolicyDocument": before})
    return (delete if case.operation == "Delete" and before is not None else put), back


@given(case=cases)
@settings(max_examples=60, deadline=None)
def test_the_inverse_after_the_action_is_the_identity(iam: Any, case: Contained) -> None:
    """Whatever the user or role had: after call and inverse it has that again, and nothing else."""
    name, keys = prepared(iam, case)
    before = state(iam, case.kind, name)
    clock = FakeClock()
    runner = CallRunner(
        lambda _region: iam, service="iam", allowed=CONTAINER_OPERATIONS, clock=clock, pacer=Pacer(clock, 5)
    )
    call, inverse = call_and_inverse(case, name, keys)
    runner.apply(call)
    reader = Credentials(iam)
    read = reader.user_policy if case.kind == "User" else reader.role_policy
    if call.operation == "UpdateAccessKey":
        assert reader.access_key_status(name, keys[0]) == call.parameters["Status"]
    else:
        text = call.parameters.get("PolicyDocument")
        assert read(name, _OURS) == (None if text is None else json.loads(text))
    runner.apply(inverse)
    assert state(iam, case.kind, name) == before


def test_the_examples_reach_every_call_of_the_container() -> None:
    """No operation on the list is left out above."""
    reached = set()
    for kind in ("User", "Role"):
        for operation in ("UpdateAccessKey", "Put", "Delete"):
            if kind == "User" or operation != "UpdateAccessKey":
                case = Contained(kind, {_OURS: _document("Deny", "*")}, ["Active"], operation, "{}")
                reached.add(call_and_inverse(case, "mallory", ["AKIA"])[0].operation)
    assert reached == CONTAINER_OPERATIONS

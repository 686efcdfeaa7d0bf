"""Containment on imitated IAM: every call that contains is taken back by its inverse, to the letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from moto import mock_aws

from response.aws.credentials import CONTAINER_OPERATIONS, Credentials
from tests.response.aws.containments import (
    OURS,
    Contained,
    call_and_inverse,
    cases,
    document_of,
    prepared,
    runner_on,
    state,
)


@pytest.fixture(scope="module")
def iam() -> Iterator[Any]:
    """One imitated account for all examples; each has a principal of its own."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            environment.setenv(name, "testing")
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        yield boto3.client("iam", region_name="eu-west-1")


@given(case=cases)
@settings(max_examples=60, deadline=None)
def test_the_inverse_after_the_action_is_the_identity(iam: Any, case: Contained) -> None:
    """Whatever the user or role had: after call and inverse it has that again, and nothing else."""
    name, keys = prepared(iam, case)
    before = state(iam, case.kind, name)
    runner = runner_on(iam)
    call, inverse = call_and_inverse(case, name, keys)
    runner.apply(call)
    reader = Credentials(iam)
    read = reader.user_policy if case.kind == "User" else reader.role_policy
    if call.operation == "UpdateAccessKey":
        assert reader.access_key_status(name, keys[0]) == call.parameters["Status"]
    else:
        text = call.parameters.get("PolicyDocument")
        assert read(name, OURS) == (None if text is None else json.loads(text))
    runner.apply(inverse)
    assert state(iam, case.kind, name) == before


def test_the_examples_reach_every_call_of_the_container() -> None:
    """No operation on the list is left out above."""
    reached = set()
    for kind in ("User", "Role"):
        for operation in ("UpdateAccessKey", "Put", "Delete"):
            if kind == "User" or operation != "UpdateAccessKey":
                case = Contained(kind, {OURS: document_of("Deny", "*")}, ["Active"], operation, "{}")
                reached.add(call_and_inverse(case, "mallory", ["AKIA"])[0].operation)
    assert reached == CONTAINER_OPERATIONS

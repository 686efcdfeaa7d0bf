"""Planned calls reach AWS as they are, and calls off the list never do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.aws.calls import CallRunner
from response.aws.errors import RefusedCallError, RetryableError
from response.aws.pacing import Pacer
from response.aws.trails import RESTORER_OPERATIONS
from response.domain.plan import Call
from tests.response.aws.fakes import FakeClock, stubbed

TRAIL = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit"
START_LOGGING = Call("cloudtrail", "StartLogging", {"Name": TRAIL}, "eu-west-1")
OK = {"ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 200}}


def runner(client: Any, clock: FakeClock, **more: Any) -> CallRunner:
    """A restorer on that client."""
    return CallRunner(
        lambda _region: client,
        service="cloudtrail",
        allowed=RESTORER_OPERATIONS,
        clock=clock,
        pacer=Pacer(clock, 1),
        **more,
    )


def cloudtrail() -> Any:
    """A client whose answers are stubbed."""
    return boto3.client("cloudtrail", region_name="eu-west-1")


def test_call_is_made_with_its_parameters(clock: FakeClock) -> None:
    """The parameters go out as planned, and the request id comes back."""
    client = cloudtrail()
    with stubbed(client) as stub:
        stub.add_response("start_logging", OK, {"Name": TRAIL})
        assert runner(client, clock).apply(START_LOGGING) == "r-1"


def test_calls_are_serialised_to_one_a_second(clock: FakeClock) -> None:
    """CloudTrail admits one write a second; the second call waits for its turn."""
    client = cloudtrail()
    with stubbed(client) as stub:
        stub.add_response("start_logging", OK)
        stub.add_response("start_logging", OK)
        restorer = runner(client, clock)
        restorer.apply(START_LOGGING)
        restorer.apply(START_LOGGING)
    assert clock.slept == [1.0]


@pytest.mark.parametrize("code", ["ThrottlingException", "ConflictException"])
def test_busy_trail_is_asked_again(code: str, clock: FakeClock) -> None:
    """Throttling and conflicts pass with time."""
    client = cloudtrail()
    with stubbed(client) as stub:
        stub.add_client_error("start_logging", code)
        stub.add_client_error("start_logging", code)
        stub.add_response("start_logging", OK)
        assert runner(client, clock).apply(START_LOGGING) == "r-1"
    assert clock.slept == [1.0, 2.0]


def test_budget_ends_the_patience(clock: FakeClock) -> None:
    """A trail that stays busy beyond the budget is left to the state machine's retries."""
    client = cloudtrail()
    with stubbed(client) as stub:
        for _ in range(3):
            stub.add_client_error("start_logging", "ConflictException")
        with pytest.raises(RetryableError, match="ConflictException"):
            runner(client, clock, budget=timedelta(seconds=6)).apply(START_LOGGING)


def test_refusal_is_final(clock: FakeClock) -> None:
    """What a person has to repair is not tried again."""
    client = cloudtrail()
    with stubbed(client) as stub:
        stub.add_client_error("start_logging", "InsufficientS3BucketPolicyException")
        with pytest.raises(RefusedCallError, match="InsufficientS3BucketPolicyException"):
            runner(client, clock).apply(START_LOGGING)


def test_parameters_that_the_api_lacks_are_refused(clock: FakeClock) -> None:
    """A plan whose parameters botocore does not know ends in our error, not in botocore's."""
    call = Call("cloudtrail", "StartLogging", {"Nome": TRAIL}, "eu-west-1")
    with pytest.raises(RefusedCallError, match="Nome"):
        runner(cloudtrail(), clock).apply(call)


@given(
    service=st.sampled_from(["cloudtrail", "iam", "s3"]),
    operation=st.one_of(
        st.sampled_from(["DeleteTrail", "StopLogging", "updatetrail", "PutUserPolicy", "__init__", "close"]),
        st.text(max_size=20),
        st.sampled_from(sorted(RESTORER_OPERATIONS)),
    ),
)
def test_nothing_off_the_list_is_ever_called(service: str, operation: str) -> None:
    """Whatever a stored plan says, a call of another service or operation gets no client at all."""
    asked: list[str] = []

    def client_for(region: str) -> Any:
        asked.append(region)
        raise RetryableError("test", "Reached", "a client was asked for")

    clock = FakeClock()
    restorer = CallRunner(
        client_for, service="cloudtrail", allowed=RESTORER_OPERATIONS, clock=clock, pacer=Pacer(clock, 1)
    )
    listed = service == "cloudtrail" and operation in RESTORER_OPERATIONS
    with pytest.raises(RetryableError if listed else RefusedCallError):
        restorer.apply(Call(service, operation, {}))
    assert bool(asked) is listed

"""AWS errors become ours, by equality of the code and by nothing else."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from response.aws.errors import (
    AccessDeniedError,
    AwsCallError,
    ConflictingStateError,
    LimitExceededError,
    NotFoundError,
    RefusedCallError,
    RetryableError,
    UnmodifiableError,
    from_client_error,
    translated,
)
from response.domain.errors import TrailguardError
from tests.response.aws.fakes import client_error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ThrottlingException", RetryableError),
        ("ConflictException", RetryableError),
        ("ConditionalRequestConflict", RetryableError),
        ("TrailNotFoundException", NotFoundError),
        ("InsightNotEnabledException", NotFoundError),
        ("TaskTimedOut", NotFoundError),
        ("AccessDenied", AccessDeniedError),
        ("AccessDeniedException", AccessDeniedError),
        ("PreconditionFailed", ConflictingStateError),
        ("ExecutionAlreadyExists", ConflictingStateError),
        ("InvalidHomeRegionException", RefusedCallError),
        ("InsufficientS3BucketPolicyException", RefusedCallError),
        ("LimitExceeded", LimitExceededError),
        ("UnmodifiableEntity", UnmodifiableError),
        ("EntityTemporarilyUnmodifiable", RetryableError),
        ("NoSuchEntity", NotFoundError),
        ("MalformedPolicyDocument", RefusedCallError),
    ],
)
def test_code_decides_the_kind(code: str, kind: type[AwsCallError]) -> None:
    """Each code of the table becomes exactly its kind, with operation, code and message kept."""
    error = from_client_error("cloudtrail:UpdateTrail", client_error(code))
    assert type(error) is kind
    assert (error.operation, error.code, error.message) == ("cloudtrail:UpdateTrail", code, "said AWS")
    assert str(error) == f"cloudtrail:UpdateTrail: {code}: said AWS"


@pytest.mark.parametrize(
    "code", ["XThrottlingException", "throttlingexception", "ThrottlingExceptionX", "", "LimitExceededX"]
)
def test_near_misses_are_refusals(code: str) -> None:
    """A code that merely contains or resembles a known one is not that one."""
    assert type(from_client_error("any", client_error(code))) is RefusedCallError


def test_message_never_decides() -> None:
    """A message that names a retryable code does not make a refusal retryable."""
    error = from_client_error("any", client_error("ValidationError", "ThrottlingException: no, really"))
    assert type(error) is RefusedCallError


def test_unknown_code_of_a_failing_server_is_retryable() -> None:
    """Whatever a service calls it, an HTTP status of 500 and above may pass."""
    assert type(from_client_error("any", client_error("Odd", status=503))) is RetryableError


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (["None", "ConditionalCheckFailed"], ConflictingStateError),
        (["TransactionConflict", "ConditionalCheckFailed"], ConflictingStateError),
        (["TransactionConflict", "None"], RetryableError),
        (["ThrottlingError"], RetryableError),
        (["ValidationError", "TransactionConflict"], RefusedCallError),
        ([], RefusedCallError),
    ],
)
def test_cancelled_transaction(reasons: list[str], kind: type[AwsCallError]) -> None:
    """A failed condition decides over contention, contention is retryable, anything else is refused."""
    answer = client_error(
        "TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons]
    )
    assert type(from_client_error("dynamodb:TransactWriteItems", answer)) is kind


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (EndpointConnectionError(endpoint_url="https://example"), RetryableError),
        (ConnectTimeoutError(endpoint_url="https://example"), RetryableError),
        (ReadTimeoutError(endpoint_url="https://example"), RetryableError),
        (NoCredentialsError(), AccessDeniedError),
        (ParamValidationError(report="Name is required"), RefusedCallError),
    ],
)
def test_calls_without_an_answer(raised: Exception, kind: type[AwsCallError]) -> None:
    """What botocore raises by itself is translated too, and the cause is kept."""
    with pytest.raises(AwsCallError) as caught, translated("sns:Publish"):
        raise raised
    assert type(caught.value) is kind
    assert caught.value.__cause__ is raised
    assert isinstance(caught.value, TrailguardError)


def test_other_exceptions_pass() -> None:
    """A mistake of ours is not dressed up as one of AWS."""
    with pytest.raises(KeyError), translated("any"):
        raise KeyError("ours")


def test_nothing_derives_from_retryable() -> None:
    """The state machine retries on the class name, which a subclass would not carry."""
    assert RetryableError.__subclasses__() == []

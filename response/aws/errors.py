"""What an AWS call can end in, other than its answer; the only place where AWS error codes are compared.

TrailguardError
└── AwsCallError              operation, code and message of the failed call
    ├── RetryableError        throttled, busy, or not reached: the same call may work later
    ├── AccessDeniedError     the role may not do this
    ├── NotFoundError         the thing is not there, or no longer
    ├── ConflictingStateError the thing is there, but not as the call's condition demands
    └── RefusedCallError      AWS will not do this however often it is asked
        ├── LimitExceededError    a quota stands against it
        └── UnmodifiableError     AWS keeps the thing to itself
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
)
from botocore.exceptions import (
    ConnectionError as BotocoreConnectionError,
)

from response.domain.errors import TrailguardError

_SERVER_ERROR = 500


class AwsCallError(TrailguardError):
    """An AWS call failed: which operation, with what code, and what AWS said."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.operation = operation
        self.code = code
        self.message = message


class RetryableError(AwsCallError):
    """The same call may work later. The state machine retries on this name, so nothing derives from it."""


class AccessDeniedError(AwsCallError):
    """The role may not make this call."""


class NotFoundError(AwsCallError):
    """What the call names is not there, or no longer."""


class ConflictingStateError(AwsCallError):
    """What the call names is there, but not in the state that the call demands."""


class RefusedCallError(AwsCallError):
    """AWS refuses the call as it is; a person has to change something first."""


class LimitExceededError(RefusedCallError):
    """What the call asks for would go beyond a quota."""


class UnmodifiableError(RefusedCallError):
    """The thing is AWS's own, a service-linked role say: nobody in the account can change it."""


_RETRYABLE = (
    # Throttling, as the services spell it.
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
    "KMSThrottling",
    "KmsThrottlingException",
    "SlowDown",
    # The service is unwell.
    "InternalError",
    "InternalErrorException",
    "InternalFailure",
    "InternalServerError",
    "ServiceFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "RequestTimeout",
    "RequestTimeoutException",
    # Somebody else is writing: CloudTrail, IAM, S3, DynamoDB.
    "ConflictException",
    "ConcurrentModification",
    "EntityTemporarilyUnmodifiable",
    "ConditionalRequestConflict",
    "OperationAborted",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ReplicatedWriteConflictException",
)
_ACCESS_DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "403",
    "Forbidden",
)
_NOT_FOUND = (
    "TrailNotFoundException",
    "InsightNotEnabledException",
    "ResourceNotFoundException",
    "NoSuchEntity",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchVersion",
    "NotFound",
    "NotFoundException",
    "404",
    "ExecutionDoesNotExist",
    "StateMachineDoesNotExist",
    "TaskDoesNotExist",
    "TaskTimedOut",
)
_CONFLICTING = (
    "ConditionalCheckFailedException",
    "PreconditionFailed",
    "412",
    "ExecutionAlreadyExists",
)
# Named apart from other refusals, because a person does something else about them.
_LIMIT_EXCEEDED = ("LimitExceeded",)
_UNMODIFIABLE = ("UnmodifiableEntity",)
_KINDS: Mapping[str, type[AwsCallError]] = {
    **dict.fromkeys(_RETRYABLE, RetryableError),
    **dict.fromkeys(_ACCESS_DENIED, AccessDeniedError),
    **dict.fromkeys(_NOT_FOUND, NotFoundError),
    **dict.fromkeys(_CONFLICTING, ConflictingStateError),
    **dict.fromkeys(_LIMIT_EXCEEDED, LimitExceededError),
    **dict.fromkeys(_UNMODIFIABLE, UnmodifiableError),
}

# The reasons of a cancelled DynamoDB transaction have a vocabulary of their own.
_CANCELLATIONS: Mapping[str, type[AwsCallError]] = {
    "ConditionalCheckFailed": ConflictingStateError,
    "TransactionConflict": RetryableError,
    "ThrottlingError": RetryableError,
    "ProvisionedThroughputExceeded": RetryableError,
}


def from_client_error(operation: str, error: ClientError) -> AwsCallError:
    """Our error for an answer of AWS: by its code, else by its HTTP status, else a refusal."""
    response: Mapping[str, Any] = error.response
    code = str(response.get("Error", {}).get("Code", "Unknown"))
    message = str(response.get("Error", {}).get("Message", ""))
    if code == "TransactionCanceledException":
        return _cancelled_transaction(operation, message, response)
    kind = _KINDS.get(code)
    if kind is None:
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = RetryableError if status >= _SERVER_ERROR else RefusedCallError
    return kind(operation, code, message)


def _cancelled_transaction(operation: str, message: str, response: Mapping[str, Any]) -> AwsCallError:
    """A failed condition decides the kind of a cancelled transaction, before any contention does."""
    reasons = [str(reason.get("Code", "None")) for reason in response.get("CancellationReasons", ())]
    kinds = {_CANCELLATIONS.get(reason, RefusedCallError) for reason in reasons if reason != "None"}
    for kind in (ConflictingStateError, RefusedCallError, RetryableError):
        if kind in kinds:
            return kind(operation, "TransactionCanceledException", f"{message} (reasons: {reasons})")
    return RefusedCallError(operation, "TransactionCanceledException", message)


def from_botocore_error(operation: str, error: BotoCoreError) -> AwsCallError:
    """Our error for a call that never got an answer, or never left."""
    code = type(error).__name__
    if isinstance(error, NoCredentialsError):
        return AccessDeniedError(operation, code, str(error))
    if isinstance(error, (BotocoreConnectionError, HTTPClientError)):
        return RetryableError(operation, code, str(error))
    return RefusedCallError(operation, code, str(error))


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Raise our errors for whatever botocore raises inside; `operation` is the API operation's name."""
    try:
        yield
    except ClientError as error:
        raise from_client_error(operation, error) from error
    except BotoCoreError as error:
        raise from_botocore_error(operation, error) from error

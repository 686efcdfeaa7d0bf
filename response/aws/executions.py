"""Executions of the response state machine: started once per name, continued by task token, looked up."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from response.aws.approvals import StoredApproval
from response.aws.errors import ConflictingStateError, NotFoundError, translated
from response.aws.tokens import Tokens

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_NAME_LIMIT = 80  # Step Functions developer guide, 'Quotas': execution name
_DIGEST_DIGITS = 32
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")


class Started(StrEnum):
    """How a start ended: both mean that there is an execution of that name."""

    STARTED = "started"
    ALREADY = "already_started"


class Answered(StrEnum):
    """How a waiting task took its answer."""

    SENT = "sent"
    LATE = "late"


def execution_name(path: str, *parts: str) -> str:
    """A name that the same parts always give: the path in clear, then a digest of the parts."""
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_DIGEST_DIGITS]
    room = _NAME_LIMIT - _DIGEST_DIGITS - 1
    return f"{_NOT_IN_NAMES.sub('-', path)[:room]}-{digest}"


class Executions:
    """The executions of one state machine."""

    def __init__(self, client: SFNClient, *, state_machine_arn: str, tokens: Tokens) -> None:
        self._client = client
        self._state_machine_arn = state_machine_arn
        self._tokens = tokens

    def start(self, name: str, payload: Mapping[str, Any]) -> Started:
        """Start an execution; a name that was used in the last 90 days means it was started before."""
        try:
            with translated("states:StartExecution"):
                self._client.start_execution(
                    stateMachineArn=self._state_machine_arn, name=name, input=json.dumps(payload)
                )
        except ConflictingStateError:
            return Started.ALREADY
        return Started.STARTED

    def wake(self, approval: StoredApproval, output: Mapping[str, Any]) -> Answered:
        """Answer for the task that waits for the approval, whose token is encrypted."""
        token = self._tokens.open(approval.token, incident_id=approval.incident_id, round_=approval.round)
        return self.succeed(token, output)

    def seal(self, token: str, *, incident_id: str, round_: int) -> str:
        """A task token as it may be stored."""
        return self._tokens.seal(token, incident_id=incident_id, round_=round_)

    def succeed(self, token: str, output: Mapping[str, Any]) -> Answered:
        """Give a waiting task its answer; late if it waits no longer, whoever ended the wait."""
        try:
            with translated("states:SendTaskSuccess"):
                self._client.send_task_success(taskToken=token, output=json.dumps(output))
        except NotFoundError:
            return Answered.LATE
        return Answered.SENT

    def status(self, execution_arn: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED or PENDING_REDRIVE; None if there is no such one."""
        try:
            with translated("states:DescribeExecution"):
                return self._client.describe_execution(executionArn=execution_arn)["status"]
        except NotFoundError:
            return None

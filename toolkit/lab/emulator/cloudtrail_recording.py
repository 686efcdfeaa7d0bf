"""Gap: calls to ministack 1.5.33 leave no trace: no event history, no EventBridge event, no log line.

Here each call that `cloudtrail_calls` names leaves a record, refused and failed ones too; where a role of
another account is assumed, that account gets one as well (CloudTrail user guide, "sharedEventID").
"""

import asyncio
import dataclasses
import functools
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from toolkit.lab.emulator import (
    cloudtrail_calls,
    cloudtrail_delivery,
    cloudtrail_records,
    identity,
    sts_federation,
)
from toolkit.lab.emulator.cloudtrail_calls import Answer, Request
from toolkit.lab.emulator.cloudtrail_delivery import Trail
from toolkit.lab.emulator.cloudtrail_records import Call, Outcome
from toolkit.lab.emulator.cloudtrail_validation import TrailError
from toolkit.lab.emulator.identity import Caller
from toolkit.lab.emulator.internals import ministack

Dispatch = Callable[..., Awaitable[Answer]]


@functools.cache
def install() -> None:
    """Record calls where ministack dispatches them, after authorization had its say."""
    app = ministack("app")
    dispatch: Dispatch = app._dispatch_service_request

    async def recording(  # noqa: PLR0917  # ministack's own signature
        method: str, path: str, headers: Any, body: bytes, query: Any, request_id: str
    ) -> Answer:
        key = app.extract_access_key_id(headers, query)
        identity.calling_key.set(key)
        routing = app._routing_params(method, path, headers, body, query)
        service = app.detect_service(method, path, headers, routing)
        request = Request(service, method, path, headers, body, query)
        operation = cloudtrail_calls.operation_of(request)
        if not operation:
            return await dispatch(method, path, headers, body, query, request_id)
        caller = _caller(key, operation, body)
        listed = cloudtrail_calls.is_listed(service, operation)
        # A call that is recorded only because it was refused changes no trail.
        trails = cloudtrail_delivery.logging_trails() if listed else None
        answer = await dispatch(method, path, headers, body, query, request_id)
        outcome = cloudtrail_calls.outcome_of(service, operation, answer)
        if caller is None or outcome is None or not (listed or outcome.denied):
            return answer
        call = cloudtrail_calls.call_of(request, operation, request_id)
        await asyncio.to_thread(_record, call, caller, outcome, trails)
        return answer

    app._dispatch_service_request = recording


def call_as_service(
    operation: str, parameters: Mapping[str, Any], *, service: str, caller: Caller | None = None
) -> dict[str, Any]:
    """Call CloudTrail the way an AWS service does, and record it as its call.

    By default it acts for the root user, as CloudFormation does; `caller` may be another identity.
    """
    responses = ministack("core.responses")
    account, region, request_id = (
        responses.get_account_id(),
        responses.get_region(),
        str(responses.new_uuid()),
    )
    trails = cloudtrail_delivery.logging_trails()
    answer = ministack("services.cloudtrail")._DISPATCH[operation](dict(parameters))
    outcome = cloudtrail_calls.outcome_of("cloudtrail", operation, answer) or Outcome()
    call = Call("cloudtrail", operation, parameters, region, account, service, service, request_id)
    _record(call, caller or identity.service_acting_for_root(account, service), outcome, trails)
    if outcome.error_code:
        raise TrailError(outcome.error_code, outcome.error_message)
    return dict(outcome.elements or {})


def _caller(key: str, operation: str, body: bytes) -> Caller | None:
    """Say who calls: the owner of the key, or whom an identity provider vouches for."""
    if not key and (vouched := sts_federation.caller_of(operation, body)):
        return identity.federated(vouched)
    return identity.caller_of(key, ministack("core.responses").get_account_id())


def _record(call: Call, caller: Caller, outcome: Outcome, trails: tuple[Trail, ...] | None) -> None:
    identity.calling_key.set("")  # what follows is done by AWS, not by the caller
    now = datetime.now(tz=UTC)
    record = cloudtrail_records.build(call, caller, outcome, now)
    owner = _owner_of_role(call)
    if owner in ("", call.account) or outcome.error_code:
        cloudtrail_delivery.deliver(record, caller, trails)
        return
    shared = {"sharedEventID": str(uuid.uuid4())}
    cloudtrail_delivery.deliver(record | shared, caller, trails)
    stranger = identity.of_another_account(caller)
    copy = cloudtrail_records.build(dataclasses.replace(call, account=owner), stranger, outcome, now)
    cloudtrail_delivery.deliver(copy | shared, stranger)


def _owner_of_role(call: Call) -> str:
    """The account whose role is assumed; "" for any other call."""
    parts = str(call.parameters.get("RoleArn", "")).split(":")
    is_assumption = call.service == "sts" and call.operation == "AssumeRole"
    return parts[4] if is_assumption and len(parts) > 5 else ""  # noqa: PLR2004  # the parts of an ARN

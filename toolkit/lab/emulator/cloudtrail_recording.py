"""Gap: calls to ministack 1.5.33 leave no trace: no event history, no EventBridge event, no log line.

Every write to CloudTrail, IAM and STS is recorded here, refused and failed ones too. A record is delivered by
the trails as they stood when the call came in: CloudTrail's configuration is eventually consistent, and "logs
are delivered by the last known configuration" (CloudTrail user guide, "Data consistency"), so the call that
detaches a log group or stops a trail is still seen by it.
"""

import asyncio
import copy
import functools
import ipaddress
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from toolkit.lab.emulator import cloudtrail_records, identity
from toolkit.lab.emulator.cloudtrail_records import Call, Outcome
from toolkit.lab.emulator.cloudtrail_validation import TrailError
from toolkit.lab.emulator.identity import Caller
from toolkit.lab.emulator.internals import ministack

Answer = tuple[int, dict[str, str], Any]
Dispatch = Callable[..., Awaitable[Answer]]

_READS = re.compile(r"Get|List|Describe|Lookup|Simulate|Generate|Decode")
_RECORDED_SERVICES = ("cloudtrail", "iam", "sts")
# STS names these as reads in its records, though they hand out credentials.
_SESSIONS = re.compile(r"AssumeRole|GetSessionToken|GetFederationToken")
# A global service: its calls are recorded in this Region, wherever they come from.
_GLOBAL = {"iam": "us-east-1"}
_DENIALS = ("AccessDenied", "AccessDeniedException")
_OK = 400  # what is below succeeded


@dataclass(frozen=True)
class _Trail:
    """A trail as it stood when the call came in."""

    name: str
    home_region: str
    log_group: str
    log_group_region: str
    global_events: bool


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
        service = app.detect_service(
            method, path, headers, app._routing_params(method, path, headers, body, query)
        )
        operation = _operation(service, headers, body)
        if operation is None:
            return await dispatch(method, path, headers, body, query, request_id)
        caller = identity.caller_of(key, ministack("core.responses").get_account_id())
        trails = _logging_trails()
        answer = await dispatch(method, path, headers, body, query, request_id)
        outcome = _outcome(service, operation, answer)
        if caller is not None and outcome is not None:
            call = _call(service, operation, headers, body, request_id)
            await asyncio.to_thread(_record, call, caller, outcome, trails)
        return answer

    app._dispatch_service_request = recording


def call_as_service(operation: str, parameters: Mapping[str, Any], *, service: str) -> dict[str, Any]:
    """Call CloudTrail the way an AWS service such as CloudFormation does, and record it as its call."""
    responses = ministack("core.responses")
    account, region, request_id = (
        responses.get_account_id(),
        responses.get_region(),
        str(responses.new_uuid()),
    )
    trails = _logging_trails()
    answer = ministack("services.cloudtrail")._DISPATCH[operation](dict(parameters))
    outcome = _outcome("cloudtrail", operation, answer) or Outcome()
    call = Call("cloudtrail", operation, parameters, region, account, service, service, request_id)
    _record(call, identity.service_acting_for_root(account, service), outcome, trails)
    if outcome.error_code:
        raise TrailError(outcome.error_code, outcome.error_message)
    return dict(outcome.elements or {})


def _operation(service: str, headers: Mapping[str, str], body: bytes) -> str | None:
    """Name the operation if it is one that is recorded."""
    if service not in _RECORDED_SERVICES:
        return None
    if target := headers.get("x-amz-target", ""):
        name = target.rsplit(".", 1)[-1]
    else:
        match = re.search(rb"(?:^|&)Action=(\w+)", body)
        name = match.group(1).decode() if match else ""
    recorded = name and (not _READS.match(name) or (service == "sts" and _SESSIONS.match(name)))
    return name if recorded else None


def _call(service: str, operation: str, headers: Mapping[str, str], body: bytes, request_id: str) -> Call:
    responses = ministack("core.responses")
    is_json = bool(headers.get("x-amz-target"))
    return Call(
        service=service,
        operation=operation,
        parameters=_json_object(body) if is_json else cloudtrail_records.query_parameters(body),
        region=_GLOBAL.get(service, responses.get_region()),
        account=responses.get_account_id(),
        source_ip=_source_ip(headers, responses.get_request_client_ip()),
        user_agent=headers.get("user-agent", ""),
        request_id=request_id,
        read_only=service == "sts",
    )


def _json_object(body: bytes) -> dict[str, Any]:
    """Read a request; what is no JSON object is recorded without parameters."""
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _source_ip(headers: Mapping[str, str], peer: str) -> str:
    """Take the address that a client of the lab says it comes from: all of them are on loopback."""
    claimed = headers.get("x-forwarded-for", "").split(",")[0].strip()
    try:
        return str(ipaddress.ip_address(claimed))
    except ValueError:
        return peer


def _outcome(service: str, operation: str, answer: Answer) -> Outcome | None:
    """Read the answer; None if the caller was not recognised, which no record tells of."""
    status, _headers, payload = answer
    parsed = _parse(service, operation, status, payload)
    if status < _OK:
        parsed.pop("ResponseMetadata", None)
        return Outcome(parsed)
    error = parsed.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    if code in _DENIALS:
        code = "AccessDenied"
    elif status in (401, 403):
        return None
    return Outcome(None, code, message)


def _parse(service: str, operation: str, status: int, payload: bytes) -> dict[str, Any]:
    """Read an answer as the SDK does, whatever the protocol."""
    from botocore import model, parsers  # noqa: PLC0415  # only when something is recorded

    services = ministack("core.responses")._service_model(service)
    protocol = "json" if payload[:1] in (b"{", b"") else "query"
    parser = parsers.create_parser(protocol)
    nothing = model.StructureShape("Nothing", {"type": "structure", "members": {}})
    known = operation in services.operation_names
    shape = (services.operation_model(operation).output_shape if known else None) or nothing
    parsed: dict[str, Any] = parser.parse({"status_code": status, "headers": {}, "body": payload}, shape)
    return parsed


def _logging_trails() -> tuple[_Trail, ...]:
    """Say which trails log management events in this Region at this moment."""
    service = ministack("services.cloudtrail")
    found = []
    for home_region, name, trail in service._visible_trail_items():
        if not trail.get("IsLogging") or not _logs_management_events(service, home_region, name):
            continue
        arn = str(trail.get("CloudWatchLogsLogGroupArn", "")).split(":")
        group, region = (arn[6], arn[3]) if len(arn) > 6 else ("", home_region)  # noqa: PLR2004  # arn parts
        found.append(_Trail(name, home_region, group, region, bool(trail.get("IncludeGlobalServiceEvents"))))
    return tuple(found)


def _logs_management_events(service: Any, home_region: str, name: str) -> bool:
    account = ministack("core.responses").get_account_id()
    selectors = service._event_selectors.get_scoped(
        account, home_region, name, service._DEFAULT_EVENT_SELECTORS
    )
    return any(_selects_writes(selector) for selector in copy.deepcopy(selectors))


def _selects_writes(selector: Mapping[str, Any]) -> bool:
    if "FieldSelectors" not in selector:
        return (
            bool(selector.get("IncludeManagementEvents", True))
            and selector.get("ReadWriteType") != "ReadOnly"
        )
    fields = {field["Field"]: field for field in selector["FieldSelectors"]}
    reads_only = "true" in fields.get("readOnly", {}).get("Equals", [])
    return "Management" in fields.get("eventCategory", {}).get("Equals", []) and not reads_only


def _record(call: Call, caller: Caller, outcome: Outcome, trails: tuple[_Trail, ...]) -> None:
    identity.calling_key.set("")  # what follows is done by AWS, not by the caller
    record = cloudtrail_records.build(call, caller, outcome, datetime.now(tz=UTC))
    with ministack("core.responses").request_scope(call.account, call.region):
        ministack("services.cloudtrail")._get_event_queue().append(
            cloudtrail_records.history_entry(record, caller)
        )
        listening = [trail for trail in trails if trail.global_events or call.service not in _GLOBAL]
        for trail in listening:
            _deliver_to_log_group(record, trail)
        if listening and not call.read_only:
            _send_to_eventbridge(record)


def _send_to_eventbridge(record: Mapping[str, Any]) -> None:
    entry = {
        "Source": f"aws.{str(record['eventSource']).split('.')[0]}",
        "DetailType": "AWS API Call via CloudTrail",
        "Detail": json.dumps(record),
    }
    ministack("services.eventbridge")._put_events({"Entries": [entry]}, allow_aws_source=True)


def _deliver_to_log_group(record: Mapping[str, Any], trail: _Trail) -> None:
    if not trail.log_group:
        return
    logs, responses = ministack("services.cloudwatch_logs"), ministack("core.responses")
    account = responses.get_account_id()
    stream = f"{account}_CloudTrail_{record['awsRegion']}"
    target = {"logGroupName": trail.log_group, "logStreamName": stream}
    with responses.request_scope(account, trail.log_group_region):
        if trail.log_group not in logs._log_groups:
            return
        logs._create_log_stream(target)
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps(record)}
        logs._put_log_events({**target, "logEvents": [event]})
    ministack("services.cloudtrail").trailguard_deliveries.set_scoped(
        account, trail.home_region, trail.name, int(time.time())
    )

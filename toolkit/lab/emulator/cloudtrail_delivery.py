"""Gap: ministack 1.5.33 takes records nowhere: not to the event history, the event bus or a log group.

A record is delivered by the trails as they stood when the call came in: CloudTrail's configuration is
eventually consistent, and "logs are delivered by the last known configuration" (CloudTrail user guide, "Data
consistency"), so the call that detaches a log group or stops a trail is still seen by it.
"""

import copy
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.lab.emulator import cloudtrail_records
from toolkit.lab.emulator.identity import Caller
from toolkit.lab.emulator.internals import ministack

# What a trail without "global service events" does not log.
_GLOBAL_SOURCES = ("iam.amazonaws.com", "signin.amazonaws.com", "account.amazonaws.com")


@dataclass(frozen=True)
class Trail:
    """A trail as it stood when the call came in."""

    name: str
    home_region: str
    log_group: str
    log_group_region: str
    global_events: bool


def logging_trails() -> tuple[Trail, ...]:
    """Say which trails log management events in this Region at this moment."""
    service = ministack("services.cloudtrail")
    found = []
    for home_region, name, trail in service._visible_trail_items():
        if not trail.get("IsLogging") or not _logs_management_events(service, home_region, name):
            continue
        arn = str(trail.get("CloudWatchLogsLogGroupArn", "")).split(":")
        group, region = (arn[6], arn[3]) if len(arn) > 6 else ("", home_region)  # noqa: PLR2004  # arn parts
        found.append(Trail(name, home_region, group, region, bool(trail.get("IncludeGlobalServiceEvents"))))
    return tuple(found)


def deliver(record: Mapping[str, Any], caller: Caller, trails: tuple[Trail, ...] | None = None) -> None:
    """Take a record to the history, the log groups and the bus, by the trails as they are or as they were."""
    with ministack("core.responses").request_scope(record["recipientAccountId"], record["awsRegion"]):
        ministack("services.cloudtrail")._get_event_queue().append(
            cloudtrail_records.history_entry(record, caller)
        )
        is_global = record["eventSource"] in _GLOBAL_SOURCES
        known = logging_trails() if trails is None else trails
        listening = [trail for trail in known if trail.global_events or not is_global]
        for trail in listening:
            _deliver_to_log_group(record, trail)
        if listening and not record["readOnly"]:
            _send_to_eventbridge(record)


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


def _send_to_eventbridge(record: Mapping[str, Any]) -> None:
    is_call = record["eventType"] == "AwsApiCall"
    entry = {
        "Source": f"aws.{str(record['eventSource']).split('.')[0]}",
        "DetailType": "AWS API Call via CloudTrail" if is_call else "AWS Console Sign In via CloudTrail",
        "Detail": json.dumps(record),
    }
    ministack("services.eventbridge")._put_events({"Entries": [entry]}, allow_aws_source=True)


def _deliver_to_log_group(record: Mapping[str, Any], trail: Trail) -> None:
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

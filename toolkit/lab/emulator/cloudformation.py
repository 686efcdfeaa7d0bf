"""Gap: CloudFormation of ministack 1.5.33 has no trails and waits an hour for a custom resource that crashed.

It also drops the tracing of state machines, the recovery of tables and the reserved concurrency of functions,
and spells the logging of state machines so that no client can read it. Buckets are in `cloudformation_s3`.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from toolkit.lab.emulator import cloudformation_s3
from toolkit.lab.emulator.cloudtrail_recording import call_as_service
from toolkit.lab.emulator.cloudtrail_validation import TrailError
from toolkit.lab.emulator.internals import ministack

Properties = Mapping[str, Any]

_SERVICE = "cloudformation.amazonaws.com"
_TEXTS = {
    "S3BucketName": "S3BucketName",
    "S3KeyPrefix": "S3KeyPrefix",
    "SnsTopicName": "SnsTopicName",
    "CloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
    "KMSKeyId": "KmsKeyId",
}
_SWITCHES = {
    "IncludeGlobalServiceEvents": True,
    "IsMultiRegionTrail": False,
    "EnableLogFileValidation": False,
    "IsOrganizationTrail": False,
}
# These reach back into the server: provisioned on its event loop, they would wait for themselves.
_CALL_BACK = ("AWS::CloudTrail::Trail", "AWS::S3::Bucket")
_EVERYTHING = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]


@functools.cache
def install() -> None:
    """Teach CloudFormation the resources that it lacks or drops the half of."""
    handlers = ministack("services.cloudformation.provisioners")._RESOURCE_HANDLERS
    handlers["AWS::CloudTrail::Trail"] = {
        "create": _create_trail,
        "update": _update_trail,
        "update_with_logical_id": True,
        "delete": lambda name, _properties: _delete_trail(name),
    }
    _also(handlers["AWS::S3::Bucket"], cloudformation_s3.configure)
    _also(handlers["AWS::StepFunctions::StateMachine"], _describe_machine)
    _also(handlers["AWS::DynamoDB::Table"], _set_recovery)
    _also(handlers["AWS::Lambda::Function"], _set_concurrency)
    _fail_crashed_custom_resources()
    stacks = ministack("services.cloudformation.stacks")
    on_worker_thread = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind in _CALL_BACK or on_worker_thread(kind)


def _create_trail(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, str]]:
    provisioners = ministack("services.cloudformation.provisioners")
    name = properties.get("TrailName") or provisioners._physical_name(stack, logical_id, max_len=128)
    _call("CreateTrail", {"Name": name, **_settings(properties, {}), "TagsList": properties.get("Tags", [])})
    return _settle(name, properties, {})


def _update_trail(
    name: str, old: Properties, new: Properties, stack: str, logical_id: str
) -> tuple[str, dict[str, str]]:
    if new.get("TrailName", name) != name:
        # Another name is another trail: CloudFormation creates it, and deletes the old one.
        created = _create_trail(logical_id, new, stack)
        _delete_trail(name)
        return created
    _call("UpdateTrail", {"Name": name, **_settings(new, old)})
    _retag(name, old, new)
    return _settle(name, new, old)


def _delete_trail(name: str) -> None:
    try:
        _call("DeleteTrail", {"Name": name})
    except ValueError as error:
        if "TrailNotFoundException" not in str(error):
            raise


def _settings(new: Properties, old: Properties) -> dict[str, Any]:
    """Spell the properties as the API does; what the template no longer has is cleared."""
    texts = {api: new[name] for name, api in _TEXTS.items() if name in new}
    gone = {api: "" for name, api in _TEXTS.items() if name in old and name not in new}
    switches = {name: _switch(new.get(name, default)) for name, default in _SWITCHES.items()}
    return {**texts, **gone, **switches}


def _settle(name: str, new: Properties, old: Properties) -> tuple[str, dict[str, str]]:
    """Set what CreateTrail and UpdateTrail do not: selectors, Insights, and whether the trail logs."""
    kinds = ("AdvancedEventSelectors", "EventSelectors")
    declared = next((kind for kind in kinds if new.get(kind)), None)
    if declared:
        _call("PutEventSelectors", {"TrailName": name, declared: _typed(new[declared])})
    elif any(old.get(kind) for kind in kinds):
        _call("PutEventSelectors", {"TrailName": name, "EventSelectors": _EVERYTHING})
    if new.get("InsightSelectors") or old.get("InsightSelectors"):
        _call("PutInsightSelectors", {"TrailName": name, "InsightSelectors": new.get("InsightSelectors", [])})
    _call("StartLogging" if _switch(new.get("IsLogging", True)) else "StopLogging", {"Name": name})
    trail = ministack("services.cloudtrail")._trails[name]
    return name, {"Arn": trail["TrailARN"], "SnsTopicArn": trail.get("SnsTopicARN", "")}


def _retag(name: str, old: Properties, new: Properties) -> None:
    arn = ministack("services.cloudtrail")._trails[name]["TrailARN"]
    kept = [tag["Key"] for tag in new.get("Tags", [])]
    if dropped := [tag for tag in old.get("Tags", []) if tag["Key"] not in kept]:
        _call("RemoveTags", {"ResourceId": arn, "TagsList": dropped})
    if new.get("Tags"):
        _call("AddTags", {"ResourceId": arn, "TagsList": new["Tags"]})


def _call(operation: str, parameters: Properties) -> None:
    try:
        call_as_service(operation, parameters, service=_SERVICE)
    except TrailError as refusal:
        # CloudFormation of ministack reads a resource's failure from a ValueError.
        raise ValueError(f"{refusal.code}: {refusal}") from refusal


def _switch(value: Any) -> bool:
    """Read a boolean, which templates may also spell as text."""
    return str(value).lower() == "true"


def _typed(value: Any) -> Any:
    """Turn "true" and "false" of a template into what the API takes."""
    if isinstance(value, Mapping):
        return {
            key: _switch(item) if key == "IncludeManagementEvents" else _typed(item)
            for key, item in value.items()
        }
    return [_typed(item) for item in value] if isinstance(value, list) else value


def _also(handler: dict[str, Any], complete: Callable[[str, Properties], None]) -> None:
    """Complete a resource each time after its handler has created or updated it."""
    create, update = handler["create"], handler["update"]

    def created(logical_id: str, properties: Properties, stack: str) -> Any:
        done = create(logical_id, properties, stack)
        complete(done[0], properties)
        return done

    def updated(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Any:
        done = update(physical_id, old, new, *rest)
        complete(done[0], new)
        return done

    handler.update({"create": created, "update": updated})


def _set_recovery(table: str, properties: Properties) -> None:
    recovery = properties.get("PointInTimeRecoverySpecification") or {}
    ministack("services.dynamodb")._pitr_settings[table] = _switch(recovery.get("PointInTimeRecoveryEnabled"))


def _set_concurrency(function: str, properties: Properties) -> None:
    service, reserved = ministack("services.lambda_svc"), properties.get("ReservedConcurrentExecutions")
    if reserved is None:
        service._delete_function_concurrency(function)
    else:
        service._put_function_concurrency(function, {"ReservedConcurrentExecutions": int(reserved)})


def _describe_machine(arn: str, properties: Properties) -> None:
    machine = ministack("services.stepfunctions")._state_machines[arn]
    for name in ("LoggingConfiguration", "TracingConfiguration"):
        if name in properties:
            machine[name[0].lower() + name[1:]] = _spelled_as_api(properties[name])


def _spelled_as_api(value: Any) -> Any:
    """Spell a template's properties as Step Functions does, with a small first letter."""
    if isinstance(value, Mapping):
        return {
            key[0].lower() + key[1:]: _switch(item)
            if key in ("Enabled", "IncludeExecutionData")
            else _spelled_as_api(item)
            for key, item in value.items()
        }
    return [_spelled_as_api(item) for item in value] if isinstance(value, list) else value


def _fail_crashed_custom_resources() -> None:
    """Fail a custom resource at once when its function did: nobody will answer for it any more."""
    functions, custom = ministack("services.lambda_svc"), ministack("services.cloudformation.custom_resource")
    execute = functions._execute_function_with_config_scope

    def execute_function(function: Any, event: Any) -> Any:
        result = execute(function, event)
        url = event.get("ResponseURL", "") if isinstance(event, dict) else ""
        if result.get("error") and "/_ministack/cfn-response/" in url:
            body = result.get("body") or {}
            reason = f"{body.get('errorType', 'Error')}: {body.get('errorMessage', '')}"
            custom.deliver_response(url.rsplit("/", 1)[-1], {"Status": "FAILED", "Reason": reason})
        return result

    functions._execute_function_with_config_scope = execute_function

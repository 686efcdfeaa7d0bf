"""Gap: in ministack 1.5.33 a waiting task swallows its function's failure and knows no TimeoutSecondsPath.

Heartbeats are ignored, a closed task token is said never to have been, and the state machine's own role is
not asked. Here these are as the Step Functions developer guide has them ("Discover service integration
patterns", "Handling errors", "SendTaskSuccess").
"""

import functools
import json
import re
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from toolkit.lab.emulator import identity, policies
from toolkit.lab.emulator.internals import ministack

# The length of a second of a task that waits for its token: with 0.01, an hour is over in 36 s. A test may
# set it; what a function is told of the time, and what it writes down, stays as it is.
timeout_scale = 1.0

_FOREVER = 99_999_999.0
# The role of the state machine whose task is running, and the context object of that task.
_role: ContextVar[str] = ContextVar("_role", default="")
_context: ContextVar[dict[str, Any] | None] = ContextVar("_context", default=None)
# Which state machine gave a token out, as long as the lab remembers anything.
_machines_of_tokens: dict[str, str] = {}


@functools.cache
def install() -> None:
    """Complete tasks: their timeouts, tokens, errors and permissions."""
    service = ministack("services.stepfunctions")
    _install_timeouts(service)
    _install_permissions(service)
    _install_tokens(service)
    _install_metrics(service)
    _install_endings(service)
    with_callback = service._invoke_with_callback

    def invoke_with_callback(resource: str, data: Any, token: str, state: Mapping[str, Any]) -> Any:
        if ":lambda:" not in resource:
            return with_callback(resource, data, token, state)
        return _wait_for_function(service, resource, data, token, state)

    service._invoke_with_callback = invoke_with_callback


def machine_of_token(token: str) -> str:
    """Name the state machine that a token belongs to, open or closed; "" for a token that nobody gave out."""
    return _machines_of_tokens.get(token, "")


def _install_timeouts(service: Any) -> None:
    execute = service._execute_task

    def execute_task(state: dict[str, Any], data: Any, execution: Any, context: Any) -> Any:
        machine = service._state_machines.get((execution or {}).get("stateMachineArn", "")) or {}
        identity.calling_key.set("")  # the task runs as the state machine, whoever started it
        running_as, within = _role.set(machine.get("roleArn", "")), _context.set(context)
        try:
            return execute(_with_seconds(service, state, data, context), data, execution, context)
        finally:
            _role.reset(running_as)
            _context.reset(within)

    service._execute_task = execute_task


def _with_seconds(service: Any, state: dict[str, Any], data: Any, context: Any) -> dict[str, Any]:
    """Replace TimeoutSecondsPath and HeartbeatSecondsPath by the numbers that they point at."""
    resolved = dict(state)
    for name in ("TimeoutSeconds", "HeartbeatSeconds"):
        if not (path := resolved.pop(f"{name}Path", None)):
            continue
        seconds = service._resolve_path_or_ctx(path, service._apply_input_path(state, data, context), context)
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
            raise service._ExecutionError(
                "States.Runtime", f"{name}Path {path} points at {seconds!r}; it must be a positive integer."
            )
        resolved[name] = seconds
    return resolved


def _wait_for_function(service: Any, resource: str, data: Any, token: str, state: Mapping[str, Any]) -> Any:
    """Hand a function the token and wait; a function that fails fails the task."""
    started = time.monotonic()
    info: dict[str, Any] = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None}
    info["execution"] = ((_context.get() or {}).get("Execution") or {}).get("Id", "")
    service._task_tokens[token] = info
    _machines_of_tokens[token] = ((_context.get() or {}).get("StateMachine") or {}).get("Id", "")
    try:
        service._invoke_resource(resource.replace(".waitForTaskToken", ""), data)
        _wait(service, info, started, state)
    finally:
        service._task_tokens.pop(token, None)
        if (context := _context.get()) is not None:
            # A task that is tried again gets a new token.
            context["Task"] = {"Token": service.new_uuid()}
    if error := info["error"]:
        raise service._ExecutionError(error.get("Error", ""), error.get("Cause", ""))
    return json.loads(info["result"])


def _wait(service: Any, info: Mapping[str, Any], started: float, state: Mapping[str, Any]) -> None:
    deadline = started + timeout_scale * float(state.get("TimeoutSeconds", _FOREVER))
    heartbeat = timeout_scale * float(state.get("HeartbeatSeconds", _FOREVER))
    while True:
        beat_by = _last_heartbeat(info, started) + heartbeat
        if info["event"].wait(max(0.0, min(deadline, beat_by) - time.monotonic())):
            return
        now = time.monotonic()
        if now >= deadline:
            raise service._ExecutionError("States.Timeout", "")
        if now >= _last_heartbeat(info, started) + heartbeat:
            raise service._ExecutionError("States.HeartbeatTimeout", "")


def _last_heartbeat(info: Mapping[str, Any], started: float) -> float:
    """When SendTaskHeartbeat last came, on the monotonic clock; ministack notes the wall clock."""
    if not info["heartbeat"]:
        return started
    ago = time.time() - datetime.fromisoformat(info["heartbeat"]).timestamp()
    return max(started, time.monotonic() - ago)


def _install_permissions(service: Any) -> None:
    call_lambda, publish = service._call_lambda, service._invoke_sns_publish

    def checked_call(reference: str, event: Any) -> Any:
        if role := _role.get():
            refusal = policies.role_refusal(
                role, "states.amazonaws.com", "lambda:InvokeFunction", _function_arn(reference)
            )
            if refusal:
                raise service._ExecutionError("Lambda.AWSLambdaException", refusal)
        return call_lambda(reference, event)

    def checked_publish(resource: str, data: Any) -> Any:
        if role := _role.get():
            topic = str(data.get("TopicArn", "*"))
            refusal = policies.role_refusal(role, "states.amazonaws.com", "sns:Publish", topic)
            if refusal:
                raise service._ExecutionError("SNS.AuthorizationErrorException", refusal)
        return publish(resource, {**data, **_message_attributes(data)})

    service._call_lambda = checked_call
    service._invoke_sns_publish = checked_publish
    service._SERVICE_DISPATCH["arn:aws:states:::sns:publish"] = checked_publish


def _message_attributes(data: Mapping[str, Any]) -> dict[str, str]:
    """Message attributes as the query protocol spells them: ministack reads no others, and loses them."""
    return {
        f"MessageAttributes.entry.{number}.{name}": value
        for number, (key, attribute) in enumerate((data.get("MessageAttributes") or {}).items(), 1)
        for name, value in (
            ("Name", key),
            ("Value.DataType", attribute.get("DataType", "")),
            ("Value.StringValue", attribute.get("StringValue", "")),
        )
    }


def _function_arn(reference: str) -> str:
    if reference.startswith("arn:"):
        return reference
    responses = ministack("core.responses")
    return f"arn:aws:lambda:{responses.get_region()}:{responses.get_account_id()}:function:{reference}"


def _install_tokens(service: Any) -> None:
    """Tell a token that is closed from one that nobody gave out."""
    answer_error = service.error_response_json

    def wrap(name: str) -> None:
        send = getattr(service, name)

        def sending(data: dict[str, Any]) -> Any:
            token = str(data.get("taskToken", ""))
            info = service._task_tokens.get(token)
            if info is None and not _is_token(token):
                return answer_error("InvalidToken", "Invalid token", 400)
            if info is None or info["event"].is_set() or _is_over(service, info):
                return answer_error("TaskTimedOut", "Task Timed Out: the task is closed or never was", 400)
            return send(data)

        setattr(service, name, sending)

    for name in ("_send_task_success", "_send_task_failure", "_send_task_heartbeat"):
        wrap(name)


def _install_metrics(service: Any) -> None:
    """Write the metrics of executions that alarms watch (Step Functions developer guide, "Metrics")."""
    emit = service._emit_execution_status_event

    def emit_execution_status_event(execution: Any) -> None:
        emit(execution)
        cloudwatch = ministack("services.cloudwatch")
        status = "STARTED" if execution["status"] == "RUNNING" else execution["status"]
        name = f"Executions{''.join(part.capitalize() for part in status.split('_'))}"
        dimensions = {"StateMachineArn": execution["stateMachineArn"]}
        cloudwatch.record_metric("AWS/States", name, 1.0, "Count", dimensions)
        cloudwatch._evaluate_all_alarms()

    service._emit_execution_status_event = emit_execution_status_event


def _install_endings(service: Any) -> None:
    """End what is over: an execution that was stopped stays stopped, and a reset leaves nothing waiting."""
    fail, forget = service._fail_execution, service.reset

    def fail_execution(execution: dict[str, Any], error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    def reset() -> None:
        waiting = list(service._task_tokens._data.values())
        for execution in list(service._executions._data.values()):
            if execution["status"] == "RUNNING":
                execution["status"] = "ABORTED"
        forget()
        _machines_of_tokens.clear()
        for info in waiting:
            info["error"] = {"Error": "States.Runtime", "Cause": "The lab was reset."}
            info["event"].set()

    service._fail_execution = fail_execution
    service.reset = reset


def _is_over(service: Any, info: Mapping[str, Any]) -> bool:
    """Whether the execution that waits for a token was stopped, which closes its tasks."""
    execution = service._executions.get(info.get("execution", ""))
    return execution is not None and execution["status"] != "RUNNING"


def _is_token(text: str) -> bool:
    """Whether the text has the form of the tokens that the emulator gives out."""
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None

"""The Lambda handlers, one for each function: event in, step run with its adapters, result out.

A log line is one JSON object with the incident's id and never holds a record, a token or a secret. Errors
leave a handler under their own class name, since that is what the state machine retries and catches by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from response.aws.cfn_response import Result, answering
from response.console import api
from response.console.deps import ConsoleDeps
from response.domain.errors import TrailguardError
from response.domain.sign_in_claims import with_claims
from response.steps import assess as assess_step
from response.steps import await_approval as await_approval_step
from response.steps import capture_baseline as capture_baseline_step
from response.steps import close as close_step
from response.steps import escalate as escalate_step
from response.steps import execute as execute_step
from response.steps import intake as intake_step
from response.steps import investigate as investigate_step
from response.steps import notify as notify_step
from response.steps import preserve as preserve_step
from response.steps import reconcile as reconcile_step
from response.steps import settle_approval as settle_approval_step
from response.steps import undo as undo_step
from response.steps import verify as verify_step
from response.steps.world import current
from response.wiring import Wiring, wiring
from response.workflow.contract import StepEvent, StepResult

NAMESPACE = "Trailguard"

logger = Logger(service="trailguard", use_rfc3339=True, utc=True)


class LoggedMetrics:
    """Metrics by way of the log: CloudWatch reads them from lines in the embedded metric format."""

    def __init__(self) -> None:
        self._metrics = Metrics(namespace=NAMESPACE, service="response")
        self._any = False

    def seconds(self, name: str, value: float) -> None:
        """A duration."""
        self._metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)
        self._any = True

    def count(self, name: str, value: int = 1) -> None:
        """So many of something."""
        self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
        self._any = True

    def flush(self) -> None:
        """Write the line."""
        if self._any:
            self._metrics.flush_metrics()
            self._any = False


def _step(name: str, event: StepEvent, run: Callable[[Wiring], StepResult]) -> StepResult:
    """Run a step of the state machine between two log lines."""
    given = event.get("input")
    known = given if isinstance(given, Mapping) else {}
    logger.append_keys(
        step=name,
        execution=event.get("execution"),
        incident_id=known.get("incident_id"),
        round=known.get("round"),
    )
    try:
        result = run(wiring())
    except TrailguardError:
        logger.exception("step failed")
        raise
    logger.append_keys(incident_id=result["incident_id"], round=result["round"])
    logger.info("step done", extra={"route": result["route"], "notice": result["notice"]})
    return result


def intake(event: StepEvent, _context: object) -> StepResult:
    """Claim what arrived."""
    return _step(
        "intake",
        event,
        lambda w: intake_step.run(
            event, store=w.store, executions=w.executions, settings=w.settings, clock=w.clock
        ),
    )


def preserve(event: StepEvent, _context: object) -> StepResult:
    """Seal what was found."""
    return _step(
        "preserve",
        event,
        lambda w: preserve_step.run(
            event, store=w.store, members=w.members, evidence=w.evidence, clock=w.clock
        ),
    )


def investigate(event: StepEvent, _context: object) -> StepResult:
    """Build the dossier."""
    return _step(
        "investigate",
        event,
        lambda w: investigate_step.run(
            event,
            store=w.store,
            members=w.members,
            address_ranges=w.address_ranges,
            geography=w.geography,
            policy=w.policy,
            settings=w.settings,
            clock=w.clock,
        ),
    )


def assess(event: StepEvent, _context: object) -> StepResult:
    """Grade, score, plan."""
    return _step(
        "assess",
        event,
        lambda w: assess_step.run(
            event, store=w.store, members=w.members, policy=w.policy, settings=w.settings, clock=w.clock
        ),
    )


def notify(event: StepEvent, _context: object) -> StepResult:
    """Tell the owners."""
    return _step(
        "notify",
        event,
        lambda w: notify_step.run(
            event, store=w.store, topic=w.topic, policy=w.policy, settings=w.settings, clock=w.clock
        ),
    )


def execute(event: StepEvent, _context: object) -> StepResult:
    """Act."""
    return _step(
        "execute",
        event,
        lambda w: execute_step.run(event, store=w.store, members=w.members, policy=w.policy, clock=w.clock),
    )


def await_approval(event: StepEvent, _context: object) -> StepResult:
    """Ask."""
    return _step(
        "await_approval",
        event,
        lambda w: await_approval_step.run(
            event, store=w.store, executions=w.executions, policy=w.policy, clock=w.clock
        ),
    )


def settle_approval(event: StepEvent, _context: object) -> StepResult:
    """Read what was decided."""
    return _step(
        "settle_approval",
        event,
        lambda w: settle_approval_step.run(event, store=w.store, policy=w.policy, clock=w.clock),
    )


def verify(event: StepEvent, _context: object) -> StepResult:
    """Read the trail again."""
    return _step(
        "verify",
        event,
        lambda w: verify_step.run(event, store=w.store, members=w.members, policy=w.policy, clock=w.clock),
    )


def close(event: StepEvent, _context: object) -> StepResult:
    """Report and release."""
    metrics = LoggedMetrics()
    result = _step(
        "close",
        event,
        lambda w: close_step.run(
            event, store=w.store, evidence=w.evidence, metrics=metrics, policy=w.policy, clock=w.clock
        ),
    )
    metrics.flush()
    return result


def undo(event: StepEvent, _context: object) -> StepResult:
    """Take back."""
    return _step(
        "undo",
        event,
        lambda w: undo_step.run(
            event,
            store=w.store,
            members=w.members,
            evidence=w.evidence,
            executions=w.executions,
            clock=w.clock,
        ),
    )


def escalate(event: StepEvent, _context: object) -> StepResult:
    """Tell a person."""
    return _step(
        "escalate",
        event,
        lambda w: escalate_step.run(
            event, store=w.store, topic=w.topic, policy=w.policy, settings=w.settings, clock=w.clock
        ),
    )


def reconcile(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Look for what the events did not bring."""
    metrics = LoggedMetrics()
    logger.append_keys(step="reconcile")
    w = wiring()
    try:
        result = reconcile_step.run(
            event,
            store=w.store,
            members=w.members,
            executions=w.executions,
            topic=w.topic,
            logs=w.logs,
            settings=w.settings,
            clock=w.clock,
            metrics=metrics,
        )
    except TrailguardError:
        logger.exception("reconcile failed")
        raise
    finally:
        metrics.flush()
    logger.info("reconcile done", extra={"result": result})
    return result


def console(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request to the HTTP API."""
    logger.append_keys(step="console")
    w = wiring()
    deps = ConsoleDeps(
        store=w.store,
        readers=w.members,
        executions=w.executions,
        settings=w.settings,
        clock=w.clock,
        log_failure=logger.error,
        look=lambda action, incident, session: current(action, incident, w.members, session),
        provider=w.identity_provider,
    )
    response = api.handle(event, deps)
    logger.info("request answered", extra={"status": response.get("statusCode")})
    return response


def sign_in(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer the user pool before it signs a token; nothing of this deployment is needed for that."""
    return with_claims(event)


def capture_baseline(event: Mapping[str, Any], _context: object) -> None:
    """Capture baselines at deployment. CloudFormation is answered whatever happens: it waits for an hour."""
    logger.append_keys(step="capture_baseline")
    answering(event, lambda: _captured(event), physical_id=capture_baseline_step.PHYSICAL_ID)


def _captured(event: Mapping[str, Any]) -> Result:
    """Run the step; what it raises is logged here and answered by the caller."""
    try:
        w = wiring()
        result = capture_baseline_step.run(
            event, store=w.store, members=w.members, settings=w.settings, clock=w.clock
        )
    except TrailguardError:
        logger.exception("capture failed")
        raise
    logger.info("capture done", extra={"succeeded": result.succeeded, "reason": result.reason})
    return result

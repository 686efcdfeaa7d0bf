"""`trailguard assess`: what a change means and what would be done about it, offline, by the deployed code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from response.domain.arns import partition_of, trail_arn
from response.domain.assessment import ABSENT, Assessment, AssessmentInput, assess
from response.domain.baseline import Baseline, BaselineSource
from response.domain.errors import MalformedRecordError, MalformedStateError
from response.domain.exception_review import is_change
from response.domain.incident import incident_id
from response.domain.plan import Plan
from response.domain.policy import Policy, parse_policy
from response.domain.record import Record, parse_record
from response.domain.response_elements import from_response_elements
from response.domain.suspects import contain_all
from response.domain.trail_state import Surroundings, TrailState
from stacks.policy_file import PolicyFileError, load_policy
from toolkit import output
from toolkit.project import PROJECT
from toolkit.records import Found, Problem, UnreadablePathError, read_records
from toolkit.show import SEVERITY_STYLE, show_changes, show_plan, show_risk

DEFAULT_POLICY = "policy.yaml"
_HYPOTHETICAL = "This call changed no trail. The plan is what would be done about whoever made it, if it had."
_UNCOMPARED = (
    "What the change means is not known without the state before it (--before). The plan is what would be "
    "done about whoever made it; what puts the trail back is not in it."
)
ROLE_NAMES = ("trailguard-reader", "trailguard-restorer", "trailguard-container")


def run(
    event: Path, before: Path | None, after: Path | None, policy: Path | None, *, as_json: bool
) -> output.ExitCode:
    """Assess one record and print changes, risk, severity and plan.

    A record that changes no trail, or one without a state to compare with, has a plan too: what would be done
    about whoever made the call.
    """
    record = read_record(event)
    if before is None:
        if after is not None:
            raise output.CommandError(
                f"{after}: a state after is compared with one before; give --before too"
            )
        _show_uncompared(
            caller_plan(record, read_policy(policy)), is_change=is_change(record), as_json=as_json
        )
        return output.ExitCode.DONE
    earlier = read_state(before)
    is_hypothetical = after is None and not is_change(record)
    if after is not None:
        found: TrailState | None = read_state(after)
    else:
        found = earlier if is_hypothetical else _from_record(record, earlier, event)
    _same_trail(record, earlier, found, before)
    given = case(record, earlier, found, read_policy(policy), approved_by=str(before))
    assessment = about_the_caller(given) if is_hypothetical else assess(given)
    if as_json:
        output.json_line(assessment.to_json())
    else:
        show(assessment)
    return output.ExitCode.DONE


def case(
    record: Record, earlier: TrailState, found: TrailState | None, policy: Policy, *, approved_by: str
) -> AssessmentInput:
    """Weighed at the time of the change, so that the same files always give the same plan."""
    return AssessmentInput(
        incident_id=incident_id(earlier.trail_arn, record.dedup_id, record.event_time),
        trail_arn=earlier.trail_arn,
        record=record,
        found=found,
        surroundings=Surroundings(),
        baseline=Baseline(
            trail_arn=earlier.trail_arn,
            state=earlier,
            captured_at=record.event_time,
            approved_by=approved_by,
            source=BaselineSource.APPROVED,
        ),
        policy=policy,
        now=record.event_time.astimezone(UTC),
        responder_arns=_responders(earlier.arn.partition, earlier.account),
    )


def about_the_caller(given: AssessmentInput) -> Assessment:
    """What a change by whoever made this call would lead to for them, though the call changes nothing."""
    actions, outcomes = contain_all(
        given.record,
        (),
        trail_arn=given.trail_arn,
        incident_id=given.incident_id,
        policy=given.policy,
        responder_arns=given.responder_arns,
    )
    assessment = assess(given)
    plan = replace(assessment.plan, actions=actions, outcomes=outcomes)
    return replace(assessment, plan=plan, summary=_HYPOTHETICAL)


def caller_plan(record: Record, policy: Policy) -> Plan:
    """What would be done about whoever made this call, where nothing is known of a trail's state.

    The trail is the one that the record names, else a nameless one of its account.
    """
    trail = record.trail_arn() or trail_arn(record.region, record.account, "unnamed")
    incident = incident_id(trail, record.dedup_id, record.event_time)
    actions, outcomes = contain_all(
        record,
        (),
        trail_arn=trail,
        incident_id=incident,
        policy=policy,
        responder_arns=_responders(partition_of(record.region), record.account),
    )
    return Plan(
        incident_id=incident,
        trail_arn=trail,
        observed_digest=ABSENT,
        baseline_source=str(BaselineSource.UNKNOWN),
        created_at=record.event_time.astimezone(UTC).isoformat(),
        actions=actions,
        outcomes=outcomes,
    )


def read_record(path: Path) -> Record:
    """Read the one record that a file holds; CommandError says what else it holds."""
    try:
        items = list(read_records([str(path)]))
    except UnreadablePathError as error:
        raise output.CommandError(str(error)) from error
    records = [item for item in items if isinstance(item, Found)]
    if len(records) != 1:
        problem = next((f": {item.where}: {item.reason}" for item in items if isinstance(item, Problem)), "")
        raise output.CommandError(
            f"{path}: holds {len(records)} CloudTrail records, expected exactly one{problem}"
        )
    try:
        return parse_record(records[0].value)
    except MalformedRecordError as error:
        raise output.CommandError(f"{path}: {error}") from error


def read_state(path: Path) -> TrailState:
    """Read a trail state as `trailguard baseline show --json` prints it; CommandError otherwise."""
    try:
        return TrailState.from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise output.CommandError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise output.CommandError(f"{path}: not one JSON object ({error})") from error
    except MalformedStateError as error:
        raise output.CommandError(f"{path}: {error}") from error


def read_policy(path: Path | None) -> Policy:
    """Read a policy file; without a path the one of this folder, else the project's own."""
    place = path or (Path(DEFAULT_POLICY) if Path(DEFAULT_POLICY).exists() else PROJECT / DEFAULT_POLICY)
    try:
        return parse_policy(load_policy(place))
    except PolicyFileError as error:  # names the file already
        raise output.CommandError(str(error)) from error


def _responders(partition: str, account: str) -> tuple[str, ...]:
    return tuple(f"arn:{partition}:iam::{account}:role/{name}" for name in ROLE_NAMES)


def _show_uncompared(plan: Plan, *, is_change: bool, as_json: bool) -> None:
    """Print what would be done about a caller, and why nothing is said of a trail."""
    summary = _UNCOMPARED if is_change else _HYPOTHETICAL
    if as_json:
        output.json_line({"summary": summary, "plan": plan.to_json()})
        return
    output.out().print(summary)
    show_plan(plan.to_json())


def _from_record(record: Record, earlier: TrailState, event: Path) -> TrailState | None:
    try:
        return from_response_elements(record, fallback=earlier)
    except MalformedStateError as error:
        raise output.CommandError(
            f"{event}: {error}; give the state after the change with --after"
        ) from error


def _same_trail(record: Record, earlier: TrailState, found: TrailState | None, before: Path) -> None:
    named = {arn for arn in (record.trail_arn(), found.trail_arn if found else None) if arn}
    if other := named - {earlier.trail_arn}:
        raise output.CommandError(
            f"{before}: is the state of {earlier.trail_arn}, but the change is to {', '.join(sorted(other))}"
        )


def show(assessment: Assessment) -> None:
    """Print an assessment for a person."""
    console = output.out()
    severity = str(assessment.severity)
    console.print(output.safe(assessment.summary))
    console.print(
        f"Severity [{SEVERITY_STYLE[severity]}]{severity}[/]; compared with: {assessment.baseline_source}"
    )
    show_risk(assessment.to_json())
    show_changes([change.to_json() for change in assessment.changes])
    if assessment.exception.applies:
        console.print(f"[green]Exception {output.safe(assessment.exception.exception_id)} applies.[/green]")
    show_plan(assessment.plan.to_json())

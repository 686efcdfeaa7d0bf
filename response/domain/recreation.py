"""A deleted trail: it is made again by a person, with commands written from the last state that is known.

CloudTrail keeps nothing of a deleted trail, so a person compares before anything goes by its name again.
"""

from __future__ import annotations

import shlex
from typing import Any

from response.domain.arns import parse_trail_arn
from response.domain.plan import Outcome, canonical_json
from response.domain.trail_state import TrailState

TRAIL_DELETED = "trail_deleted"


def trail_deleted(trail_arn: str, before: TrailState | None) -> Outcome:
    """The outcome of an incident whose trail is gone."""
    if before is None:
        reason = "The trail is gone, and nothing is known of how it was."
        return Outcome(TRAIL_DELETED, trail_arn, reason, _by_history(trail_arn))
    name = shlex.quote(before.trail_arn)
    steps = (
        f"With credentials of account {before.account}, create it again as it was, and switch it on:",
        _command(before, "create-trail", _create(before)),
        _command(before, "put-event-selectors", _selectors(before)),
        *_insights(before),
        f"aws cloudtrail start-logging --region {before.home_region} --name {name}",
        "Then capture the baseline anew: trailguard baseline capture",
    )
    return Outcome(
        TRAIL_DELETED, trail_arn, "The trail is gone; its log files are still in the bucket.", steps
    )


def _by_history(trail_arn: str) -> tuple[str, ...]:
    parsed = parse_trail_arn(trail_arn)
    region = f" --region {parsed.region}" if parsed else ""
    last = canonical_json([{"AttributeKey": "EventName", "AttributeValue": "UpdateTrail"}])
    return (
        "Look for the trail's last settings in the event history, then create it again:",
        f"aws cloudtrail lookup-events{region} --lookup-attributes {shlex.quote(last)}",
        "Console: CloudTrail, Trails, Create trail.",
    )


def _command(state: TrailState, operation: str, parameters: dict[str, Any]) -> str:
    """One command with its parameters as JSON: ASCII, and quoted for the shell."""
    document = shlex.quote(canonical_json(parameters))
    return f"aws cloudtrail {operation} --region {state.home_region} --cli-input-json {document}"


def _create(state: TrailState) -> dict[str, Any]:
    parameters = {
        "Name": state.name,
        "S3BucketName": state.s3_bucket_name,
        "S3KeyPrefix": state.s3_key_prefix,
        "SnsTopicName": state.sns_topic_arn,
        "IncludeGlobalServiceEvents": state.include_global_service_events,
        "IsMultiRegionTrail": state.is_multi_region_trail,
        "EnableLogFileValidation": state.log_file_validation_enabled,
        "CloudWatchLogsLogGroupArn": state.cloud_watch_logs_log_group_arn,
        "CloudWatchLogsRoleArn": state.cloud_watch_logs_role_arn,
        "KmsKeyId": state.kms_key_id,
        "IsOrganizationTrail": state.is_organization_trail,
        "TagsList": [{"Key": key, "Value": value} for key, value in sorted(state.tags.items())] or None,
    }
    return {key: value for key, value in parameters.items() if value is not None}


def _selectors(state: TrailState) -> dict[str, Any]:
    kind = "AdvancedEventSelectors" if state.advanced_event_selectors else "EventSelectors"
    return {"TrailName": state.trail_arn, kind: state.value(kind)}


def _insights(state: TrailState) -> tuple[str, ...]:
    if not state.insight_selectors:
        return ()
    selectors = state.value("InsightSelectors")
    return (
        _command(
            state, "put-insight-selectors", {"TrailName": state.trail_arn, "InsightSelectors": selectors}
        ),
    )

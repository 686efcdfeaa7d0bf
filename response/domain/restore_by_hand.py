"""Restores that Trailguard cannot make, as named outcomes with the AWS CLI commands for whoever can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from response.domain.cli_command import cli_command
from response.domain.plan import Call, Outcome
from response.domain.selectors import DEFAULT_EVENT_SELECTORS
from response.domain.text import plain
from response.domain.trail_state import TrailState

RESERVED_TAG = "aws:"
"""Tags with this prefix are AWS's own: nobody else can set or remove them."""


def trail_deleted(aim: TrailState) -> Outcome:
    """The trail is gone. Made again under its name it has the same ARN: policies that name it still fit."""
    return Outcome(
        name="trail_deleted",
        target=aim.trail_arn,
        reason=(
            "The trail was deleted, which cannot be undone: it has to be made again. What happened meanwhile "
            "is in the event history only, and the digest chain starts anew."
        ),
        instructions=tuple(cli_command(call) for call in _creation(aim)),
    )


def foreign_trail(found: TrailState, calls: Sequence[Call]) -> Outcome:
    """The trail belongs to an account in which Trailguard cannot act."""
    of_organization = found.is_organization_trail
    owner = f"account {found.account}"
    return Outcome(
        name="organization_trail" if of_organization else "foreign_account",
        target=found.trail_arn,
        reason=(
            f"This is an organization trail of {owner}: member accounts cannot change it."
            if of_organization
            else f"The trail belongs to {owner}, in which Trailguard has no role."
        ),
        instructions=(f"In {owner}, run:", *(cli_command(call) for call in calls)),
    )


def organization_flag(aim: TrailState) -> Outcome:
    """Whether a trail is the organization's only the management account decides."""
    parameters = {"Name": aim.trail_arn, "IsOrganizationTrail": aim.is_organization_trail}
    return Outcome(
        name="organization_trail",
        target=aim.trail_arn,
        reason=(
            "IsOrganizationTrail differs from what was approved. Only the organization's management account "
            "can turn an account's trail into an organization trail or back."
        ),
        instructions=(
            "In the organization's management account, run:",
            cli_command(Call("cloudtrail", "UpdateTrail", parameters, aim.home_region)),
        ),
    )


def reserved_tags(found: TrailState, keys: Sequence[str]) -> Outcome:
    """Tags that only AWS services set, CloudFormation above all."""
    return Outcome(
        name="reserved_tags",
        target=found.trail_arn,
        reason=f"Tags that only AWS can set differ: {', '.join(plain(key, 128) for key in keys)}.",
        instructions=("Update the CloudFormation stack that owns the trail: it sets these tags again.",),
    )


def _creation(aim: TrailState) -> list[Call]:
    """The calls that make the trail again; a trail made by API does not log until it is told to."""
    texts = {
        "S3BucketName": aim.s3_bucket_name,
        "S3KeyPrefix": aim.s3_key_prefix,
        "SnsTopicName": aim.sns_topic_arn,
        "CloudWatchLogsLogGroupArn": aim.cloud_watch_logs_log_group_arn,
        "CloudWatchLogsRoleArn": aim.cloud_watch_logs_role_arn,
        "KmsKeyId": aim.kms_key_id,
    }
    tags = [
        {"Key": key, "Value": value}
        for key, value in sorted(aim.tags.items())
        if not key.startswith(RESERVED_TAG)
    ]
    create: dict[str, Any] = {
        "Name": aim.name,
        **{name: value for name, value in texts.items() if value is not None},
        "IncludeGlobalServiceEvents": aim.include_global_service_events,
        "IsMultiRegionTrail": aim.is_multi_region_trail,
        "EnableLogFileValidation": aim.log_file_validation_enabled,
        **({"IsOrganizationTrail": True} if aim.is_organization_trail else {}),
        **({"TagsList": tags} if tags else {}),
    }
    steps: list[tuple[str, dict[str, Any]]] = [("CreateTrail", create)]
    kind = "AdvancedEventSelectors" if aim.advanced_event_selectors else "EventSelectors"
    if aim.advanced_event_selectors or aim.event_selectors != DEFAULT_EVENT_SELECTORS:
        steps.append(("PutEventSelectors", {"TrailName": aim.trail_arn, kind: aim.value(kind)}))
    if aim.insight_selectors:
        insights = {"TrailName": aim.trail_arn, "InsightSelectors": aim.value("InsightSelectors")}
        steps.append(("PutInsightSelectors", insights))
    if aim.is_logging:
        steps.append(("StartLogging", {"Name": aim.trail_arn}))
    return [Call("cloudtrail", operation, parameters, aim.home_region) for operation, parameters in steps]

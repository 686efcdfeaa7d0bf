"""Reading the lab's trail as any client would, into the form that the domain compares."""

from __future__ import annotations

from botocore.exceptions import ClientError

from response.domain.trail_state import TrailState
from toolkit.lab.emulator.server import Lab


def read_trail(lab: Lab, trail_arn: str) -> TrailState:
    """The trail's state by five API calls with the root key; Trailguard's own adapters are not asked."""
    cloudtrail = lab.client("cloudtrail")
    trail = cloudtrail.get_trail(Name=trail_arn)["Trail"]
    selectors = cloudtrail.get_event_selectors(TrailName=trail_arn)
    tags = cloudtrail.list_tags(ResourceIdList=[trail_arn])["ResourceTagList"][0]["TagsList"]
    return TrailState(
        trail_arn=trail_arn,
        s3_bucket_name=trail["S3BucketName"],
        s3_key_prefix=trail.get("S3KeyPrefix"),
        sns_topic_arn=trail.get("SnsTopicARN"),
        include_global_service_events=trail["IncludeGlobalServiceEvents"],
        is_multi_region_trail=trail["IsMultiRegionTrail"],
        log_file_validation_enabled=trail["LogFileValidationEnabled"],
        cloud_watch_logs_log_group_arn=trail.get("CloudWatchLogsLogGroupArn"),
        cloud_watch_logs_role_arn=trail.get("CloudWatchLogsRoleArn"),
        kms_key_id=trail.get("KmsKeyId"),
        is_organization_trail=trail["IsOrganizationTrail"],
        is_logging=cloudtrail.get_trail_status(Name=trail_arn)["IsLogging"],
        event_selectors=tuple(selectors.get("EventSelectors") or ()),
        advanced_event_selectors=tuple(selectors.get("AdvancedEventSelectors") or ()),
        insight_selectors=_insights(lab, trail_arn),
        tags={tag["Key"]: tag.get("Value", "") for tag in tags},
    )


def _insights(lab: Lab, trail_arn: str) -> tuple[dict[str, object], ...]:
    try:
        answer = lab.client("cloudtrail").get_insight_selectors(TrailName=trail_arn)
    except ClientError as error:
        if error.response["Error"]["Code"] == "InsightNotEnabledException":
            return ()
        raise
    return tuple(answer["InsightSelectors"])

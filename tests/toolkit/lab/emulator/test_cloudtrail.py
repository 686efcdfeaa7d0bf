"""A trail keeps what it is given, answers with ARNs, and couples settings as CloudTrail does."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import ACCOUNT, make_trail, make_user
from toolkit.lab.emulator.server import Lab

_MINIMIZED = {
    "SnsTopicName": "",
    "CloudWatchLogsLogGroupArn": "",
    "CloudWatchLogsRoleArn": "",
    "KmsKeyId": "",
    "IsMultiRegionTrail": False,
    "IncludeGlobalServiceEvents": False,
    "EnableLogFileValidation": False,
}


@pytest.fixture(scope="module")
def key(lab: Lab) -> dict[str, Any]:
    """Create a key that has an alias."""
    kms = lab.client("kms")
    metadata: dict[str, Any] = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/trails", TargetKeyId=metadata["KeyId"])
    return metadata


def _read(lab: Lab, name: str) -> dict[str, Any]:
    trail: dict[str, Any] = lab.client("cloudtrail").get_trail(Name=name)["Trail"]
    return trail


def test_create_keeps_everything(lab: Lab, key: dict[str, Any]) -> None:
    """Log group, role, key, topic and tags of CreateTrail are there when the trail is read."""
    topic = lab.client("sns").create_topic(Name="told")["TopicArn"]
    answer = make_trail(
        lab,
        "kept",
        SnsTopicName="told",
        KmsKeyId="alias/trails",
        TagsList=[{"Key": "team", "Value": "security"}],
    )
    trail = _read(lab, "kept")
    assert trail["CloudWatchLogsLogGroupArn"].endswith("log-group:/trails/kept:*")
    assert trail["CloudWatchLogsRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/service/kept-to-logs"
    assert trail["KmsKeyId"] == key["Arn"]
    assert (trail["SnsTopicName"], trail["SnsTopicARN"]) == ("told", topic)
    assert answer.items() <= trail.items()
    tags = lab.client("cloudtrail").list_tags(ResourceIdList=[trail["TrailARN"]])["ResourceTagList"]
    assert tags[0]["TagsList"] == [{"Key": "team", "Value": "security"}]


@pytest.mark.parametrize("form", ["KeyId", "Arn", "alias"])
def test_every_form_of_a_key_reads_back_as_its_arn(lab: Lab, key: dict[str, Any], form: str) -> None:
    """A key given by id, by ARN or by alias is read as the key's ARN."""
    lab.client("s3").create_bucket(Bucket=f"key-by-{form.lower()}")
    given = key.get(form, "alias/trails")
    cloudtrail = lab.client("cloudtrail")
    cloudtrail.create_trail(Name=f"key-by-{form}", S3BucketName=f"key-by-{form.lower()}", KmsKeyId=given)
    assert _read(lab, f"key-by-{form}")["KmsKeyId"] == key["Arn"]


def test_minimizing_a_trail_is_accepted_and_clears(lab: Lab, key: dict[str, Any]) -> None:
    """The attack of the demo: empty text clears, and only what was sent changes."""
    lab.client("sns").create_topic(Name="minimized")
    assert key["Enabled"]
    make_trail(
        lab,
        "minimized",
        SnsTopicName="minimized",
        IsMultiRegionTrail=True,
        KmsKeyId="alias/trails",
        S3KeyPrefix="p",
    )
    lab.client("s3").create_bucket(Bucket="of-the-attacker")
    attacker = lab.client("cloudtrail", **make_user(lab, "minimizer", ["cloudtrail:UpdateTrail"]))
    attacker.update_trail(Name="minimized", S3BucketName="of-the-attacker", **_MINIMIZED)
    trail = _read(lab, "minimized")
    gone = {"SnsTopicName", "SnsTopicARN", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId"}
    assert not gone & set(trail)
    assert trail["S3BucketName"] == "of-the-attacker"
    assert trail["S3KeyPrefix"] == "p"
    assert not any(
        trail[name]
        for name in ("IsMultiRegionTrail", "IncludeGlobalServiceEvents", "LogFileValidationEnabled")
    )


def test_single_region_turns_global_events_off_and_back(lab: Lab) -> None:
    """Converting a trail drags global service events along, in both directions."""
    make_trail(lab, "coupled", IsMultiRegionTrail=True)
    cloudtrail = lab.client("cloudtrail")
    cloudtrail.update_trail(Name="coupled", IsMultiRegionTrail=False)
    assert _read(lab, "coupled")["IncludeGlobalServiceEvents"] is False
    cloudtrail.update_trail(Name="coupled", IsMultiRegionTrail=True)
    assert _read(lab, "coupled")["IncludeGlobalServiceEvents"] is True


def test_status_tells_when_the_log_group_was_reached(lab: Lab) -> None:
    """GetTrailStatus knows the last delivery to the log group."""
    make_trail(lab, "reached")
    cloudtrail = lab.client("cloudtrail")
    assert "LatestCloudWatchLogsDeliveryTime" not in cloudtrail.get_trail_status(Name="reached")
    cloudtrail.update_trail(Name="reached", S3KeyPrefix="a")
    status = cloudtrail.get_trail_status(Name="reached")
    assert status["LatestCloudWatchLogsDeliveryTime"] >= status["StartLoggingTime"]


def test_insight_selectors(lab: Lab) -> None:
    """Insights are kept, read back, and switched off by an empty list."""
    make_trail(lab, "insights")
    cloudtrail = lab.client("cloudtrail")
    with pytest.raises(ClientError) as refusal:
        cloudtrail.get_insight_selectors(TrailName="insights")
    assert refusal.value.response["Error"]["Code"] == "InsightNotEnabledException"
    selectors = [{"InsightType": "ApiCallRateInsight"}]
    cloudtrail.put_insight_selectors(TrailName="insights", InsightSelectors=selectors)
    assert cloudtrail.get_insight_selectors(TrailName="insights")["InsightSelectors"] == selectors
    assert _read(lab, "insights")["HasInsightSelectors"] is True
    cloudtrail.put_insight_selectors(TrailName="insights", InsightSelectors=[])
    assert _read(lab, "insights")["HasInsightSelectors"] is False


def test_a_trail_created_anew_inherits_nothing(lab: Lab) -> None:
    """Deleting a trail takes its Insights and tags along."""
    make_trail(lab, "anew", TagsList=[{"Key": "a", "Value": "b"}])
    cloudtrail = lab.client("cloudtrail")
    cloudtrail.put_insight_selectors(
        TrailName="anew", InsightSelectors=[{"InsightType": "ApiErrorRateInsight"}]
    )
    cloudtrail.delete_trail(Name="anew")
    arn = cloudtrail.create_trail(Name="anew", S3BucketName="anew-logs")["TrailARN"]
    assert cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == []
    with pytest.raises(ClientError):
        cloudtrail.get_insight_selectors(TrailName=arn)


def test_no_public_keys(lab: Lab) -> None:
    """No digest is delivered here, so there is no key to check one with."""
    assert lab.client("cloudtrail").list_public_keys()["PublicKeyList"] == []

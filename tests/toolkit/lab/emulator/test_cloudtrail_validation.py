"""CreateTrail and UpdateTrail refuse what CloudTrail documents that it refuses."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import ACCOUNT, make_role, make_trail, make_user, policy
from toolkit.lab.emulator.server import Lab

_GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{{}}:*"


@pytest.fixture(scope="module", autouse=True)
def trail(lab: Lab) -> dict[str, Any]:
    """Create the trail that the refused updates are aimed at."""
    make_role(lab, "to-logs", "cloudtrail.amazonaws.com")
    disabled = lab.client("kms").create_key()["KeyMetadata"]["KeyId"]
    lab.client("kms").create_alias(AliasName="alias/disabled", TargetKeyId=disabled)
    lab.client("kms").disable_key(KeyId=disabled)
    return make_trail(lab, "checked", IsMultiRegionTrail=True)


def _refused(client: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        client.update_trail(**{"Name": "checked", **request})
    return str(refusal.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"S3BucketName": ""}, "InvalidS3BucketNameException"),
        ({"S3BucketName": "Not A Bucket"}, "InvalidS3BucketNameException"),
        ({"S3BucketName": "nobody-has-this"}, "S3BucketDoesNotExistException"),
        ({"S3KeyPrefix": "p" * 201}, "InvalidS3PrefixException"),
        ({"SnsTopicName": "no-such-topic"}, "InsufficientSnsTopicPolicyException"),
        ({"SnsTopicName": "t" * 257}, "InvalidSnsTopicNameException"),
        ({"IncludeGlobalServiceEvents": False}, "InvalidParameterCombinationException"),
        (
            {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False},
            "InvalidParameterCombinationException",
        ),
        ({"CloudWatchLogsLogGroupArn": _GROUP.format("/none")}, "InvalidCloudWatchLogsLogGroupArnException"),
        ({"CloudWatchLogsLogGroupArn": "no arn"}, "InvalidCloudWatchLogsLogGroupArnException"),
        ({"CloudWatchLogsLogGroupArn": ""}, "InvalidCloudWatchLogsLogGroupArnException"),
        ({"CloudWatchLogsRoleArn": ""}, "InvalidCloudWatchLogsRoleArnException"),
        (
            {"CloudWatchLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"},
            "InvalidCloudWatchLogsRoleArnException",
        ),
        ({"KmsKeyId": "alias/none"}, "KmsKeyNotFoundException"),
        ({"KmsKeyId": "00000000-0000-0000-0000-000000000000"}, "KmsKeyNotFoundException"),
        ({"KmsKeyId": "not a key!"}, "InvalidKmsKeyIdException"),
        ({"KmsKeyId": "alias/disabled"}, "KmsKeyDisabledException"),
        ({"IsOrganizationTrail": True}, "OrganizationsNotInUseException"),
        ({"Name": "no-such-trail"}, "TrailNotFoundException"),
        ({"Name": " "}, "InvalidTrailNameException"),
    ],
)
def test_refusals(lab: Lab, trail: dict[str, Any], request_: dict[str, Any], code: str) -> None:
    """Each refusal has its documented code, and the trail stays as it was."""
    cloudtrail = lab.client("cloudtrail")
    assert _refused(cloudtrail, **request_) == code
    assert trail.items() <= cloudtrail.get_trail(Name="checked")["Trail"].items()


@pytest.mark.parametrize("name", ["checked", f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/checked"])
def test_a_write_in_another_region_is_refused(lab: Lab, name: str) -> None:
    """A trail is changed in its home Region only."""
    assert (
        _refused(lab.client("cloudtrail", region_name="eu-west-1"), Name=name) == "InvalidHomeRegionException"
    )


def test_a_single_region_trail_is_refused_elsewhere_by_arn(lab: Lab) -> None:
    """The ARN says where a trail lives, whether or not it is multi-Region."""
    arn = make_trail(lab, "single")["TrailARN"]
    elsewhere = lab.client("cloudtrail", region_name="eu-west-1")
    assert _refused(elsewhere, Name=arn) == "InvalidHomeRegionException"
    assert _refused(elsewhere, Name="single") == "TrailNotFoundException"


@pytest.mark.parametrize("name", ["ab", "-abc", "a..b", "abc.", "n" * 129, "with space"])
def test_names_that_break_the_rules(lab: Lab, name: str) -> None:
    """A trail that is created needs a proper name."""
    with pytest.raises(ClientError) as refusal:
        lab.client("cloudtrail").create_trail(Name=name, S3BucketName="checked-logs")
    assert refusal.value.response["Error"]["Code"] == "InvalidTrailNameException"


def test_create_needs_a_bucket_that_is_there(lab: Lab) -> None:
    """CreateTrail checks its bucket as UpdateTrail does, and leaves no trail behind."""
    cloudtrail = lab.client("cloudtrail")
    with pytest.raises(ClientError) as refusal:
        cloudtrail.create_trail(Name="bucketless", S3BucketName="nobody-has-this")
    assert refusal.value.response["Error"]["Code"] == "S3BucketDoesNotExistException"
    assert cloudtrail.describe_trails(trailNameList=["bucketless"])["trailList"] == []


def test_the_role_has_to_be_passed(lab: Lab, trail: dict[str, Any]) -> None:
    """Whoever may update trails but not pass the role is refused; with iam:PassRole the call succeeds."""
    credentials = make_user(lab, "updater", ["cloudtrail:UpdateTrail"])
    client = lab.client("cloudtrail", **credentials)
    pair = {name: trail[name] for name in ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")}
    assert _refused(client, **pair) == "AccessDeniedException"
    passing = policy(
        "iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "cloudtrail.amazonaws.com"}}
    )
    lab.client("iam").put_user_policy(UserName="updater", PolicyName="pass", PolicyDocument=passing)
    assert (
        client.update_trail(Name="checked", **pair)["CloudWatchLogsRoleArn"] == pair["CloudWatchLogsRoleArn"]
    )

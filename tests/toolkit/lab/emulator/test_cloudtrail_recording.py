"""Every write leaves a record: in the event history, on the event bus, and in the trail's log group."""

import json
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import (
    ACCOUNT,
    make_queue,
    make_trail,
    make_user,
    policy,
    receive,
    records_in_log_group,
    trust,
)
from toolkit.lab.emulator.server import Lab


def _history(lab: Lab, **attribute: str) -> list[dict[str, Any]]:
    attributes = [{"AttributeKey": key, "AttributeValue": value} for key, value in attribute.items()]
    events: list[dict[str, Any]] = lab.client("cloudtrail").lookup_events(LookupAttributes=attributes)[
        "Events"
    ]
    return events


def _last_record(lab: Lab, **attribute: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(_history(lab, **attribute)[0]["CloudTrailEvent"])
    return record


def _rule_into_queue(lab: Lab, name: str, pattern: dict[str, Any]) -> str:
    events = lab.client("events")
    url, arn = make_queue(lab, name, "events.amazonaws.com")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    return url


def test_the_record_of_an_update(lab: Lab) -> None:
    """The record has the request as sent, the whole trail after it, the caller, and the request's id."""
    make_trail(lab, "recorded")
    credentials = make_user(lab, "writer", ["cloudtrail:UpdateTrail"])
    answer = lab.client("cloudtrail", **credentials).update_trail(Name="recorded", S3KeyPrefix="elsewhere")
    record = _last_record(lab, EventName="UpdateTrail")
    assert record["requestParameters"] == {"name": "recorded", "s3KeyPrefix": "elsewhere"}
    assert record["responseElements"] == {
        "name": "recorded",
        "s3BucketName": "recorded-logs",
        "s3KeyPrefix": "elsewhere",
        "includeGlobalServiceEvents": True,
        "isMultiRegionTrail": False,
        "trailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/recorded",
        "logFileValidationEnabled": False,
        "cloudWatchLogsLogGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/trails/recorded:*",
        "cloudWatchLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/service/recorded-to-logs",
        "isOrganizationTrail": False,
    }
    assert record["userIdentity"]["type"] == "IAMUser"
    assert record["userIdentity"]["userName"] == "writer"
    assert record["userIdentity"]["accessKeyId"] == credentials["aws_access_key_id"]
    assert record["userIdentity"]["principalId"].startswith("AIDA")
    assert record["requestID"] == answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    assert record["sourceIPAddress"] == "127.0.0.1"
    assert "Boto3" in record["userAgent"]
    assert "errorCode" not in record
    assert (record["eventVersion"], record["eventCategory"], record["readOnly"]) == (
        "1.11",
        "Management",
        False,
    )


def test_a_denied_call_is_recorded(lab: Lab) -> None:
    """A call that a policy refused has its error, and no parameters."""
    make_trail(lab, "denied")
    client = lab.client("cloudtrail", **make_user(lab, "denied-user", ["cloudtrail:DescribeTrails"]))
    with pytest.raises(ClientError):
        client.stop_logging(Name="denied")
    record = _last_record(lab, Username="denied-user")
    assert (record["eventName"], record["errorCode"]) == ("StopLogging", "AccessDenied")
    assert record["requestParameters"] is None
    assert record["responseElements"] is None


def test_a_failed_call_is_recorded(lab: Lab) -> None:
    """A call that CloudTrail refused has its error and what was asked for."""
    with pytest.raises(ClientError):
        lab.client("cloudtrail").delete_trail(Name="no-such-trail")
    record = _last_record(lab, EventName="DeleteTrail")
    assert record["errorCode"] == "TrailNotFoundException"
    assert record["requestParameters"] == {"name": "no-such-trail"}
    assert record["userIdentity"]["type"] == "Root"


def test_an_unknown_key_is_not_recorded(lab: Lab) -> None:
    """Nobody's call belongs to no account's history."""
    with pytest.raises(ClientError):
        lab.client("cloudtrail", aws_access_key_id="AKIAIOSFODNN7EXAMPLE").stop_logging(Name="x")
    assert _history(lab, AccessKeyId="AKIAIOSFODNN7EXAMPLE") == []


def test_an_assumed_role(lab: Lab) -> None:
    """A role session names its issuer with the role's path, and its session."""
    make_trail(lab, "by-role")
    iam, document = lab.client("iam"), trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    role = iam.create_role(RoleName="changer", Path="/teams/", AssumeRolePolicyDocument=document)["Role"]
    iam.put_role_policy(RoleName="changer", PolicyName="may", PolicyDocument=policy("cloudtrail:*"))
    keys = lab.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="night-shift")["Credentials"]
    session = lab.client(
        "cloudtrail",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    session.stop_logging(Name="by-role")
    identity = _last_record(lab, AccessKeyId=keys["AccessKeyId"])["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/changer/night-shift"
    assert identity["principalId"] == f"{role['RoleId']}:night-shift"
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert issuer["arn"] == f"arn:aws:iam::{ACCOUNT}:role/teams/changer"
    assert (issuer["type"], issuer["userName"]) == ("Role", "changer")
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    assumed = _last_record(lab, EventName="AssumeRole")
    assert assumed["requestParameters"] == {"roleArn": role["Arn"], "roleSessionName": "night-shift"}
    assert set(assumed["responseElements"]["credentials"]) == {"accessKeyId", "expiration"}


def test_iam_writes_are_recorded_without_secrets(lab: Lab) -> None:
    """A new access key is in the history; its secret is not."""
    make_user(lab, "with-key")
    record = _last_record(lab, EventName="CreateAccessKey")
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["requestParameters"] == {"userName": "with-key"}
    assert "secretAccessKey" not in record["responseElements"]["accessKey"]


def test_what_blinds_or_robs_an_account_is_recorded(lab: Lab) -> None:
    """Writes of other services that an investigation looks for are recorded, under CloudTrail's names."""
    logs, s3, events, alarms = (lab.client(name) for name in ("logs", "s3", "events", "cloudwatch"))
    logs.create_log_group(logGroupName="/evaded")
    logs.delete_log_group(logGroupName="/evaded")
    key = lab.client("kms").create_key()["KeyMetadata"]["KeyId"]
    lab.client("kms").disable_key(KeyId=key)
    s3.create_bucket(Bucket="evaded")
    rules = [{"ID": "soon", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
    s3.put_bucket_lifecycle_configuration(Bucket="evaded", LifecycleConfiguration={"Rules": rules})
    events.put_rule(Name="evaded", ScheduleExpression="rate(1 day)")
    events.disable_rule(Name="evaded")
    alarms.delete_alarms(AlarmNames=["evaded"])
    found = {
        name: _last_record(lab, EventName=name)
        for name in ("DeleteLogGroup", "DisableKey", "PutBucketLifecycle", "DisableRule", "DeleteAlarms")
    }
    assert {name: (each["eventSource"], each["requestParameters"]) for name, each in found.items()} == {
        "DeleteLogGroup": ("logs.amazonaws.com", {"logGroupName": "/evaded"}),
        "DisableKey": ("kms.amazonaws.com", {"keyId": key}),
        "PutBucketLifecycle": ("s3.amazonaws.com", {"bucketName": "evaded"}),
        "DisableRule": ("events.amazonaws.com", {"name": "evaded"}),
        "DeleteAlarms": ("monitoring.amazonaws.com", {"alarmNames": ["evaded"]}),
    }
    for name in ("/evaded", key, "evaded"):
        assert _history(lab, ResourceName=name), name
    assert len(_history(lab, EventSource="s3.amazonaws.com")) >= 2


@pytest.mark.parametrize(
    ("service", "event", "arguments"),
    [
        ("iam", "ListUsers", {}),
        ("logs", "DeleteLogGroup", {"logGroupName": "/denied"}),
        ("s3", "DeleteBucketPolicy", {"Bucket": "denied-bucket"}),
        ("kms", "ListKeys", {}),
    ],
)
def test_denied_calls_of_any_of_these_are_recorded(
    lab: Lab, unused: str, service: str, event: str, arguments: dict[str, str]
) -> None:
    """What a policy refuses is recorded without parameters, a read as well as a write."""
    client = lab.client(service, **make_user(lab, unused, ["sts:GetCallerIdentity"]))
    with pytest.raises(ClientError):
        client._make_api_call(event, arguments)
    record = _last_record(lab, Username=unused)
    assert (record["eventName"], record["errorCode"]) == (event, "AccessDenied")
    assert (record["requestParameters"], record["responseElements"]) == (None, None)
    assert record["readOnly"] is event.startswith("List")


@pytest.mark.parametrize(
    ("method", "arguments", "member"),
    [
        ("create_user", {"UserName": "made"}, "user"),
        ("create_role", {"RoleName": "made", "AssumeRolePolicyDocument": trust({"AWS": ACCOUNT})}, "role"),
        ("create_login_profile", {"UserName": "made", "Password": "not in the record"}, "loginProfile"),
        ("create_access_key", {"UserName": "made"}, "accessKey"),
    ],
)
def test_what_is_made_to_stay_is_recorded(
    lab: Lab, method: str, arguments: dict[str, str], member: str
) -> None:
    """New users, roles, passwords and keys are recorded in us-east-1, wherever the call is sent."""
    getattr(lab.client("iam", region_name="eu-central-1"), method)(**arguments)
    event = "".join(part.capitalize() for part in method.split("_"))
    record = _last_record(lab, EventName=event)
    assert record["awsRegion"] == "us-east-1"
    made = record["responseElements"][member]
    assert "made" in (made.get("userName"), made.get("roleName"))
    assert made["createDate"].endswith(("AM", "PM"))
    assert "not in the record" not in json.dumps(record)
    name = made.get("accessKeyId", "made")
    assert _history(lab, ResourceName=name)[0]["EventName"] == event


def test_the_detaching_call_still_reaches_the_log_group(lab: Lab) -> None:
    """The update that takes the log group away is delivered to it; the one after that is not."""
    make_trail(lab, "detached")
    cloudtrail = lab.client("cloudtrail")
    cloudtrail.update_trail(Name="detached", CloudWatchLogsLogGroupArn="", CloudWatchLogsRoleArn="")
    cloudtrail.update_trail(Name="detached", S3KeyPrefix="later")
    records = records_in_log_group(lab, "detached")
    assert [record["eventName"] for record in records] == ["UpdateTrail"]
    assert records[0]["requestParameters"]["cloudWatchLogsLogGroupArn"] == ""


def test_events_reach_the_default_bus_while_a_trail_logs(lab: Lab) -> None:
    """A rule on the default bus receives the record; once no trail logs management events, it does not."""
    detail = {"eventName": ["StopLogging", "UpdateTrail"], "requestParameters": {"name": ["on-the-bus"]}}
    pattern = {"source": ["aws.cloudtrail"], "detail": detail}
    url = _rule_into_queue(lab, "bus", pattern)
    make_trail(lab, "on-the-bus")
    cloudtrail = lab.client("cloudtrail")
    cloudtrail.stop_logging(Name="on-the-bus")
    event = json.loads(receive(lab, url)["Body"])
    assert event["detail-type"] == "AWS API Call via CloudTrail"
    assert event["detail"]["eventName"] == "StopLogging"
    for trail in cloudtrail.describe_trails()["trailList"]:
        cloudtrail.stop_logging(Name=trail["Name"])
    lab.client("sqs").purge_queue(QueueUrl=url)
    cloudtrail.update_trail(Name="on-the-bus", S3KeyPrefix="unseen")
    assert "Messages" not in lab.client("sqs").receive_message(QueueUrl=url)
    assert _last_record(lab, ResourceName="on-the-bus")["requestParameters"]["s3KeyPrefix"] == "unseen"


@pytest.mark.parametrize(
    ("selectors", "delivered"),
    [
        ({"EventSelectors": [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]}, False),
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": False}]}, False),
        ({"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]}, True),
        (
            {
                "AdvancedEventSelectors": [
                    {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
                ]
            },
            True,
        ),
    ],
)
def test_selectors_decide_what_is_delivered(lab: Lab, selectors: dict[str, Any], *, delivered: bool) -> None:
    """A trail whose selectors leave out management writes receives none."""
    name = f"selects-{len(_history(lab, EventName='PutEventSelectors'))}"
    make_trail(lab, name)
    cloudtrail = lab.client("cloudtrail")
    cloudtrail.put_event_selectors(TrailName=name, **selectors)
    cloudtrail.update_trail(Name=name, S3KeyPrefix="after")
    names = [record["eventName"] for record in records_in_log_group(lab, name)]
    assert names == (["PutEventSelectors", "UpdateTrail"] if delivered else ["PutEventSelectors"])


def test_a_client_may_say_where_it_comes_from(lab: Lab) -> None:
    """All clients of the lab are on loopback: X-Forwarded-For stands for the address that AWS would see."""
    cloudtrail = lab.client("cloudtrail", config=Config())  # not the one that others share
    cloudtrail.meta.events.register(
        "before-sign.cloudtrail",
        lambda request, **_: request.headers.add_header("X-Forwarded-For", "203.0.113.9"),
    )
    with pytest.raises(ClientError):
        cloudtrail.stop_logging(Name="from-afar")
    assert _last_record(lab, ResourceName="from-afar")["sourceIPAddress"] == "203.0.113.9"

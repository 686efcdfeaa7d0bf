"""A stack creates what its template says: trails, locked buckets, and everything around a workflow."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import make_function, wait_for
from toolkit.lab.emulator.server import Lab

_ANSWERING = """
import json, urllib.request
def handler(event, context):
    if event["ResourceProperties"].get("Crash") == "true":
        raise RuntimeError("cannot capture")
    data = {"Seen": event["RequestType"] + event["ResourceProperties"]["Number"]}
    body = {
        "Status": "SUCCESS", "PhysicalResourceId": "it", "Data": data,
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), method="PUT")
    urllib.request.urlopen(request)
"""


def _arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def _role(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}}


def _trail(**properties: Any) -> dict[str, Any]:
    """Write a template of a trail and what it needs."""
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
        "Role": _role("cloudtrail.amazonaws.com"),
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}},
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "Trail": {
            "Type": "AWS::CloudTrail::Trail",
            "Properties": {"S3BucketName": {"Ref": "Bucket"}, "IsLogging": True, **properties},
        },
    }


_FULL: dict[str, Any] = {
    "TrailName": "from-template",
    "IsMultiRegionTrail": True,
    "EnableLogFileValidation": "true",
    "CloudWatchLogsLogGroupArn": _arn("Group"),
    "CloudWatchLogsRoleArn": _arn("Role"),
    "KMSKeyId": {"Ref": "Key"},
    "SnsTopicName": {"Fn::GetAtt": ["Topic", "TopicName"]},
    "EventSelectors": [
        {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": "true"},
    ],
    "InsightSelectors": [{"InsightType": "ApiCallRateInsight"}],
    "Tags": [{"Key": "team", "Value": "security"}],
}
_OUTPUTS = {
    "Name": {"Value": {"Ref": "Trail"}},
    "Arn": {"Value": _arn("Trail")},
    "Topic": {"Value": {"Fn::GetAtt": ["Trail", "SnsTopicArn"]}},
}


def _deploy(
    lab: Lab,
    name: str,
    resources: dict[str, Any],
    outputs: dict[str, Any] | None = None,
    *,
    update: bool = False,
) -> dict[str, Any]:
    """Create or update a stack and return what became of it, once it has settled."""
    client = lab.client("cloudformation")
    operation = client.update_stack if update else client.create_stack
    body = json.dumps({"Resources": resources, "Outputs": outputs or {}})
    operation(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])

    def settled() -> dict[str, Any]:
        stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
        return {} if stack["StackStatus"].endswith("IN_PROGRESS") else stack

    stack = wait_for(settled, seconds=30)
    stack["Values"] = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return stack


def _reasons(lab: Lab, name: str) -> str:
    events = lab.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return " ".join(event.get("ResourceStatusReason", "") for event in events)


def test_a_trail_lives_and_dies_with_its_stack(lab: Lab) -> None:
    """Create sets everything, update changes and clears, delete deletes; each call is in the history."""
    stack = _deploy(lab, "trail", _trail(**_FULL), _OUTPUTS)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    client = lab.client("cloudtrail")
    trail = client.get_trail(Name="from-template")["Trail"]
    assert stack["Values"] == {
        "Name": "from-template",
        "Arn": trail["TrailARN"],
        "Topic": trail["SnsTopicARN"],
    }
    assert trail["KmsKeyId"].startswith("arn:aws:kms:")
    assert trail["CloudWatchLogsLogGroupArn"].endswith(":*")
    assert all(
        trail[key] for key in ("IsMultiRegionTrail", "LogFileValidationEnabled", "HasInsightSelectors")
    )
    assert client.get_trail_status(Name="from-template")["IsLogging"] is True
    selectors = client.get_event_selectors(TrailName="from-template")["EventSelectors"]
    assert selectors[0]["ReadWriteType"] == "WriteOnly"
    plain = {"TrailName": "from-template", "IsLogging": False, "Tags": [{"Key": "team", "Value": "other"}]}
    assert _deploy(lab, "trail", _trail(**plain), _OUTPUTS, update=True)["StackStatus"] == "UPDATE_COMPLETE"
    trail = client.get_trail(Name="from-template")["Trail"]
    assert not {"KmsKeyId", "SnsTopicARN", "CloudWatchLogsLogGroupArn"} & set(trail)
    assert client.get_trail_status(Name="from-template")["IsLogging"] is False
    assert (
        client.get_event_selectors(TrailName="from-template")["EventSelectors"][0]["ReadWriteType"] == "All"
    )
    tags = client.list_tags(ResourceIdList=[trail["TrailARN"]])["ResourceTagList"][0]["TagsList"]
    assert tags == [{"Key": "team", "Value": "other"}]
    lab.client("cloudformation").delete_stack(StackName="trail")
    wait_for(lambda: not client.describe_trails(trailNameList=["from-template"])["trailList"])
    events = client.lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": "from-template"}]
    )["Events"]
    names = [event["EventName"] for event in events]
    assert (names[0], names[-1]) == ("DeleteTrail", "CreateTrail")
    created = json.loads(events[-1]["CloudTrailEvent"])
    assert created["userIdentity"]["invokedBy"] == "cloudformation.amazonaws.com"
    assert created["responseElements"]["trailARN"] == trail["TrailARN"]


def test_a_trail_that_cloudtrail_refuses_fails_the_stack(lab: Lab) -> None:
    """The reason of the refusal is the reason of the failure."""
    stack = _deploy(lab, "refused", _trail(TrailName="refused", S3BucketName="nobody-has-this"))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "S3BucketDoesNotExistException" in _reasons(lab, "refused")


def test_a_bucket_keeps_its_protection(lab: Lab) -> None:
    """Object Lock, retention, encryption, lifecycle, ownership, logging and tags are on the bucket."""
    properties = {
        "BucketName": "protected",
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": "7"}},
        },
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            ]
        },
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "Id": "old",
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                    "ExpirationInDays": 365,
                    "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 90}],
                }
            ]
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "LoggingConfiguration": {"LogFilePrefix": "access/"},
        "Tags": [{"Key": "kind", "Value": "evidence"}],
    }
    resources = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}
    assert _deploy(lab, "bucket", resources)["StackStatus"] == "CREATE_COMPLETE"
    s3, name = lab.client("s3"), {"Bucket": "protected"}
    lock = s3.get_object_lock_configuration(**name)["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 7}
    assert s3.get_bucket_versioning(**name)["Status"] == "Enabled"
    encryption = s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    rule = s3.get_bucket_lifecycle_configuration(**name)["Rules"][0]
    assert (rule["Expiration"]["Days"], rule["Transitions"][0]["Days"]) == (365, 90)
    assert s3.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"]
    assert s3.get_bucket_logging(**name)["LoggingEnabled"]["TargetPrefix"] == "access/"
    assert {"Key": "kind", "Value": "evidence"} in s3.get_bucket_tagging(**name)["TagSet"]


def test_a_workflow_and_its_store(lab: Lab) -> None:
    """Logging and tracing of a state machine, recovery of a table, concurrency of a function are kept."""
    attribute = {"AttributeName": "pk", "AttributeType": "S"}
    resources = {
        "Role": _role("states.amazonaws.com"),
        "FunctionRole": _role("lambda.amazonaws.com"),
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/vendedlogs/machine"}},
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": _arn("Role"),
                "DefinitionString": json.dumps(
                    {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
                ),
                "LoggingConfiguration": {
                    "Level": "ALL",
                    "IncludeExecutionData": True,
                    "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": _arn("Group")}}],
                },
                "TracingConfiguration": {"Enabled": True},
            },
        },
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [attribute],
                "BillingMode": "PAY_PER_REQUEST",
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Code": {"ZipFile": "def handler(event, context): return 1"},
                "Role": _arn("FunctionRole"),
                "ReservedConcurrentExecutions": 3,
            },
        },
    }
    outputs = {name: {"Value": {"Ref": name}} for name in ("Machine", "Table", "Function")}
    values = _deploy(lab, "workflow", resources, outputs)["Values"]
    machine = lab.client("stepfunctions").describe_state_machine(stateMachineArn=values["Machine"])
    assert machine["loggingConfiguration"]["level"] == "ALL"
    assert machine["loggingConfiguration"]["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    assert machine["tracingConfiguration"] == {"enabled": True}
    backups = lab.client("dynamodb").describe_continuous_backups(TableName=values["Table"])
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    concurrency = lab.client("lambda").get_function_concurrency(FunctionName=values["Function"])
    assert concurrency["ReservedConcurrentExecutions"] == 3


@pytest.fixture(scope="module")
def answering(lab: Lab) -> str:
    """Create the function behind the custom resources."""
    return make_function(lab, "custom", _ANSWERING)


def _custom(function: str, **properties: Any) -> dict[str, Any]:
    return {"It": {"Type": "Custom::It", "Properties": {"ServiceToken": function, **properties}}}


def test_a_custom_resource(lab: Lab, answering: str) -> None:
    """The function is asked at creation and at update, and its data can be read."""
    outputs = {"Seen": {"Value": {"Fn::GetAtt": ["It", "Seen"]}}}
    assert _deploy(lab, "custom", _custom(answering, Number=1), outputs)["Values"] == {"Seen": "Create1"}
    updated = _deploy(lab, "custom", _custom(answering, Number=2), outputs, update=True)
    assert updated["Values"] == {"Seen": "Update2"}


def test_a_custom_resource_that_crashes_fails_at_once(lab: Lab, answering: str) -> None:
    """The stack fails with the function's error instead of waiting an hour for an answer."""
    stack = _deploy(lab, "crashing", _custom(answering, Crash=True))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "RuntimeError: cannot capture" in _reasons(lab, "crashing")


def test_an_unknown_resource_type_is_refused(lab: Lab) -> None:
    """What the emulator does not know fails; it is not skipped."""
    resources = {"Odd": {"Type": "AWS::Nothing::Known", "Properties": {}}}
    with pytest.raises((ClientError, AssertionError)):
        assert _deploy(lab, "odd", resources)["StackStatus"] == "CREATE_COMPLETE"

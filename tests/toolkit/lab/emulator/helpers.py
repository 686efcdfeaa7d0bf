"""What contract tests of the emulator share: users with keys, roles, trails, and waiting."""

import io
import json
import textwrap
import time
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from toolkit.lab.emulator.server import Lab

ACCOUNT = "111111111111"
_T = TypeVar("_T")


def policy(actions: list[str] | str = "*", resource: str = "*", **more: Any) -> str:
    """Write a policy that allows the actions."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal: Mapping[str, str] | str) -> str:
    """Write a trust policy."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_user(lab: Lab, name: str, actions: list[str] | str = "*") -> dict[str, str]:
    """Create an IAM user with a key and return the key as keyword arguments for a client."""
    iam = lab.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=policy(actions))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def deny(condition: Mapping[str, Any] | None = None) -> str:
    """Write a policy that denies everything, under a condition if there is one."""
    statement: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    if condition is not None:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def session_keys(answer: Mapping[str, Any]) -> dict[str, str]:
    """Take the credentials from an answer of STS, as keyword arguments for a client."""
    keys = answer["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def code_of(call: Callable[[], Any]) -> str:
    """Make a call and return the error code that it is refused with; "" where it is not."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def last_record(lab: Lab, **attribute: str) -> dict[str, Any]:
    """Look up the newest record by one attribute."""
    ((key, value),) = attribute.items()
    attributes = [{"AttributeKey": key, "AttributeValue": value}]
    events = lab.client("cloudtrail").lookup_events(LookupAttributes=attributes, MaxResults=1)["Events"]
    record: dict[str, Any] = json.loads(events[0]["CloudTrailEvent"])
    return record


def make_role(
    lab: Lab, name: str, service: str, actions: list[str] | str | None = None, path: str = "/"
) -> str:
    """Create a role that a service may assume and return its ARN."""
    iam = lab.client("iam")
    document = trust({"Service": service})
    arn = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if actions is not None:
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy(actions))
    return str(arn)


def make_function(
    lab: Lab, name: str, source: str, *, actions: list[str] | str | None = None, **more: Any
) -> str:
    """Create a Python function whose module is `source`, with a role of its own, and return its ARN."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("code.py", textwrap.dedent(source))
    settings = {"Runtime": "python3.13", "Handler": "code.handler", "Timeout": 10, **more}
    role = make_role(lab, f"{name}-role", "lambda.amazonaws.com", actions)
    function = lab.client("lambda").create_function(
        FunctionName=name, Role=role, Code={"ZipFile": archive.getvalue()}, **settings
    )
    return str(function["FunctionArn"])


def make_queue(lab: Lab, name: str, sender: str | None = None) -> tuple[str, str]:
    """Create a queue that a service may send to; return its URL and its ARN."""
    sqs, arn = lab.client("sqs"), f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    url = str(sqs.create_queue(QueueName=name)["QueueUrl"])
    if sender is not None:
        document = policy("sqs:SendMessage", arn, Principal={"Service": sender})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    return url, arn


def make_trail(lab: Lab, name: str, **settings: Any) -> dict[str, Any]:
    """Create a trail that logs, with its own bucket and log group; return what CreateTrail answered."""
    lab.client("s3").create_bucket(Bucket=f"{name}-logs")
    lab.client("logs").create_log_group(logGroupName=f"/trails/{name}")
    role = make_role(lab, f"{name}-to-logs", "cloudtrail.amazonaws.com", path="/service/")
    cloudtrail = lab.client("cloudtrail")
    trail: dict[str, Any] = cloudtrail.create_trail(
        Name=name,
        S3BucketName=f"{name}-logs",
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/trails/{name}:*",
        CloudWatchLogsRoleArn=role,
        **settings,
    )
    cloudtrail.start_logging(Name=name)
    trail.pop("ResponseMetadata")
    return trail


def records_in_log_group(lab: Lab, name: str) -> list[dict[str, Any]]:
    """Read what the trail of `make_trail` delivered to its log group, oldest first."""
    events = lab.client("logs").filter_log_events(logGroupName=f"/trails/{name}")["events"]
    return [json.loads(event["message"]) for event in events]


def wait_for(read: Callable[[], _T], seconds: float = 15.0) -> _T:
    """Read until there is something to see."""
    deadline = time.monotonic() + seconds
    while not (found := read()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found, "nothing came"
    return found


def receive(lab: Lab, queue_url: str, seconds: float = 15.0) -> dict[str, Any]:
    """Take one message from a queue."""
    sqs = lab.client("sqs")
    messages: list[dict[str, Any]] = wait_for(
        lambda: sqs.receive_message(
            QueueUrl=queue_url, MessageAttributeNames=["All"], AttributeNames=["All"]
        ).get("Messages", []),
        seconds,
    )
    sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=messages[0]["ReceiptHandle"])
    return messages[0]

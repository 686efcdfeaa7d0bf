"""Functions run as their role, in the environment of Lambda, and fail with their error's name."""

import json
import os
import time
from typing import Any

import pytest

from tests.toolkit.lab.emulator.helpers import ACCOUNT, make_function
from toolkit.lab.emulator import lambda_
from toolkit.lab.emulator.server import Lab

_REPORTER = """
import os, boto3
def handler(event, context):
    me = boto3.client("sts").get_caller_identity()
    return {"environment": dict(os.environ), "arn": me["Arn"], "id": me["UserId"]}
"""


def _invoke(lab: Lab, name: str, event: Any = None) -> tuple[dict[str, Any], Any]:
    answer = lab.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return answer, json.loads(answer["Payload"].read())


def test_environment_and_credentials(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function has its role's credentials and the documented variables, and none of the developer's."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("A_DEVELOPERS_SECRET", "x")
    own = {"OWN": "1", "TG_LOOKUPS_PER_SECOND": "2"}  # the lab's own rate goes before the one for AWS
    make_function(lab, "reporter", _REPORTER, Environment={"Variables": own})
    _answer, seen = _invoke(lab, "reporter")
    environment = seen["environment"]
    assert seen["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/reporter-role/reporter"
    role = lab.client("iam").get_role(RoleName="reporter-role")["Role"]
    assert seen["id"] == f"{role['RoleId']}:reporter"
    expected = {
        "AWS_ENDPOINT_URL": lab.endpoint,
        "TG_IP_RANGES_URL": f"{lab.endpoint}/ip-ranges.json",
        "TG_LOOKUPS_PER_SECOND": "50",
        "TG_SIGN_IN_URL": lab.endpoint.replace("127.0.0.1", "localhost"),
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "reporter",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/reporter",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "_HANDLER": "code.handler",
        "TZ": ":UTC",
        "OWN": "1",
    }
    assert expected.items() <= environment.items()
    assert environment["AWS_SESSION_TOKEN"]
    assert not {"AWS_MAX_ATTEMPTS", "A_DEVELOPERS_SECRET", "AUTH", "VIRTUAL_ENV"} & set(environment)
    assert os.environ["A_DEVELOPERS_SECRET"] == "x"


def test_the_role_decides(lab: Lab) -> None:
    """A function may do what its role allows and is refused the rest."""
    source = """
        import boto3
        def handler(event, context):
            boto3.client("sqs").list_queues()
            try:
                boto3.client("s3").list_buckets()
            except boto3.client("s3").exceptions.ClientError as error:
                return error.response["Error"]["Code"]
    """
    make_function(lab, "limited", source, actions="sqs:ListQueues")
    assert _invoke(lab, "limited")[1] == "AccessDenied"


def test_a_package_that_was_not_deployed_is_missing(lab: Lab) -> None:
    """Only boto3 is there by itself: a forgotten dependency fails here as it would on AWS."""
    make_function(lab, "incomplete", "import typer\ndef handler(event, context): pass")
    answer, payload = _invoke(lab, "incomplete")
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'typer'" in payload["errorMessage"]


def test_an_error_has_its_class_and_stack(lab: Lab) -> None:
    """The payload of a failure names the exception's class and where it was raised."""
    source = """
        class TrailGoneError(Exception):
            pass
        def handler(event, context):
            raise TrailGoneError("no trail: \\n really")
    """
    make_function(lab, "failing", source)
    _answer, payload = _invoke(lab, "failing")
    assert payload["errorType"] == "TrailGoneError"
    assert payload["errorMessage"] == "no trail: \n really"
    assert "code.py" in payload["stackTrace"][0]
    assert "in handler" in payload["stackTrace"][0]


def test_a_function_that_takes_too_long(lab: Lab) -> None:
    """The function's own timeout ends it."""
    make_function(lab, "slow", "import time\ndef handler(event, context): time.sleep(30)", Timeout=1)
    _answer, payload = _invoke(lab, "slow")
    assert payload["errorType"] == "Sandbox.Timedout"


def test_warming_up(lab: Lab) -> None:
    """Each function that can start has a process, and its next invocation runs in it."""
    source = "import time\nSTARTED = time.time()\ndef handler(event, context): return STARTED"
    make_function(lab, "warm", source)
    make_function(lab, "cold", "import nothing_of_this_name\ndef handler(event, context): pass")
    functions = lab.client("lambda").list_functions()["Functions"]
    assert 1 <= lambda_.warm_up() < len(functions)
    warm_since = time.time()
    assert _invoke(lab, "warm")[1] < warm_since


def test_what_it_prints_is_in_its_log_group(lab: Lab) -> None:
    """Output of a function is in CloudWatch Logs."""
    make_function(lab, "talking", "def handler(event, context): print('said so')")
    _invoke(lab, "talking")
    events = lab.client("logs").filter_log_events(logGroupName="/aws/lambda/talking")["events"]
    assert "said so" in [event["message"] for event in events]

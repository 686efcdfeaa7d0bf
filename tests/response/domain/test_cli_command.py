"""API calls as AWS CLI commands."""

from __future__ import annotations

import json
import shlex
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from response.domain.cli_command import cli_command
from response.domain.plan import Call
from tests.response.domain.strategies import hostile_text


def test_a_call_is_spelled_as_the_cli_spells_it() -> None:
    """Operation and options with dashes, flags by name, structures as JSON, the region last."""
    parameters: dict[str, Any] = {
        "Name": "audit",
        "S3BucketName": "b",
        "CloudWatchLogsLogGroupArn": "",
        "IsMultiRegionTrail": True,
        "EnableLogFileValidation": False,
    }
    assert cli_command(Call("cloudtrail", "UpdateTrail", parameters, "eu-west-1")) == (
        "aws cloudtrail update-trail --name audit --s3-bucket-name b --cloud-watch-logs-log-group-arn '' "
        "--is-multi-region-trail --no-enable-log-file-validation --region eu-west-1"
    )
    selectors = Call(
        "cloudtrail", "PutInsightSelectors", {"TrailName": "t", "InsightSelectors": [{"a": "b"}]}
    )
    assert cli_command(selectors) == (
        'aws cloudtrail put-insight-selectors --trail-name t --insight-selectors \'[{"a":"b"}]\''
    )


@given(hostile_text.filter(lambda value: not value.startswith("file")) | st.just("-x"))
def test_a_hostile_value_stays_one_argument(value: str) -> None:
    """No value ends its quotes, starts another command or carries control characters."""
    command = cli_command(Call("cloudtrail", "UpdateTrail", {"Name": value, "Tags": [value]}, "eu-west-1"))
    assert command.isprintable()
    assert command.isascii()
    words = shlex.split(command)
    name = words[3].removeprefix("--name=") if words[3] != "--name" else words.pop(4)
    assert len(name) == len(value)
    assert words[4] == "--tags"
    assert json.loads(words[5]) is not None
    assert words[6:] == ["--region", "eu-west-1"]


def test_a_value_is_never_taken_for_an_option_or_a_file() -> None:
    """A dash is bound to its option, and the CLI is not made to send a local file."""
    dashed = cli_command(Call("cloudtrail", "UpdateTrail", {"S3KeyPrefix": "--region"}))
    assert dashed == "aws cloudtrail update-trail --s3-key-prefix=--region"
    local = cli_command(Call("cloudtrail", "UpdateTrail", {"S3KeyPrefix": "file://.aws/credentials"}))
    assert local == "aws cloudtrail update-trail --s3-key-prefix '?.aws/credentials'"

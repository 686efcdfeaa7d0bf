"""API calls as AWS CLI commands."""

from __future__ import annotations

import json
import shlex
from typing import Any

from hypothesis import given

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


@given(hostile_text)
def test_a_hostile_value_stays_one_argument(value: str) -> None:
    """No value ends its quotes, starts another command or carries control characters."""
    command = cli_command(Call("cloudtrail", "UpdateTrail", {"Name": value, "Tags": [value]}, "eu-west-1"))
    assert command.isprintable()
    assert command.isascii()
    words = shlex.split(command)
    assert words[3] == "--name"
    assert len(words[4]) == len(value)
    assert json.loads(words[6]) is not None
    assert words[7:] == ["--region", "eu-west-1"]

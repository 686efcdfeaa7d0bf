"""The stack as a whole: what it reports, and what the AwsSolutions checks say of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cdk_nag import AwsSolutionsChecks

from stacks.assembly import synthesize
from stacks.constructs import acknowledgement
from tests.stacks.template import Template, text

_OUTPUTS = {
    "ConsoleUrl",
    "IncidentTable",
    "EvidenceBucket",
    "TopicArn",
    "StateMachineArn",
    "LogGroupName",
    "ApproverPolicyArn",
    "ReaderPolicyArn",
    "PageUrl",
    "DeadLetterQueueUrl",
    "ReaderRoleArn",
}


def test_the_outputs_have_the_names_that_the_command_reads(own: Template, existing: Template) -> None:
    """TrailArn is there where the trail is the stack's own, the pool's where people sign in with it."""
    assert set(own.document["Outputs"]) == _OUTPUTS | {"TrailArn", "UserPoolId", "UserPoolClientId"}
    assert set(existing.document["Outputs"]) == _OUTPUTS
    assert own.document["Outputs"]["LogGroupName"]["Value"] == "/trailguard/cloudtrail"
    assert existing.document["Outputs"]["LogGroupName"]["Value"] == "org/cloudtrail"
    assert text(own.document["Outputs"]["ConsoleUrl"]["Value"]).endswith(".ApiEndpoint>")


def test_every_fixed_name_starts_with_the_prefix(existing: Template) -> None:
    """Two deployments of one account do not collide."""
    members = {
        "AWS::IAM::Role": "RoleName",
        "AWS::Lambda::Function": "FunctionName",
        "AWS::CloudWatch::Alarm": "AlarmName",
        "AWS::Events::Rule": "Name",
        "AWS::SNS::Topic": "TopicName",
        "AWS::SQS::Queue": "QueueName",
        "AWS::KMS::Alias": "AliasName",
        "AWS::Logs::MetricFilter": "FilterName",
    }
    for kind, member in members.items():
        for item in existing.resources(kind).values():
            name = item["Properties"].get(member, "tg-2-")
            assert name.removeprefix("alias/").startswith("tg-2-"), name


def test_no_finding_is_left(template: Template) -> None:
    """AwsSolutions finds nothing that is not acknowledged with a reason."""
    assert template.findings == ()


def test_every_acknowledgement_answers_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the acknowledgements the checks find exactly what they name, so none is stale or too wide."""
    given: list[tuple[str, str, str]] = []
    monkeypatch.setattr(
        acknowledgement,
        "_record",
        lambda resource, finding, reason: given.append((resource.node.path, finding, reason)),
    )
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        synthesize(tmp_path, {"trailguard:log-group-name": "x"}, plugins=(AwsSolutionsChecks(),))
    findings = Template.load(tmp_path).findings
    for path, finding, reason in given:
        assert any(rule == finding and where.startswith(f"{path}/") for rule, where in findings), (
            path,
            finding,
        )
        assert len(reason) > 20, reason

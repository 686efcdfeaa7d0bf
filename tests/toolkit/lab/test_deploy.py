"""A synthesized assembly is deployed, updated, and refused with the resource and the reason."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from toolkit.lab import deploy as deploying
from toolkit.lab.deploy import DeployError, deploy
from toolkit.lab.emulator import server
from toolkit.lab.emulator.server import Lab

_BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


@pytest.fixture(autouse=True)
def nothing_deployed(lab: Lab) -> None:
    """Begin each test with an empty account: the stacks have one name."""
    server.reset(lab.endpoint)


def _template(answer: str, **resources: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    function = {
        "Runtime": "python3.13",
        "Handler": "code.handler",
        "Code": {"S3Bucket": {"Fn::Sub": _BUCKET}, "S3Key": f"{answer}.zip"},
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Environment": {"Variables": {"STAGE": {"Ref": "Stage"}}},
    }
    return {
        "Parameters": {
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            },
            "Stage": {"Type": "String", "Default": "test"},
        },
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            **resources,
        },
        "Outputs": {"Name": {"Value": {"Ref": "Function"}}},
    }


def _assemble(folder: Path, answer: str, **resources: Any) -> Path:
    """Write an assembly as the CDK does: template, asset manifest, a folder asset."""
    code = folder / f"asset.{answer}"
    code.mkdir(parents=True)
    (code / "code.py").write_text(
        f"import os\ndef handler(event, context): return {answer!r}, os.environ['STAGE']\n"
    )
    template = _template(answer, **resources)
    (folder / "Kit.template.json").write_text(json.dumps(template))
    files = {
        "code": {
            "source": {"path": code.name, "packaging": "zip"},
            "destinations": {"here": {"bucketName": _BUCKET, "objectKey": f"{answer}.zip"}},
        },
        "template": {
            "source": {"path": "Kit.template.json", "packaging": "file"},
            "destinations": {"here": {"bucketName": _BUCKET, "objectKey": f"{answer}.json"}},
        },
    }
    (folder / "Kit.assets.json").write_text(json.dumps({"version": "1", "files": files, "dockerImages": {}}))
    return folder


def _deploy(lab: Lab, folder: Path, **more: Any) -> dict[str, str]:
    return deploy(folder, "Kit", endpoint=lab.endpoint, account=lab.account, region=lab.region, **more)


def _invoke(lab: Lab, name: str) -> Any:
    return json.loads(lab.client("lambda").invoke(FunctionName=name)["Payload"].read())


def test_deploy_then_update(lab: Lab, tmp_path: Path) -> None:
    """The first deployment creates, the next updates, an equal one changes nothing; events are passed on."""
    events: list[Mapping[str, Any]] = []
    outputs = _deploy(lab, _assemble(tmp_path / "1", "one"), on_event=events.append)
    assert _invoke(lab, outputs["Name"]) == ["one", "test"]
    assert events[0]["ResourceType"] == "AWS::CloudFormation::Stack"
    assert [e["LogicalResourceId"] for e in events if e["ResourceStatus"] == "CREATE_COMPLETE"][-1] == "Kit"
    second, later = _assemble(tmp_path / "2", "two"), len(events)
    updated = _deploy(lab, second, parameters={"Stage": "changed"}, on_event=events.append)
    assert updated == outputs
    assert _invoke(lab, outputs["Name"]) == ["two", "changed"]
    assert all(event["ResourceStatus"].startswith("UPDATE") for event in events[later:])
    settled = len(events)
    assert _deploy(lab, second, parameters={"Stage": "changed"}, on_event=events.append) == outputs
    assert len(events) == settled


def test_a_large_template(lab: Lab, tmp_path: Path) -> None:
    """A template that is too large to be sent is fetched from the asset bucket."""
    filler = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x" * 3000}}
    folder = _assemble(tmp_path / "large", "large", **{f"Filler{number}": filler for number in range(25)})
    assert (folder / "Kit.template.json").stat().st_size > 51_200
    assert _deploy(lab, folder)["Name"]


def test_a_failure_names_resource_and_reason(lab: Lab, tmp_path: Path) -> None:
    """The error says which resource failed and why; the next deployment starts afresh."""
    broken = {
        "Type": "AWS::CloudTrail::Trail",
        "Properties": {"S3BucketName": "nobody-has-this", "IsLogging": True},
    }
    folder = _assemble(tmp_path / "broken", "broken", Trail=broken)
    for suffix in ("template", "assets"):
        (folder / f"Kit.{suffix}.json").rename(folder / f"Fresh.{suffix}.json")
    manifest = folder / "Fresh.assets.json"
    manifest.write_text(manifest.read_text().replace("Kit.template", "Fresh.template"))
    for _attempt in range(2):
        with pytest.raises(DeployError) as failure:
            deploy(folder, "Fresh", endpoint=lab.endpoint, account=lab.account, region=lab.region)
        assert "Trail (AWS::CloudTrail::Trail) CREATE_FAILED: S3BucketDoesNotExistException" in str(
            failure.value
        )


def test_a_template_that_is_refused(lab: Lab, tmp_path: Path) -> None:
    """A template that CloudFormation will not even begin with is refused with its words."""
    folder = _assemble(tmp_path / "refused", "refused")
    template = json.loads((folder / "Kit.template.json").read_text())
    template["Parameters"]["Owner"] = {"Type": "String"}
    (folder / "Kit.template.json").write_text(json.dumps(template))
    with pytest.raises(DeployError, match=r"Kit was refused: .*Owner"):
        _deploy(lab, folder)


def test_what_is_not_there(lab: Lab, tmp_path: Path) -> None:
    """A stack that the assembly does not have, or that was not deployed, is named."""
    with pytest.raises(DeployError, match="no stack Kit in"):
        _deploy(lab, tmp_path)
    with pytest.raises(DeployError, match="no stack Other in account 111111111111"):
        deploying.outputs("Other", endpoint=lab.endpoint, account=lab.account, region=lab.region)


def test_container_images_are_refused(lab: Lab, tmp_path: Path) -> None:
    """The lab runs no containers, and says so before anything is created."""
    folder = _assemble(tmp_path / "images", "images")
    (folder / "Kit.assets.json").write_text('{"files": {}, "dockerImages": {"x": {}}}')
    with pytest.raises(DeployError, match="container images"):
        _deploy(lab, folder)


def test_equal_folders_give_equal_archives(tmp_path: Path) -> None:
    """Neither the order of creation nor the time of a file shows in the archive; its content and mode do."""
    for name, order in (("a", ("x", "y")), ("b", ("y", "x"))):
        (tmp_path / name / "deep").mkdir(parents=True)
        for file in order:
            (tmp_path / name / "deep" / file).write_text(file)
    os.utime(tmp_path / "a" / "deep" / "x", (0, 0))
    before = deploying.archive(tmp_path / "a")
    assert before == deploying.archive(tmp_path / "b")
    (tmp_path / "b" / "deep" / "x").chmod(0o755)
    assert before != deploying.archive(tmp_path / "b")

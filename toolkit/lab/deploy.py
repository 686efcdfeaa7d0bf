"""Deploys a synthesized stack into the lab: its file assets to S3, then the stack, as `cdk deploy` would.

Needs neither Node nor the CDK command line: the assembly folder holds all there is to know.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_BOOTSTRAP_VERSION = "21"
_POLL_SECONDS = 0.1
_TIMEOUT_SECONDS = 300.0
# The time that every file in an archive has, so that equal folders give equal archives.
_ARCHIVE_TIME = (1980, 1, 1, 0, 0, 0)

OnEvent = Callable[[Mapping[str, Any]], None]


class DeployError(Exception):
    """A stack that could not be deployed; names the resource and the reason."""


@dataclass(frozen=True)
class _Target:
    """The account and Region that are deployed into."""

    endpoint: str
    account: str
    region: str

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # any service
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.account,
            aws_secret_access_key="test",
        )

    def fill_in(self, text: str) -> str:
        """Replace the placeholders that an asset manifest has for the account and the Region."""
        filled = text.replace("${AWS::AccountId}", self.account).replace("${AWS::Region}", self.region)
        return filled.replace("${AWS::Partition}", "aws")


def deploy(
    assembly_dir: Path,
    stack_name: str,
    *,
    endpoint: str,
    account: str,
    region: str,
    parameters: Mapping[str, str] | None = None,
    on_event: OnEvent | None = None,
) -> dict[str, str]:
    """Create or update a stack of the assembly, as the account's root user, and return its outputs.

    `on_event` is given each stack event, oldest first, as DescribeStackEvents writes it.
    """
    target = _Target(endpoint, account, region)
    template_path = assembly_dir / f"{stack_name}.template.json"
    if not template_path.is_file():
        raise DeployError(
            f"there is no stack {stack_name} in {assembly_dir}: {template_path.name} is missing"
        )
    template = json.loads(template_path.read_text(encoding="utf-8"))
    template_url = _upload_assets(assembly_dir, stack_name, target)
    _provide_bootstrap_version(template, target)
    source = {"TemplateURL": template_url} if template_url else {"TemplateBody": json.dumps(template)}
    cloudformation = target.client("cloudformation")
    seen = _events_so_far(cloudformation, stack_name)
    if _submit(cloudformation, stack_name, source, parameters or {}):
        _follow(cloudformation, stack_name, seen, on_event)
    return outputs(stack_name, endpoint=endpoint, account=account, region=region)


def outputs(stack_name: str, *, endpoint: str, account: str, region: str) -> dict[str, str]:
    """Return the outputs of a stack that is deployed."""
    stack = _describe(_Target(endpoint, account, region).client("cloudformation"), stack_name)
    if stack is None:
        raise DeployError(f"there is no stack {stack_name} in account {account}, Region {region}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _upload_assets(assembly_dir: Path, stack_name: str, target: _Target) -> str:
    """Upload what the asset manifest names; return the address of the template if it is among that."""
    manifest_path = assembly_dir / f"{stack_name}.assets.json"
    if not manifest_path.is_file():
        return ""
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    if manifest.get("dockerImages"):
        raise DeployError(f"{manifest_path.name} has container images, which the lab cannot run")
    template_url = ""
    for asset in manifest.get("files", {}).values():
        path = assembly_dir / asset["source"]["path"]
        body = archive(path) if asset["source"].get("packaging") == "zip" else path.read_bytes()
        for destination in asset["destinations"].values():
            bucket, key = target.fill_in(destination["bucketName"]), target.fill_in(destination["objectKey"])
            _upload(target.client("s3"), bucket, key, body)
            if path.name == f"{stack_name}.template.json":
                template_url = f"{target.endpoint}/{bucket}/{key}"
    return template_url


def _upload(s3: Any, bucket: str, key: str, body: bytes) -> None:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise DeployError(f"the asset bucket {bucket} cannot be used: {error}") from error
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=body)


def archive(folder: Path) -> bytes:
    """Pack a folder so that equal contents give equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _ARCHIVE_TIME)
                executable = path.stat().st_mode & 0o111
                entry.external_attr = (0o100755 if executable else 0o100644) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(entry, path.read_bytes())
    return packed.getvalue()


def _provide_bootstrap_version(template: Mapping[str, Any], target: _Target) -> None:
    """Write the parameter by which templates recognise a bootstrapped account."""
    for parameter in template.get("Parameters", {}).values():
        name = str(parameter.get("Default", ""))
        if parameter["Type"].startswith("AWS::SSM::Parameter::Value") and name.startswith("/cdk-bootstrap/"):
            target.client("ssm").put_parameter(
                Name=name, Value=_BOOTSTRAP_VERSION, Type="String", Overwrite=True
            )


def _submit(cloudformation: Any, name: str, source: Mapping[str, str], parameters: Mapping[str, str]) -> bool:
    """Ask for the stack to be created or updated; False if there is nothing to do."""
    values = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    request = {"StackName": name, "Capabilities": _CAPABILITIES, "Parameters": values, **source}
    stack = _describe(cloudformation, name)
    if stack is not None and stack["StackStatus"] in (
        "ROLLBACK_COMPLETE",
        "CREATE_FAILED",
        "ROLLBACK_FAILED",
    ):
        # What is left of a creation that failed; CloudFormation can only delete it.
        cloudformation.delete_stack(StackName=name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        stack = None
    try:
        if stack is None:
            cloudformation.create_stack(**request)
        else:
            cloudformation.update_stack(**request)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if stack is not None and message == "No updates are to be performed.":
            return False
        raise DeployError(f"the stack {name} was refused: {message}") from error
    return True


def _follow(cloudformation: Any, name: str, seen: set[str], on_event: OnEvent | None) -> None:
    """Pass on the stack's events until it has settled; raise if it failed."""
    failures: list[str] = []
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        stack = _describe(cloudformation, name)
        for event in _new_events(cloudformation, name, seen):
            if event["ResourceStatus"].endswith("_FAILED"):
                failures.append(_failure(event))
            if on_event is not None:
                on_event(event)
        status = stack["StackStatus"] if stack else "gone"
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        if not status.endswith("_IN_PROGRESS"):
            reason = stack.get("StackStatusReason", "") if stack else ""
            raise DeployError(f"the stack {name} is {status}: {'; '.join(failures) or reason}")
        time.sleep(_POLL_SECONDS)
    raise DeployError(f"the stack {name} did not settle within {_TIMEOUT_SECONDS:.0f} s")


def _failure(event: Mapping[str, Any]) -> str:
    reason = event.get("ResourceStatusReason", "no reason given")
    return f"{event['LogicalResourceId']} ({event['ResourceType']}) {event['ResourceStatus']}: {reason}"


def _events_so_far(cloudformation: Any, name: str) -> set[str]:
    if _describe(cloudformation, name) is None:
        return set()
    return {event["EventId"] for event in _events(cloudformation, name)}


def _new_events(cloudformation: Any, name: str, seen: set[str]) -> Iterator[Mapping[str, Any]]:
    for event in reversed(list(_events(cloudformation, name))):
        if event["EventId"] not in seen:
            seen.add(event["EventId"])
            yield event


def _events(cloudformation: Any, name: str) -> Iterator[Mapping[str, Any]]:
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
        yield from page["StackEvents"]


def _describe(cloudformation: Any, name: str) -> Mapping[str, Any] | None:
    try:
        stack: Mapping[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return stack

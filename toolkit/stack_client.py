"""A deployed Trailguard stack as the command sees it: its outputs, and its HTTP API called with SigV4.

Profile, region and `AWS_ENDPOINT_URL` work as in every AWS tool, so the same command drives the embedded AWS.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from toolkit.output import CommandError, ExitCode

DEFAULT_STACK = "Trailguard"
TIMEOUT_SECONDS = 30
_NOT_FOUND = 404
_CONFIG = Config(
    connect_timeout=10, read_timeout=TIMEOUT_SECONDS, retries={"max_attempts": 3, "mode": "standard"}
)


class ApiRefusalError(CommandError):
    """The API said no; `problem` is its problem document (RFC 9457) with a stable `code`."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        detail = problem.get("detail") or problem.get("title") or f"HTTP status {status}"
        super().__init__(f"{detail} ({problem.get('code') or f'HTTP {status}'})", ExitCode.REFUSED)
        self.status = status
        self.problem = problem


@dataclass(frozen=True)
class StackClient:
    """The stack of that name in the account and region of the profile, or of a session that is given.

    `endpoint` is where AWS is, when it is not where AWS has it; by default what AWS_ENDPOINT_URL says.
    """

    stack: str = DEFAULT_STACK
    profile: str | None = None
    region: str | None = None
    given_session: boto3.Session | None = None
    endpoint: str | None = field(default_factory=lambda: os.environ.get("AWS_ENDPOINT_URL") or None)

    @cached_property
    def session(self) -> boto3.Session:
        """The boto3 session; CommandError where profile, region or credentials are missing."""
        if self.given_session is not None:
            return self.given_session
        try:
            # boto3 itself knows only AWS_DEFAULT_REGION; the AWS CLI and the other SDKs read AWS_REGION.
            region = self.region or os.environ.get("AWS_REGION") or None
            session = boto3.Session(profile_name=self.profile, region_name=region)
            credentials = session.get_credentials()  # raises where the environment holds only half of them
        except BotoCoreError as error:
            raise CommandError(str(error)) from error
        if session.region_name is None:
            raise CommandError("no AWS region: give --region or set AWS_REGION, the region of the stack")
        if credentials is None:
            raise CommandError(
                "no AWS credentials found: set AWS_PROFILE or give --profile", ExitCode.UNREACHABLE
            )
        return session

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name."""
        try:
            client = self.session.client("cloudformation", config=_CONFIG, endpoint_url=self.endpoint)
            stack = client.describe_stacks(StackName=self.stack)["Stacks"][0]
        except BotoCoreError as error:
            raise CommandError(
                f"cannot reach AWS to read the outputs of stack {self.stack!r}: {error}", ExitCode.UNREACHABLE
            ) from error
        except ClientError as error:
            reason = str(error).rstrip(".")
            raise CommandError(
                f"cannot read the outputs of stack {self.stack!r} in {self.session.region_name}: {reason}. "
                "Is it deployed there, and may these credentials call cloudformation:DescribeStacks?",
                ExitCode.UNREACHABLE,
            ) from error
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}

    def output(self, name: str) -> str:
        """One output; CommandError where the stack has none of that name."""
        try:
            return self.outputs[name]
        except KeyError:
            raise CommandError(
                f"stack {self.stack!r} has no output {name!r}; is it a Trailguard stack?"
            ) from None

    def get(self, *path: str) -> Any:
        """GET a resource of the API."""
        return self._call("GET", path, None)

    def post(self, *path: str, body: dict[str, Any]) -> Any:
        """POST to a resource of the API."""
        return self._call("POST", path, body)

    def _call(self, method: str, path: tuple[str, ...], body: dict[str, Any] | None) -> Any:
        url, host = self._address("/" + "/".join(quote(part, safe="") for part in path))
        headers = {"Accept": "application/json, application/problem+json"}
        if host:
            headers["Host"] = host
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = AWSRequest(method, url, data=data, headers=headers)
        credentials = self.session.get_credentials()
        assert credentials is not None  # noqa: S101  # self.session refused already
        SigV4Auth(credentials.get_frozen_credentials(), "execute-api", self.session.region_name).add_auth(
            request
        )
        http = URLLib3Session(timeout=TIMEOUT_SECONDS, proxies=get_environ_proxies(url))
        try:
            response = http.send(request.prepare())
        except BotoCoreError as error:
            raise CommandError(f"cannot reach the API at {url}: {error}", ExitCode.UNREACHABLE) from error
        return _answer(response.status_code, response.content)

    def _address(self, path: str) -> tuple[str, str]:
        """The URL to connect to, and the Host header where it differs from the URL's (the embedded AWS)."""
        console = urlsplit(self.output("ConsoleUrl"))
        if not self.endpoint:
            return f"{console.scheme}://{console.netloc}{console.path.rstrip('/')}{path}", ""
        api_id = (console.hostname or "").split(".")[0]
        port = urlsplit(self.endpoint).port
        suffix = f":{port}" if port else ""
        return (
            f"{self.endpoint.rstrip('/')}{console.path.rstrip('/')}{path}",
            f"{api_id}.execute-api.localhost{suffix}",
        )


def _answer(status: int, content: bytes) -> Any:
    """The JSON of a good answer; ApiRefusalError for the rest."""
    try:
        document = json.loads(content) if content else {}
    except ValueError:
        document = {"detail": content[:200].decode("utf-8", "replace")}
    if status < 400:  # noqa: PLR2004  # HTTP: below 400 is success
        return document
    if "message" in document and "detail" not in document:  # what API Gateway itself answers
        said = "has no such resource" if status == _NOT_FOUND else "refused these credentials"
        document["detail"] = f"the API {said}: {document['message']}"
    raise ApiRefusalError(status, document if isinstance(document, dict) else {})

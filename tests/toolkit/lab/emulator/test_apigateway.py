"""An HTTP API with IAM authorization: who may call it, by which address, and what the function learns."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.toolkit.lab.emulator.helpers import ACCOUNT, make_function, make_user, policy, trust
from toolkit.lab.emulator.server import Lab

_SOURCE = """
import json
def handler(event, context):
    if event["rawPath"].endswith("broken"):
        raise ValueError("a secret detail")
    return {"statusCode": 200, "body": json.dumps(event)}
"""


@dataclass(frozen=True)
class _Api:
    lab: Lab
    id: str

    def get(
        self, path: str, credentials: Credentials | None = None, *, host: str = "", signed_path: str = ""
    ) -> tuple[int, Any]:
        """Connect to the lab's address, and name the API in the Host header."""
        host = host or f"{self.id}.execute-api.us-east-1.amazonaws.com"
        request = AWSRequest("GET", f"https://{host}{signed_path or path}")
        if credentials is not None:
            SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", self.lab.port, timeout=20)
        connection.request("GET", path, headers={**dict(request.headers), "Host": host})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


@pytest.fixture(scope="module")
def api(lab: Lab) -> _Api:
    """Create an HTTP API with one route that needs a signature."""
    function = make_function(lab, "console", _SOURCE)
    client = lab.client("apigatewayv2")
    api_id = client.create_api(Name="console", ProtocolType="HTTP")["ApiId"]
    integration = client.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    client.create_route(
        ApiId=api_id,
        RouteKey="GET /incidents/{id}",
        AuthorizationType="AWS_IAM",
        Target=f"integrations/{integration}",
    )
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    _let_in(lab, api_id)
    return _Api(lab, api_id)


def _let_in(lab: Lab, api_id: str) -> None:
    lab.client("lambda").add_permission(
        FunctionName="console",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api_id}/*/*/incidents/{{id}}",
    )


def _credentials(key: dict[str, str]) -> Credentials:
    return Credentials(key["aws_access_key_id"], key["aws_secret_access_key"])


@pytest.fixture(scope="module")
def alice(lab: Lab, api: _Api) -> Credentials:
    """Create a user who may call this API's route."""
    key = make_user(lab, "alice", ["sqs:ListQueues"])
    resource = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api.id}/$default/GET/incidents/*"
    document = policy("execute-api:Invoke", resource)
    lab.client("iam").put_user_policy(UserName="alice", PolicyName="api", PolicyDocument=document)
    return _credentials(key)


def test_a_user_is_named_to_the_function(lab: Lab, api: _Api, alice: Credentials) -> None:
    """The event says who signed the call, and which part of the path was asked for."""
    status, event = api.get("/incidents/7", alice)
    assert status == 200
    assert (event["rawPath"], event["pathParameters"]) == ("/incidents/7", {"id": "7"})
    user = lab.client("iam").get_user(UserName="alice")["User"]
    named = event["requestContext"]["authorizer"]["iam"]
    assert named["userArn"] == user["Arn"]
    assert named["userId"] == named["callerId"] == user["UserId"]
    assert (named["accessKey"], named["accountId"]) == (alice.access_key, ACCOUNT)


def test_an_assumed_role_is_named_to_the_function(lab: Lab, api: _Api) -> None:
    """A role session is named by its session ARN, and its id has the role's."""
    iam = lab.client("iam")
    document = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    role = iam.create_role(RoleName="approver", Path="/p/", AssumeRolePolicyDocument=document)["Role"]
    iam.put_role_policy(RoleName="approver", PolicyName="api", PolicyDocument=policy("execute-api:Invoke"))
    keys = lab.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="bob")["Credentials"]
    session = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    status, event = api.get("/incidents/7", session)
    named = event["requestContext"]["authorizer"]["iam"]
    assert status == 200
    assert named["userArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/approver/bob"
    assert named["userId"] == f"{role['RoleId']}:bob"


@pytest.mark.parametrize(
    "form", ["{id}.execute-api.localhost:{port}", "{id}.execute-api.us-east-1.amazonaws.com"]
)
def test_both_host_names_reach_it(api: _Api, alice: Credentials, form: str) -> None:
    """The emulator's name for the API and AWS's name for it do the same."""
    assert api.get("/incidents/7", alice, host=form.format(id=api.id, port=api.lab.port))[0] == 200


def test_the_path_form_reaches_it(api: _Api, alice: Credentials) -> None:
    """Without a Host header of its own the API is below the lab's address."""
    host = f"127.0.0.1:{api.lab.port}"
    status, event = api.get(f"/_aws/execute-api/{api.id}/$default/incidents/7", alice, host=host)
    assert (status, event["rawPath"]) == (200, "/incidents/7")


def test_who_is_refused(lab: Lab, api: _Api, alice: Credentials) -> None:
    """No signature, no permission, a wrong secret, another path than the signed one: forbidden."""
    forbidden = (403, {"message": "Forbidden"})
    assert api.get("/incidents/7") == forbidden
    assert api.get("/incidents/7", _credentials(make_user(lab, "eve", ["sqs:ListQueues"]))) == forbidden
    assert api.get("/incidents/7", Credentials(alice.access_key, "wrong")) == forbidden
    assert api.get("/incidents/8", alice, signed_path="/incidents/7") == forbidden
    assert api.get("/else", alice)[0] == 404


def test_a_failing_function_tells_the_caller_nothing(api: _Api, alice: Credentials) -> None:
    """The error of a function stays inside."""
    assert api.get("/incidents/broken", alice) == (500, {"message": "Internal Server Error"})


def test_the_function_has_to_let_the_api_in(lab: Lab, api: _Api, alice: Credentials) -> None:
    """Without its permission the API cannot invoke the function."""
    lab.client("lambda").remove_permission(FunctionName="console", StatementId="api")
    try:
        assert api.get("/incidents/7", alice) == (500, {"message": "Internal Server Error"})
    finally:
        _let_in(lab, api.id)

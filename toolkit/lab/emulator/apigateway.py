"""Gap: an HTTP API of ministack 1.5.33 invokes functions unasked, tells callers too much, has one host name.

Here the function's own policy must let the API in; callers see "Forbidden" and "Internal Server Error" as AWS
says them; and the host name that a template builds (ID.execute-api.REGION.amazonaws.com) is understood too,
so that a client only has to connect to the lab's address and keep the Host header.
"""

import functools
import json
import re
from typing import Any

from toolkit.lab.emulator import policies
from toolkit.lab.emulator.internals import ministack

Answer = tuple[int, dict[str, str], bytes]

_PRINCIPAL = "apigateway.amazonaws.com"


@functools.cache
def install() -> None:
    """Guard the way from an HTTP API to its functions, and answer in AWS's words."""
    app, service = ministack("app"), ministack("services.apigateway")
    functions = ministack("services.lambda_svc")
    app._EXECUTE_API_RE = re.compile(r"^([a-f0-9]{8})\.execute-api\.[a-z0-9.-]+(?::\d+)?$")
    enforce = app._enforce_execute_api

    def enforce_execute_api(*call: Any, **settings: Any) -> Answer | None:
        # There is nothing to authorize on a route that does not exist: that answer is a 404.
        if app._execute_api_authorization_type(*call[:4]) is None:
            return None
        return _message(403, "Forbidden") if enforce(*call, **settings) else None

    app._enforce_execute_api = enforce_execute_api
    invoke = service._invoke_lambda_proxy

    async def invoke_lambda_proxy(integration: Any, *arguments: Any, **settings: Any) -> Answer:
        api_id, stage, _path, method = arguments[:4]
        route = settings.get("route_key") or (arguments[7] if len(arguments) > 7 else "$default")  # noqa: PLR2004
        target = service._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
        if _refused(target, _source_arn(api_id, stage, method, route)):
            return _message(500, "Internal Server Error")
        answer: Answer = await invoke(integration, *arguments, **settings)
        return answer

    service._invoke_lambda_proxy = invoke_lambda_proxy
    shape = functions.lambda_execute_result_to_api_proxy_response

    def shape_result(result: dict[str, Any]) -> Any:
        if result.get("error") and not result.get("throttle"):
            _status, headers, body = _message(500, "Internal Server Error")
            return {"statusCode": 500, "headers": headers, "body": body.decode()}, None
        return shape(result)

    functions.lambda_execute_result_to_api_proxy_response = shape_result


def _source_arn(api_id: str, stage: str, method: str, route: str) -> str:
    """Name the route as a function's policy does: api/stage/METHOD/path with its placeholders."""
    responses = ministack("core.responses")
    path = route.split(" ", 1)[1] if " " in route else f"/{route}"
    prefix = f"arn:aws:execute-api:{responses.get_region()}:{responses.get_account_id()}"
    return f"{prefix}:{api_id}/{stage}/{method}{path}"


def _refused(function: str, source_arn: str) -> str:
    if not function.startswith("arn:"):
        return ""
    account = ministack("core.responses").get_account_id()
    keys = {"aws:SourceArn": source_arn, "aws:SourceAccount": account}
    return policies.resource_refusal(_PRINCIPAL, "lambda:InvokeFunction", function, keys)


def _message(status: int, text: str) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps({"message": text}).encode()

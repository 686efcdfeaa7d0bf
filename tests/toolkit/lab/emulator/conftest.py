"""What the contract tests of the emulator modules share."""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from toolkit.lab.emulator import server

PATIENCE_SECONDS = 15.0


def eventually(answer: Callable[[], Any]) -> Any:
    """Return the first truthy answer; fail if there is none in a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := answer()):
        assert time.monotonic() < deadline, f"nothing came of {answer} in {PATIENCE_SECONDS} s"
        time.sleep(0.05)
    return found


@pytest.fixture
def unused(lab: server.Lab, request: pytest.FixtureRequest) -> str:
    """Return a name that no other test uses."""
    del lab
    return "test-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]


class Queue:
    """An SQS queue that collects what a test waits for."""

    def __init__(self, lab: server.Lab, name: str) -> None:
        self._sqs = lab.client("sqs")
        self.url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn: str = attributes["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def receive(self) -> list[dict[str, Any]]:
        """Take the messages that are there, parsed."""
        messages = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

"""A queue behind a rule of the incident bus, as an operator sets one up for tickets and paging."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.stage import Stage

_RULE = "tickets"


class TicketDesk:
    """Gets every event that Trailguard puts on its bus."""

    def __init__(self, stage: Stage) -> None:
        self._sqs = stage.lab.client("sqs")
        events, bus = stage.lab.client("events"), stage.scenario.outputs["EventBusName"]
        self._url = str(self._sqs.create_queue(QueueName="ticket-desk")["QueueUrl"])
        read = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = read["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": ["trailguard"], "detail-type": ["Trailguard Incident"]})
        rule = events.put_rule(Name=_RULE, EventBusName=bus, EventPattern=pattern)["RuleArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        events.put_targets(Rule=_RULE, EventBusName=bus, Targets=[{"Id": "desk", "Arn": arn}])

    def tickets(self, incident_id: str) -> dict[str, dict[str, Any]]:
        """The details of the events about an incident, by what they tell."""
        found: list[dict[str, Any]] = []
        while received := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for one in received:
                found.append(json.loads(one["Body"])["detail"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=one["ReceiptHandle"])
        return {detail["kind"]: detail for detail in found if detail["incident_id"] == incident_id}

"""Watches the answer from outside, by API calls, and tells each thing once, when it is seen."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape

from response.domain.text import plain
from toolkit import output
from toolkit.demo.checks import DETECTION_ALARMS, Check
from toolkit.lab.scenario import Scenario, api_of

POLL_SECONDS = 0.25
SETTLE_SECONDS = 3.0


@dataclass(frozen=True)
class Message:
    """One message as the owner's inbox received it."""

    subject: str
    text: str
    attributes: dict[str, str]


class Watcher:
    """What has been seen so far of one incident: executions, states, alarms, messages."""

    def __init__(self, scenario: Scenario, console: Console) -> None:
        self._lab = scenario.lab
        self._scenario = scenario
        self._console = console
        self._api = api_of(scenario, "alice")
        self._started = time.monotonic()
        self._told: set[object] = set()
        self.messages: list[Message] = []
        self.alarmed: list[str] = []
        self.executions: dict[str, str] = {}
        self.restored_after: float | None = None

    def until(self, statuses: set[str], seconds: float) -> dict[str, Any]:
        """Tell what happens until an incident has one of these statuses; CommandError if none gets there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._look()
            for incident in self._incidents():
                if incident["status"] in statuses:
                    self._look()
                    return incident
            time.sleep(POLL_SECONDS)
        raise output.CommandError(
            f"after {seconds:.0f} s no incident is {' or '.join(sorted(statuses))}: {self._incidents()}",
            output.ExitCode.REFUSED,
        )

    def settle(self) -> None:
        """Tell what still comes: the message at the end, and executions that other paths started."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline or "RUNNING" in self.executions.values():
            self._look()
            if time.monotonic() > deadline + SETTLE_SECONDS * 5:
                return
            time.sleep(POLL_SECONDS)

    def summary(self, checks: list[Check], verdict: str, incident: dict[str, Any]) -> dict[str, Any]:
        """The story in one object."""
        return {
            "incident": incident,
            "decision": verdict,
            "alarms": self.alarmed,
            "executions": self.executions,
            "messages": [message.subject for message in self.messages],
            "checks": [{"text": c.text, "holds": c.holds, "found": c.found} for c in checks],
        }

    def _incidents(self) -> list[dict[str, Any]]:
        incidents: list[dict[str, Any]] = self._api.get("incidents")["incidents"]
        return incidents

    def _look(self) -> None:
        for told in (*self._executions(), *self._alarms(), *self._timeline()):
            self._console.print(f"  [dim]{time.monotonic() - self._started:5.1f}[/dim]  {told}")
        for message in self._received():
            self._show(message)

    def _executions(self) -> Iterator[str]:
        states = self._lab.client("stepfunctions")
        machine = self._scenario.outputs["StateMachineArn"]
        for execution in reversed(states.list_executions(stateMachineArn=machine)["executions"]):
            name, arn = execution["name"], execution["executionArn"]
            if self._first(("execution", arn)):
                path = json.loads(states.describe_execution(executionArn=arn)["input"])["path"]
                yield f"[bold]execution {output.safe(name[:24])}[/bold] started by way of {output.safe(path)}"
            for event in states.get_execution_history(executionArn=arn, maxResults=1000)["events"]:
                if self._first((arn, event["id"])):
                    yield from _told(event, name)
            self.executions[name] = execution["status"]

    def _timeline(self) -> Iterator[str]:
        """What the steps wrote into the incident's own timeline."""
        for incident in self._incidents():
            for entry in self._api.get("incidents", incident["id"])["timeline"]:
                if self._first(("timeline", entry["at"], entry["step"], entry["text"])):
                    yield f"  [green]{output.safe(entry['step'])}[/green]: {output.safe(entry['text'])}"

    def _alarms(self) -> Iterator[str]:
        found = self._lab.client("cloudwatch").describe_alarms(AlarmNames=list(DETECTION_ALARMS))
        for alarm in found["MetricAlarms"]:
            if alarm["StateValue"] == "ALARM" and self._first(("alarm", alarm["AlarmName"])):
                self.alarmed.append(alarm["AlarmName"])
                yield f"[bold]alarm {output.safe(alarm['AlarmName'])}[/bold] is in ALARM"

    def _received(self) -> Iterator[Message]:
        sqs, url = self._lab.client("sqs"), self._scenario.inbox_url
        while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for delivery in received:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=delivery["ReceiptHandle"])
                envelope = json.loads(delivery["Body"])
                attributes = envelope.get("MessageAttributes") or {}
                message = Message(
                    envelope.get("Subject") or "",
                    envelope["Message"],
                    {name: attribute["Value"] for name, attribute in attributes.items()},
                )
                self.messages.append(message)
                yield message

    def _show(self, message: Message) -> None:
        """A message of the workflow whole, one of a CloudWatch alarm in a line."""
        subject = plain(message.subject, 120)
        if not message.attributes:
            line = f"[dim]inbox: {output.safe(subject)}[/dim]"
            self._console.print(f"  [dim]{time.monotonic() - self._started:5.1f}[/dim]  {line}")
            return
        self._console.print(f"[cyan]  +-- the owner's inbox: {output.safe(subject)}[/cyan]")
        for text in message.text.split("\n"):
            self._console.print(f"[cyan]  |[/cyan] {escape(_indented(text))}")
        self._console.print("[cyan]  +--[/cyan]")

    def _first(self, thing: object) -> bool:
        """Whether a thing is seen for the first time."""
        if thing in self._told:
            return False
        self._told.add(thing)
        return True


def _told(event: dict[str, Any], execution: str) -> Iterator[str]:
    """One event of an execution's history in words, where it says something."""
    entered, failed = event.get("stateEnteredEventDetails"), event.get("taskFailedEventDetails")
    if entered and not entered["name"].startswith("after_"):  # those only route
        yield f"state [cyan]{output.safe(entered['name'])}[/cyan]  [dim]{output.safe(execution[:24])}[/dim]"
    if failed:
        cause = output.safe(failed.get("cause"), 200)
        yield f"[red]task failed[/red]: {output.safe(failed.get('error'))} {cause}"


def _indented(line: str) -> str:
    """A line with its leading spaces kept."""
    return line[: len(line) - len(line.lstrip())] + plain(line, 400)

"""Watches the answer from outside, by API calls, and tells each thing once, when it is seen."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from response.domain.text import plain
from toolkit import output
from toolkit.demo.check import Check
from toolkit.demo.checks import DETECTION_ALARMS
from toolkit.lab.scenario import Scenario, api_of

if TYPE_CHECKING:  # the story is told with this watcher
    from toolkit.demo.story import Ending

POLL_SECONDS = 0.25
TIMELINE_SECONDS = 1.0
# From an end to the next start, such as that of an execution for the record of our own call, it takes less.
QUIET_SECONDS = 1.5
SETTLE_SECONDS = 20.0
_NOTES = ("Meaning:", "Note:")


@dataclass(frozen=True)
class Message:
    """One message as the owner's inbox received it."""

    subject: str
    text: str
    attributes: dict[str, str]


class Watcher:
    """What has been seen so far of one incident: executions, states, alarms, messages."""

    def __init__(self, scenario: Scenario, console: Console) -> None:
        self._clients = {name: scenario.lab.client(name) for name in ("stepfunctions", "cloudwatch", "sqs")}
        self._scenario = scenario
        self._console = console
        self._api = api_of(scenario, "alice")
        self._started = time.monotonic()
        self._told: set[object] = set()
        self._ended: set[str] = set()
        self._timeline_due = 0.0
        self._listed: list[dict[str, Any]] = []
        self.messages: list[Message] = []
        self.alarmed: list[str] = []
        self.executions: dict[str, str] = {}

    def begin(self) -> None:
        """Count the seconds from here."""
        self._started = time.monotonic()

    def incident_ids(self) -> list[str]:
        """The incidents that there are, newest first."""
        return [str(incident["id"]) for incident in self._incidents()]

    def until(self, statuses: set[str], seconds: float) -> dict[str, Any]:
        """Tell what happens until an incident has one of these statuses; CommandError if none gets there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._look()
            for incident in self._listed:
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
        began = quiet_since = time.monotonic()
        while (now := time.monotonic()) < began + SETTLE_SECONDS:
            if self._look() or "RUNNING" in self.executions.values():
                quiet_since = now
            elif now > quiet_since + QUIET_SECONDS:
                return
            time.sleep(POLL_SECONDS)

    def summary(self, checks: list[Check], ending: Ending) -> dict[str, Any]:
        """The story in one object."""
        return {
            "incident": ending.incident,
            "decision": ending.verdict,
            "refused": dataclasses.asdict(ending.access),
            "alarms": self.alarmed,
            "executions": self.executions,
            "messages": [message.subject for message in self.messages],
            "checks": [{"text": c.text, "holds": c.holds, "found": c.found} for c in checks],
        }

    def _incidents(self) -> list[dict[str, Any]]:
        incidents: list[dict[str, Any]] = self._api.get("incidents")["incidents"]
        return incidents

    def _look(self) -> bool:
        """Tell what is new; whether there was anything."""
        told = [*self._executions(), *self._alarms()]
        # Reading the timeline runs a function in the lab, on the processors that the workflow needs.
        if told or time.monotonic() > self._timeline_due:
            told += self._timeline()
            self._timeline_due = time.monotonic() + TIMELINE_SECONDS
        for line in told:
            self._console.print(f"  [dim]{time.monotonic() - self._started:5.1f}[/dim]  {line}")
        messages = list(self._received())
        for message in messages:
            self._show(message)
        return bool(told or messages)

    def _executions(self) -> Iterator[str]:
        states = self._clients["stepfunctions"]
        machine = self._scenario.outputs["StateMachineArn"]
        for execution in reversed(states.list_executions(stateMachineArn=machine)["executions"]):
            name, arn = execution["name"], execution["executionArn"]
            if self._first(("execution", arn)):
                path = json.loads(states.describe_execution(executionArn=arn)["input"])["path"]
                yield f"[bold]execution {output.safe(name[:24])}[/bold] started by way of {output.safe(path)}"
            if name in self._ended:
                continue
            for event in states.get_execution_history(executionArn=arn, maxResults=1000)["events"]:
                if self._first((arn, event["id"])):
                    yield from _told(event, name)
            self.executions[name] = execution["status"]
            if execution["status"] != "RUNNING":  # as listed, before its history was read
                self._ended.add(name)

    def _timeline(self) -> Iterator[str]:
        """What the steps wrote into the incident's own timeline."""
        self._listed = self._incidents()
        for incident in self._listed:
            for entry in self._api.get("incidents", incident["id"])["timeline"]:
                if self._first(("timeline", entry["at"], entry["step"], entry["text"])):
                    yield f"  [green]{output.safe(entry['step'])}[/green]: {output.safe(entry['text'])}"

    def _alarms(self) -> Iterator[str]:
        found = self._clients["cloudwatch"].describe_alarms(AlarmNames=list(DETECTION_ALARMS))
        for alarm in found["MetricAlarms"]:
            if alarm["StateValue"] == "ALARM" and self._first(("alarm", alarm["AlarmName"])):
                self.alarmed.append(alarm["AlarmName"])
                yield f"[bold]alarm {output.safe(alarm['AlarmName'])}[/bold] is in ALARM"

    def _received(self) -> Iterator[Message]:
        sqs, url = self._clients["sqs"], self._scenario.inbox_url
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
        """What a message of the workflow says first; one of a CloudWatch alarm in a line."""
        subject = plain(message.subject, 120)
        if not message.attributes:
            line = f"[dim]inbox: {output.safe(subject)}[/dim]"
            self._console.print(f"  [dim]{time.monotonic() - self._started:5.1f}[/dim]  {line}")
            return
        self._console.print(f"[cyan]  +-- the owner's inbox: {output.safe(subject)}[/cyan]")
        for text in excerpt(message.text, message.attributes.get("kind", "")):
            self._console.print(f"[cyan]  |[/cyan] {escape(_indented(text))}")
        self._console.print("[cyan]  +--[/cyan] [dim]the rest of it is kept in messages/[/dim]")

    def _first(self, thing: object) -> bool:
        """Whether a thing is seen for the first time."""
        if thing in self._told:
            return False
        self._told.add(thing)
        return True


def excerpt(text: str, kind: str) -> Iterator[str]:
    """What the story needs of a message: at the opening what is asked, without notes; else its first fact."""
    first, _, rest = text.partition("\n")
    yield first
    sections = {
        lines[0]: lines[1:] for lines in (part.strip("\n").split("\n") for part in rest.split("\n\n"))
    }
    if kind != "opened":
        yield from sections.get("WHAT HAPPENED", [])[:1]
        return
    for title in ("WHAT HAPPENED", "SEVERITY", "ASKED OF YOU"):
        if title not in sections:
            continue
        yield title
        yield from (line for line in sections[title] if not line.lstrip().startswith(_NOTES))


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

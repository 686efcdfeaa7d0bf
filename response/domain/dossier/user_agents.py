"""What kind of client made a call, by its user agent and what CloudTrail adds: a hint, the caller may lie."""

from __future__ import annotations

from enum import StrEnum

from response.domain.record import Record


class AgentClass(StrEnum):
    """The kinds of client that are told apart."""

    CONSOLE = "console"
    CLI = "cli"
    SDK = "sdk"
    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"
    CLOUDSHELL = "cloudshell"
    UNKNOWN = "unknown"


# Looked for anywhere in the lower-case user agent, in this order: Terraform and the CLI carry the SDK that
# they are built on, CloudShell carries the CLI.
_MARKS = (
    ("cloudshell", AgentClass.CLOUDSHELL),
    ("terraform", AgentClass.TERRAFORM),
    ("opentofu", AgentClass.TERRAFORM),
    ("cloudformation.amazonaws.com", AgentClass.CLOUDFORMATION),
    ("aws-cli/", AgentClass.CLI),
    ("aws internal", AgentClass.CONSOLE),
    ("signin.amazonaws.com", AgentClass.CONSOLE),
    ("console.amazonaws.com", AgentClass.CONSOLE),
    ("console.aws", AgentClass.CONSOLE),
    ("s3console/", AgentClass.CONSOLE),
    ("boto", AgentClass.SDK),
    ("aws-sdk-", AgentClass.SDK),
    ("aws_sdk", AgentClass.SDK),
    ("awspowershell", AgentClass.SDK),
    ("aws-tools", AgentClass.SDK),
)


def agent_class(record: Record) -> AgentClass:
    """The kind of client behind one record."""
    if record.actor.invoked_by == "cloudformation.amazonaws.com":
        return AgentClass.CLOUDFORMATION
    if record.event_source == "signin.amazonaws.com":
        return AgentClass.CONSOLE
    agent = record.user_agent.lower()
    marked = next((kind for mark, kind in _MARKS if mark in agent), AgentClass.UNKNOWN)
    if marked in {AgentClass.UNKNOWN, AgentClass.SDK} and through_console(record):
        return AgentClass.CONSOLE
    return marked


def from_console_session(record: Record) -> bool:
    """Whether the credentials came from a console session, as CloudTrail says with a text, true only."""
    return str(record.raw.get("sessionCredentialFromConsole")).lower() == "true"


def through_console(record: Record) -> bool:
    """Whether the console itself made the call: it leaves out tlsDetails, which an outside client brings.

    CloudTrail user guide, record contents, "sessionCredentialFromConsole" and "tlsDetails".
    """
    return from_console_session(record) and not record.raw.get("tlsDetails")

"""The message about a role of Trailguard that did something no plan asked of it: the gravest there is.

Whoever holds the role chose the strings of the record; every line is ours, and they stand behind a label.
"""

from __future__ import annotations

import datetime as dt
import json

from response.domain.message import SUBJECT_LIMIT, NoticeKind
from response.domain.patterns import role_of
from response.domain.quoting import quoted
from response.domain.record import Record
from response.domain.text import ascii_only

_PARAMETERS_LIMIT = 600


def misuse_message(
    record: Record, *, stack: str, account: str, region: str, execution: str
) -> tuple[str, str, dict[str, str]]:
    """Subject, body and attributes."""
    role = role_of(record.actor.issuer_arn) or role_of(record.actor.arn)
    name = role[1] if role else "unknown role"
    subject = ascii_only(f"CRITICAL {name}: Trailguard's own role was misused", SUBJECT_LIMIT)
    at = f"{record.event_time.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    lines = (
        f"A role of Trailguard itself did something that no plan asked of it. Stack {stack}.",
        "",
        "WHAT HAPPENED",
        f"  Call: {quoted(record.event_name)} of {quoted(record.event_source)} at {at}",
        f"  Parameters: {quoted(_parameters(record), _PARAMETERS_LIMIT)}",
        f"  Event id: {quoted(record.event_id)}",
        "",
        "WHO",
        f"  Role: {quoted(record.actor.issuer_arn, 300)}",
        f"  Session: {quoted(record.actor.session_name, 100)}",
        f"  Access key: {quoted(record.actor.access_key_id)}",
        f"  Account: {quoted(record.account)}, Region: {quoted(record.region)}",
        f"  Address: {quoted(record.source_ip) or 'not in the record'}",
        f"  User agent: {quoted(record.user_agent) or 'not in the record'}",
        "",
        "ASKED OF YOU",
        "  Act now: nothing happens by itself. The runbook has it step by step, under Responder misuse.",
        "  1. Find the AssumeRole record with this access key in responseElements: it says who took it.",
        "  2. See who changed the role's trust or the function's code (UpdateAssumeRolePolicy,",
        "     UpdateFunctionCode, PassRole), and shut that principal out.",
        "  3. Revoke the role's sessions (IAM console: Revoke active sessions). Trailguard's own work with",
        "     the role goes on after that, in new sessions.",
        "",
        f"Execution, whose input holds the record: {execution}",
    )
    attributes = {
        "kind": str(NoticeKind.ESCALATED),
        "severity": "critical",
        "account": account,
        "region": region,
    }
    return subject, "\n".join(lines) + "\n", attributes


def _parameters(record: Record) -> str:
    """The call's parameters on one line."""
    if record.request_parameters is None:
        return "(none)"
    return json.dumps(record.request_parameters, sort_keys=True, ensure_ascii=True, default=str)

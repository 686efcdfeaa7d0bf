"""Grades of where a trail delivers: bucket, prefix, key, log group, role and topic.

Another account's destination is the worst there is: the evidence leaves, or somebody else can spoil it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from response.domain.arns import parse_arn
from response.domain.diff import Change
from response.domain.grades import Effect, Severity, Verdict
from response.domain.text import plain
from response.domain.trail_state import BucketOwner, TrailState


@dataclass(frozen=True)
class _Words:
    """What to say of one destination, and how bad its loss and its exchange within the account are."""

    noun: str
    added: str
    foreign: str
    removed: tuple[Severity, str]
    replaced: tuple[Severity, str]


_WORDS: Mapping[str, _Words] = {
    "KmsKeyId": _Words(
        noun="key",
        added="New log files are encrypted with a KMS key of this account.",
        foreign="Whoever holds that key decides who reads the logs, and can make them unreadable for good.",
        removed=(
            Severity.HIGH,
            "New log files are no longer encrypted with the KMS key: whoever reads the bucket reads them.",
        ),
        replaced=(
            Severity.MEDIUM,
            (
                "New log files are encrypted with another key: who can read them has changed, "
                "and deliveries fail if its policy does not admit CloudTrail."
            ),
        ),
    ),
    "CloudWatchLogsLogGroupArn": _Words(
        noun="log group",
        added="Events reach CloudWatch Logs, where metric filters and alarms can see them.",
        foreign="Metric filters and alarms here are blind, and the other account sees every event.",
        removed=(
            Severity.HIGH,
            "Nothing reaches CloudWatch Logs any more: the metric filters and their alarms are blind.",
        ),
        replaced=(
            Severity.HIGH,
            ("Events go to another log group: metric filters and alarms on the approved one are blind."),
        ),
    ),
    "CloudWatchLogsRoleArn": _Words(
        noun="role",
        added="CloudTrail has a role to write to CloudWatch Logs with.",
        foreign="CloudTrail writes to CloudWatch Logs only with a role that this account controls.",
        removed=(
            Severity.HIGH,
            "CloudTrail has no role to write to CloudWatch Logs with: metric filters and alarms are blind.",
        ),
        replaced=(
            Severity.MEDIUM,
            "Another role writes to CloudWatch Logs: if it may not, metric filters and alarms are blind.",
        ),
    ),
    "SnsTopicARN": _Words(
        noun="topic",
        added="A topic of this account is told of new log files.",
        foreign="That account is told of every delivery, and the subscribers here no longer are.",
        removed=(
            Severity.MEDIUM,
            "No topic is told of new log files any more: whatever it feeds stands still.",
        ),
        replaced=(
            Severity.MEDIUM,
            ("Another topic is told of new log files: whatever the approved one feeds stands still."),
        ),
    ),
}

_BUCKET: Mapping[BucketOwner, tuple[Severity, str]] = {
    BucketOwner.OTHER_ACCOUNT: (
        Severity.CRITICAL,
        "Logs are delivered to a bucket of another account: they leave this one for good.",
    ),
    BucketOwner.MISSING: (
        Severity.CRITICAL,
        (
            "The bucket that logs are to go to does not exist: nothing is delivered, and whoever makes one "
            "of that name receives the logs."
        ),
    ),
    BucketOwner.UNKNOWN: (
        Severity.HIGH,
        (
            "Logs are delivered to another bucket, and nothing tells whose it is: take it for a stranger's "
            "until that is known."
        ),
    ),
    BucketOwner.SAME_ACCOUNT: (
        Severity.HIGH,
        (
            "Logs are delivered to another bucket of this account: what reads and protects the approved one "
            "does not cover it."
        ),
    ),
}
# Neither prefix is better than the other, but the approved one is known to work.
PREFIX = Verdict(
    Effect.WEAKENS,
    Severity.MEDIUM,
    "Log files are delivered under another prefix: readers of the approved one find nothing new, and if the "
    "bucket policy admits only that one, deliveries are refused and the logs are lost.",
)
_UNRESOLVED = "One of the two is an alias, which cannot be resolved here: it may stand for the same key. "


def grade_bucket(owner: BucketOwner) -> Verdict:
    """Another bucket than the approved one, by who owns it."""
    severity, reason = _BUCKET[owner]
    return Verdict(Effect.WEAKENS, severity, reason)


def grade_destination(change: Change, before: TrailState, after: TrailState) -> Verdict:
    """A key, log group, role or topic that came, went, or was exchanged."""
    words = _WORDS[change.field]
    stranger = _foreign_account(change.after, after)
    if stranger and stranger != _foreign_account(change.before, before):
        moved = f"The {words.noun} is one of another account ({plain(stranger)}). "
        return Verdict(Effect.WEAKENS, Severity.CRITICAL, moved + words.foreign)
    if change.after is None:
        return Verdict(Effect.WEAKENS, *words.removed)
    if change.before is None:
        return Verdict(Effect.STRENGTHENS, Severity.LOW, words.added)
    severity, reason = words.replaced
    unresolved = _UNRESOLVED if _is_alias(change.before) != _is_alias(change.after) else ""
    return Verdict(Effect.WEAKENS, severity, unresolved + reason)


def _foreign_account(value: object, state: TrailState) -> str:
    """The account of a destination where it is another than the trail's; `""` where it is the trail's own."""
    arn = parse_arn(value)
    return arn.account if arn is not None and arn.account != state.account else ""


def _is_alias(value: object) -> bool:
    arn = parse_arn(value)
    return arn is not None and arn.service == "kms" and arn.resource.startswith("alias/")

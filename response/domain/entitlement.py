"""What a caller may do: nothing, read, or read and decide. Who it is was established before.

People are entitled by a group that their identity provider tells of. IAM principals are let in by IAM; if the
deployment names some, only those are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from response.domain import patterns
from response.domain.arns import parse_arn

APPROVER_GROUP = "trailguard-approvers"
READER_GROUP = "trailguard-readers"


class Standing(StrEnum):
    """What somebody may do."""

    NONE = "none"
    READER = "reader"
    APPROVER = "approver"

    def may(self, *, read_only: bool) -> bool:
        """Whether it is enough for a request that only reads, or for one that does not."""
        return self is Standing.APPROVER or (read_only and self is Standing.READER)


@dataclass(frozen=True)
class Entitlement:
    """Who may decide and who may only read: two groups, and two lists of ARN patterns."""

    approver_group: str = APPROVER_GROUP
    reader_group: str = READER_GROUP
    approver_principals: tuple[str, ...] = ()
    reader_principals: tuple[str, ...] = ()

    def of_person(self, groups: Collection[str]) -> Standing:
        """By the groups of somebody who signed in."""
        if self.approver_group in groups:
            return Standing.APPROVER
        return Standing.READER if self.reader_group in groups else Standing.NONE

    def of_principal(self, arn: str) -> Standing:
        """By the ARN of somebody who signed the request. Where nobody is named, IAM alone decides."""
        if not self.approver_principals and not self.reader_principals:
            return Standing.APPROVER
        if _names(self.approver_principals, arn):
            return Standing.APPROVER
        return Standing.READER if _names(self.reader_principals, arn) else Standing.NONE


def _names(given: Collection[str], arn: str) -> bool:
    """Whether one of the patterns names the principal, or the role of its session."""
    known = (arn, *patterns.role_arns_of(arn))
    return patterns.first_match(given, known) is not None or any(_is_role(one, arn) for one in given)


def _is_role(named: str, arn: str) -> bool:
    """Whether a role that is named with its path is the one behind a session, whose ARN leaves the path out.

    Account and name together are unique. Who names one session means no other.
    """
    parsed = parse_arn(named)
    return parsed is not None and parsed.service == "iam" and patterns.is_same_role(named, arn)

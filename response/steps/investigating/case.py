"""What every part of an investigation works with: the incident, its records, its searches, and its gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from response.aws.stored_incident import StoredIncident
from response.domain.arns import parse_arn, partition_of
from response.domain.errors import TrailguardError
from response.domain.findings import Part
from response.domain.record import Record
from response.steps.investigating.searches import Searches

_MOST_REASONS = 20
# Where a partition records what is done to IAM, and to STS by its global endpoint (CloudTrail user guide,
# "Global service events").
_GLOBAL_REGIONS: Mapping[str, str] = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
}


class Gaps:
    """Why parts of the findings are not known or not complete. Only our own errors become gaps."""

    def __init__(self) -> None:
        self._reasons: dict[str, list[str]] = {}

    def add(self, part: Part, *reasons: str) -> None:
        """Say why; the same reason counts once."""
        known = self._reasons.setdefault(str(part), [])
        known += [reason for reason in dict.fromkeys(reasons) if reason not in known]

    @contextmanager
    def noted(self, part: Part, what: str) -> Iterator[None]:
        """Take the error raised inside as the reason, and go on."""
        try:
            yield
        except TrailguardError as error:
            self.add(part, f"{what}: {error}")

    def to_findings(self) -> dict[str, tuple[str, ...]]:
        """By part; very many reasons are cut and counted."""
        return {part: _cut(reasons) for part, reasons in self._reasons.items() if reasons}


@dataclass(frozen=True)
class Case:
    """One round's investigation. `records` are those of the incident, else those discovered for it."""

    incident: StoredIncident
    records: tuple[Record, ...]
    searches: Searches
    now: datetime
    gaps: Gaps = field(default_factory=Gaps)

    @property
    def global_region(self) -> str:
        """The region in which global services of the trail's partition are recorded."""
        return _GLOBAL_REGIONS.get(partition_of(self.incident.region), self.incident.region)

    def regions_of(self, record: Record) -> tuple[str, ...]:
        """Where the calls of a record's actor are looked for: its region, the trail's, the global one."""
        regions = (record.region or self.incident.region, self.incident.region, self.global_region)
        return tuple(dict.fromkeys(regions))

    def is_own(self, arn: str) -> bool:
        """Whether that principal is one of the trail's account, whose IAM can be asked."""
        parsed = parse_arn(arn)
        return parsed is not None and (parsed.service, parsed.account) == ("iam", self.incident.account)


def _cut(reasons: list[str]) -> tuple[str, ...]:
    more = len(reasons) - _MOST_REASONS
    return (*reasons[:_MOST_REASONS], *((f"and {more} more reasons",) if more > 0 else ()))

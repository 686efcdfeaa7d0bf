"""An incident, and a record of it, as they lie in the incident table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from response.aws import documents, keys
from response.aws.table import Item
from response.domain.incident import Incident, IncidentStatus

# The statuses in which records still join.
UNSETTLED = tuple(
    str(status)
    for status in (IncidentStatus.OPEN, IncidentStatus.AWAITING_APPROVAL, IncidentStatus.EXECUTING)
)


@dataclass(frozen=True)
class StoredIncident:
    """An incident as it lies in the table. Text that is not known yet is `""`, severity included."""

    id: str
    trail_arn: str
    account: str
    region: str
    status: IncidentStatus
    owner: str
    path: str
    opened_at: datetime
    first_event_id: str = ""
    first_event_at: datetime | None = None
    severity: str = ""
    round: int = 1
    records_seen: int = 1
    responder_misuse: bool = False
    outcome: str = ""
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    verdict: str = ""
    verdict_by: str = ""
    verdict_at: datetime | None = None
    verdict_reason: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether nothing more happens to it."""
        return str(self.status) not in UNSETTLED

    def as_incident(self) -> Incident:
        """As reports and messages refer to it."""
        return Incident(
            id=self.id,
            trail_arn=self.trail_arn,
            status=self.status,
            severity=self.severity,
            opened_at=self.opened_at,
            account=self.account,
            region=self.region,
            round=self.round,
            first_event_id=self.first_event_id,
            closed_at=self.closed_at,
        )

    def to_item(self) -> Item:
        """As it is written when it opens."""
        opened = documents.moment(self.opened_at)
        pk, sk = keys.meta(self.id)
        return {
            "pk": pk,
            "sk": sk,
            "gsi_pk": keys.INCIDENTS,
            "gsi_sk": f"{opened}#{self.id}",
            "incident_id": self.id,
            "trail_arn": self.trail_arn,
            "account": self.account,
            "region": self.region,
            "status": str(self.status),
            "owner": self.owner,
            "path": self.path,
            "opened_at": opened,
            "first_event_id": self.first_event_id,
            "first_event_at": documents.moment(self.first_event_at) if self.first_event_at else "",
            "severity": self.severity,
            "round": self.round,
            "records_seen": self.records_seen,
            "responder_misuse": self.responder_misuse,
            "outcome": self.outcome,
            "updated_at": opened,
            "closed_at": "",
        }

    @classmethod
    def from_item(cls, item: Item) -> StoredIncident:
        """Read back what is in the table."""
        return cls(
            id=item["incident_id"],
            trail_arn=item["trail_arn"],
            account=item["account"],
            region=item["region"],
            status=IncidentStatus(item["status"]),
            owner=item["owner"],
            path=item["path"],
            opened_at=documents.at_moment(item["opened_at"]),
            first_event_id=item["first_event_id"],
            first_event_at=_moment_or_none(item["first_event_at"]),
            severity=item["severity"],
            round=item["round"],
            records_seen=item["records_seen"],
            responder_misuse=item["responder_misuse"],
            outcome=item["outcome"],
            updated_at=_moment_or_none(item["updated_at"]),
            closed_at=_moment_or_none(item["closed_at"]),
            # Set by whoever judges; an incident has none of it before.
            verdict=item.get("verdict", ""),
            verdict_by=item.get("verdict_by", ""),
            verdict_at=_moment_or_none(item.get("verdict_at", "")),
            verdict_reason=item.get("verdict_reason", ""),
        )


@dataclass(frozen=True)
class StoredRecord:
    """A raw record of an incident, and what it was taken for (opened, joined, own_change)."""

    event_id: str
    disposition: str
    path: str
    received_at: datetime
    raw: Mapping[str, Any]


def _moment_or_none(text: str) -> datetime | None:
    return documents.at_moment(text) if text else None

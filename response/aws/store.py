"""The incident store: everything that lies in the incident table, by what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from response.aws.actions import Actions
from response.aws.approvals import Approvals
from response.aws.baselines import Baselines
from response.aws.claims import Claims
from response.aws.heard import Heard
from response.aws.incidents import Incidents
from response.aws.planned import PlannedChanges
from response.aws.table import Table
from response.aws.undos import Undos

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class IncidentStore:
    """One table, seen eight ways."""

    claims: Claims
    incidents: Incidents
    approvals: Approvals
    actions: Actions
    baselines: Baselines
    undos: Undos
    planned: PlannedChanges
    heard: Heard

    @classmethod
    def on(cls, client: DynamoDBClient, *, table: str) -> Self:
        """The store in the table of that name."""
        shared = Table(client, name=table)
        return cls(
            Claims(shared),
            Incidents(shared),
            Approvals(shared),
            Actions(shared),
            Baselines(shared),
            Undos(shared),
            PlannedChanges(shared),
            Heard(shared),
        )

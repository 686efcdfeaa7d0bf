"""Approvals in the incident table: asked for once a round, decided once, by whoever comes first.

The store holds the truth; the task token only wakes the state machine. Every way out of `pending` is one
conditional write, so of a decision, an expiry and a newer record exactly one wins. So is every approval that
waits for more: none is lost, and none is the last by mistake.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from response.aws import documents, keys
from response.aws.table import Condition, Item, Put, Table, Update


class ApprovalStatus(StrEnum):
    """Where an approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


@dataclass(frozen=True)
class StoredApproval:
    """An approval as it lies in the table.

    `decision` is what was decided, by whom; None while nobody did. `approvals` are the approvals that count,
    each a decision with its time `at`, of the `quorum` that is needed. `token` is the task token, encrypted;
    `""` once it has served.
    """

    incident_id: str
    round: int
    status: ApprovalStatus
    digest: str
    action_ids: tuple[str, ...]
    token: str = field(repr=False)
    asked_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    decision: Mapping[str, Any] | None = None
    quorum: int = 1
    on_timeout: str = ""
    approvals: tuple[Mapping[str, Any], ...] = ()

    @property
    def remind_at(self) -> datetime:
        """When half of the time to decide is over."""
        return self.asked_at + (self.expires_at - self.asked_at) / 2

    @classmethod
    def from_item(cls, item: Item) -> StoredApproval:
        """Read back what is in the table."""
        document = documents.load(item)
        return cls(
            incident_id=item["incident_id"],
            round=item["round"],
            status=ApprovalStatus(item["status"]),
            digest=item["digest"],
            action_ids=tuple(document["action_ids"]),
            token=item["token"],
            asked_at=documents.at_moment(item["asked_at"]),
            expires_at=documents.at_moment(item["expires_at"]),
            decided_at=documents.at_moment(item["decided_at"]) if item["decided_at"] else None,
            decision=document["decision"],
            # One that an earlier release asked for needs one approval, and says nothing of its time-out.
            quorum=item.get("quorum", 1),
            on_timeout=item.get("on_timeout", ""),
            approvals=tuple(json.loads(item.get("approvals", "[]"))),
        )

    def to_item(self) -> Item:
        """As it is written when it is asked for."""
        pk, sk = keys.approval(self.incident_id, self.round)
        return {
            "pk": pk,
            "sk": sk,
            "incident_id": self.incident_id,
            "round": self.round,
            "status": str(self.status),
            "digest": self.digest,
            "token": self.token,
            "quorum": self.quorum,
            "on_timeout": self.on_timeout,
            "asked_at": documents.moment(self.asked_at),
            "expires_at": documents.moment(self.expires_at),
            "decided_at": documents.moment(self.decided_at) if self.decided_at else "",
            "document": documents.dump({"action_ids": self.action_ids, "decision": self.decision}),
        }


class Approvals:
    """The approvals of all incidents."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def ask(self, approval: StoredApproval) -> bool:
        """Store a pending approval; False if this round was decided already.

        Asked again while pending (a retried task has a new token), the token is renewed and the time of
        expiry stays.
        """
        if self._table.written(Put(approval.to_item(), Condition(absent=("pk",)))):
            return True
        return self._table.written(
            Update(
                keys.approval(approval.incident_id, approval.round),
                values={"token": approval.token},
                condition=Condition(
                    equals={"status": str(ApprovalStatus.PENDING), "digest": approval.digest}
                ),
            )
        )

    def get(self, incident_id: str, round_: int) -> StoredApproval | None:
        """The approval of a round."""
        item = self._table.get(keys.approval(incident_id, round_))
        return None if item is None else StoredApproval.from_item(item)

    def latest(self, incident_id: str) -> StoredApproval | None:
        """The approval asked for last, whatever became of it."""
        items = self._table.query(keys.incident(incident_id), keys.APPROVAL)
        return StoredApproval.from_item(items[-1]) if items else None

    def all(self, incident_id: str) -> tuple[StoredApproval, ...]:
        """The approvals of all rounds."""
        items = self._table.query(keys.incident(incident_id), keys.APPROVAL)
        return tuple(StoredApproval.from_item(item) for item in items)

    def settle(
        self,
        approval: StoredApproval,
        status: ApprovalStatus,
        *,
        at: datetime,
        decision: Mapping[str, Any] | None = None,
    ) -> bool:
        """Take the approval out of `pending`; False if somebody else did so first."""
        return self._table.written(
            Update(
                keys.approval(approval.incident_id, approval.round),
                values=_settled(approval, status, at, decision),
                condition=_pending(approval),
            )
        )

    def count(
        self,
        approval: StoredApproval,
        given: Mapping[str, Any],
        *,
        at: datetime,
        decision: Mapping[str, Any] | None = None,
    ) -> bool:
        """Add somebody's approval; with a `decision`, which it completes, the plan is approved.

        False if the approval is not as it was read: somebody else was faster, and it has to be read again.
        """
        counted = (*approval.approvals, {**given, "at": documents.moment(at)})
        settled = {} if decision is None else _settled(approval, ApprovalStatus.APPROVED, at, decision)
        return self._table.written(
            Update(
                keys.approval(approval.incident_id, approval.round),
                values={**settled, "counted": len(counted), "approvals": documents.dump(counted)},
                condition=_pending(approval, counted=len(approval.approvals)),
            )
        )

    def spend(self, approval: StoredApproval) -> None:
        """Remove the token that has served, unless it was renewed meanwhile."""
        self._table.written(
            Update(
                keys.approval(approval.incident_id, approval.round),
                values={"token": ""},
                condition=Condition(equals={"token": approval.token}),
            )
        )


def _pending(approval: StoredApproval, *, counted: int | None = None) -> Condition:
    """That it is pending as it was read; with `counted`, that as many approvals count as were read then."""
    equals: dict[str, Any] = {"status": str(ApprovalStatus.PENDING), "digest": approval.digest}
    if counted:
        equals["counted"] = counted
    return Condition(absent=("counted",) if counted == 0 else (), equals=equals)


def _settled(
    approval: StoredApproval, status: ApprovalStatus, at: datetime, decision: Mapping[str, Any] | None
) -> dict[str, Any]:
    # The wait that has expired is over: its token wakes nobody any more.
    spent = {"token": ""} if status is ApprovalStatus.EXPIRED else {}
    return {
        **spent,
        "status": str(status),
        "decided_at": documents.moment(at),
        "document": documents.dump({"action_ids": approval.action_ids, "decision": decision}),
    }

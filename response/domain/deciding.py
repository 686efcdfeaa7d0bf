"""Whether a decision on a plan counts, and what the plan's approval has come to with it.

It is bound to the plan's digest, in time, and by somebody who is neither involved nor counted already; what
runs in the end is what everybody of the quorum approved. In which order people decide makes no difference.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from response.domain.actor import Actor
from response.domain.approval import (
    Decision,
    PendingApproval,
    Refusal,
    RefusalCode,
    Verdict,
    check_person,
    malformed,
)
from response.domain.approver import is_same_approver
from response.domain.plan import Plan


class DecisionStatus(StrEnum):
    """What an approval has come to; part of the HTTP API."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Taken:
    """A decision that counts. `missing` is how many more people have to approve, `actions` what would run."""

    status: DecisionStatus
    missing: int
    actions: tuple[str, ...]
    approvals: tuple[Decision, ...]


def weigh(
    pending: PendingApproval | None,
    decision: Decision,
    *,
    now: dt.datetime,
    actors: Iterable[Actor],
    responder_arns: Iterable[str],
) -> Taken | Refusal:
    """What becomes of the approval with that decision, or why it does not count.

    Who decides is looked at first, so that a suspect learns nothing more. `actors` are all who have to do
    with the change; none where no record says who made it.
    """
    if pending is None:
        return Refusal(RefusalCode.NO_PENDING_APPROVAL, "No plan of this incident waits for a decision.")
    refusal = (
        check_person(decision.approver, actors, responder_arns)
        or _check_time(pending, now)
        or _check_content(pending, decision)
        or _check_count(pending, decision)
    )
    return refusal or _taken(pending, decision)


def mismatch(decided_on: Plan | None, present: Plan) -> Refusal:
    """The refusal of a decision on another plan than the present one, with how they differ.

    `decided_on` is None where no plan of the incident ever had the digest.
    """
    more: dict[str, Any] = {"digest": present.digest, "difference": None}
    if decided_on is None:
        text = "The digest is of no plan of this incident."
    else:
        more["difference"] = difference = plan_difference(decided_on, present)
        parts = [
            f"{how}: {', '.join(action['id'] for action in actions)}"
            for how, actions in difference.items()
            if actions
        ]
        text = (
            "The plan was renewed since: "
            + ("; ".join(parts) or "the same actions on a state read anew")
            + "."
        )
    return Refusal(
        RefusalCode.DIGEST_MISMATCH,
        f"{text} The plan that waits has the digest {present.digest}. Read it, then decide.",
        more,
    )


def plan_difference(before: Plan, after: Plan) -> dict[str, list[dict[str, str]]]:
    """The actions that only the later plan has, those that only the earlier has, and those that changed."""
    earlier, later = ({action.id: action for action in plan.actions} for plan in (before, after))
    named = {**earlier, **later}
    ids = {
        "added": [one for one in later if one not in earlier],
        "removed": [one for one in earlier if one not in later],
        "changed": [one for one in later if one in earlier and later[one] != earlier[one]],
    }
    return {how: [{"id": one, "title": named[one].title} for one in found] for how, found in ids.items()}


def _check_time(pending: PendingApproval, now: dt.datetime) -> Refusal | None:
    if pending.decided_by:
        return Refusal(
            RefusalCode.ALREADY_DECIDED, "This plan was decided before; the first decision stands."
        )
    if now >= pending.expires_at:
        return Refusal(
            RefusalCode.EXPIRED,
            f"The approval expired at {pending.expires_at:%Y-%m-%d %H:%M:%S} UTC;"
            " your decision was not carried out.",
        )
    return None


def _check_content(pending: PendingApproval, decision: Decision) -> Refusal | None:
    if decision.digest != pending.digest:
        return Refusal(
            RefusalCode.DIGEST_MISMATCH,
            f"The plan that waits has another digest, {pending.digest}. Read it, then decide.",
            {"digest": pending.digest},
        )
    chosen = decision.actions
    if chosen is None:
        return None
    unknown = [action for action in chosen if action not in pending.action_ids]
    if unknown:
        return malformed(
            f"actions: {unknown[0]!r:.80} does not wait for approval,"
            f" expected some of {', '.join(pending.action_ids)}"
        )
    if decision.verdict is Verdict.APPROVE and not chosen:
        return malformed("actions: an approval of nothing; reject the plan instead")
    return None


def _check_count(pending: PendingApproval, decision: Decision) -> Refusal | None:
    """Whoever approved before may still reject; a second approval of theirs is none."""
    if decision.verdict is Verdict.REJECT:
        return None
    if any(is_same_approver(decision.approver, one.approver) for one in pending.approvals):
        missing = pending.quorum - len(pending.approvals)
        return Refusal(
            RefusalCode.ALREADY_COUNTED,
            "Your approval counts already, by this identity or one that may be the same person; the plan"
            f" waits for {missing} more, by somebody else.",
            {"missing": missing},
        )
    if not _in_common(pending, (*pending.approvals, decision)):
        so_far = _in_common(pending, pending.approvals)
        return Refusal(
            RefusalCode.NOTHING_IN_COMMON,
            f"Others approved {', '.join(so_far)} only, and you none of that: nothing would be left to do."
            " Approve some of it, or reject the plan.",
        )
    return None


def _taken(pending: PendingApproval, decision: Decision) -> Taken:
    if decision.verdict is Verdict.REJECT:
        return Taken(DecisionStatus.REJECTED, 0, (), pending.approvals)
    approvals = (*pending.approvals, decision)
    missing = max(pending.quorum - len(approvals), 0)
    status = DecisionStatus.WAITING if missing else DecisionStatus.APPROVED
    return Taken(status, missing, _in_common(pending, approvals), approvals)


def _in_common(pending: PendingApproval, approvals: Iterable[Decision]) -> tuple[str, ...]:
    """The actions that all of them approved, in the order of the plan."""
    chosen = set(pending.action_ids)
    for approval in approvals:
        chosen &= set(pending.action_ids if approval.actions is None else approval.actions)
    return tuple(action for action in pending.action_ids if action in chosen)

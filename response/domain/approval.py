"""Whether a decision on a plan counts: bound to its digest, in time, and by somebody who is not involved.

A decision by the actor would be the suspect judging the case, one by the responder the machine its own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from response.domain.actor import Actor
from response.domain.approver import Approver, is_responder, is_same_person

__all__ = [
    "Approver",
    "Decision",
    "PendingApproval",
    "Refusal",
    "RefusalCode",
    "Verdict",
    "check_approver",
    "check_decision",
    "is_same_person",
    "parse_decision",
]

_COMMENT_LIMIT = 1_000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEYS = ("digest", "decision", "comment", "actions")


class Verdict(StrEnum):
    """What was decided."""

    APPROVE = "approve"
    REJECT = "reject"


class RefusalCode(StrEnum):
    """Why a decision does not count; part of the HTTP API."""

    DIGEST_MISMATCH = "digest_mismatch"
    EXPIRED = "expired"
    ALREADY_DECIDED = "already_decided"
    APPROVER_IS_ACTOR = "approver_is_actor"
    APPROVER_IS_RESPONDER = "approver_is_responder"
    NO_PENDING_APPROVAL = "no_pending_approval"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Refusal:
    """A decision that does not count, and why."""

    code: RefusalCode
    text: str


@dataclass(frozen=True)
class Decision:
    """What somebody decided about the plan with that digest; `actions` None means all that need approval."""

    digest: str
    verdict: Verdict
    approver: Approver
    comment: str = ""
    actions: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the incident; the approver's access key is nobody else's business."""
        return {
            "digest": self.digest,
            "decision": str(self.verdict),
            "comment": self.comment,
            "actions": None if self.actions is None else list(self.actions),
            "approver": self.approver.to_json(),
        }


@dataclass(frozen=True)
class PendingApproval:
    """What is awaited: a decision on that digest, until then. `decided_by` is empty while nobody decided."""

    incident_id: str
    digest: str
    action_ids: tuple[str, ...]
    expires_at: dt.datetime
    decided_by: str = ""


def parse_decision(body: object, approver: Approver) -> Decision | Refusal:
    """Read the body of a decision; a Refusal with code `malformed` says what is wrong with it."""
    if not isinstance(body, Mapping):
        return _malformed(f"the body is {body!r:.80}, expected a JSON object with {', '.join(_KEYS)}")
    fault = next(_faults(body), None)
    if fault is not None:
        return _malformed(fault)
    actions = body.get("actions")
    return Decision(
        digest=body["digest"],
        verdict=Verdict(body["decision"]),
        approver=approver,
        comment=body.get("comment", ""),
        actions=None if actions is None else tuple(actions),
    )


def check_decision(
    pending: PendingApproval | None,
    decision: Decision,
    *,
    now: dt.datetime,
    actor: Actor | None,
    responder_arns: Iterable[str],
) -> Refusal | None:
    """None where the decision counts. Who decides is looked at first, so that a suspect learns nothing more.

    `actor` is None where no record says who made the change.
    """
    if pending is None:
        return Refusal(RefusalCode.NO_PENDING_APPROVAL, "No plan of this incident waits for a decision.")
    return (
        check_approver(decision.approver, actor, responder_arns)
        or _check_time(pending, now)
        or _check_content(pending, decision)
    )


def check_approver(approver: Approver, actor: Actor | None, responder_arns: Iterable[str]) -> Refusal | None:
    """None where it is somebody else than the actor and the responder; one of the checks of a decision."""
    if not approver.is_known:
        return _malformed("The request does not say who decides: expected an IAM ARN, or issuer and subject.")
    if is_responder(approver, responder_arns):
        return Refusal(
            RefusalCode.APPROVER_IS_RESPONDER,
            "This is a role of the responder itself; a person with another identity has to decide.",
        )
    if actor is not None and is_same_person(approver, actor):
        return Refusal(
            RefusalCode.APPROVER_IS_ACTOR,
            "The change under review was made with this identity (same user, key, role, session issuer or an"
            " identity linked to it),"
            " or the investigation found it behind or beside whoever made it, or made by them; somebody else"
            " has to decide.",
        )
    return None


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
            f"The plan has changed: it now has the digest {pending.digest}. Read it again, then decide.",
        )
    chosen = decision.actions
    if chosen is None:
        return None
    unknown = [action for action in chosen if action not in pending.action_ids]
    if unknown:
        return _malformed(
            f"actions: {unknown[0]!r:.80} does not wait for approval,"
            f" expected some of {', '.join(pending.action_ids)}"
        )
    if decision.verdict is Verdict.APPROVE and not chosen:
        return _malformed("actions: an approval of nothing; reject the plan instead")
    return None


def _faults(body: Mapping[Any, Any]) -> Iterator[str]:
    """Whatever keeps the body of a decision from being read."""
    for key in body:
        if key not in _KEYS:
            yield f"{key!r:.80} is unknown, expected {', '.join(_KEYS)}"
    digest, comment = body.get("digest"), body.get("comment", "")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        yield "digest: expected the 64 hexadecimal digits of the plan's digest"
    if body.get("decision") not in tuple(Verdict):
        yield f"decision: found {body.get('decision')!r:.80}, expected approve or reject"
    if not isinstance(comment, str) or len(comment) > _COMMENT_LIMIT:
        yield f"comment: expected text of at most {_COMMENT_LIMIT} characters"
    if body.get("actions") is not None and not _is_list_of_text(body["actions"]):
        yield "actions: expected a list of action ids, each once, or no such key for all of them"


def _is_list_of_text(value: object) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(item, str) for item in value)
        and len(set(value)) == len(value)
    )


def _malformed(text: str) -> Refusal:
    return Refusal(RefusalCode.MALFORMED, text)

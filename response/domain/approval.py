"""A decision on a plan: what it says, how it is read from a request, and who may not make it.

A decision by the actor would be the suspect judging the case, one by the responder the machine its own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

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
    "check_person",
    "is_same_person",
    "malformed",
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
    ALREADY_COUNTED = "already_counted"
    NOTHING_IN_COMMON = "nothing_in_common"
    APPROVER_IS_ACTOR = "approver_is_actor"
    APPROVER_IS_RESPONDER = "approver_is_responder"
    NO_PENDING_APPROVAL = "no_pending_approval"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Refusal:
    """A decision that does not count, and why; `more` is what a program can use of that."""

    code: RefusalCode
    text: str
    more: Mapping[str, Any] = field(default_factory=dict)


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

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        actions = document.get("actions")
        return cls(
            digest=document["digest"],
            verdict=Verdict(document["decision"]),
            approver=Approver.from_json(document["approver"]),
            comment=document.get("comment", ""),
            actions=None if actions is None else tuple(actions),
        )


@dataclass(frozen=True)
class PendingApproval:
    """What is awaited: so many different people's approval of that digest, until then.

    `approvals` are those that count so far. `decided_by` is empty while nothing is decided.
    """

    incident_id: str
    digest: str
    action_ids: tuple[str, ...]
    expires_at: dt.datetime
    decided_by: str = ""
    quorum: int = 1
    approvals: tuple[Decision, ...] = ()


def parse_decision(body: object, approver: Approver) -> Decision | Refusal:
    """Read the body of a decision; a Refusal with code `malformed` says what is wrong with it."""
    if not isinstance(body, Mapping):
        return malformed(f"the body is {body!r:.80}, expected a JSON object with {', '.join(_KEYS)}")
    fault = next(_faults(body), None)
    if fault is not None:
        return malformed(fault)
    actions = body.get("actions")
    return Decision(
        digest=body["digest"],
        verdict=Verdict(body["decision"]),
        approver=approver,
        comment=body.get("comment", ""),
        actions=None if actions is None else tuple(actions),
    )


def check_approver(approver: Approver, actor: Actor | None, responder_arns: Iterable[str]) -> Refusal | None:
    """None where it is somebody else than the actor and the responder; one of the checks of a decision."""
    if not approver.is_known:
        return malformed("The request does not say who decides: expected an IAM ARN, or issuer and subject.")
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


def check_person(
    approver: Approver, actors: Iterable[Actor], responder_arns: Iterable[str]
) -> Refusal | None:
    """None where it is none of those who have to do with a change, nor the responder: in each decision."""
    responders = tuple(responder_arns)
    checks = (check_approver(approver, actor, responders) for actor in (None, *actors))
    return next(filter(None, checks), None)


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


def malformed(text: str) -> Refusal:
    """The refusal of what cannot be read."""
    return Refusal(RefusalCode.MALFORMED, text)

"""What a person says an incident was, and what follows from that; the machine decides, a person judges.

A verdict changes nothing by itself where it is not certain what it is about: only a trail that still reads as
the incident left it is taken as approved, or put in question again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from response.domain.approval import Refusal, RefusalCode

_KEYS = ("verdict", "reason")
_REASON_LIMIT = 1_000


class Judgement(StrEnum):
    """What an incident was."""

    AUTHORISED = "authorised"
    TAMPERING = "tampering"
    BENIGN = "benign"


class VerdictEffect(StrEnum):
    """What follows from a verdict; part of the HTTP API."""

    RECORDED = "recorded"
    ENDS_WAIT = "ends_wait"
    PLAN_WAITS = "plan_waits"
    BASELINE_RENEWED = "baseline_renewed"
    PUT_BACK = "put_back"
    RAISED_AGAIN = "raised_again"
    MOVED_ON = "moved_on"
    OTHER_INCIDENT = "other_incident"


_TEXTS: Mapping[VerdictEffect, str] = {
    VerdictEffect.RECORDED: "The verdict is recorded; nothing else changes.",
    VerdictEffect.ENDS_WAIT: (
        "The plan is rejected; the workflow goes on, takes the state as the new baseline and closes the"
        " incident."
    ),
    VerdictEffect.PLAN_WAITS: (
        "The verdict is recorded; the plan still waits for `trailguard approve` or `trailguard reject`."
    ),
    VerdictEffect.BASELINE_RENEWED: "The trail reads as it was left; that state is its baseline now.",
    VerdictEffect.PUT_BACK: (
        "The trail reads as its approved state. If it was put back, `trailguard undo {id}` brings the change"
        " back."
    ),
    VerdictEffect.RAISED_AGAIN: (
        "The trail is still as the change left it; the reconciler raises it again within ten minutes."
    ),
    VerdictEffect.MOVED_ON: (
        "The verdict is recorded; the trail has changed since it was left, so its state is not touched. Look"
        " at it, then `trailguard baseline capture`."
    ),
    VerdictEffect.OTHER_INCIDENT: (
        "The verdict is recorded; another incident of this trail, or an undo, is at work and decides on its"
        " state."
    ),
}


@dataclass(frozen=True)
class Sight:
    """What is known of the trail when its settled incident is judged; digests of states."""

    found: str
    left: str | None
    as_approved: bool
    has_baseline: bool
    other_open: bool = False


def text_of(effect: VerdictEffect, incident_id: str) -> str:
    """What follows, in a sentence."""
    return _TEXTS[effect].format(id=incident_id)


def parse_verdict(body: object) -> tuple[Judgement, str] | Refusal:
    """Judgement and reason; a Refusal with code `malformed` says what is wrong."""
    if not isinstance(body, Mapping):
        return _malformed(f"the body is {body!r:.80}, expected a JSON object with {', '.join(_KEYS)}")
    unknown = next((key for key in body if key not in _KEYS), None)
    if unknown is not None:
        return _malformed(f"{unknown!r:.80} is unknown, expected {', '.join(_KEYS)}")
    judgement, reason = body.get("verdict"), body.get("reason")
    if not isinstance(judgement, str) or judgement not in tuple(Judgement):
        return _malformed(f"verdict: found {judgement!r:.80}, expected one of {', '.join(Judgement)}")
    if not isinstance(reason, str) or not reason.strip() or len(reason) > _REASON_LIMIT:
        return _malformed(f"reason: expected 1 to {_REASON_LIMIT} characters of text")
    return Judgement(judgement), reason.strip()


def effect_of(judgement: Judgement, sight: Sight) -> VerdictEffect:
    """What follows from a verdict on an incident that is settled."""
    if judgement is Judgement.BENIGN:
        return VerdictEffect.RECORDED
    if sight.other_open:
        return VerdictEffect.OTHER_INCIDENT
    if sight.as_approved:
        is_authorised = judgement is Judgement.AUTHORISED
        return VerdictEffect.PUT_BACK if is_authorised else VerdictEffect.RECORDED
    if sight.left is None or sight.found != sight.left:
        return VerdictEffect.MOVED_ON
    if judgement is Judgement.AUTHORISED:
        return VerdictEffect.BASELINE_RENEWED
    # The reconciler compares with the baseline: without one it raises nothing.
    return VerdictEffect.RAISED_AGAIN if sight.has_baseline else VerdictEffect.RECORDED


def verdict_in(decision: Mapping[str, Any] | None) -> str:
    """The judgement that came with a decision on a plan, `""` where it was a decision only."""
    value = (decision or {}).get("verdict")
    return value if isinstance(value, str) and value in tuple(Judgement) else ""


def _malformed(text: str) -> Refusal:
    return Refusal(RefusalCode.MALFORMED, text)

"""A change that somebody announced: who will make it, to which trail, when, and what exactly becomes of it.

Read strictly when it is asked for; `planned_match` says later whether an incident is that change.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from response.domain import codec, patterns
from response.domain.approver import Approver
from response.domain.arns import parse_trail_arn
from response.domain.errors import MalformedStateError, PlannedChangeError, PolicyError
from response.domain.plan import canonical_json
from response.domain.policy_exception import principal_pattern
from response.domain.policy_node import ROOT_PATH, Node
from response.domain.trail_state import ATTRIBUTES, FLAGS, TrailState

LONGEST_WINDOW = dt.timedelta(days=30)
DEFAULT_WINDOW = dt.timedelta(hours=4)
_FARTHEST = dt.timedelta(days=365)
_KEYS = ("trail_arn", "principal", "not_before", "not_after", "ticket", "changes", "reason")
_REQUIRED = ("trail_arn", "principal", "ticket", "changes")
_ID = re.compile(r"PC-[0-9]{8}-[0-9a-f]{8}")
_TICKET_LIMIT = 100
_TICKET = f"the ticket under which the change was agreed, at most {_TICKET_LIMIT} characters"
_TIME = "a time with its offset, such as 2026-01-31T09:30:00Z"
# Stands for the other fields while the named ones are read.
_ANY_BUCKET = "any-bucket"
_KINDS_OF_SELECTORS = ("EventSelectors", "AdvancedEventSelectors")


@dataclass(frozen=True)
class PlannedChange:
    """An announced change. `changes` has the fields of the trail state that will differ, in canonical form.

    It serves once: `used_by` is the incident that it answered, `""` while it is open.
    """

    id: str
    trail_arn: str
    principal: str
    not_before: dt.datetime
    not_after: dt.datetime
    ticket: str
    changes: Mapping[str, Any]
    requested_by: str
    requested_at: dt.datetime
    requester_id: str = field(default="", repr=False)
    requester_issuer: str = field(default="", repr=False)
    requester_name: str = field(default="", repr=False)
    requester_linked: tuple[str, ...] = field(default=(), repr=False)
    reason: str = ""
    used_by: str = ""
    withdrawn_at: dt.datetime | None = None
    withdrawn_by: str = ""

    @property
    def requester(self) -> Approver:
        """Who asked for it, in the form in which people are compared."""
        return Approver(
            arn="" if self.requester_issuer else self.requested_by,
            user_id=self.requester_id,
            issuer=self.requester_issuer,
            name=self.requester_name,
            linked=self.requester_linked,
        )

    def status(self, now: dt.datetime) -> str:
        """used, withdrawn, expired, waiting (its time has not come) or open."""
        if self.used_by:
            return "used"
        if self.withdrawn_at is not None:
            return "withdrawn"
        if now > self.not_after:
            return "expired"
        return "waiting" if now < self.not_before else "open"

    def aim(self, before: TrailState) -> TrailState:
        """The state that the change leads to from there; MalformedStateError where no trail can be so."""
        document = {**before.to_json(), **self.changes}
        # A trail has one kind of event selectors: choosing one kind drops the other.
        for chosen, other in (_KINDS_OF_SELECTORS, _KINDS_OF_SELECTORS[::-1]):
            if self.changes.get(chosen) and other not in self.changes:
                document[other] = []
        # A multi-Region trail always has global service events; nothing else can be asked of CloudTrail.
        if document["IsMultiRegionTrail"] and "IncludeGlobalServiceEvents" not in self.changes:
            document["IncludeGlobalServiceEvents"] = True
        return TrailState.from_json(document)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with the keys of the dataclass."""
        document: dict[str, Any] = codec.to_json(self)
        return document

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read back what `to_json` wrote; MalformedStateError names what is wrong."""
        return codec.from_json(cls, document)


def is_planned_change_id(value: object) -> bool:
    """Whether a value has the form of a planned change's id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def parse_planned_change(body: object, requester: Approver, now: dt.datetime) -> PlannedChange:
    """Read what somebody asks for; PlannedChangeError names the path of what is wrong and what belongs there.

    `changes` are canonical afterwards. Without times it holds from now for four hours.
    """
    try:
        members = Node(ROOT_PATH, body).mapping(_KEYS, required=_REQUIRED)
        not_before, not_after = _window(members, now)
        trail_arn = _trail_arn(members["trail_arn"])
        asked = PlannedChange(
            id="",
            trail_arn=trail_arn,
            principal=principal_pattern(members["principal"]),
            not_before=not_before,
            not_after=not_after,
            ticket=members["ticket"].text(_TICKET, _TICKET_LIMIT),
            changes=_changes(members["changes"], trail_arn),
            requested_by=requester.id,
            requested_at=now,
            requester_id=requester.user_id,
            requester_issuer=requester.issuer,
            requester_name=requester.name,
            requester_linked=requester.linked,
            reason=members["reason"].text("the reason for the change") if "reason" in members else "",
        )
    except PolicyError as error:
        raise PlannedChangeError(str(error)) from error
    return replace(asked, id=_id_of(asked))


def names_requester(planned: PlannedChange) -> bool:
    """Whether who asked is among those who may make the change: then nobody else has looked at it."""
    arns = planned.requester.arns
    own = (*arns, *(role for arn in arns for role in patterns.role_arns_of(arn)))
    return patterns.first_match((planned.principal,), own) is not None


def without_effect(planned: PlannedChange, approved: TrailState) -> str | None:
    """Why the change leads nowhere from the approved state, or None where it leads somewhere."""
    try:
        aim = planned.aim(approved)
    except MalformedStateError as error:
        return f"from its approved state the trail cannot become that: {error}"
    return "the trail's approved state is that already" if aim == approved else None


def _id_of(asked: PlannedChange) -> str:
    """The same for the same request at the same moment, so that a retried one is not planned twice."""
    digest = hashlib.sha256(canonical_json(asked.to_json()).encode()).hexdigest()
    return f"PC-{asked.requested_at.astimezone(dt.UTC):%Y%m%d}-{digest[:8]}"


def _trail_arn(node: Node) -> str:
    if parse_trail_arn(node.value) is None:
        node.refuse("the ARN of a trail, such as arn:aws:cloudtrail:eu-west-1:111122223333:trail/NAME")
    return str(node.value)


def _window(members: Mapping[str, Node], now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """From when to when. Record times are whole seconds, so the window begins with a whole one."""
    now = now.astimezone(dt.UTC).replace(microsecond=0)
    not_before = _time(members["not_before"]) if "not_before" in members else now
    if not_before < now:
        members["not_before"].refuse("a time to come: what was changed already cannot be planned any more")
    if not_before - now > _FARTHEST:
        members["not_before"].refuse("a time within a year")
    if "not_after" not in members:
        return not_before, not_before + DEFAULT_WINDOW
    not_after = _time(members["not_after"])
    if not not_before < not_after <= not_before + LONGEST_WINDOW:
        members["not_after"].refuse(
            f"a time after {not_before.isoformat()} and at most {LONGEST_WINDOW.days} days later"
        )
    return not_before, not_after


def _time(node: Node) -> dt.datetime:
    if not isinstance(node.value, str):
        node.refuse(_TIME)
    try:
        parsed = dt.datetime.fromisoformat(node.value)
        if parsed.tzinfo is None:
            node.refuse(_TIME)
        return parsed.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        node.refuse(_TIME)


def _changes(node: Node, trail_arn: str) -> dict[str, Any]:
    """The fields with their values as the trail state spells them."""
    expected = "an object of at least one field with its value; fields are " + ", ".join(ATTRIBUTES)
    members = node.free_mapping(expected)
    if not members:
        node.refuse(expected)
    for name, member in members.items():
        if name not in ATTRIBUTES:
            raise PolicyError(f"{member.path}: unknown field, expected one of {', '.join(ATTRIBUTES)}")
    basic, advanced = (members.get(kind) for kind in _KINDS_OF_SELECTORS)
    if basic is not None and advanced is not None and advanced.value:
        if basic.value:
            basic.refuse("none beside AdvancedEventSelectors: a trail has one kind")
        del members["EventSelectors"]  # said by the other kind; by itself no selectors means the default
    return {name: _canonical(name, member, trail_arn) for name, member in members.items()}


def _canonical(name: str, member: Node, trail_arn: str) -> Any:
    """One value as a trail state would hold it."""
    base = {"TrailARN": trail_arn, "S3BucketName": _ANY_BUCKET, **dict.fromkeys(FLAGS, True)}
    try:
        return TrailState.from_json({**base, name: member.value}).value(name)
    except MalformedStateError as error:
        raise PolicyError(f"{member.path}: {error}") from error

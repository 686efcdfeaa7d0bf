"""Who decides, and whether that may be somebody who is involved, in whatever guise.

Where it is in doubt it is the same person: another one can decide, and a suspect must not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from response.domain import patterns
from response.domain.actor import Actor, PrincipalKind
from response.domain.arns import parse_arn
from response.domain.text import plain

_ACCOUNT_DIGITS = 12


@dataclass(frozen=True)
class Approver:
    """Who decided, as the authorizer said; never as the request's body did.

    An IAM principal has an `arn`, and as `user_id` IAM's unique id: AIDA... for a user, AROA...:SESSION for a
    role session. Whoever signed in by OpenID Connect has an `issuer` instead (its URL), as `user_id` the
    subject, the `name` that people know, and `linked`: the ARNs of IAM identities that are the same person.
    """

    arn: str
    user_id: str = ""
    access_key_id: str = ""
    account: str = ""
    issuer: str = ""
    name: str = ""
    linked: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What names this identity for good: the ARN, or issuer and subject."""
        return self.arn or (f"{self.issuer}#{self.user_id}" if self.issuer else "")

    @property
    def is_known(self) -> bool:
        """Whether it says who it is."""
        return self.arn.startswith("arn:") or bool(self.issuer and self.user_id)

    @property
    def arns(self) -> tuple[str, ...]:
        """The IAM identities of this person, as far as they are known."""
        return tuple(dict.fromkeys(arn for arn in (self.arn, *self.linked) if arn))

    def to_json(self) -> dict[str, Any]:
        """As it is kept with what was decided; an access key is nobody else's business."""
        return {
            "id": self.id,
            "name": self.name,
            "arn": self.arn,
            "user_id": self.user_id,
            "account": self.account,
            "issuer": self.issuer,
            "linked": list(self.linked),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read back what `to_json` wrote, now or in an earlier release, which knew no issuers."""
        text = {key: str(document.get(key) or "") for key in ("arn", "user_id", "account", "issuer", "name")}
        return cls(**text, linked=tuple(document.get("linked") or ()))


def decided_by(decision: Mapping[str, Any] | None) -> str:
    """The id of whoever made a decision as it is kept; `""` where nobody did."""
    approver = (decision or {}).get("approver")
    return Approver.from_json(approver).id if isinstance(approver, Mapping) else ""


def is_responder(approver: Approver, responder_arns: Iterable[str]) -> bool:
    """Whether it is one of the responder's own roles, or a person to whom one is linked."""
    return any(
        arn == responder or patterns.is_same_role(arn, responder)
        for responder in responder_arns
        for arn in approver.arns
    )


def is_same_person(approver: Approver, actor: Actor) -> bool:
    """Whether the approver may be the actor: same user, key, unique id, role, or the issuer of the session.

    Whoever can assume a role can take any session name, so all sessions of one role count as one person.
    Somebody who signed in is also whom their linked identities are, whom AWS IAM Identity Center calls by
    their name, and who came to AWS from the same issuer.
    """
    if approver.access_key_id and approver.access_key_id == actor.access_key_id:
        return True
    own_id = "" if approver.issuer else _unique_id(approver.user_id)
    if own_id and own_id in {_unique_id(actor.principal_id), actor.issuer_id}:
        return True
    for other in (actor.arn, actor.issuer_arn):
        if other and any(_is_same_arn(other, arn) for arn in approver.arns):
            return True
    if any(_may_have_issued(arn, actor) for arn in approver.arns):
        return True
    return _has_name_of(approver, actor) or _came_from(approver, actor)


def is_same_approver(one: Approver, other: Approver) -> bool:
    """Whether two who decide may be one person, who would then count once."""
    if one.id == other.id:
        return True
    if one.access_key_id and one.access_key_id == other.access_key_id:
        return True
    if not one.issuer and not other.issuer:
        own_id = _unique_id(one.user_id)
        if own_id and own_id == _unique_id(other.user_id):
            return True
    if one.issuer and one.issuer == other.issuer and _is_same_text(one.name, other.name):
        return True
    pairs = [(a, b) for a in one.arns for b in other.arns]
    return any(_is_same_arn(a, b) or _may_be_issued(a, b) or _may_be_issued(b, a) for a, b in pairs)


def _is_same_arn(one: str, other: str) -> bool:
    return one.casefold() == other.casefold() or patterns.is_same_role(one, other)


def _may_have_issued(arn: str, actor: Actor) -> bool:
    return any(_may_be_issued(arn, other) for other in (actor.arn, actor.issuer_arn))


def _may_be_issued(arn: str, by: str) -> bool:
    """Whether it is a federated user, and the other a user of that account who may have made its session.

    Any name can be asked of GetFederationToken, and an authorizer does not tell who asked for it.
    """
    session, maker = parse_arn(arn), parse_arn(by)
    if session is None or maker is None or session.account != maker.account:
        return False
    kind = maker.resource.partition("/")[0]
    return session.resource.startswith("federated-user/") and kind in {"user", "root", "federated-user"}


def _has_name_of(approver: Approver, actor: Actor) -> bool:
    """Whether Identity Center, or who vouched for the session, calls the actor as the issuer calls them."""
    names = [actor.source_identity]
    if actor.kind is PrincipalKind.IDENTITY_CENTER:
        # There the session's name is the user's, and nobody can choose another.
        names += [actor.session_name, actor.user_name]
    return any(_is_same_text(approver.name, name) for name in names)


def _came_from(approver: Approver, actor: Actor) -> bool:
    """Whether the actor came to AWS with a token of the same issuer for the same subject."""
    if not approver.issuer or _provider(approver.issuer) != _provider(actor.identity_provider):
        return False
    told = {actor.user_name, actor.principal_id.rpartition(":")[2], *dict(actor.provider_attributes).values()}
    return bool(approver.user_id) and approver.user_id in told


def _provider(name: str) -> str:
    """An issuer by its URL, and a provider by its ARN or name, in one form."""
    parsed = parse_arn(name)
    path = parsed.resource.partition("/")[2] if parsed else name.removeprefix("https://")
    return path.rstrip("/").casefold()


def _is_same_text(one: str, other: str) -> bool:
    return bool(one) and plain(one).casefold() == plain(other).casefold()


def _unique_id(principal_id: str) -> str:
    """What names the principal. Root's and a federated user's begin with the account, so all of it."""
    first = principal_id.partition(":")[0]
    is_account = len(first) == _ACCOUNT_DIGITS and first.isascii() and first.isdecimal()
    return principal_id if is_account else first

"""Who calls, by which door, and what that lets them do: as the authorizer says, never as the request does.

Signed requests come to a path itself, people with an access token to the same path below `/people`. Whoever
stands at one door with the other's identity is let in by neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from response.access_settings import AccessSettings
from response.console.http import ProblemError, Request
from response.domain.approval import Approver
from response.domain.arns import parse_arn
from response.domain.entitlement import Standing
from response.domain.sign_in_claims import LINKED, NOBODY
from response.routes import PEOPLE

# API Gateway hands a list on as text: its items in brackets, with spaces between them.
_LIST = re.compile(r"\[([^\[\]]*)\]")
_NAMES = ("email", "preferred_username", "username", "cognito:username")
_MOST_LINKED = 20


@dataclass(frozen=True)
class Caller:
    """A person or a principal, and what it may do."""

    approver: Approver
    standing: Standing
    is_person: bool = False

    @property
    def decides(self) -> bool:
        """Whether more than reading is open to it."""
        return self.standing.may(read_only=False)

    def view(self) -> dict[str, str]:
        """Who is asking, as its own answers tell it; `name` is what people know."""
        parsed = parse_arn(self.approver.arn)
        name = parsed.resource.rpartition("/")[2] if parsed else self.approver.name
        return {
            "id": self.approver.id,
            "name": name or self.approver.id,
            "may": "decide" if self.decides else "read",
        }

    def check(self, *, read_only: bool) -> None:
        """Refuse what the standing is not enough for."""
        if self.standing.may(read_only=read_only):
            return
        who = "may only read" if self.standing is Standing.READER else "is not let in"
        raise ProblemError(
            403,
            "not_entitled",
            f"{self.approver.id:.200} {who}: the group, or the list of principals, of approvers decides.",
        )


def is_for_people(path: str) -> bool:
    """Whether a path leads through the people's door."""
    return path == PEOPLE or path.startswith(f"{PEOPLE}/")


def inside(request: Request) -> Request:
    """The request as the routes know it, whichever door it came by."""
    if not is_for_people(request.path):
        return request
    return replace(request, path=request.path.removeprefix(PEOPLE))


def caller_of(request: Request, access: AccessSettings) -> Caller:
    """The caller; ProblemError where the authorizer names none that may stand at this door."""
    iam, jwt = request.authorizer.get("iam"), request.authorizer.get("jwt")
    if is_for_people(request.path):
        if not isinstance(jwt, Mapping) or iam is not None:
            raise _unknown("the authorizer names no person; sign in")
        return _person(jwt, access)
    if not isinstance(iam, Mapping) or jwt is not None:
        raise _unknown("the authorizer names no IAM principal; sign the request")
    return _principal(iam, access)


def _principal(iam: Mapping[str, Any], access: AccessSettings) -> Caller:
    """The IAM principal that signed the request."""
    approver = Approver(
        arn=_text(iam, "userArn"),
        user_id=_text(iam, "userId") or _text(iam, "callerId"),
        access_key_id=_text(iam, "accessKey"),
        account=_text(iam, "accountId"),
    )
    if not approver.arn.startswith("arn:"):
        raise _unknown("the authorizer names no IAM principal; sign the request")
    return Caller(approver, access.entitlement.of_principal(approver.arn))


def _person(jwt: Mapping[str, Any], access: AccessSettings) -> Caller:
    """The person whom the access token is about."""
    found = jwt.get("claims")
    claims: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    subject, issuer = _text(claims, "sub"), _text(claims, "iss")
    if not subject or not issuer:
        raise _unknown("the token does not say whom it is about; sign in again")
    if _text(claims, "token_use") not in ("", "access"):
        raise _unknown("this is no access token")
    approver = Approver(
        arn="",
        user_id=subject,
        issuer=issuer,
        name=_name(claims),
        linked=_linked(claims, access),
    )
    groups = _words(claims, access.group_claim)
    return Caller(approver, access.entitlement.of_person(groups), is_person=True)


def _name(claims: Mapping[str, Any]) -> str:
    """What a person is called; an address that is told to be unverified could be anybody's."""
    told = [_text(claims, key) for key in _NAMES if key != "email" or claims.get("email_verified") != "false"]
    return next(filter(None, told), "")


def _linked(claims: Mapping[str, Any], access: AccessSettings) -> tuple[str, ...]:
    """The IAM identities of the same person; refused if it cannot be read, or a suspect could approve."""
    if access.is_own_pool and not _text(claims, LINKED):
        raise ProblemError(
            403,
            "not_entitled",
            f"the token has no claim {LINKED}, which the user pool's trigger adds; sign in again, and if "
            "that does not help, ask an administrator",
        )
    linked = tuple(word for word in _words(claims, LINKED) if word != NOBODY)
    bad = [word for word in linked if parse_arn(word) is None]
    if bad or len(linked) > _MOST_LINKED:
        what = f"{bad[0]!r:.80} is no ARN" if bad else f"more than {_MOST_LINKED} ARNs"
        raise ProblemError(
            403, "not_entitled", f"{LINKED}: {what}; an administrator has to correct the attribute"
        )
    return linked


def _words(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The items of a claim that is a list, or one text with spaces; no item has brackets of its own."""
    text = _text(claims, name)
    whole = _LIST.fullmatch(text)
    words = tuple((whole[1] if whole else text).split())
    if any("[" in word or "]" in word for word in words):
        raise ProblemError(403, "not_entitled", f"the claim {name} cannot be read")
    return words


def _text(identity: Mapping[str, Any], name: str) -> str:
    value = identity.get(name)
    return value.strip() if isinstance(value, str) else ""


def _unknown(detail: str) -> ProblemError:
    return ProblemError(401, "unauthenticated", detail)

"""What an operator may say of who comes in by the console, and where people sign in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from stacks.config_values import ConfigurationError, read_choice, read_list, read_text

_OWN_SCOPE = "trailguard/console"
# Amazon Cognito, CreateGroup: letters, digits and signs; brackets would not be told apart from a list's.
_GROUP = re.compile(r"[!-Z\\^-~]{1,128}")
_PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:(?:user|role|assumed-role|federated-user)/[!-~]+"
)
_WORD = re.compile(r"[!#-\[\]-~]{1,256}")  # RFC 6749: what a scope, and here a client id, consists of
# Amazon Cognito, 'Using the Amazon Cognito domain': what a prefix must not contain.
_RESERVED = ("aws", "amazon", "cognito")


class ConsoleMfa(StrEnum):
    """Whether people need a second factor to sign in with the stack's own user pool."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class PeopleConfig:
    """Who may decide and who may only read; without an issuer the stack makes a user pool.

    `approver_principals` and `reader_principals` are ARN patterns of IAM users and roles. As soon as one is
    named, nobody else is let in by a signed request, whatever IAM allows.
    """

    approver_group: str = "trailguard-approvers"
    reader_group: str = "trailguard-readers"
    approver_principals: tuple[str, ...] = ()
    reader_principals: tuple[str, ...] = ()
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_scope: str = ""
    console_mfa: ConsoleMfa = ConsoleMfa.REQUIRED

    @property
    def has_own_pool(self) -> bool:
        """Whether people sign in with a user pool of the stack."""
        return not self.oidc_issuer

    @property
    def scope(self) -> str:
        """What an access token must hold; an ID token holds none, so it opens nothing."""
        return _OWN_SCOPE if self.has_own_pool else self.oidc_scope or "openid"

    def check(self, prefix: str, name_prefix: str) -> None:
        """ConfigurationError where the values, each of them good, do not fit together."""
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            missing = "oidc-client-id" if self.oidc_issuer else "oidc-issuer"
            raise ConfigurationError(
                f"{prefix}{missing}: not set; expected it together with the other of oidc-issuer and "
                "oidc-client-id, or neither, and the stack makes a user pool"
            )
        if self.oidc_scope and self.has_own_pool:
            raise ConfigurationError(f"{prefix}oidc-scope: expected only together with {prefix}oidc-issuer")
        if self.approver_group == self.reader_group:
            raise ConfigurationError(
                f"{prefix}reader-group: {self.reader_group!r} is the approvers' group; expected another"
            )
        reserved = [word for word in _RESERVED if word in name_prefix]
        if reserved and self.has_own_pool:
            raise ConfigurationError(
                f"{prefix}name-prefix: {name_prefix!r} holds {reserved[0]!r}, which the address of a user "
                f"pool's sign-in must not; expected another, or {prefix}oidc-issuer"
            )


def _group(key: str, value: object) -> str:
    name = read_text(key, value)
    if not _GROUP.fullmatch(name):
        raise ConfigurationError(
            f"{key}: {name!r} is no group name; expected 1 to 128 ASCII characters, no space and no bracket"
        )
    return name


def _principals(key: str, value: object) -> tuple[str, ...]:
    patterns = read_list(key, value, "ARNs")
    for pattern in patterns:
        if not _PRINCIPAL.fullmatch(pattern):
            raise ConfigurationError(
                f"{key}: {pattern!r} is no principal; expected an ARN like "
                "arn:aws:iam::111122223333:role/approver, `*` allowed after the account"
            )
    return patterns


def _issuer(key: str, value: object) -> str:
    url = read_text(key, value)
    try:
        parts = urlsplit(url)
        good = (
            parts.scheme == "https"
            and parts.hostname
            and not (parts.query or parts.fragment or parts.username)
        )
    except ValueError:
        good = False
    if not good or not _WORD.fullmatch(url):
        raise ConfigurationError(
            f"{key}: {url!r} is no issuer; expected its https address exactly as its tokens name it"
        )
    return url


def _word(key: str, value: object) -> str:
    text = read_text(key, value)
    if not _WORD.fullmatch(text):
        raise ConfigurationError(
            f"{key}: found {text!r}, expected 1 to 256 characters of ASCII without spaces"
        )
    return text


READERS: Mapping[str, tuple[str, Callable[[str, object], Any]]] = {
    "approver-group": ("approver_group", _group),
    "reader-group": ("reader_group", _group),
    "approver-principals": ("approver_principals", _principals),
    "reader-principals": ("reader_principals", _principals),
    "oidc-issuer": ("oidc_issuer", _issuer),
    "oidc-client-id": ("oidc_client_id", _word),
    "oidc-scope": ("oidc_scope", _word),
    "console-mfa": ("console_mfa", read_choice(ConsoleMfa)),
}

"""Who may come in by the console, and where people sign in, as the stack tells the console's function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from response.domain.entitlement import APPROVER_GROUP, READER_GROUP, Entitlement
from response.domain.errors import SettingsError


@dataclass(frozen=True)
class AccessSettings:
    """Without an issuer nobody signs in and only signed requests are answered.

    `sign_in_url` is where the stack's own user pool has its sign-in; another issuer says so itself.
    """

    entitlement: Entitlement = field(default_factory=Entitlement)
    issuer: str = ""
    client_id: str = ""
    scope: str = ""
    sign_in_url: str = ""

    @property
    def group_claim(self) -> str:
        """The claim that lists a person's groups."""
        return "cognito:groups" if self.is_own_pool else "groups"

    @property
    def is_own_pool(self) -> bool:
        """Whether the issuer is the user pool of the stack."""
        return bool(self.sign_in_url)

    @classmethod
    def read(cls, text: Mapping[str, str], *, issuer: str, sign_in_url: str) -> Self:
        """From the environment; the two addresses were checked before. SettingsError names a bad variable."""
        return cls(
            entitlement=Entitlement(
                approver_group=text["TG_APPROVER_GROUP"] or APPROVER_GROUP,
                reader_group=text["TG_READER_GROUP"] or READER_GROUP,
                approver_principals=_list(text, "TG_APPROVER_PRINCIPALS"),
                reader_principals=_list(text, "TG_READER_PRINCIPALS"),
            ),
            issuer=issuer,
            client_id=text["TG_OIDC_CLIENT_ID"],
            scope=text["TG_OIDC_SCOPE"],
            sign_in_url=sign_in_url.rstrip("/"),
        )


def _list(text: Mapping[str, str], name: str) -> tuple[str, ...]:
    try:
        found: Any = json.loads(text[name] or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
        raise SettingsError(f"environment variable {name} is {text[name]!r}, expected a JSON list of ARNs")
    return tuple(found)

"""AWS Account Management: whom AWS itself would tell of a security matter in the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from response.aws.errors import NotFoundError, translated
from response.domain.findings import Contact


class Contacts:
    """The alternate contacts of the account whose role the client has."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def security(self) -> Contact:
        """The alternate contact for security; an empty one where the account has none."""
        client = self._client
        try:
            with translated("account:GetAlternateContact"):
                answer: Mapping[str, Any] = client.get_alternate_contact(AlternateContactType="SECURITY")
        except NotFoundError:
            return Contact()
        found = answer.get("AlternateContact", {})
        return Contact(
            name=str(found.get("Name", "")),
            title=str(found.get("Title", "")),
            email=str(found.get("EmailAddress", "")),
            phone=str(found.get("PhoneNumber", "")),
        )

"""The account's alternate contact for security."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from response.aws.contacts import Contacts
from response.aws.errors import AccessDeniedError
from response.domain.findings import Contact
from tests.response.aws.fakes import stubbed


@pytest.mark.usefixtures("aws")
def test_the_contact_is_read() -> None:
    """None is an answer too: an empty contact; then the one that was put."""
    client: Any = boto3.client("account")
    assert Contacts(client).security() == Contact()
    client.put_alternate_contact(
        AlternateContactType="SECURITY",
        Name="Sam Soc",
        Title="CISO",
        EmailAddress="soc@example.com",
        PhoneNumber="+49 1",
    )
    assert Contacts(client).security() == Contact("Sam Soc", "CISO", "soc@example.com", "+49 1")


def test_a_denied_call_is_not_an_absent_contact() -> None:
    """It is our error, so that the dossier says why it is not known."""
    client: Any = boto3.client("account")
    with stubbed(client) as stub:
        stub.add_client_error("get_alternate_contact", "AccessDeniedException")
        with pytest.raises(AccessDeniedError, match="account:GetAlternateContact"):
            Contacts(client).security()

"""Clients are told apart by their user agents as they are logged."""

from __future__ import annotations

import pytest

from response.domain.dossier.user_agents import AgentClass, agent_class, from_console_session, through_console
from tests.response.domain.found import by
from tests.response.domain.people import SERVICE, role, user

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("aws-cli/2.17.32 md/awscrt#0.20.11 md/command#cloudtrail.update-trail", AgentClass.CLI),
        ("aws-cli/2.17.32 exec-env/CloudShell md/command#cloudtrail.update-trail", AgentClass.CLOUDSHELL),
        (
            "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 terraform-provider-aws/5.31 aws-sdk-go-v2/1.24",
            AgentClass.TERRAFORM,
        ),
        ("Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0", AgentClass.SDK),
        ("aws-sdk-java/2.20.1 Linux", AgentClass.SDK),
        ("cloudformation.amazonaws.com", AgentClass.CLOUDFORMATION),
        ("AWS Internal", AgentClass.CONSOLE),
        ("console.amazonaws.com", AgentClass.CONSOLE),
        ("[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10]", AgentClass.CONSOLE),
        (_BROWSER, AgentClass.UNKNOWN),
        ("", AgentClass.UNKNOWN),
    ],
)
def test_by_user_agent(agent: str, expected: AgentClass) -> None:
    """The class that the text of the user agent gives."""
    assert agent_class(by(user(), userAgent=agent)) is expected


def test_a_browser_with_a_console_session_is_the_console() -> None:
    """CloudTrail says that the credentials came from the console, and no outside client brought them."""
    record = by(user(), userAgent=_BROWSER, sessionCredentialFromConsole="true")
    assert agent_class(record) is AgentClass.CONSOLE
    assert through_console(record)


def test_console_credentials_in_another_client_are_told_apart() -> None:
    """CloudTrail adds tlsDetails only where an outside client made the call."""
    tls = {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": "cloudtrail.eu-west-1.amazonaws.com"}
    record = by(user(), userAgent="Boto3/1.34", sessionCredentialFromConsole="true", tlsDetails=tls)
    assert agent_class(record) is AgentClass.SDK
    assert from_console_session(record)
    assert not through_console(record)


def test_a_sign_in_is_made_at_the_console() -> None:
    """Whatever the browser calls itself."""
    record = by(user(), "ConsoleLogin", eventSource="signin.amazonaws.com", userAgent=_BROWSER)
    assert agent_class(record) is AgentClass.CONSOLE


def test_cloudformation_by_who_called() -> None:
    """It calls in its own name, or through a role."""
    assert agent_class(by(SERVICE, userAgent="x")) is AgentClass.CLOUDFORMATION
    through = {**role(), "invokedBy": "cloudformation.amazonaws.com"}
    assert agent_class(by(through, userAgent="x")) is AgentClass.CLOUDFORMATION

"""What the user pool adds to an access token before it is signed: who the person is beside this identity.

Of itself an access token of Amazon Cognito carries no attribute of the user (Cognito developer guide, 'The
access token'); without the IAM identities of the same person a suspect could approve by signing in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LINKED = "custom:principals"
# A claim that is missing must not look like nobody being linked.
NOBODY = "none"


def with_claims(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event of a pre token generation trigger, version 2, with its answer filled in."""
    request = event.get("request")
    given = request.get("userAttributes") if isinstance(request, Mapping) else None
    attributes: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    claims = {LINKED: " ".join(str(attributes.get(LINKED, "")).split()) or NOBODY}
    # An address that nobody has verified could be anybody's.
    if attributes.get("email_verified") in ("true", True) and isinstance(attributes.get("email"), str):
        claims["email"] = attributes["email"]
    response = {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"claimsToAddOrOverride": claims}}}
    return {**event, "response": response}

"""What a person is told who is to use the lab: where the page is, who signs in there, what to export."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.lab.scenario import Scenario


def page_told(scenario: Scenario) -> Iterator[str]:
    """The page's address, a line for each person, and where their codes come from."""
    yield f"  {scenario.page_url}"
    yield "  (Chrome, Edge and Firefox take such a name for this machine; Safari does not)"
    for one in scenario.sign_ins.values():
        yield f"  {one.name:<6} {one.password:<28} trailguard lab code {one.totp_secret}   # {one.may}"


def exports_told(scenario: Scenario, user: str) -> Iterator[str]:
    """What makes a shell that user's, at the lab."""
    lab, key = scenario.lab, scenario.key(user)
    for name, value in (
        ("AWS_ENDPOINT_URL", lab.endpoint),
        ("AWS_REGION", lab.region),
        ("AWS_DEFAULT_REGION", lab.region),
        ("AWS_ACCESS_KEY_ID", key.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", key.secret_access_key),
    ):
        yield f"  export {name}={value}"


def codes_told(scenario: Scenario) -> str:
    """What each authenticator app shows now, in a line."""
    return "codes now: " + ", ".join(f"{one.name} {one.code}" for one in scenario.sign_ins.values())

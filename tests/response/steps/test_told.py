"""What the owners are told holds what the investigation found."""

from __future__ import annotations

from tests.response.steps.scenes import ASK, MINIMIZED, Deploy, event


def test_the_message_that_asks_tells_the_findings(deploy: Deploy) -> None:
    """Whoever decides reads who it was, from where, and since when nothing was recorded."""
    walker = deploy(**ASK)
    walker.world.attack(**MINIMIZED)
    walker.walk(event())
    asked = next(str(message) for message in walker.world.messages if "INVESTIGATION" in str(message))
    for said in (
        "Who: IAM user mallory",
        "From where: 198.51.100.23, a public address",
        "Blind window: from 2026-05-01T11:59:40Z until now",
        "What else: 1 call to 1 service",
        "Made to stay: nothing found",
        "Approved: it is no planned change",
    ):
        assert said in asked

"""Channels that keep in a world what was told, or fail as the test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from response.aws.channels import Channels
from tests.response.steps.fakes import World


@dataclass
class FakeTopic:
    """Keeps what was published."""

    world: World

    def publish(self, subject: str, body: str, attributes: Mapping[str, str]) -> str:
        """Keep it."""
        self.world.check("publish")
        self.world.messages.append((subject, body, attributes))
        return f"message-{len(self.world.messages)}"


@dataclass
class FakeChat:
    """Keeps what was written for the chat."""

    world: World

    def publish(self, subject: str, body: str, attributes: Mapping[str, str]) -> str:
        """Keep it."""
        self.world.check("chat")
        self.world.chats.append((subject, body, attributes))
        return f"chat-{len(self.world.chats)}"


@dataclass
class FakeBus:
    """Keeps the events."""

    world: World

    def put(self, detail: Mapping[str, Any], resources: Sequence[str]) -> str:
        """Keep it."""
        assert len(resources) <= 1
        self.world.check("event")
        self.world.events.append(detail)
        return f"event-{len(self.world.events)}"


def channels(world: World) -> Channels:
    """All of them."""
    return Channels(
        mail=FakeTopic(world), bus=FakeBus(world), chat=FakeChat(world), console_url="https://c.example"
    )

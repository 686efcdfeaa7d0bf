"""A clock that tests turn by hand, and callers that answer from a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from botocore.stub import Stubber

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """Stands still until somebody sleeps; remembers every sleep. Jitter is none, so waits are exact."""

    moment: datetime = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """The moment reached so far."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Go forward at once."""
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)

    def jitter(self) -> float:
        """No jitter."""
        return 0.0


def client_error(code: str, message: str = "said AWS", *, status: int = 400, **more: Any) -> ClientError:
    """The error that botocore raises for such an answer."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, "AnyOperation")


@contextmanager
def stubbed(client: Any) -> Iterator[Stubber]:
    """Answers for a real client; at the end every one of them must have been asked for."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()

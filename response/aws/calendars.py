"""SSM: whether a change calendar was open at a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from response.aws.errors import translated
from response.domain.arns import parse_arn
from response.domain.findings import CalendarState


class Calendars:
    """Change calendars, by name in a region or by ARN."""

    def __init__(self, client_for: Callable[[str], Any]) -> None:
        self._client_for = client_for

    def state(self, name: str, *, region: str, at: datetime) -> CalendarState:
        """OPEN or CLOSED, as that calendar was at that moment; an ARN names its region itself.

        Several calendars in one call would be combined into one answer (Systems Manager API reference,
        GetCalendarState), so each is asked for by itself.
        """
        arn = parse_arn(name)
        client = self._client_for(arn.region if arn and arn.region else region)
        moment = at.astimezone(UTC).replace(microsecond=0)
        with translated("ssm:GetCalendarState"):
            answer = client.get_calendar_state(
                CalendarNames=[name], AtTime=moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            )
        return CalendarState(name=name, state=str(answer.get("State", "")), at=moment)

"""An incident as the command prints it."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit.incidents import show_incident


class Client:
    """Answers with one incident."""

    def __init__(self, **members: Any) -> None:
        self.members = members

    def get(self, *path: str) -> dict[str, Any]:
        """The incident."""
        assert path == ("incidents", "TG-20260501-0123abcd")
        return {
            "id": path[1],
            "status": "open",
            "severity": "high",
            "trail_arn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit",
            "opened_at": "2026-05-01T12:00:00+00:00",
            "assessment": None,
            "approval": None,
            "actions": [],
            "evidence": [],
            "timeline": [{"at": "2026-05-01T12:00:00Z", "step": "intake", "text": "A change.", "data": {}}],
            **self.members,
        }


@pytest.mark.parametrize(
    ("left_out", "heading"),
    [(0, "Timeline"), (50, "Timeline (50 entries in its middle are not shown)")],
)
def test_what_is_left_out_of_the_timeline_is_said(
    left_out: int, heading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody takes the ends of a flooded timeline for all of it."""
    client: Any = Client(left_out={"records": 0, "timeline": left_out})
    show_incident(client, "TG-20260501-0123abcd", as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert heading in lines
    assert lines[-1] == "  2026-05-01T12:00:00Z intake: A change."

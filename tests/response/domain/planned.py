"""Planned changes for tests: alice announces that the ci-deploy role moves the trail's topic."""

from __future__ import annotations

import datetime as dt
from typing import Any

from response.domain.approval import Approver
from response.domain.planned_change import PlannedChange, parse_planned_change
from tests.response.domain.strategies import ACCOUNT, TRAIL_ARN

NOW = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
WITHIN = "2026-03-01T09:00:00Z"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:moved"
ALICE = Approver(arn=f"arn:aws:iam::{ACCOUNT}:user/alice", user_id="AIDAEXAMPLEALICE")


def asked(**changes: Any) -> dict[str, Any]:
    """What alice asks for, with what a test changes in it; None takes a key out."""
    document: dict[str, Any] = {
        "trail_arn": TRAIL_ARN,
        "principal": f"arn:aws:iam::{ACCOUNT}:role/ci-deploy",
        "ticket": "CHG-77",
        "changes": {"SnsTopicARN": TOPIC},
        **changes,
    }
    return {key: value for key, value in document.items() if value is not None}


def planned(requester: Approver = ALICE, **changes: Any) -> PlannedChange:
    """The planned change that comes of it."""
    return parse_planned_change(asked(**changes), requester, NOW)

"""`trailguard exceptions check`: files with past records and a policy in, a review of each exception out."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.response.domain.strategies import ACCOUNT
from tests.response.domain.test_exception_review import answer, call
from tests.response.domain.test_policy import exception, policy_with
from tests.toolkit.command import trailguard

_NEXT_MONTHS = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=100)).isoformat()
_GROUP = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:trail:*"
_RECORDS = [
    call(2, responseElements=answer(cloudWatchLogsLogGroupArn=_GROUP)).raw,
    call(1).raw,
    call(3, responseElements=answer(s3KeyPrefix="\u001b[31mx"), userAgent="\u202e").raw,
]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Three changes in the wrong order, one of them twice, among things that are none."""
    path = tmp_path / "records.json.gz"
    other = {**_RECORDS[0], "eventID": "x", "eventName": "GetTrail"}
    malformed = {**_RECORDS[0], "eventID": None}
    lines = [*_RECORDS, _RECORDS[1], other, malformed, 5, {"eventName": ["UpdateTrail"]}]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    return path


def check(path: Path, *words: str, **stated: Any) -> tuple[int, str, str]:
    """Run it under a policy with one exception."""
    policy = path.parent / "policy.yaml"
    stated = {"expires": _NEXT_MONTHS, **stated}
    policy.write_text(yaml.safe_dump(policy_with(exceptions=[exception(**stated)])), encoding="utf-8")
    ran = trailguard("exceptions", "check", str(path), "--policy", str(policy), *words)
    return ran.returncode, ran.stdout, ran.stderr


def test_what_was_covered_and_what_came_near_is_said(records: Path) -> None:
    """In the order of time, with what is missing; strings of records cannot command the terminal."""
    code, out, err = check(records)
    assert code == 0
    assert "would have covered 1:" in out
    assert "CloudWatchLogsLogGroupArn e-2" in out
    assert "it does not cover S3KeyPrefix" in out
    assert "\u001b[31m" not in out
    assert "1 repeated delivery" in err


def test_what_cannot_be_read_is_named_and_counted(records: Path) -> None:
    """The rest is reviewed all the same, and other calls of the account are not looked at."""
    err = check(records)[2]
    assert "2 inputs could not be parsed" in err
    assert "eventID is absent" in err
    assert "changes to trails" in err


def test_json_has_all_of_it(records: Path) -> None:
    """One object an exception."""
    code, out, _ = check(records, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["exception"], found["sound"], found["faults"]) == ("ci-log-group", True, [])
    assert [one["event_id"] for one in found["covered"]] == ["e-2"]
    assert [one["event_id"] for one in found["near"]] == ["e-1", "e-3"]


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"expires": "2020-01-01"}, "expired: expired on 2020-01-01"),
        ({"source": ["10.0.0.0/8"]}, "too wide: source 10.0.0.0/8 is wider than /16"),
    ],
)
def test_one_that_ought_to_go_fails_the_check(stated: dict[str, Any], said: str, records: Path) -> None:
    """Exit code 1, for a pipeline."""
    code, out, _ = check(records, **stated)
    assert code == 1
    assert said in out


def test_an_expiry_soon_and_no_use_are_said_only(records: Path) -> None:
    """They do not fail the check."""
    soon = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)).isoformat()
    code, out, _ = check(records, expires=soon, fields=["Tags"])
    assert code == 0
    assert "expiring: expires on" in out
    assert "never used" in out


def test_a_policy_without_exceptions_is_said(records: Path) -> None:
    """There is nothing to check."""
    policy = records.parent / "policy.yaml"
    policy.write_text("version: 1\n", encoding="utf-8")
    ran = trailguard("exceptions", "check", str(records), "--policy", str(policy))
    assert (ran.returncode, ran.stdout) == (0, "The policy holds no exceptions.\n")


def test_what_is_not_there_is_wrong_input(records: Path) -> None:
    """A path, or a policy."""
    assert trailguard("exceptions", "check", str(records) + "x").returncode == 2
    assert trailguard("exceptions", "check", str(records), "--policy", "no.yaml").returncode == 2

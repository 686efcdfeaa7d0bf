"""`trailguard detect`: one line a match, every problem named, nothing fatal."""

import gzip
import json
from pathlib import Path

from tests.toolkit.command import trailguard
from tests.toolkit.samples import TRAIL_ARN, record


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_hold_the_contract() -> None:
    """A match is one JSON object with exactly the documented keys."""
    ran = trailguard("detect", "--json", stdin=json.dumps({"Records": [record()]}))
    assert ran.returncode == 0
    assert lines(ran.stdout) == [
        {
            "event_id": "8c2e4f6a-0000-4000-8000-000000000001",
            "event_time": "2026-03-01T02:59:58Z",
            "rule": "aws-cloudtrail-log-updated",
            "account": "111122223333",
            "region": "eu-west-1",
            "trail": TRAIL_ARN,
            "actor": {
                "kind": "iam_user",
                "arn": "arn:aws:iam::111122223333:user/ops/bo",
                "access_key_id": "AKIAEXAMPLEKEY000001",
            },
            "source_ip": "198.51.100.7",
            "user_agent": "aws-cli/2.17.32 md/command#cloudtrail.update-trail",
        }
    ]


def test_failed_foreign_and_other_calls_are_no_match(tmp_path: Path) -> None:
    """A denied call, another service's and another name do not match, and matches beside them do."""
    near = [
        record(eventID="1", errorCode="AccessDenied"),
        record(eventID="2", eventSource="example.amazonaws.com"),
        record(eventID="3", eventName="updatetrail"),
        record(eventID="4", errorCode=None, errorMessage=""),
        record(eventID="5", eventName="StopLogging"),
    ]
    path = tmp_path / "log.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"Records": near}).encode()))
    ran = trailguard("detect", "--json", str(path))
    assert [match["event_id"] for match in lines(ran.stdout)] == ["4"]


def test_a_repeated_event_is_reported_once(tmp_path: Path) -> None:
    """The same event id in two files is one match."""
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(record()))
    ran = trailguard("detect", "--json", str(tmp_path))
    assert len(lines(ran.stdout)) == 1
    assert "1 repeated delivery" in ran.stderr


def test_what_cannot_be_parsed_is_named_and_not_fatal(tmp_path: Path) -> None:
    """Broken lines and a record without an id are counted and named, and the match is still found."""
    path = tmp_path / "log.jsonl"
    unnamed = {key: value for key, value in record().items() if key != "eventID"}
    path.write_text("\n".join([json.dumps(record()), "{broken", json.dumps(unnamed)]))
    ran = trailguard("detect", "--json", str(path))
    assert ran.returncode == 0
    assert len(lines(ran.stdout)) == 1
    assert f"{path}:2" in ran.stderr
    assert "eventID" in ran.stderr
    assert "2 inputs could not be parsed" in ran.stderr


def test_what_a_folder_holds_beside_logs_is_counted(tmp_path: Path) -> None:
    """Files left out by their name are neither silent nor a problem."""
    (tmp_path / "log.json").write_text(json.dumps(record()))
    (tmp_path / "notes.txt").write_text("notes")
    ran = trailguard("detect", "--strict", str(tmp_path))
    assert ran.returncode == 0
    assert "1 file left out by name" in ran.stderr


def test_strict_tells_by_the_exit_code(tmp_path: Path) -> None:
    """With --strict, exit code 4 says that something could not be parsed."""
    path = tmp_path / "log.jsonl"
    path.write_text("nothing")
    assert trailguard("detect", "--strict", str(path)).returncode == 4


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    """A path that does not exist ends with exit code 2 and its name."""
    ran = trailguard("detect", str(tmp_path / "absent.json"))
    assert ran.returncode == 2
    assert "absent.json: no such file or folder" in ran.stderr


def test_hostile_text_reaches_no_terminal(tmp_path: Path) -> None:
    """Escape sequences, direction marks, markup and lone surrogates in a record stay out of the output."""
    hostile = "\x1b[31mred\u202e[bold]\ud800\r\n::error::"
    path = tmp_path / "log.json"
    path.write_text(json.dumps(record(userAgent=hostile, sourceIPAddress=hostile)))
    ran = trailguard("detect", str(path))
    assert ran.returncode == 0
    assert len(ran.stdout.splitlines()) == 1
    assert not any(mark in ran.stdout for mark in ("\x1b", "\u202e", "\r"))
    assert "[bold]" in ran.stdout
    assert lines(trailguard("detect", "--json", str(path)).stdout)[0]["user_agent"] == hostile

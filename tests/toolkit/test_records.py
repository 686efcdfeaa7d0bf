"""Reading records: every form people keep them in, and damage that is named and costs nothing else."""

import errno
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.records import Found, Problem, Skipped, UnreadablePathError, read_records

RECORD = {"eventID": "1", "eventName": "UpdateTrail", "userAgent": "aws-cli"}
OTHER = {"eventID": "2", "eventName": "StopLogging", "userAgent": "console"}


def read(path: Path) -> tuple[list[Any], list[Problem]]:
    items = list(read_records([str(path)]))
    return (
        [item.value for item in items if isinstance(item, Found)],
        [item for item in items if isinstance(item, Problem)],
    )


FORMS = {
    "a CloudTrail log file": json.dumps({"Records": [RECORD, OTHER]}),
    "an indented log file": json.dumps({"Records": [RECORD, OTHER]}, indent=2),
    "one record a line": json.dumps(RECORD) + "\n\n" + json.dumps(OTHER) + "\n",
    "one log file a line": json.dumps({"Records": [RECORD]}) + "\n" + json.dumps({"Records": [OTHER]}),
    "a JSON array": json.dumps([RECORD, OTHER]),
    "EventBridge envelopes": "\n".join(
        json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": record})
        for record in (RECORD, OTHER)
    ),
    "LookupEvents output": json.dumps(
        {"Events": [{"EventId": "x", "CloudTrailEvent": json.dumps(record)} for record in (RECORD, OTHER)]}
    ),
    "a file with a byte order mark": "\ufeff" + json.dumps({"Records": [RECORD, OTHER]}),
}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_yields_its_records(tmp_path: Path, form: str, compressed: bool) -> None:
    """Each common form gives the same two records, gzipped or not, whatever the file is called."""
    data = FORMS[form].encode()
    path = tmp_path / "records"
    path.write_bytes(gzip.compress(data) if compressed else data)
    assert read(path) == ([RECORD, OTHER], [])


def test_multi_member_gzip_is_read_to_its_end(tmp_path: Path) -> None:
    """A gzip file of several members holds all their records."""
    path = tmp_path / "two.json.gz"
    path.write_bytes(
        gzip.compress(json.dumps(RECORD).encode() + b"\n") + gzip.compress(json.dumps(OTHER).encode())
    )
    assert read(path) == ([RECORD, OTHER], [])


def test_truncated_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    """Of a gzip file that breaks off, the whole records are read and the damage is named."""
    records = [{**RECORD, "eventID": str(number), "noise": f"{number * 7919:x}"} for number in range(2000)]
    data = gzip.compress(json.dumps({"Records": records}).encode())
    path = tmp_path / "cut.json.gz"
    path.write_bytes(data[: len(data) // 2])
    values, problems = read(path)
    assert 0 < len(values) < len(records)
    assert values == records[: len(values)]
    assert any("truncated gzip" in problem.reason for problem in problems)


def test_a_bad_line_costs_only_itself(tmp_path: Path) -> None:
    """Between good lines, a line that is no JSON is named with its number."""
    path = tmp_path / "records.jsonl"
    path.write_text(f"{json.dumps(RECORD)}\nnot json\n{json.dumps(OTHER)}\n")
    values, problems = read(path)
    assert values == [RECORD, OTHER]
    assert [problem.where for problem in problems] == [f"{path}:2"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"Records": 5}', "expected a list"),
        ('["text"]', "expected a CloudTrail record"),
        ("{", "not JSON"),
        ('{"CloudTrailEvent": "{"}', "not JSON"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, reason: str) -> None:
    """Every input that yields no record says why."""
    path = tmp_path / "bad.json"
    path.write_text(text)
    values, problems = read(path)
    assert values == []
    assert len(problems) == 1
    assert reason in problems[0].reason


def test_folders_are_read_recursively_without_digests(tmp_path: Path) -> None:
    """In a folder as S3 holds it, log files are read and digest and Insights files are not."""
    for folder in ("CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight"):
        place = tmp_path / "AWSLogs" / "111111111111" / folder / "us-east-1"
        place.mkdir(parents=True)
        (place / "log.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [RECORD]}).encode()))
    (tmp_path / "README.md").write_text("notes")
    assert read(tmp_path) == ([RECORD], [])
    assert len([item for item in read_records([str(tmp_path)]) if isinstance(item, Skipped)]) == 3


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A path that does not exist ends the reading with an error that names it."""
    with pytest.raises(UnreadablePathError, match="nothing-here"):
        list(read_records([str(tmp_path / "nothing-here")]))


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path - reads standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(RECORD).encode())))
    assert [item.value for item in read_records(["-"]) if isinstance(item, Found)] == [RECORD]


@given(data=st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda b: b"\x1f\x8b" + b)))
def test_no_bytes_can_make_it_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever the bytes, reading ends, and non-blank input never yields nothing at all."""
    path = tmp_path_factory.getbasetemp() / "fuzz"
    path.write_bytes(data)
    values, problems = read(path)
    blank = not data.decode("utf-8-sig", errors="replace").strip()
    assert blank or values or problems or data.startswith(b"\x1f\x8b")


def test_folder_that_may_not_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in a closed folder is not passed over in silence; the rest is read."""
    (tmp_path / "a.json").write_text(json.dumps(RECORD))
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "b.json").write_text(json.dumps(OTHER))
    scandir = os.scandir

    def refusing(path: str) -> Any:
        if str(path) == str(closed):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)  # root, as whom tests may run, can read every folder
    assert read(tmp_path) == ([RECORD], [Problem(str(closed), "Permission denied")])


def test_path_that_may_not_be_looked_at_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a closed folder not even its kind can be told, by name or in a listing: it is named all the same."""
    (tmp_path / "a.json").write_text(json.dumps(RECORD))
    hidden = tmp_path / "hidden.json"
    hidden.write_text(json.dumps(OTHER))
    look, opened = os.stat, Path.open

    def refuse(path: object) -> None:
        if str(path) == str(hidden):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    def refusing_look(path: Any, **more: Any) -> Any:
        refuse(path)
        return look(path, **more)

    def refusing_open(path: Path, *more: Any) -> Any:
        refuse(path)
        return opened(path, *more)

    monkeypatch.setattr(os, "stat", refusing_look)
    monkeypatch.setattr(Path, "open", refusing_open)
    denied = Problem(str(hidden), "Permission denied")
    assert read(hidden) == ([], [denied])
    assert read(tmp_path) == ([RECORD], [denied])


def test_link_to_nothing_is_a_problem(tmp_path: Path) -> None:
    """A file that is listed and not there is named."""
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    assert [problem.reason for problem in read(tmp_path)[1]] == ["No such file or directory"]

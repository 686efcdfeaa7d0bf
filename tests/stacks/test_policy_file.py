"""policy.yaml is read as people mean it, and strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.policy_file import PolicyFileError, load_policy


def _load(tmp_path: Path, content: str) -> object:
    path = tmp_path / "policy.yaml"
    path.write_text(content, encoding="utf-8")
    return load_policy(path)


@pytest.mark.parametrize("word", ["off", '"off"'])
def test_off_is_a_word(tmp_path: Path, word: str) -> None:
    """`restore: off` says off, not false, with quotes and without."""
    assert _load(tmp_path, f"version: 1\ngates: {{restore: {word}}}") == {
        "version": 1,
        "gates": {"restore": "off"},
    }


def test_true_and_false_are_booleans(tmp_path: Path) -> None:
    """What the policy wants as booleans stays boolean, in the spellings of YAML 1.2."""
    document = _load(tmp_path, "version: 1\ntrails: {require: {IsLogging: true, IsMultiRegionTrail: True}}")
    assert document == {
        "version": 1,
        "trails": {"require": {"IsLogging": True, "IsMultiRegionTrail": True}},
    }
    with pytest.raises(PolicyFileError, match=r"IsLogging: found False"):
        _load(tmp_path, "version: 1\ntrails: {require: {IsLogging: false}}")


def test_a_date_stays_text(tmp_path: Path) -> None:
    """A day of expiry reaches the functions as it was written."""
    exception = (
        "{id: a, principal: 'arn:aws:iam::111122223333:role/ci', source: [198.51.100.0/24], fields: [Tags], "
        "max_severity: low, expires: 2027-03-31, reason: r, ticket: T-1, reviewed_by: b}"
    )
    document = _load(tmp_path, f"version: 1\nexceptions: [{exception}]")
    assert isinstance(document, dict)
    assert document["exceptions"][0]["expires"] == "2027-03-31"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("version: 1\nversion: 1", r"key 'version' is there twice"),
        ("version: 1\ngates: {restore: auto, restore: off}", r"key 'restore' is there twice"),
        ("a: [", r"is not valid YAML"),
        ("version: 1\nwhen: !!python/name:os.system", r"is not valid YAML"),
        ("- 1", r"policy.yaml: .*expected a mapping"),
        ("", r"policy.yaml: .*expected a mapping"),
        ("version: 2", r"policy.yaml: version"),
        ("version: 1\nextra: 1", r"policy.yaml: .*extra"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: str, message: str) -> None:
    """The error names the file and what is wrong in it."""
    with pytest.raises(PolicyFileError, match=message):
        _load(tmp_path, content)


def test_a_file_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    """With the system's reason, not with its error as Python shows it."""
    path = tmp_path / "absent.yaml"
    with pytest.raises(PolicyFileError) as error:
        load_policy(path)
    assert str(error.value) == f"policy file {path}: cannot be read: No such file or directory"


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are an error of the file, not a traceback."""
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyFileError, match=r": cannot be read: "):
        load_policy(path)

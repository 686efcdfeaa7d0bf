"""What the CDK context may say, and what is said of it when it is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stacks.assembly import ROOT, file_context
from stacks.config import ConfigurationError, DeploymentConfig, ObjectLockMode, Removal


def _read(**context: Any) -> DeploymentConfig:
    given = {f"trailguard:{key.replace('_', '-')}": value for key, value in context.items()}
    return DeploymentConfig.from_context(given, root=ROOT)


def test_an_empty_context_is_a_complete_configuration() -> None:
    """A fresh account needs no configuration: own trail, evidence kept and locked, the project's policy."""
    config = _read()
    assert config.log_group_name is None
    assert config.object_lock_mode is ObjectLockMode.GOVERNANCE
    assert config.removal is Removal.RETAIN
    assert config.name_prefix == "trailguard"
    assert config.policy["version"] == 1


def test_the_context_of_cdk_json_says_what_the_defaults_are() -> None:
    """cdk.json spells out the defaults, so reading it changes nothing."""
    assert DeploymentConfig.from_context(file_context(), root=ROOT) == _read()


def test_text_from_the_command_line_means_the_same_as_typed_values() -> None:
    """`cdk -c` knows only text: numbers and lists written as text are read alike."""
    typed = _read(retention_days=30, owner_emails=["a@example.com", "b@example.com"])
    assert _read(retention_days="30", owner_emails="a@example.com, b@example.com") == typed
    assert typed.retention_days == 30
    assert typed.owner_emails == ("a@example.com", "b@example.com")


def test_address_databases_are_taken_from_the_root(tmp_path: Path) -> None:
    """Relative and absolute paths; the files have to be there when the stack is synthesized."""
    (tmp_path / "data").mkdir()
    for name in ("country.mmdb", "asn.mmdb"):
        (tmp_path / "data" / name).touch()
    (tmp_path / "policy.yaml").write_text("version: 1\n")
    context = {"trailguard:geoip-files": f"data/country.mmdb, {tmp_path}/data/asn.mmdb"}
    config = DeploymentConfig.from_context(context, root=tmp_path)
    assert config.geoip_files == (tmp_path / "data" / "country.mmdb", tmp_path / "data" / "asn.mmdb")


def test_the_rate_of_lookups_may_be_lowered() -> None:
    """An account in which others search the event history too keeps some of its quota."""
    assert _read().lookups_per_second == 2
    assert _read(lookups_per_second="0.5") == _read(lookups_per_second=0.5)


@pytest.mark.parametrize("nothing", [None, "", []])
def test_an_empty_value_counts_as_not_given(nothing: object) -> None:
    """Leaving a key empty is the same as leaving it out."""
    assert _read(owner_emails=nothing).owner_emails == ()


@pytest.mark.parametrize(
    "name", ["CloudTrail/DefaultLogGroup", "aws-cloudtrail-logs-111122223333-ab12cd34", "/a.b_c#d"]
)
def test_names_that_logs_allows_are_taken(name: str) -> None:
    """Every character that CreateLogGroup allows may be in the name."""
    assert _read(log_group_name=name).log_group_name == name


def test_keys_of_others_are_none_of_our_business() -> None:
    """Only keys with our prefix are read; feature flags and other tools' keys pass."""
    context = {"@aws-cdk/core:x": True, "trailguarded:y": 1}
    assert DeploymentConfig.from_context(context, root=ROOT) == _read()


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"retention": 30}, r"^trailguard:retention: unknown context key; known are .*retention-days"),
        ({"log_group_name": 7}, r"^trailguard:log-group-name: expected text, found 7 \(int\)"),
        ({"log_group_name": "a b"}, r"log-group-name: 'a b' is no log group name"),
        ({"log_group_name": "arn:aws:logs:x:1:log-group:y"}, r"the name, not the ARN"),
        ({"log_group_name": "x" * 513}, r"is no log group name; expected 1 to 512"),
        ({"owner_emails": "soc"}, r"^trailguard:owner-emails: 'soc' is no e-mail address"),
        ({"owner_emails": ["a@example.com\nBcc: b@c.de"]}, r"is no e-mail address"),
        ({"owner_emails": ["a@example.com", ""]}, r"'' is no e-mail address"),
        ({"owner_emails": [3]}, r"owner-emails: expected text, found 3 \(int\)"),
        ({"owner_emails": {"a": 1}}, r"expected a list of e-mail addresses, found \{'a': 1\} \(dict\)"),
        ({"owner_emails": "A@example.com,a@example.com"}, r"an address is listed twice"),
        ({"retention_days": 0}, r"^trailguard:retention-days: expected 1 to 36500 days, found 0"),
        ({"retention_days": 36501}, r"expected 1 to 36500 days, found 36501"),
        ({"retention_days": "ten"}, r"expected a whole number of days, found 'ten' \(str\)"),
        ({"retention_days": "-1"}, r"expected a whole number of days, found '-1'"),
        ({"retention_days": True}, r"expected a whole number of days, found True \(bool\)"),
        ({"retention_days": 1.5}, r"expected a whole number of days, found 1.5 \(float\)"),
        ({"object_lock_mode": "governance"}, r"expected GOVERNANCE or COMPLIANCE, found 'governance'"),
        ({"removal": "keep"}, r"^trailguard:removal: expected retain or destroy, found 'keep'"),
        ({"log_retention_days": 42}, r"log-retention-days: CloudWatch Logs keeps 1, 3, .* found 42"),
        ({"name_prefix": "Trail"}, r"^trailguard:name-prefix: 'Trail' is no name prefix"),
        ({"name_prefix": "a--b"}, r"'a--b' is no name prefix"),
        ({"name_prefix": "tg-"}, r"'tg-' is no name prefix"),
        ({"name_prefix": "a" * 25}, r"is no name prefix; expected 3 to 24"),
        ({"name_prefix": "tg"}, r"'tg' is no name prefix; expected 3 to 24"),
        ({"log_delivery_roles": ["role/x"]}, r"^trailguard:log-delivery-roles: 'role/x' is no role name"),
        ({"geoip_files": "country.csv"}, r"^trailguard:geoip-files: 'country.csv' is no database file"),
        ({"geoip_files": ["a/x.mmdb", "b/x.mmdb"]}, r"two files have the same name in a/x.mmdb, b/x.mmdb"),
        ({"geoip_files": "absent.mmdb"}, r"^trailguard:geoip-files: there is no file .*absent.mmdb"),
        ({"geoip_files": 3}, r"expected a list of paths of .mmdb files, found 3 \(int\)"),
        ({"lookups_per_second": 3}, r"^trailguard:lookups-per-second: expected a .* 0.1 to 2, found 3"),
        ({"lookups_per_second": "0"}, r"expected a number from 0.1 to 2, found 0"),
        ({"lookups_per_second": "fast"}, r"expected a number from 0.1 to 2, found 'fast' \(str\)"),
        ({"lookups_per_second": True}, r"expected a number from 0.1 to 2, found True \(bool\)"),
        ({"policy_file": 1}, r"^trailguard:policy-file: expected text, found 1"),
        (
            {"policy_file": "absent.yaml"},
            r"^trailguard:policy-file: policy file .*absent.yaml: cannot be read",
        ),
    ],
)
def test_each_error_names_the_key_what_it_held_and_what_was_expected(
    context: dict[str, Any], message: str
) -> None:
    """A wrong value stops the synthesis with a message to act on."""
    with pytest.raises(ConfigurationError, match=message):
        _read(**context)


def test_an_invalid_policy_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    """A policy that the functions would refuse is refused before it is deployed."""
    (tmp_path / "mine.yaml").write_text("version: 1\ngates: {restore: maybe}\n")
    with pytest.raises(ConfigurationError, match=r"policy-file: policy file .*mine.yaml: gates.restore"):
        DeploymentConfig.from_context({"trailguard:policy-file": "mine.yaml"}, root=tmp_path)

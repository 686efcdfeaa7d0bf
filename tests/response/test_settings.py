"""The environment contract: what the stacks set is read; what they forget is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from response.domain.errors import PolicyError
from response.settings import OPTIONAL, Environment, Settings, SettingsError

ENV = {
    "TG_INCIDENT_TABLE": "incidents",
    "TG_EVIDENCE_BUCKET": "evidence",
    "TG_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:owners",
    "TG_STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:111122223333:stateMachine:trailguard-response",
    "TG_TOKEN_KEY_ARN": "arn:aws:kms:eu-west-1:111122223333:key/0f5f",
    "TG_READER_ROLE_NAME": "trailguard-reader",
    "TG_RESTORER_ROLE_NAME": "trailguard-restorer",
    "TG_CONTAINER_ROLE_NAME": "trailguard-container",
    "TG_ACCOUNT": "111122223333",
    "TG_PARTITION": "aws",
    "TG_HUB_REGION": "eu-west-1",
    "TG_RETENTION_DAYS": "365",
    "TG_STACK_NAME": "Trailguard",
    "TG_ALARM_NAMES": "one,two",
}


def test_settings_are_read() -> None:
    """Every variable ends up in its field; optional ones may be absent."""
    settings = Settings.from_environ(ENV)
    assert settings.incident_table == "incidents"
    assert settings.token_key_arn == "arn:aws:kms:eu-west-1:111122223333:key/0f5f"
    assert settings.retention_days == 365
    assert settings.alarm_names == ("one", "two")
    assert settings.log_group_name == ""
    assert settings.policy_file.name == "policy.json"
    assert settings.geoip_files == ()
    assert settings.lookups_per_second == 2
    assert settings.ip_ranges_url == "https://ip-ranges.amazonaws.com/ip-ranges.json"


def test_what_an_investigation_may_use_is_read() -> None:
    """Database files, the rate of LookupEvents, and another place for AWS's address ranges."""
    given = {
        "TG_GEOIP_FILES": "/opt/geoip/country.mmdb,/opt/geoip/asn.mmdb",
        "TG_LOOKUPS_PER_SECOND": "0.5",
        "TG_IP_RANGES_URL": "http://127.0.0.1:4566/ip-ranges.json",
    }
    settings = Settings.from_environ({**ENV, **given})
    assert [path.name for path in settings.geoip_files] == ["country.mmdb", "asn.mmdb"]
    assert settings.lookups_per_second == 0.5
    assert settings.ip_ranges_url == "http://127.0.0.1:4566/ip-ranges.json"


def test_who_may_come_in_is_read() -> None:
    """Groups, principals and the sign-in; without them nobody signs in, and IAM alone decides."""
    given = {
        "TG_APPROVER_GROUP": "soc",
        "TG_APPROVER_PRINCIPALS": '["arn:aws:iam::111122223333:role/soc"]',
        "TG_OIDC_ISSUER": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x",
        "TG_OIDC_CLIENT_ID": "page",
        "TG_OIDC_SCOPE": "trailguard/console",
        "TG_SIGN_IN_URL": "https://tg.auth.eu-west-1.amazoncognito.com/",
    }
    access = Settings.from_environ({**ENV, **given}).access
    assert access.entitlement.approver_group == "soc"
    assert access.entitlement.reader_group == "trailguard-readers"
    assert access.entitlement.approver_principals == ("arn:aws:iam::111122223333:role/soc",)
    assert access.sign_in_url == "https://tg.auth.eu-west-1.amazoncognito.com"
    assert (access.is_own_pool, access.group_claim) == (True, "cognito:groups")
    nothing = Settings.from_environ(ENV).access
    assert (nothing.issuer, nothing.is_own_pool, nothing.group_claim) == ("", False, "groups")


@pytest.mark.parametrize("url", ["http://[::1]/x", "http://localhost/x", "https://mirror.example/x.json"])
def test_an_address_that_can_be_relied_on_is_taken(url: str) -> None:
    """HTTPS from anywhere, plain HTTP only from this machine."""
    assert Settings.from_environ({**ENV, "TG_IP_RANGES_URL": url}).ip_ranges_url == url


@pytest.mark.parametrize("name", sorted(set(Environment) - OPTIONAL))
def test_a_missing_variable_is_named(name: Environment) -> None:
    """Unset and blank are the same, and the message says which variable it is."""
    with pytest.raises(SettingsError, match=name):
        Settings.from_environ({**ENV, name: " "})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (Environment.ACCOUNT, "1234"),
        (Environment.TOPIC_ARN, "owners"),
        (Environment.STATE_MACHINE_ARN, "trailguard-response"),
        (Environment.RETENTION_DAYS, "0"),
        (Environment.RETENTION_DAYS, "a year"),
        (Environment.LOOKUPS_PER_SECOND, "0"),
        (Environment.LOOKUPS_PER_SECOND, "-1"),
        (Environment.LOOKUPS_PER_SECOND, "inf"),
        (Environment.IP_RANGES_URL, "http://ip-ranges.amazonaws.com/ip-ranges.json"),
        (Environment.IP_RANGES_URL, "http://127.0.0.1.example.com/x"),
        (Environment.IP_RANGES_URL, "file:///etc/passwd"),
        (Environment.IP_RANGES_URL, "https://"),
        (Environment.SIGN_IN_URL, "http://login.example.com"),
        (Environment.OIDC_ISSUER, "login.example.com"),
        (Environment.READER_PRINCIPALS, "carol"),
        (Environment.APPROVER_PRINCIPALS, "{}"),
        (Environment.APPROVER_PRINCIPALS, "5"),
    ],
)
def test_an_ill_formed_variable_is_named_with_its_value(name: Environment, value: str) -> None:
    """The message says what was found."""
    with pytest.raises(SettingsError, match=f"{name} is '{value}'"):
        Settings.from_environ({**ENV, name: value})


def test_role_arns_are_those_of_the_account_asked_for() -> None:
    """The roles have the same names everywhere; the account is the trail's."""
    settings = Settings.from_environ({**ENV, "TG_PARTITION": "aws-cn"})
    assert settings.restorer_arn("444455556666") == "arn:aws-cn:iam::444455556666:role/trailguard-restorer"
    assert settings.responder_arns("444455556666") == {
        f"arn:aws-cn:iam::444455556666:role/trailguard-{name}" for name in ("reader", "restorer", "container")
    }


def test_the_policy_is_read_strictly(tmp_path: Path) -> None:
    """The deployed copy is JSON and is validated again; what is wrong with the file is told."""
    file = tmp_path / "policy.json"
    settings = Settings.from_environ({**ENV, "TG_POLICY_FILE": str(file)})
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.policy()
    file.write_text("not json")
    with pytest.raises(SettingsError, match="is not JSON"):
        settings.policy()
    file.write_text(json.dumps({"version": 1, "gate": {}}))
    with pytest.raises(PolicyError, match="gate"):
        settings.policy()
    file.write_text(json.dumps({"version": 1, "limits": {"rounds": 2, "containments_per_hour": 3}}))
    assert settings.policy().limits.rounds == 2

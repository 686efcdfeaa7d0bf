"""What the CDK context may say of who comes in, and what is said of it when it is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.assembly import ROOT
from stacks.config import ConfigurationError, DeploymentConfig
from stacks.people_config import ConsoleMfa, PeopleConfig

ROLE = "arn:aws:iam::111122223333:role/soc-lead"
ISSUER = {"oidc_issuer": "https://login.example.com/soc", "oidc_client_id": "page"}


def _read(**context: Any) -> PeopleConfig:
    given = {f"trailguard:{key.replace('_', '-')}": value for key, value in context.items()}
    return DeploymentConfig.from_context(given, root=ROOT).people


def test_without_a_word_people_sign_in_with_a_second_factor() -> None:
    """In a pool of the stack; two groups say who may what."""
    people = _read()
    assert people == PeopleConfig()
    assert (people.has_own_pool, people.console_mfa) == (True, ConsoleMfa.REQUIRED)
    assert people.scope == "trailguard/console"


def test_principals_are_a_list_or_one_text() -> None:
    """As `cdk -c` can say it."""
    other = "arn:aws:sts::111122223333:assumed-role/ci/*"
    assert _read(approver_principals=f"{ROLE}, {other}") == _read(approver_principals=[ROLE, other])


def test_another_provider_takes_the_place_of_the_pool() -> None:
    """A token has to hold `openid`, or the scope that is named, so that ID tokens open nothing."""
    people = _read(**ISSUER)
    assert (people.has_own_pool, people.scope) == (False, "openid")
    assert _read(**ISSUER, oidc_scope="console.use").scope == "console.use"


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"approver_group": "soc leads"}, "approver-group: 'soc leads' is no group name"),
        ({"reader_group": "[all]"}, "reader-group: '\\[all\\]' is no group name"),
        (
            {"reader_group": "trailguard-approvers"},
            "reader-group: 'trailguard-approvers' is the approvers' group",
        ),
        ({"approver_principals": "alice"}, "approver-principals: 'alice' is no principal"),
        ({"approver_principals": ["*"]}, "approver-principals: '\\*' is no principal"),
        ({"reader_principals": ROLE.replace("111122223333", "*")}, "reader-principals: .* is no principal"),
        ({"reader_principals": {}, "approver_group": 5}, "approver-group: expected text, found 5"),
        ({"oidc_issuer": ISSUER["oidc_issuer"]}, "trailguard:oidc-client-id: not set"),
        ({"oidc_client_id": "page"}, "trailguard:oidc-issuer: not set"),
        ({"oidc_scope": "x"}, "oidc-scope: expected only together with trailguard:oidc-issuer"),
        ({**ISSUER, "oidc_issuer": "http://login.example.com"}, "oidc-issuer: .* is no issuer"),
        ({**ISSUER, "oidc_issuer": "https://login.example.com/?x=1"}, "oidc-issuer: .* is no issuer"),
        ({**ISSUER, "oidc_issuer": "https://[::1"}, "oidc-issuer: .* is no issuer"),
        ({**ISSUER, "oidc_scope": "a b"}, "oidc-scope: found 'a b'"),
        ({"console_mfa": "off"}, "console-mfa: expected required or optional, found 'off'"),
        ({"name_prefix": "my-aws-guard"}, "name-prefix: 'my-aws-guard' holds 'aws'"),
    ],
)
def test_a_mistake_is_named_with_its_key(context: dict[str, Any], message: str) -> None:
    """And with what was expected."""
    with pytest.raises(ConfigurationError, match=message):
        _read(**context)


def test_a_prefix_that_cognito_keeps_for_itself_is_good_with_another_provider() -> None:
    """It is the address of the pool's sign-in that must not hold it."""
    assert not _read(**ISSUER, name_prefix="my-aws-guard").has_own_pool

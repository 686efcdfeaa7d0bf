"""Roles are assumed per capability and session, and their credentials live no longer than they may."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.aws.errors import AccessDeniedError, RefusedCallError
from response.aws.roles import Capability, Roles, regional_sts
from tests.response.aws.fakes import FakeClock, client_error

NAMES = {capability: f"trailguard-{capability}" for capability in Capability}
ACCOUNT = "111122223333"


class FakeSts:
    """Hands out credentials that live one hour, and remembers who asked for what."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.asked: list[tuple[str, str]] = []

    def assume_role(self, *, RoleArn: str, RoleSessionName: str) -> dict[str, Any]:  # noqa: N803  boto3's names
        """Grant."""
        self.asked.append((RoleArn, RoleSessionName))
        return {
            "Credentials": {
                "AccessKeyId": f"ASIA{len(self.asked):016}",
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": self.clock.now() + timedelta(hours=1),
            }
        }


def roles(sts: Any, clock: FakeClock, partition: str = "aws") -> Roles:
    """Roles with the usual names."""
    return Roles(sts, partition=partition, role_names=NAMES, clock=clock)


def client(made: Roles, capability: Capability = Capability.READER, **more: Any) -> Any:
    """A client of one reader session."""
    return made.client(
        more.pop("service", "cloudtrail"),
        capability=capability,
        account=more.pop("account", ACCOUNT),
        region=more.pop("region", "eu-west-1"),
        session_name=more.pop("session_name", "tg-verify"),
        **more,
    )


def key_of(made: Any) -> str:
    """The access key id that a client signs with."""
    return str(made._request_signer._credentials.access_key)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_role_arn_is_built_of_partition_account_and_name(partition: str, clock: FakeClock) -> None:
    """The role assumed is the capability's, in the account asked for, in this partition."""
    sts = FakeSts(clock)
    client(roles(sts, clock, partition), Capability.RESTORER, session_name="tg-TG-1-restore-trail")
    assert sts.asked == [
        (f"arn:{partition}:iam::{ACCOUNT}:role/trailguard-restorer", "tg-TG-1-restore-trail")
    ]


def test_credentials_are_used_until_five_minutes_before_their_end(clock: FakeClock) -> None:
    """One hour of credentials serves 55 minutes; then they are renewed."""
    sts = FakeSts(clock)
    made = roles(sts, clock)
    first = client(made)
    clock.moment += timedelta(minutes=54, seconds=59)
    assert client(made) is first
    clock.moment += timedelta(seconds=1)
    renewed = client(made)
    assert key_of(renewed) != key_of(first)
    assert len(sts.asked) == 2


def test_sessions_are_not_mixed(clock: FakeClock) -> None:
    """Another capability, account or session name is another set of credentials."""
    sts = FakeSts(clock)
    made = roles(sts, clock)
    keys = {
        key_of(client(made)),
        key_of(client(made, Capability.CONTAINER)),
        key_of(client(made, account="444455556666")),
        key_of(client(made, session_name="tg-other")),
    }
    assert len(keys) == 4
    assert key_of(client(made, service="iam")) in keys
    assert len(sts.asked) == 4


def test_expired_sessions_are_forgotten(clock: FakeClock) -> None:
    """A function that stays warm for days does not gather the sessions of past incidents."""
    made = roles(FakeSts(clock), clock)
    for number in range(5):
        client(made, session_name=f"tg-{number}")
    clock.moment += timedelta(hours=2)
    client(made, session_name="tg-new")
    assert [name for _, name in made._assumed] == ["tg-new"]


def test_clients_speak_to_their_region_and_bound_their_patience(clock: FakeClock) -> None:
    """Region, timeouts and retry mode are set on every client."""
    made = roles(FakeSts(clock), clock)
    usual, paced = client(made, region="eu-north-1"), client(made, single_attempt=True)
    assert usual.meta.endpoint_url == "https://cloudtrail.eu-north-1.amazonaws.com"
    assert (usual.meta.config.connect_timeout, usual.meta.config.read_timeout) == (5, 20)
    assert usual.meta.config.retries == {"mode": "standard", "total_max_attempts": 4}
    assert paced.meta.config.retries["total_max_attempts"] == 1


@pytest.mark.parametrize("setting", ["legacy", "regional"])
def test_sts_is_called_in_the_region(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call depends on the global endpoint, which older versions of botocore take by default."""
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", setting)
    for region in ("us-east-1", "eu-central-1", "eu-south-1"):
        assert regional_sts(region).meta.endpoint_url == f"https://sts.{region}.amazonaws.com"


@given(st.text(max_size=80))
def test_session_names_that_sts_would_refuse_never_reach_it(name: str) -> None:
    """A session name is what STS takes, or an error that says what it should have been."""
    clock = FakeClock()
    sts = FakeSts(clock)
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-")
    if 2 <= len(name) <= 64 and set(name) <= allowed:
        client(roles(sts, clock), session_name=name)
        assert sts.asked[0][1] == name
    else:
        with pytest.raises(RefusedCallError, match="expected 2 to 64"):
            client(roles(sts, clock), session_name=name)
        assert sts.asked == []


def test_denied_role_is_our_error(clock: FakeClock) -> None:
    """A trust policy that does not let us in ends in AccessDeniedError."""

    class Denying:
        def assume_role(self, **_parameters: Any) -> None:
            raise client_error("AccessDenied")

    with pytest.raises(AccessDeniedError, match="sts:AssumeRole"):
        client(roles(Denying(), clock))


def test_parallel_readers_share_one_session(clock: FakeClock) -> None:
    """Threads that ask at the same time get one set of credentials."""
    sts = FakeSts(clock)
    made = roles(sts, clock)
    threads = [threading.Thread(target=client, args=(made,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sts.asked) == 1


@pytest.mark.usefixtures("aws")
def test_assumed_credentials_work(clock: FakeClock) -> None:
    """Against an imitated STS: the client acts as the role session."""
    boto3.client("iam").create_role(RoleName="trailguard-reader", AssumeRolePolicyDocument="{}")
    made = Roles(regional_sts("eu-west-1"), partition="aws", role_names=NAMES, clock=clock)
    sts = made.client(
        "sts", capability=Capability.READER, account="123456789012", region="eu-west-1", session_name="tg-it"
    )
    assert sts.get_caller_identity()["Arn"].endswith("assumed-role/trailguard-reader/tg-it")

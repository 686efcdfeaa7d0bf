"""Sessions begin as STS lets them, and what contains one refuses it until it is taken back."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.toolkit.lab.emulator.helpers import ACCOUNT, code_of, deny, make_user, policy, session_keys, trust
from toolkit.lab.emulator.server import Lab

_TRUST = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
_FUTURE = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))


def _may_call(lab: Lab, keys: Mapping[str, str]) -> str:
    return code_of(lambda: lab.client("cloudtrail", **keys).describe_trails())


def _role(lab: Lab, name: str, document: str = _TRUST, **more: Any) -> dict[str, Any]:
    iam = lab.client("iam")
    role: dict[str, Any] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy())
    return role


def _assume(
    lab: Lab, role: Mapping[str, Any], name: str, keys: Mapping[str, str], **more: Any
) -> dict[str, Any]:
    sts = lab.client("sts", **keys)
    answer: dict[str, Any] = sts.assume_role(RoleArn=role["Arn"], RoleSessionName=name, **more)
    return answer


def _trust_that(*actions: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": list(actions), **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def user(lab: Lab, unused: str) -> Iterator[dict[str, str]]:
    """An IAM user that may do everything, named as `unused` says."""
    yield make_user(lab, unused)
    lab.client("iam").delete_user_policy(UserName=unused, PolicyName="may")


def test_an_inactive_key_is_refused_until_it_is_active_again(
    lab: Lab, unused: str, user: dict[str, str]
) -> None:
    """A long-term key works, is refused while Inactive, and works when Active again."""
    iam, key = lab.client("iam"), user["aws_access_key_id"]
    assert _may_call(lab, user) == ""
    iam.update_access_key(UserName=unused, AccessKeyId=key, Status="Inactive")
    assert _may_call(lab, user) == "UnrecognizedClientException"
    iam.update_access_key(UserName=unused, AccessKeyId=key, Status="Active")
    assert _may_call(lab, user) == ""


def test_sessions_outlive_the_key_that_began_them(lab: Lab, unused: str, user: dict[str, str]) -> None:
    """To make a key Inactive does not end its sessions, nor those of roles: they have to be denied."""
    role = _role(lab, unused)
    sessions = [lab.client("sts", **user).get_session_token(), _assume(lab, role, "one", user)]
    lab.client("iam").update_access_key(
        UserName=unused, AccessKeyId=user["aws_access_key_id"], Status="Inactive"
    )
    assert [_may_call(lab, session_keys(each)) for each in sessions] == ["", ""]


@pytest.mark.parametrize("kind", ["key", "session token", "federation token"])
def test_a_deny_on_the_user_reaches_its_sessions(
    lab: Lab, unused: str, user: dict[str, str], kind: str
) -> None:
    """The user's own key, GetSessionToken and GetFederationToken are all denied by the user's policy."""
    iam, sts, keys = lab.client("iam"), lab.client("sts", **user), user
    if kind == "session token":
        keys = session_keys(sts.get_session_token())
    elif kind == "federation token":
        keys = session_keys(sts.get_federation_token(Name="visitor", Policy=policy("cloudtrail:*")))
    assert _may_call(lab, keys) == ""
    iam.put_user_policy(UserName=unused, PolicyName="contain", PolicyDocument=deny())
    assert _may_call(lab, keys) == "AccessDeniedException"
    iam.delete_user_policy(UserName=unused, PolicyName="contain")
    assert _may_call(lab, keys) == ""


def test_a_deny_of_older_sessions_spares_the_long_term_key(
    lab: Lab, unused: str, user: dict[str, str]
) -> None:
    """aws:TokenIssueTime is a matter of sessions: the key that has none passes."""
    keys = session_keys(lab.client("sts", **user).get_session_token())
    older = deny({"DateLessThan": {"aws:TokenIssueTime": _FUTURE}})
    lab.client("iam").put_user_policy(UserName=unused, PolicyName="contain", PolicyDocument=older)
    assert _may_call(lab, keys) == "AccessDeniedException"
    assert _may_call(lab, user) == ""


@pytest.mark.parametrize(
    ("condition", "other_lives"),
    [
        ({"DateLessThan": {"aws:TokenIssueTime": _FUTURE}}, False),
        ({"StringEquals": {"aws:userid": ["ROLE:one"]}}, True),
        ({"StringEquals": {"aws:SourceIdentity": ["carol"]}}, True),
    ],
)
def test_a_deny_on_the_role_reaches_the_sessions_it_names(
    lab: Lab, unused: str, user: dict[str, str], condition: dict[str, Any], *, other_lives: bool
) -> None:
    """The wide deny reaches both sessions of a role, a narrow one only its own, until it is removed."""
    role = _role(lab, unused, _trust_that("sts:AssumeRole", "sts:SetSourceIdentity"))
    one = session_keys(_assume(lab, role, "one", user, SourceIdentity="carol"))
    two = session_keys(_assume(lab, role, "two", user, SourceIdentity="dave"))
    assert (_may_call(lab, one), _may_call(lab, two)) == ("", "")
    document = deny(condition).replace("ROLE", role["RoleId"])
    lab.client("iam").put_role_policy(RoleName=unused, PolicyName="contain", PolicyDocument=document)
    assert _may_call(lab, one) == "AccessDeniedException"
    assert _may_call(lab, two) == ("" if other_lives else "AccessDeniedException")
    lab.client("iam").delete_role_policy(RoleName=unused, PolicyName="contain")
    assert (_may_call(lab, one), _may_call(lab, two)) == ("", "")


def test_a_session_begun_after_the_cut_off_works(lab: Lab, unused: str, user: dict[str, str]) -> None:
    """Only sessions issued before the moment of the deny are refused."""
    role = _role(lab, unused)
    past = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    document = deny({"DateLessThan": {"aws:TokenIssueTime": past}})
    lab.client("iam").put_role_policy(RoleName=unused, PolicyName="contain", PolicyDocument=document)
    assert _may_call(lab, session_keys(_assume(lab, role, "later", user))) == ""


def test_a_source_identity_follows_the_chain_and_does_not_change(
    lab: Lab, unused: str, user: dict[str, str]
) -> None:
    """It is answered, inherited by the next role, and refused when it would be another."""
    document = _trust_that("sts:AssumeRole", "sts:SetSourceIdentity")
    first, second = (_role(lab, f"{unused}-{number}", document) for number in (1, 2))
    answer = _assume(lab, first, "one", user, SourceIdentity="carol")
    assert answer["SourceIdentity"] == "carol"
    chained = _assume(lab, second, "two", session_keys(answer))
    assert chained["SourceIdentity"] == "carol"
    other = code_of(lambda: _assume(lab, second, "two", session_keys(answer), SourceIdentity="dave"))
    assert other == "AccessDenied"


def test_a_source_identity_needs_trust(lab: Lab, unused: str, user: dict[str, str]) -> None:
    """A trust policy without sts:SetSourceIdentity refuses one, and lets in without."""
    role = _role(lab, unused)
    assert code_of(lambda: _assume(lab, role, "one", user, SourceIdentity="carol")) == "AccessDenied"
    assert code_of(lambda: _assume(lab, role, "one", user)) == ""


def test_the_trust_policy_decides(lab: Lab, unused: str, user: dict[str, str]) -> None:
    """Who is not named may not assume the role, whatever its own policies say."""
    role = _role(lab, unused, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody-else"}))
    assert code_of(lambda: _assume(lab, role, "one", user)) == "AccessDenied"


@pytest.mark.parametrize(("seconds", "chained", "code"), [(7200, False, ""), (7200, True, "ValidationError")])
def test_chained_roles_last_an_hour(
    lab: Lab, unused: str, user: dict[str, str], seconds: int, *, chained: bool, code: str
) -> None:
    """A role may allow two hours; assumed by another role it lasts one."""
    role = _role(lab, unused, MaxSessionDuration=7200)
    keys = session_keys(_assume(lab, role, "first", user)) if chained else user
    assert code_of(lambda: _assume(lab, role, "second", keys, DurationSeconds=seconds)) == code


def test_a_role_limits_how_long_it_lasts(lab: Lab, unused: str, user: dict[str, str]) -> None:
    """More than the role's maximum is refused."""
    role = _role(lab, unused)
    assert code_of(lambda: _assume(lab, role, "long", user, DurationSeconds=7200)) == "ValidationError"


def test_a_second_factor_opens_what_asks_for_one(lab: Lab, unused: str, user: dict[str, str]) -> None:
    """A trust policy on MFA refuses without a code, and with the code of somebody else's device."""
    iam = lab.client("iam")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=unused)["VirtualMFADevice"]["SerialNumber"]
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    role = _role(lab, unused, _trust_that("sts:AssumeRole", Condition=condition))
    assert code_of(lambda: _assume(lab, role, "one", user)) == "AccessDenied"
    code = {"SerialNumber": serial, "TokenCode": "123456"}
    assert code_of(lambda: _assume(lab, role, "one", user, **code)) == "AccessDenied"
    iam.enable_mfa_device(
        UserName=unused, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    assert code_of(lambda: _assume(lab, role, "one", user, **code)) == ""
    token = session_keys(lab.client("sts", **user).get_session_token(**code))
    assert code_of(lambda: _assume(lab, role, "two", token)) == ""


def test_sessions_of_a_user_are_kept_from_iam(lab: Lab, user: dict[str, str]) -> None:
    """Neither may call IAM, and a federated user may not assume roles, whatever the policies say."""
    sts = lab.client("sts", **user)
    token = session_keys(sts.get_session_token())
    visitor = session_keys(sts.get_federation_token(Name="visitor", Policy=policy()))
    for keys in (token, visitor):
        assert code_of(lambda keys=keys: lab.client("iam", **keys).list_users()) == "InvalidClientTokenId"  # type: ignore[misc]
        assert lab.client("sts", **keys).get_caller_identity()["Account"] == ACCOUNT
    assert code_of(lambda: lab.client("sts", **token).get_session_token()) == "AccessDenied"


@pytest.mark.parametrize("path", ["/aws-reserved/sso.amazonaws.com/", "/aws-service-role/x.amazonaws.com/"])
def test_roles_under_reserved_paths(lab: Lab, unused: str, path: str) -> None:
    """Such roles have their path in the ARN, and their sessions have not."""
    role = _role(lab, unused, Path=path)
    keys = session_keys(_assume(lab, role, "one", lab.root_credentials))
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role{path}{unused}"
    assert lab.client("sts", **keys).get_caller_identity()["Arn"].endswith(f":assumed-role/{unused}/one")

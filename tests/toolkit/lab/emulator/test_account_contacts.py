"""An account has an alternate contact of each type, or none."""

from tests.toolkit.lab.emulator.helpers import ACCOUNT, code_of, make_user, policy
from toolkit.lab.emulator.server import Lab

_SECURITY = {"AlternateContactType": "SECURITY"}
_CONTACT = {
    "Name": "Security Engineering",
    "Title": "On call",
    "EmailAddress": "security@example.com",
    "PhoneNumber": "+41 00 000 00 00",
}


def test_a_contact_is_set_read_and_deleted(lab: Lab) -> None:
    """What was put is answered, until it is deleted; an absent contact is not found."""
    account = lab.client("account")
    assert code_of(lambda: account.get_alternate_contact(**_SECURITY)) == "ResourceNotFoundException"
    account.put_alternate_contact(**_SECURITY, **_CONTACT)
    found = account.get_alternate_contact(**_SECURITY)["AlternateContact"]
    assert found == {**_SECURITY, **_CONTACT}
    billing = code_of(lambda: account.get_alternate_contact(AlternateContactType="BILLING"))
    assert billing == "ResourceNotFoundException"
    account.delete_alternate_contact(**_SECURITY)
    assert code_of(lambda: account.get_alternate_contact(**_SECURITY)) == "ResourceNotFoundException"
    assert code_of(lambda: account.delete_alternate_contact(**_SECURITY)) == "ResourceNotFoundException"


def test_each_account_has_its_own(lab: Lab) -> None:
    """The contact of one account is not another's, which has to be asked by itself."""
    lab.client("account").put_alternate_contact(**_SECURITY, **_CONTACT)
    other = lab.client("account", aws_access_key_id="222222222222", aws_secret_access_key="test")
    assert code_of(lambda: other.get_alternate_contact(**_SECURITY)) == "ResourceNotFoundException"
    elsewhere = {**_SECURITY, "AccountId": "222222222222"}
    account = lab.client("account")
    assert code_of(lambda: account.get_alternate_contact(**elsewhere)) == "AccessDeniedException"


def test_permission_on_the_account(lab: Lab, unused: str) -> None:
    """The account's own ARN is the resource."""
    client = lab.client("account", **make_user(lab, unused, "sts:GetCallerIdentity"))
    assert code_of(lambda: client.get_alternate_contact(**_SECURITY)) == "AccessDeniedException"
    document = policy("account:GetAlternateContact", f"arn:aws:account::{ACCOUNT}:account")
    lab.client("iam").put_user_policy(UserName=unused, PolicyName="may", PolicyDocument=document)
    assert code_of(lambda: client.get_alternate_contact(**_SECURITY)) in ("", "ResourceNotFoundException")

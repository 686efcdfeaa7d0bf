"""A console sign-in leaves its record, and its session is the user's."""

import pytest

from tests.toolkit.lab.emulator.helpers import ACCOUNT, code_of, deny, last_record, make_user
from toolkit.lab.emulator import console
from toolkit.lab.emulator.server import Lab


def test_a_console_session(lab: Lab, unused: str) -> None:
    """It is recorded as ConsoleLogin, its calls as the console's, and a deny on the user ends it."""
    make_user(lab, unused)
    iam = lab.client("iam")
    iam.create_login_profile(UserName=unused, Password="correct horse battery staple")
    keys = console.sign_in(unused, account=ACCOUNT, source_ip="203.0.113.7", mfa=True)
    login = last_record(lab, EventName="ConsoleLogin")
    assert (login["eventSource"], login["eventType"]) == ("signin.amazonaws.com", "AwsConsoleSignIn")
    assert login["responseElements"] == {"ConsoleLogin": "Success"}
    assert login["additionalEventData"]["MFAUsed"] == "Yes"
    assert (login["sourceIPAddress"], login["userIdentity"]["userName"]) == ("203.0.113.7", unused)
    cloudtrail = lab.client("cloudtrail", **keys)
    assert code_of(lambda: cloudtrail.delete_trail(Name="gone")) == "TrailNotFoundException"
    record = last_record(lab, AccessKeyId=keys["aws_access_key_id"])
    assert record["sessionCredentialFromConsole"] == "true"
    assert record["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert lab.client("iam", **keys).get_user(UserName=unused)["User"]["UserName"] == unused
    iam.put_user_policy(UserName=unused, PolicyName="contain", PolicyDocument=deny())
    assert code_of(cloudtrail.describe_trails) == "AccessDeniedException"
    iam.delete_user_policy(UserName=unused, PolicyName="contain")
    assert code_of(cloudtrail.describe_trails) == ""


@pytest.mark.parametrize(("made", "message"), [(True, "no login profile"), (False, "no IAM user")])
def test_who_may_not_sign_in(lab: Lab, unused: str, message: str, *, made: bool) -> None:
    """A user without a password, and nobody, are turned away."""
    if made:
        make_user(lab, unused)
    with pytest.raises(console.SignInError, match=message):
        console.sign_in(unused, account=ACCOUNT)

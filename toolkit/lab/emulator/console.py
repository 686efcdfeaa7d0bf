"""Gap: ministack 1.5.33 has no console: nobody can sign in, so no record comes from a console session.

A sign-in here leaves the ConsoleLogin record and gives the credentials that the console would call with
(CloudTrail user guide, "AWS Management Console sign-in events").
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from toolkit.lab.emulator import cloudtrail_delivery, cloudtrail_records, sessions
from toolkit.lab.emulator.cloudtrail_records import Call, Outcome
from toolkit.lab.emulator.identity import Caller
from toolkit.lab.emulator.internals import ministack

_SECONDS = 12 * 3600
_BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36"
)


class SignInError(RuntimeError):
    """The console does not let this user in."""


def sign_in(
    user: str, *, account: str, source_ip: str = "192.0.2.10", mfa: bool = False, region: str = "us-east-1"
) -> dict[str, str]:
    """Sign an IAM user (or `root`) in, and return the session as keyword arguments of a client.

    A user needs a login profile, as in AWS; its password is not asked for.
    """
    identity = _identity(user, account)
    with ministack("core.responses").request_scope(account, region):
        if user != "root" and ministack("services.iam")._login_profiles.get(user) is None:
            raise SignInError(
                f"{user} has no login profile in account {account}: no password to sign in with"
            )
        call = Call("signin", "ConsoleLogin", {}, region, account, source_ip, _BROWSER, str(uuid.uuid4()))
        record = cloudtrail_records.build(
            call, Caller(identity, user, ""), Outcome({"ConsoleLogin": "Success"}), datetime.now(tz=UTC)
        )
        record |= {
            "responseElements": {"ConsoleLogin": "Success"},
            "additionalEventData": {
                "LoginTo": f"https://{region}.console.aws.amazon.com/console/home",
                "MobileVersion": "No",
                "MFAUsed": "Yes" if mfa else "No",
            },
            "eventType": "AwsConsoleSignIn",
        }
        cloudtrail_delivery.deliver(record, Caller(identity, user, ""))
    return sessions.begin(
        {
            "Arn": identity["arn"],
            "UserId": identity["principalId"],
            "AccountId": account,
            "PrincipalType": "Root" if user == "root" else "User",
            "PrincipalName": "" if user == "root" else user,
        },
        seconds=_SECONDS,
        from_console=True,
        mfa=mfa,
    )


def _identity(user: str, account: str) -> dict[str, Any]:
    if user == "root":
        root = {"type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root"}
        return {**root, "accountId": account, "accessKeyId": ""}
    found: Mapping[str, Any] | None = ministack("services.iam")._users.get_scoped(account, None, user)
    if found is None:
        raise SignInError(f"no IAM user {user} in account {account}")
    return {
        "type": "IAMUser",
        "principalId": found["UserId"],
        "arn": found["Arn"],
        "accountId": account,
        "accessKeyId": "",
        "userName": user,
    }

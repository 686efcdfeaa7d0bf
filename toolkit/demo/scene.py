"""The scene: a day's work that is in order, then somebody who has a colleague's key.

What is wrong to shut out looks like what is right to: mallory makes a user for a report, as she was asked
to, and whoever has her key makes one to come back by.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from toolkit.lab.account import TRAIL_NAME
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT, calling_from
from toolkit.lab.emulator.server import Lab
from toolkit.lab.people import SHARED_ROLE, allow, policy
from toolkit.lab.scenario import Scenario

# Of RFC 5737; the second is in none of the ranges that the lab's copy of AWS's list names.
OFFICE: Final = "192.0.2.44"
ABROAD: Final = "198.51.100.200"
REPORT: Final = "report-export"
TICKET: Final = "OPS-311"
BACK_DOOR: Final = "svc-backup"
INTRUDER: Final = "spring-cleaning"
COLLEAGUE: Final = "carol-on-duty"
# What the credentials are called.
MALLORY_KEY: Final = "mallory's key"
DOOR_KEY: Final = f"{BACK_DOOR}'s key"
REPORT_KEY: Final = f"{REPORT}'s key"
ALICE_KEY: Final = "alice's key"
INTRUDERS: Final = (f"session {INTRUDER}", MALLORY_KEY, DOOR_KEY)
BYSTANDERS: Final = (f"session {COLLEAGUE}", ALICE_KEY)


@dataclass(frozen=True)
class Held:
    """Credentials that somebody holds, and from where they are used."""

    name: str
    credentials: Mapping[str, str]
    address: str = OFFICE

    def client(self, lab: Lab, service: str) -> Any:
        """A client with these credentials, at that address."""
        return calling_from(lab.client(service, **self.credentials), self.address)

    def refusal(self, lab: Lab) -> str:
        """Read the trail with them: the error code that AWS refuses it with, "" where it does not."""
        try:
            self.client(lab, "cloudtrail").get_trail(Name=TRAIL_NAME)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""


class Scene:
    """Who acts, with what, as it comes about."""

    def __init__(self, scenario: Scenario) -> None:
        self._lab = scenario.lab
        self._scenario = scenario
        mallory = scenario.key("mallory").credentials
        self._mallory = Held(MALLORY_KEY, mallory)
        self._stolen = Held(MALLORY_KEY, mallory, ABROAD)
        self.intruder = Held(f"session {INTRUDER}", {}, ABROAD)
        self.held: list[Held] = [self._mallory]

    def work(self) -> Iterator[str]:
        """What is in order: a user for a report, and a colleague in the role that both may assume."""
        hires = allow(["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"], ["*"])
        self._lab.client("iam").put_user_policy(
            UserName="mallory", PolicyName="hires", PolicyDocument=json.dumps(policy(hires))
        )
        report = self._make_user(self._mallory, REPORT, REPORT_KEY, ["cloudtrail:GetTrail"])
        yield f"mallory, from {OFFICE}: makes the user {REPORT} with a key, as ticket {TICKET} asks"
        carol = Held("carol's key", self._scenario.key("carol").credentials)
        session = self._assume(carol, COLLEAGUE)
        yield f"carol, from {OFFICE}: assumes the role {SHARED_ROLE} as {COLLEAGUE}"
        alice = Held(ALICE_KEY, self._scenario.key("alice").credentials)
        self._lab.client("iam").put_user_policy(
            UserName="alice",
            PolicyName="reads-trails",
            PolicyDocument=json.dumps(policy(allow(["cloudtrail:GetTrail"], ["*"]))),
        )
        self.held += [report, session, alice]

    def intrude(self) -> Iterator[str]:
        """What is not: a way back in, and a session in which to change the trail."""
        door = self._make_user(self._stolen, BACK_DOOR, DOOR_KEY, ["*"])
        yield f"iam:CreateUser, iam:PutUserPolicy, iam:CreateAccessKey for {BACK_DOOR}: a way back in"
        self.intruder = self._assume(self._stolen, INTRUDER)
        yield f"sts:AssumeRole of {SHARED_ROLE} as {INTRUDER}"
        self.held[:0] = [self.intruder]
        self.held.insert(2, door)

    def attack(self) -> None:
        """Change the trail in the intruder's session; ClientError where AWS refuses it."""
        MINIMIZE_AND_REDIRECT.by(self.intruder.client(self._lab, "cloudtrail"))

    def attack_again(self) -> str:
        """The error code with which a second attempt is refused, "" where it is not."""
        try:
            self.attack()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    def _make_user(self, maker: Held, user: str, name: str, may: list[str]) -> Held:
        iam = maker.client(self._lab, "iam")
        iam.create_user(UserName=user)
        document = json.dumps(policy(allow(may, ["*"])))
        iam.put_user_policy(UserName=user, PolicyName="work", PolicyDocument=document)
        return Held(name, _credentials(iam.create_access_key(UserName=user)["AccessKey"]), maker.address)

    def _assume(self, holder: Held, session: str) -> Held:
        role = f"arn:aws:iam::{self._lab.account}:role/{SHARED_ROLE}"
        sts = holder.client(self._lab, "sts")
        issued = sts.assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
        return Held(f"session {session}", _credentials(issued), holder.address)


def _credentials(issued: Mapping[str, str]) -> dict[str, str]:
    """Credentials as IAM and STS hand them out, as keyword arguments of `boto3.client`."""
    session = {"aws_session_token": issued["SessionToken"]} if "SessionToken" in issued else {}
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        **session,
    }

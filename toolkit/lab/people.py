"""Who is in the lab's account, and what an investigation finds out about them: tags, groups, roles, machines.

`mallory` may change trails, by a key of hers and by a role that she shares with `carol`; `alice` and `bob`
answer incidents, which `carol` may read; `admin` may do everything. `sign_ins` has who signs in on the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from toolkit.lab.emulator.server import Lab

SHARED_ROLE: Final = "trail-maintenance"
GROUP: Final = "platform-engineers"
BUILD_SERVER: Final = "build-server"
# Of RFC 5737, and in the lab's own list of AWS's ranges: an address that EC2 gave to the build server.
BUILD_SERVER_ADDRESS: Final = "203.0.113.25"
CALENDAR: Final = "change-freeze"
SECURITY_CONTACT: Final[Mapping[str, str]] = {
    "Name": "Security Operations",
    "Title": "Incident response on call",
    "EmailAddress": "security-operations@example.com",
    "PhoneNumber": "+1 555 0100",
}

_CHANGES = ("UpdateTrail", "StartLogging", "StopLogging", "DeleteTrail", "PutEventSelectors")
_READS = (
    *("DescribeTrails", "GetTrail", "GetTrailStatus", "GetEventSelectors"),
    *("ListTrails", "LookupEvents"),
)
# Open, but for the days around the turn of the year.
_FREEZE = """BEGIN:VCALENDAR
VERSION:2.0
X-CALENDAR-TYPE:DEFAULT_OPEN
BEGIN:VEVENT
SUMMARY:Year-end change freeze
DTSTART:20261221T000000Z
DTEND:20270104T000000Z
END:VEVENT
END:VCALENDAR"""


@dataclass(frozen=True)
class AccessKey:
    """One IAM user's long-term credentials."""

    user: str
    access_key_id: str
    secret_access_key: str

    @property
    def credentials(self) -> dict[str, str]:
        """As keyword arguments of `boto3.client`."""
        return {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
        }

    def to_json(self) -> dict[str, str]:
        """As `lab up --json` writes it."""
        return {"access_key_id": self.access_key_id, "secret_access_key": self.secret_access_key}


def hire_everybody(lab: Lab) -> dict[str, AccessKey]:
    """Make the users, their group, the role that two of them share, and what else the account is known by."""
    changes = allow([f"cloudtrail:{action}" for action in (*_CHANGES, *_READS)], ["*"])
    shared = allow(
        ["sts:AssumeRole", "sts:SetSourceIdentity"], [f"arn:aws:iam::{lab.account}:role/{SHARED_ROLE}"]
    )
    owners = {"team": "platform", "owner": "platform-engineering"}
    security = {"team": "security", "owner": "security-engineering"}
    keys = {
        "mallory": _hire(lab, "mallory", owners, changes, shared),
        "carol": _hire(lab, "carol", owners, shared),
        "alice": _hire(lab, "alice", security, allow(["sts:GetCallerIdentity"], ["*"])),
        "bob": _hire(lab, "bob", security, allow(["sts:GetCallerIdentity"], ["*"])),
        "admin": _hire(lab, "admin", {"team": "cloud", "owner": "cloud-foundations"}, allow(["*"], ["*"])),
    }
    _make_group(lab, "mallory", "carol")
    _make_shared_role(lab, changes)
    lab.client("account").put_alternate_contact(AlternateContactType="SECURITY", **SECURITY_CONTACT)
    lab.client("ssm").create_document(
        Name=CALENDAR, Content=_FREEZE, DocumentType="ChangeCalendar", DocumentFormat="TEXT"
    )
    _start_build_server(lab)
    return keys


def allow(actions: list[str], resources: list[str]) -> dict[str, Any]:
    """Write a statement that allows the actions."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """Write a policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _hire(lab: Lab, name: str, tags: Mapping[str, str], *may: Mapping[str, Any]) -> AccessKey:
    iam = lab.client("iam")
    iam.create_user(UserName=name, Tags=_tags(tags))
    iam.put_user_policy(UserName=name, PolicyName="work", PolicyDocument=json.dumps(policy(*may)))
    iam.create_login_profile(UserName=name, Password=f"the password of {name}")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return AccessKey(name, key["AccessKeyId"], key["SecretAccessKey"])


def _make_group(lab: Lab, *members: str) -> None:
    iam = lab.client("iam")
    iam.create_group(GroupName=GROUP)
    reads = allow([f"cloudtrail:{action}" for action in _READS], ["*"])
    iam.put_group_policy(GroupName=GROUP, PolicyName="read", PolicyDocument=json.dumps(policy(reads)))
    for member in members:
        iam.add_user_to_group(GroupName=GROUP, UserName=member)


def _make_shared_role(lab: Lab, changes: Mapping[str, Any]) -> None:
    """Make the role in which platform engineers maintain trails: whoever IAM lets may assume it."""
    iam = lab.client("iam")
    trusted = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{lab.account}:root"},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
    }
    iam.create_role(
        RoleName=SHARED_ROLE,
        AssumeRolePolicyDocument=json.dumps(policy(trusted)),
        Description="Maintenance of trails by platform engineers",
        Tags=_tags({"owner": "platform-engineering"}),
    )
    iam.put_role_policy(RoleName=SHARED_ROLE, PolicyName="work", PolicyDocument=json.dumps(policy(changes)))


def _start_build_server(lab: Lab) -> None:
    """Start an instance with a role and a public address, from which a call can be said to come."""
    iam, ec2 = lab.client("iam"), lab.client("ec2")
    trusted = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName=BUILD_SERVER,
        AssumeRolePolicyDocument=json.dumps(policy(trusted)),
        Tags=_tags({"owner": "build-and-release"}),
    )
    iam.create_instance_profile(InstanceProfileName=BUILD_SERVER)
    iam.add_role_to_instance_profile(InstanceProfileName=BUILD_SERVER, RoleName=BUILD_SERVER)
    tags = _tags({"Name": BUILD_SERVER, "owner": "build-and-release"})
    launched = ec2.run_instances(
        ImageId="ami-00000000",
        InstanceType="t3.small",
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": BUILD_SERVER},
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )
    address = ec2.allocate_address(Domain="vpc", Address=BUILD_SERVER_ADDRESS)["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=launched["Instances"][0]["InstanceId"])


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]

"""A protected account with the stack deployed in it, ready for an attack: for the demo, the lab and tests.

Everything is the real thing: the synthesized templates, the state machine, the functions, IAM users' calls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

from stacks.assembly import STACK_ID, synthesize
from stacks.config import ConfigurationError
from stacks.node import end_node
from toolkit.lab import account
from toolkit.lab.account import AccessKey, ProtectedAccount
from toolkit.lab.deploy import deploy
from toolkit.lab.emulator.server import Lab
from toolkit.lab.sign_ins import SignIn, enrol_everybody
from toolkit.output import CommandError
from toolkit.stack_client import StackClient

INBOX = "owner-inbox"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Scenario:
    """The deployed stack and the account around it."""

    lab: Lab
    protected: ProtectedAccount
    outputs: Mapping[str, str]
    inbox_url: str

    @cached_property
    def sign_ins(self) -> Mapping[str, SignIn]:
        """The people of the page, made when somebody first asks for them: few do, and it takes a second."""
        return enrol_everybody(self.lab, self.outputs["UserPoolId"])

    @property
    def page_url(self) -> str:
        """Where a browser on this machine finds the page: it takes names below localhost for this machine."""
        return self.outputs["PageUrl"]

    def key(self, user: str) -> AccessKey:
        """The access key of mallory, carol, alice, bob or admin."""
        return self.protected.keys[user]

    def to_json(self) -> dict[str, Any]:
        """What `lab up --json` writes: all that a client needs to be pointed at the lab."""
        return {
            "endpoint": self.lab.endpoint,
            "account": self.lab.account,
            "region": self.lab.region,
            "trail_arn": self.protected.trail_arn,
            "log_group": self.protected.log_group_name,
            "state_machine_arn": self.outputs["StateMachineArn"],
            "incident_table": self.outputs["IncidentTable"],
            "evidence_bucket": self.outputs["EvidenceBucket"],
            "topic_arn": self.outputs["TopicArn"],
            "owner_inbox_url": self.inbox_url,
            "console_url": self.outputs["ConsoleUrl"],
            "page_url": self.page_url,
            "sign_ins": {name: sign_in.to_json() for name, sign_in in self.sign_ins.items()},
            "stack": STACK_ID,
            "keys": {name: key.to_json() for name, key in self.protected.keys.items()},
        }


def api_of(scenario: Scenario, user: str) -> StackClient:
    """The stack as the command sees it, with that user's key."""
    key = scenario.key(user)
    session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=scenario.lab.region)
    return StackClient(STACK_ID, given_session=session, endpoint=scenario.lab.endpoint)


def synthesize_for_lab(outdir: Path, policy: Path | None = None) -> Path:
    """Write the templates that watch the lab's trail; CommandError where the policy is not valid."""
    context = {"trailguard:log-group-name": account.LOG_GROUP_NAME, "trailguard:removal": "destroy"}
    if policy is not None:
        context["trailguard:policy-file"] = str(policy.resolve())
    try:
        return synthesize(outdir, context)
    except ConfigurationError as error:
        raise CommandError(str(error)) from error


def synthesize_once(outdir: Path, policy: Path | None = None) -> Path:
    """The same in a process that synthesizes nothing afterwards."""
    assembly = synthesize_for_lab(outdir, policy)
    end_node()
    return assembly


def set_up(lab: Lab, assembly: Path, progress: Progress = lambda _: None) -> Scenario:
    """Make the account, deploy the assembly into it, and subscribe the owner's inbox."""
    progress("making an account with a trail, and the users mallory, carol, alice, bob and admin")
    protected = account.prepare(lab)
    progress("deploying the synthesized templates")
    outputs = deploy(assembly, STACK_ID, endpoint=lab.endpoint, account=lab.account, region=lab.region)
    inbox_url = _subscribe_inbox(lab, outputs["TopicArn"])
    for user in ("alice", "bob"):
        _entitle(lab, user, outputs["ApproverPolicyArn"])
    _entitle(lab, "carol", outputs["ReaderPolicyArn"])
    return Scenario(lab, protected, outputs, inbox_url)


def _subscribe_inbox(lab: Lab, topic_arn: str) -> str:
    """A queue stands in for the owner's mailbox: it gets what a mail subscription would get."""
    sqs = lab.client("sqs")
    url = str(sqs.create_queue(QueueName=INBOX)["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    lab.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
    return url


def _entitle(lab: Lab, user: str, policy_arn: str) -> None:
    """Let a user in by one of the stack's policies, and find the stack by its outputs."""
    iam = lab.client("iam")
    iam.attach_user_policy(UserName=user, PolicyArn=policy_arn)
    stack = f"arn:aws:cloudformation:{lab.region}:{lab.account}:stack/{STACK_ID}/*"
    statement = {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": stack}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=user, PolicyName="find-the-stack", PolicyDocument=document)

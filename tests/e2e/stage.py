"""A deployed Trailguard and the account around it, as the end-to-end tests act on it and look at it.

Everything that is asserted is read by API calls. Only `trail_as` reaches past the API: it puts the trail into
a state without a trace, for what no API call would leave untold.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import pytest
from botocore.exceptions import ClientError

from response.aws import documents, keys
from response.domain.trail_state import TrailState
from tests.e2e.waiting import at_rest, wait_until
from toolkit.demo.checks import DETECTION_ALARMS
from toolkit.lab.account import TRAIL_NAME, AccessKey
from toolkit.lab.emulator import stepfunctions
from toolkit.lab.emulator.internals import ministack
from toolkit.lab.emulator.server import Lab
from toolkit.lab.reading import read_trail
from toolkit.lab.scenario import Scenario, api_of
from toolkit.project import PROJECT
from toolkit.stack_client import StackClient

RULE = "trailguard-trail-changed"
# From one end to the next start, such as that of the reconciler after an alarm, it takes less than this.
_QUIET_POLLS = 3
_CHANGES_TRAILS = ("UpdateTrail", "StartLogging", "StopLogging", "GetTrail")


@dataclass(frozen=True)
class Message:
    """A message as the owner's inbox got it; those of alarms have no kind."""

    subject: str
    text: str
    attributes: Mapping[str, str]

    @property
    def kind(self) -> str:
        """What is told of: opened, reminder, decided, closed and so on."""
        return self.attributes.get("kind", "")


@dataclass
class Stage:
    """The deployment, and what was there before the test that runs now."""

    scenario: Scenario
    known: set[str] = field(default_factory=set)
    is_quiet: bool = False

    @property
    def lab(self) -> Lab:
        """The embedded AWS."""
        return self.scenario.lab

    @property
    def trail_arn(self) -> str:
        """The trail that is attacked."""
        return self.scenario.protected.trail_arn

    @cached_property
    def api(self) -> StackClient:
        """The console's API, as alice calls it."""
        return api_of(self.scenario, "alice")

    def begin(self) -> None:
        """Let what earlier tests left running end, and alarms fall silent; remember what is there."""
        if not self.is_quiet:
            self.executions_ended()
        self.is_quiet = False
        wait_until(lambda: not self._alarms(), "a detection alarm is still in ALARM")
        self.messages()
        self.known = {execution["executionArn"] for execution in self._executions()}
        self.known |= {incident["id"] for incident in self._incidents()}

    def end(self) -> None:
        """Let what the test left running end, so that the next one begins at once."""
        self._stop_waiting()
        self.executions_ended()
        self.is_quiet = True

    def trail(self) -> TrailState:
        """The trail as it reads now."""
        return read_trail(self.lab, self.trail_arn)

    def hire(self, name: str, *, by: AccessKey | None = None) -> AccessKey:
        """A new IAM user who may change trails, made by root if nobody else is named."""
        iam = self.lab.client("iam", **(by.credentials if by else {}))
        iam.create_user(UserName=name)
        actions = [f"cloudtrail:{action}" for action in _CHANGES_TRAILS]
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="work", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return AccessKey(name, key["AccessKeyId"], key["SecretAccessKey"])

    def update_trail(self, key: AccessKey, **settings: Any) -> None:
        """Change the trail with somebody's key."""
        cloudtrail = self.lab.client("cloudtrail", **key.credentials)
        cloudtrail.update_trail(Name=TRAIL_NAME, **settings)

    def trail_as(self, state: TrailState) -> None:
        """Put the trail into a state behind everybody's back: no record tells of it."""
        service, responses = ministack("services.cloudtrail"), ministack("core.responses")
        parameters = {
            "Name": self.trail_arn,
            "S3BucketName": state.s3_bucket_name,
            "S3KeyPrefix": state.s3_key_prefix or "",
            "SnsTopicName": state.sns_topic_arn or "",
            "IncludeGlobalServiceEvents": state.include_global_service_events,
            "IsMultiRegionTrail": state.is_multi_region_trail,
            "EnableLogFileValidation": state.log_file_validation_enabled,
            "CloudWatchLogsLogGroupArn": state.cloud_watch_logs_log_group_arn or "",
            "CloudWatchLogsRoleArn": state.cloud_watch_logs_role_arn or "",
            "KmsKeyId": state.kms_key_id or "",
        }
        with responses.request_scope(self.lab.account, self.lab.region):
            for operation, body in (
                ("UpdateTrail", parameters),
                ("StartLogging" if state.is_logging else "StopLogging", {"Name": self.trail_arn}),
            ):
                status, _headers, answer = service._DISPATCH[operation](dict(body))
                assert status == 200, answer

    def let_time_pass(self, incident: Mapping[str, Any]) -> None:
        """Let the time in which the pending approval of an incident may be decided have passed."""
        self._set_back(incident, "expires_at", timedelta(minutes=1))

    def let_half_the_time_pass(self, incident: Mapping[str, Any]) -> None:
        """Let more than half of the time be over in which the pending approval may be decided."""
        self._set_back(incident, "asked_at", timedelta(days=1))

    def _set_back(self, incident: Mapping[str, Any], name: str, by: timedelta) -> None:
        """Let a moment of the pending approval lie that far in the past."""
        pk, sk = keys.approval(incident["id"], incident["approval"]["round"])
        self.lab.client("dynamodb").update_item(
            TableName=self.scenario.outputs["IncidentTable"],
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
            UpdateExpression=f"SET {name} = :past",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":past": {"S": documents.moment(datetime.now(tz=UTC) - by)}},
        )

    def is_locked(self) -> bool:
        """Whether an incident holds the trail."""
        pk, sk = keys.lock(self.trail_arn)
        table, key = self.scenario.outputs["IncidentTable"], {"pk": {"S": pk}, "sk": {"S": sk}}
        return "Item" in self.lab.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)

    # What happened

    def executions(self) -> list[dict[str, Any]]:
        """The executions that this test started, oldest first, with input and output."""
        states = self.lab.client("stepfunctions")
        arns = {execution["executionArn"] for execution in self._executions()} - self.known
        described = [states.describe_execution(executionArn=arn) for arn in arns]
        return sorted(described, key=lambda execution: execution["startDate"])

    def executions_ended(self) -> list[dict[str, Any]]:
        """The executions of this test, once neither an execution nor a function is at work any more."""
        functions, quiet = ministack("core.lambda_runtime"), 0

        def ended() -> bool:
            nonlocal quiet
            at_work = functions.workers_in_use() or any(
                one["status"] == "RUNNING" for one in self._executions()
            )
            quiet = 0 if at_work else quiet + 1
            return quiet > _QUIET_POLLS

        wait_until(ended, "executions still run")
        return self.executions()

    def endings(self) -> list[str]:
        """How each execution of this test ended: by the route that led to its end, or failed."""
        return [
            json.loads(one["output"])["route"] if one["status"] == "SUCCEEDED" else one["status"].lower()
            for one in self.executions_ended()
        ]

    def incidents(self) -> list[dict[str, Any]]:
        """The incidents that this test opened, newest first, each whole."""
        return [self.incident(one["id"]) for one in self._incidents() if one["id"] not in self.known]

    def incident(self, incident_id: str) -> dict[str, Any]:
        """One incident whole, as the API shows it."""
        found: dict[str, Any] = self.api.get("incidents", incident_id)
        return found

    def first_incident_in(self, *statuses: str) -> dict[str, Any]:
        """The first incident of this test that is in one of these states, waited for in the list."""

        def found() -> dict[str, Any] | None:
            lines = (line for line in self._incidents() if line["id"] not in self.known)
            line = next((line for line in lines if line["status"] in statuses), None)
            incident = None if line is None else self.incident(line["id"])
            # An incident is in that state a moment before the question is there.
            is_early = incident and incident["status"] == "awaiting_approval" and not is_asked(incident)
            return None if is_early else incident

        return wait_until(at_rest(found), f"no incident came to be {' or '.join(statuses)}")

    def only_incident(self) -> dict[str, Any]:
        """The one incident that this test opened."""
        found = self.incidents()
        assert len(found) == 1, [(one["id"], one["path"], one["status"]) for one in found]
        return found[0]

    def incident_that(self, holds: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """The first incident of this test of which something holds, waited for."""
        return wait_until(at_rest(lambda: next(filter(holds, self.incidents()), None)), what)

    def awaiting(self, *, other_than: str = "") -> dict[str, Any]:
        """The incident once a decision is asked for: on another plan than the digest names."""

        def asks(incident: dict[str, Any]) -> bool:
            return is_asked(incident) and incident["approval"]["digest"] != other_than

        return self.incident_that(asks, "no approval was asked for")

    def baseline(self) -> dict[str, Any]:
        """The approved state of the trail."""
        found = self.api.get("baselines")["baselines"]
        baseline: dict[str, Any] = next(one for one in found if one["trail_arn"] == self.trail_arn)
        return baseline

    def approve_state(self) -> None:
        """Let alice approve the state that the trail has now."""
        self.api.post("baselines", body={"trail_arn": self.trail_arn})

    def awaiting_in_short_hours(self, patch: pytest.MonkeyPatch, *, minutes: int) -> dict[str, Any]:
        """As `awaiting`; the minutes that the state machine waits are over in two seconds, each time anew."""
        patch.setattr(stepfunctions, "timeout_scale", 2.0 / (minutes * 60))
        return self.awaiting()

    def messages(self) -> list[Message]:
        """What came to the owner's inbox since it was last emptied."""
        return list(self._received())

    def messages_about(self, incident_id: str) -> list[Message]:
        """Those of an incident."""
        return [message for message in self.messages() if incident_id in message.text]

    # What people do

    def entitle(self, key: AccessKey) -> None:
        """Let a user do what an approver may: the policies that alice has."""
        iam = self.lab.client("iam")
        arn = self.scenario.outputs["ApproverPolicyArn"]
        iam.attach_user_policy(UserName=key.user, PolicyArn=arn)
        name = "find-the-stack"
        document = iam.get_user_policy(UserName="alice", PolicyName=name)["PolicyDocument"]
        iam.put_user_policy(UserName=key.user, PolicyName=name, PolicyDocument=json.dumps(document))

    def command(self, key: AccessKey, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the `trailguard` command as a user would."""
        return self._run([sys.executable, "-m", "toolkit", *words], key)

    def aws(self, *words: str) -> Any:
        """Run the stock AWS command as admin; what it prints."""
        tool = os.path.join(os.path.dirname(sys.executable), "aws")  # noqa: PTH118, PTH120  # beside, unresolved
        ran = self._run([sys.executable, tool, "--output", "json", *words], self.scenario.key("admin"))
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def refusal(self, key: AccessKey) -> str:
        """The error code of a call with a key; "" where it is not refused."""
        try:
            self.lab.client("cloudtrail", **key.credentials).get_trail(Name=TRAIL_NAME)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    def is_contained(self, key: AccessKey) -> bool:
        """Whether the key is Inactive and Trailguard's deny policy there; anything between is an error."""
        iam = self.lab.client("iam")
        statuses = {one["Status"] for one in iam.list_access_keys(UserName=key.user)["AccessKeyMetadata"]}
        policies = iam.list_user_policies(UserName=key.user)["PolicyNames"]
        denied = [name for name in policies if name.startswith("TrailguardDeny-")]
        assert (statuses == {"Inactive"}) == bool(denied), (statuses, policies)
        return bool(denied)

    def sealed(self, pointer: Mapping[str, str]) -> bytes:
        """A sealed object in the version that was noted; its checksum holds, and it cannot be deleted."""
        s3 = self.lab.client("s3")
        place = {
            "Bucket": self.scenario.outputs["EvidenceBucket"],
            "Key": pointer["key"],
            "VersionId": pointer["version_id"],
        }
        body: bytes = s3.get_object(**place)["Body"].read()
        assert hashlib.sha256(body).hexdigest() == pointer["sha256"], pointer
        with pytest.raises(ClientError) as refusal:
            s3.delete_object(**place)
        assert refusal.value.response["Error"]["Code"] == "AccessDenied"
        return body

    def reconcile(self) -> dict[str, Any]:
        """Invoke the reconciler as its schedule does; its figures."""
        event = {
            "source": "aws.events",
            "detail-type": "Scheduled Event",
            "account": self.lab.account,
            "region": self.lab.region,
            "detail": {},
        }
        answer = self.lab.client("lambda").invoke(
            FunctionName="trailguard-reconcile", Payload=json.dumps(event)
        )
        figures: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, figures
        return figures

    def _run(self, command: list[str], key: AccessKey) -> subprocess.CompletedProcess[str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL": self.lab.endpoint,
            "AWS_REGION": self.lab.region,
            "AWS_DEFAULT_REGION": self.lab.region,
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        }
        return subprocess.run(
            command, env=environment, cwd=PROJECT, check=False, capture_output=True, text=True
        )

    def _stop_waiting(self) -> None:
        """Take back the questions that the test left unanswered, as one that failed does."""
        for line in self._incidents():
            if line["id"] not in self.known and line["status"] == "awaiting_approval":
                execution = self.incident(line["id"])["execution"]
                self.lab.client("stepfunctions").stop_execution(executionArn=execution)
                pk, sk = keys.lock(self.trail_arn)
                self.lab.client("dynamodb").delete_item(
                    TableName=self.scenario.outputs["IncidentTable"], Key={"pk": {"S": pk}, "sk": {"S": sk}}
                )

    def _executions(self) -> list[dict[str, Any]]:
        machine = self.scenario.outputs["StateMachineArn"]
        listed = self.lab.client("stepfunctions").list_executions(stateMachineArn=machine, maxResults=1000)
        executions: list[dict[str, Any]] = listed["executions"]
        return executions

    def _alarms(self) -> list[str]:
        alarms = self.lab.client("cloudwatch").describe_alarms(AlarmNames=list(DETECTION_ALARMS))
        return [one["AlarmName"] for one in alarms["MetricAlarms"] if one["StateValue"] == "ALARM"]

    def _incidents(self) -> list[dict[str, Any]]:
        incidents: list[dict[str, Any]] = self.api.get("incidents")["incidents"]
        return incidents

    def _received(self) -> Iterator[Message]:
        sqs, url = self.lab.client("sqs"), self.scenario.inbox_url
        while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for delivery in received:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=delivery["ReceiptHandle"])
                envelope = json.loads(delivery["Body"])
                attributes = envelope.get("MessageAttributes") or {}
                yield Message(
                    envelope.get("Subject") or "",
                    envelope["Message"],
                    {name: attribute["Value"] for name, attribute in attributes.items()},
                )


def is_asked(incident: Mapping[str, Any]) -> bool:
    """Whether a decision is asked for, by status and question both: they are written and read one by one."""
    approval = incident["approval"]
    return incident["status"] == "awaiting_approval" and bool(approval and approval["status"] == "pending")

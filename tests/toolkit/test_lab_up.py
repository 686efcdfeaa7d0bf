"""`trailguard lab up`: a deployed account that any AWS client can be pointed at, until a signal ends it."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from playwright.sync_api import Browser

from response.domain.diff import diff
from tests.toolkit.command import trailguard
from tests.toolkit.page_walk import approve, at_the_page, sign_in, undo
from toolkit.lab import totp
from toolkit.lab.account import AccessKey
from toolkit.lab.attack import MINIMIZE_AND_REDIRECT
from toolkit.lab.emulator.server import Lab
from toolkit.lab.reading import read_trail
from toolkit.stack_client import ApiRefusalError, StackClient

PROJECT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120.0
CONTRACT = {
    *("endpoint", "account", "region", "trail_arn", "log_group", "state_machine_arn", "incident_table"),
    *("evidence_bucket", "topic_arn", "owner_inbox_url", "console_url", "keys", "page_url", "sign_ins"),
}

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def lab_up(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[dict[str, Any], "subprocess.Popen[bytes]"]]:
    """The command running in a process of its own, and what it wrote when it was ready."""
    file = tmp_path_factory.mktemp("lab") / "lab.json"
    command = [sys.executable, "-m", "toolkit", "lab", "up", "--port", "0", "--json", str(file)]
    with (
        (file.parent / "said").open("w") as said,
        (file.parent / "complained").open("w") as complained,
        subprocess.Popen(
            command, cwd=PROJECT, stdout=said, stderr=complained, start_new_session=True
        ) as process,
    ):
        deadline = time.monotonic() + READY_SECONDS
        while not file.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.1)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        yield json.loads(file.read_text()) | {"said": file.parent / "said"}, process
        # As Ctrl-C does in a terminal: to every process that it started, too.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
    assert not file.exists()
    assert (file.parent / "complained").read_text().splitlines()[-1:] == ["stopping"]


def as_user(document: dict[str, Any], user: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": document["endpoint"],
        "AWS_REGION": document["region"],
        "AWS_DEFAULT_REGION": document["region"],
        "AWS_ACCESS_KEY_ID": document["keys"][user]["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": document["keys"][user]["secret_access_key"],
    }


def _session(document: dict[str, Any], user: str) -> boto3.Session:
    key = document["keys"][user]
    return boto3.Session(key["access_key_id"], key["secret_access_key"], region_name=document["region"])


def run(document: dict[str, Any], user: str, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        env=as_user(document, user),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def aws(document: dict[str, Any], user: str, *words: str) -> Any:
    """The stock AWS CLI."""
    ran = run(document, user, str(Path(sys.executable).parent / "aws"), "--output", "json", *words)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_the_file_holds_the_contract(lab_up: tuple[dict[str, Any], Any]) -> None:
    """The file has every address and the keys of everybody in the account."""
    document, _ = lab_up
    assert set(document) >= CONTRACT
    assert set(document["keys"]) == {"mallory", "carol", "alice", "bob", "admin"}
    assert set(document["sign_ins"]) == {"alice", "bob", "carol"}
    assert document["endpoint"].startswith("http://127.0.0.1:")


def test_it_says_where_to_sign_in_and_with_what(lab_up: tuple[dict[str, Any], Any]) -> None:
    """The page's address, and for each person the password and a command that shows the code."""
    document, _ = lab_up
    said = document["said"].read_text()
    assert document["page_url"] in [line.strip() for line in said.splitlines()]
    for name, person in document["sign_ins"].items():
        line = next(line for line in said.splitlines() if line.split()[:1] == [name])
        assert person["password"] in line
        command = line.partition("trailguard ")[2].partition("#")[0].split()
        assert trailguard(*command).stdout.strip() == totp.code(person["totp_secret"])


def test_the_stock_aws_cli_is_served(lab_up: tuple[dict[str, Any], Any]) -> None:
    """The AWS CLI reads trail, log group, state machine, table, bucket and inbox with the admin's key."""
    document, _ = lab_up
    trail = aws(document, "admin", "cloudtrail", "get-trail", "--name", document["trail_arn"])["Trail"]
    assert trail["IsMultiRegionTrail"] is True
    machines = aws(document, "admin", "stepfunctions", "list-state-machines")["stateMachines"]
    assert document["state_machine_arn"] in [machine["stateMachineArn"] for machine in machines]
    filters = aws(
        document, "admin", "logs", "describe-metric-filters", "--log-group-name", document["log_group"]
    )
    assert len(filters["metricFilters"]) == 2
    table = aws(document, "admin", "dynamodb", "describe-table", "--table-name", document["incident_table"])
    assert table["Table"]["TableStatus"] == "ACTIVE"
    lock = aws(
        document, "admin", "s3api", "get-object-lock-configuration", "--bucket", document["evidence_bucket"]
    )
    assert lock["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"
    identity = aws(document, "mallory", "sts", "get-caller-identity")
    assert identity["Arn"].endswith(":user/mallory")


def test_baselines_show_feeds_assess(lab_up: tuple[dict[str, Any], Any]) -> None:
    """The baseline taken at deployment is printed as the trail state that the trail has."""
    document, _ = lab_up
    ran = run(document, "alice", sys.executable, "-m", "toolkit", "baseline", "show", "--json")
    assert ran.returncode == 0, ran.stderr
    state = json.loads(ran.stdout)
    assert state["TrailARN"] == document["trail_arn"]
    assert state["IsLogging"] is True


def test_incidents_are_empty_before_an_attack(lab_up: tuple[dict[str, Any], Any]) -> None:
    """A new lab has no incidents, and an unknown one is refused with exit code 1."""
    document, _ = lab_up
    listed = run(document, "alice", sys.executable, "-m", "toolkit", "incidents", "--json")
    assert (listed.returncode, listed.stdout) == (0, "")
    unknown = run(document, "alice", sys.executable, "-m", "toolkit", "show", "TG-20260101-00000000")
    assert unknown.returncode == 1
    assert "no_such_incident" in unknown.stderr


def test_who_is_not_entitled_is_refused(lab_up: tuple[dict[str, Any], Any]) -> None:
    """Mallory may call neither the API nor read the stack."""
    document, _ = lab_up
    ran = run(document, "mallory", sys.executable, "-m", "toolkit", "incidents")
    assert ran.returncode == 3
    assert "DescribeStacks" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_who_may_only_read_decides_nothing(lab_up: tuple[dict[str, Any], Any]) -> None:
    """Carol's key opens the incidents and not the decision."""
    document, _ = lab_up
    assert run(document, "carol", sys.executable, "-m", "toolkit", "incidents").returncode == 0
    client = StackClient(given_session=_session(document, "carol"), endpoint=document["endpoint"])
    with pytest.raises(ApiRefusalError) as raised:
        client.post("incidents", "TG-20260101-00000000", "decision", body={})
    assert raised.value.status == 403


def test_no_secret_has_no_code() -> None:
    """What is wrong is named."""
    ran = trailguard("lab", "code", "1!")
    assert (ran.returncode, "'1!' is no secret" in ran.stderr) == (2, True)


def test_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    """Not after a minute of set-up; and what is wrong is named."""
    (tmp_path / "file").write_text("")
    ran = trailguard("lab", "up", "--json", str(tmp_path / "file" / "lab.json"))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "cannot write" in ran.stderr
    assert "lab.json" in ran.stderr


def test_a_newcomer_approves_on_the_page_sees_the_trail_come_back_and_undoes_it(
    lab_up: tuple[dict[str, Any], Any], browser: Browser
) -> None:
    """Both stand under the identity with which alice signed in; last here, for it leaves an incident."""
    document, _ = lab_up
    port = int(document["endpoint"].rpartition(":")[2])
    lab = Lab(document["endpoint"], port, document["account"], document["region"])
    trail = document["trail_arn"]
    before = read_trail(lab, trail)
    with at_the_page(browser) as page:
        key = document["keys"]["mallory"]
        mallory = AccessKey("mallory", key["access_key_id"], key["secret_access_key"])
        MINIMIZE_AND_REDIRECT.detonate(lab, mallory)
        attacked = read_trail(lab, trail)
        client = StackClient(given_session=_session(document, "alice"), endpoint=lab.endpoint)
        incident = _until(lambda: client.get("incidents")["incidents"], status="awaiting_approval")
        sign_in(page, document, "alice", incident)
        approve(page, "mallory is on leave")
        assert diff(before, read_trail(lab, trail)) == ()
        undo(page, "it was announced")
        _until(lambda: client.get("incidents", incident)["undo_requests"], outcome="undone")
    assert diff(attacked, read_trail(lab, trail)) == ()
    closed = client.get("incidents", incident)
    (request,) = closed["undo_requests"]
    assert request["requested_by"].startswith("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_")
    assert {action["approved_by"] for action in closed["actions"]} == {request["requested_by"]}
    assert closed["approval"]["decision"]["comment"] == "mallory is on leave"


def _until(read: Callable[[], list[dict[str, Any]]], **wanted: str) -> str:
    """The id of the first, once it is as wanted."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        for one in read():
            if wanted.items() <= one.items():
                return str(one.get("id", ""))
        time.sleep(1.0)
    raise AssertionError(f"nothing became {wanted}")

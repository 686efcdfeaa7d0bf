"""The embedded AWS starts, stays on loopback, enforces IAM, resets and stops.

Each test starts its own process where it needs a lab of its own: one process runs one lab at a time.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.toolkit.lab.emulator.helpers import make_trail
from toolkit.lab.emulator import server

_LISTEN = "0A"
_LOOPBACK_ADDRESSES = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}


def _listeners() -> list[str]:
    """List the local addresses that this process listens on, as /proc writes them."""
    own = {
        link.readlink().name
        for link in Path("/proc/self/fd").iterdir()
        if link.is_symlink() and _is_open(link)
    }
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and f"socket:[{fields[9]}]" in own:
                found.append(fields[1].split(":")[0])
    return found


def _is_open(link: Path) -> bool:
    try:
        link.readlink()
    except OSError:
        return False
    return True


def test_nothing_listens_beyond_loopback(lab: server.Lab) -> None:
    """The process listens, and on loopback addresses only."""
    lab.client("iot").describe_endpoint()
    listeners = _listeners()
    assert listeners
    assert set(listeners) <= _LOOPBACK_ADDRESSES


def test_iam_is_enforced(lab: server.Lab) -> None:
    """A user with no policy is refused."""
    iam = lab.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    user = lab.client(
        "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    with pytest.raises(ClientError) as refusal:
        user.list_buckets()
    assert refusal.value.response["Error"]["Code"] == "AccessDenied"


def test_a_wrong_secret_is_refused(lab: server.Lab) -> None:
    """The signature of a user's call is checked, not only the id of the key."""
    iam = lab.client("iam")
    iam.create_user(UserName="somebody")
    key = iam.create_access_key(UserName="somebody")["AccessKey"]["AccessKeyId"]
    with pytest.raises(ClientError) as refusal:
        lab.client("sqs", aws_access_key_id=key, aws_secret_access_key="wrong").list_queues()
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_the_developers_own_key_means_nothing(lab: server.Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS credentials in the environment neither open the lab nor change its root key."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-developer")
    own = lab.client(
        "sqs", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="of-the-developer"
    )
    with pytest.raises(ClientError):
        own.list_queues()
    assert lab.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::111111111111:root"


def test_an_unsigned_call_is_refused(lab: server.Lab) -> None:
    """Nobody is not the root user."""
    with pytest.raises(ClientError) as refusal:
        lab.client("cloudtrail", config=Config(signature_version=UNSIGNED)).describe_trails()
    assert refusal.value.response["Error"]["Code"] == "MissingAuthenticationTokenException"


def test_reset_forgets_everything(lab: server.Lab) -> None:
    """After a reset the account is empty, ministack's state and ours."""
    s3, cloudtrail = lab.client("s3"), lab.client("cloudtrail")
    make_trail(lab, "forgotten")
    cloudtrail.put_insight_selectors(
        TrailName="forgotten", InsightSelectors=[{"InsightType": "ApiCallRateInsight"}]
    )
    server.reset(lab.endpoint)
    assert s3.list_buckets()["Buckets"] == []
    assert cloudtrail.lookup_events()["Events"] == []
    make_trail(lab, "forgotten")
    with pytest.raises(ClientError) as refusal:
        cloudtrail.get_insight_selectors(TrailName="forgotten")
    assert refusal.value.response["Error"]["Code"] == "InsightNotEnabledException"


def test_no_process_outlives_the_lab() -> None:
    """The processes that functions ran in end with the lab, and so do executions that wait."""
    script = """
import json, os, threading
from tests.toolkit.lab.emulator.helpers import make_function, make_role
from toolkit.lab.emulator.internals import ministack
from toolkit.lab.emulator.server import running

def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True

with running() as lab:
    function = make_function(lab, "sitting", "def handler(event, context): return 1")
    role = make_role(lab, "machine", "states.amazonaws.com", "*")
    wait = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": True,
            "Parameters": {"FunctionName": function, "Payload": {"token.$": "$$.Task.Token"}}}
    definition = json.dumps({"StartAt": "Wait", "States": {"Wait": wait}})
    steps = lab.client("stepfunctions")
    machine = steps.create_state_machine(name="m", definition=definition, roleArn=role)["stateMachineArn"]
    execution = steps.start_execution(stateMachineArn=machine)["executionArn"]
    lab.client("lambda").invoke(FunctionName="sitting")
    workers = [worker for pool in ministack("core.lambda_runtime")._workers.values() for worker in pool]
    processes = [worker._proc.pid for worker in workers]
    assert processes and all(map(alive, processes))
    left = [thread for thread in threading.enumerate() if "(run)" in thread.name]
    assert left
for thread in left:
    thread.join(10)
print(any(map(alive, processes)), any(thread.is_alive() for thread in left))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=90, check=False
    )
    assert (done.returncode, done.stdout) == (0, "False False\n"), done.stderr


def test_reset_of_a_lab_that_is_not_there_says_so() -> None:
    """A lab that does not answer is an error that names the address."""
    with pytest.raises(server.LabError, match=r"http://127\.0\.0\.1:9"):
        server.reset("http://127.0.0.1:9")


def test_a_second_lab_in_one_process_is_refused(lab: server.Lab) -> None:
    """The state of ministack is global to the process: a second lab would share it."""
    assert lab.port
    with pytest.raises(server.LabError, match="only one"), server.running():
        pass


def test_two_labs_one_after_the_other() -> None:
    """The second lab of a process works, on its own port, and remembers nothing of the first."""
    script = """
from toolkit.lab.emulator.server import running
import logging
ports = []
for _ in range(2):
    with running() as lab:
        ports.append(lab.port)
        queue = lab.client("sqs").create_queue(QueueName="q")["QueueUrl"]
        assert f":{lab.port}/" in queue, queue
        s3 = lab.client("s3")
        assert s3.list_buckets()["Buckets"] == []
        s3.create_bucket(Bucket="of-this-lab")
assert logging.getLogger().handlers == []
print("both", len(set(ports)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "both 2\n"), done.stderr


def test_a_port_in_use_is_named(lab: server.Lab) -> None:
    """A port that somebody listens on gives an error naming it."""
    script = f"""
from toolkit.lab.emulator.server import LabError, running
try:
    with running({lab.port}):
        pass
except LabError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert f"127.0.0.1:{lab.port}" in done.stdout

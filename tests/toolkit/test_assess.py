"""`trailguard assess`: the deployed judgement, offline."""

import json
from pathlib import Path
from typing import Any

import pytest

from response.domain.plan import ActionKind
from response.domain.policy import Policy
from response.domain.record import parse_record
from response.domain.trail_state import TrailState
from tests.response.domain.people import EVERYBODY
from tests.toolkit.command import trailguard
from tests.toolkit.samples import TRAIL_ARN, record, state
from toolkit.assess import about_the_caller, caller_plan, case


def write(folder: Path, name: str, document: Any) -> str:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


def assess(folder: Path, *more: str, event: Any = None, before: Any = None) -> Any:
    ran = trailguard(
        "assess",
        "--event",
        write(folder, "event.json", event or record()),
        "--before",
        write(folder, "before.json", before or state()),
        "--json",
        *more,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_changes_come_from_the_response_elements(tmp_path: Path) -> None:
    """Without --after, what the call answered is compared with the state before."""
    told = assess(tmp_path)
    assert [(c["field"], c["before"], c["after"], c["effect"]) for c in told["changes"]] == [
        ("LogFileValidationEnabled", True, False, "weakens")
    ]
    assert told["severity"] in {"medium", "high"}
    assert told["baseline_source"] == "approved"
    assert all(change["reason"] for change in told["changes"])


def test_the_plan_holds_calls_and_inverse(tmp_path: Path) -> None:
    """Each action has its gate, its exact calls and what takes it back."""
    actions = {action["id"]: action for action in assess(tmp_path)["plan"]["actions"]}
    restore = actions["restore-trail"]
    assert restore["kind"] == "restore"
    assert restore["gate"] == "approve"
    assert restore["calls"] == [
        {
            "service": "cloudtrail",
            "operation": "UpdateTrail",
            "parameters": {"Name": TRAIL_ARN, "EnableLogFileValidation": True},
            "region": "eu-west-1",
        }
    ]
    assert restore["inverse"][0]["parameters"]["EnableLogFileValidation"] is False
    assert actions["deactivate-access-key"]["calls"][0]["parameters"] == {
        "UserName": "bo",
        "AccessKeyId": "AKIAEXAMPLEKEY000001",
        "Status": "Inactive",
    }


def test_the_same_files_give_the_same_digest(tmp_path: Path) -> None:
    """An assessment depends on its inputs only, and another input has another digest."""
    first, second = assess(tmp_path), assess(tmp_path)
    other = assess(tmp_path, event=record(sourceIPAddress="198.51.100.8", eventID="another"))
    assert first["plan"]["digest"] == second["plan"]["digest"]
    assert first["plan"]["digest"] != other["plan"]["digest"]


def test_a_state_after_is_taken_before_the_record(tmp_path: Path) -> None:
    """With --after, that state is what the trail is now."""
    after = write(tmp_path, "after.json", state(IsLogging=False))
    assert [change["field"] for change in assess(tmp_path, "--after", after)["changes"]] == ["IsLogging"]


def test_the_policy_decides_the_gates(tmp_path: Path) -> None:
    """A policy given with --policy sets the gates of the plan."""
    policy = write(tmp_path, "policy.yaml", "version: 1\ngates: {restore: auto, contain: off}\n")
    told = assess(tmp_path, "--policy", policy)
    assert {action["kind"]: action["gate"] for action in told["plan"]["actions"]} == {
        "restore": "auto",
        "contain": "off",
    }


def test_what_assess_reads_is_what_baseline_show_prints(tmp_path: Path) -> None:
    """A trail state with every key, as the product writes it, is accepted."""
    from response.domain.trail_state import TrailState  # noqa: PLC0415  # only this test needs it

    whole = TrailState.from_json(state()).to_json()
    assert assess(tmp_path, before=whole)["changes"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"event.json": "{"}, "not JSON"),
        ({"event.json": {"Records": [record(), record(eventID="2")]}}, "holds 2 CloudTrail records"),
        ({"event.json": record(eventID=5)}, "eventID"),
        ({"event.json": record(responseElements=None)}, "--after"),
        ({"before.json": "[]"}, "expected an object"),
        ({"before.json": state(Bucket="x")}, "Bucket"),
        ({"before.json": state(IsLogging="yes")}, "IsLogging"),
        ({"before.json": state(TrailARN=TRAIL_ARN.replace("main", "other"))}, "trail/other"),
        ({"policy.yaml": "version: 1\ngates: {restore: maybe}"}, "gates.restore"),
        ({"policy.yaml": "version: 1\ngate: {}"}, "gate"),
        ({"policy.yaml": ": :"}, "YAML"),
    ],
)
def test_bad_input_is_named(tmp_path: Path, files: dict[str, Any], said: str) -> None:
    """Each bad input ends with exit code 2 and one line that names the file and what was expected."""
    given = {"event.json": record(), "before.json": state(), "policy.yaml": "version: 1\n", **files}
    paths = {name: write(tmp_path, name, document) for name, document in given.items()}
    ran = trailguard(
        *("assess", "--event", paths["event.json"], "--before", paths["before.json"]),
        *("--policy", paths["policy.yaml"]),
    )
    assert ran.returncode == 2
    assert said in ran.stderr
    assert next(iter(files)) in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_person_sees_before_after_and_reason(tmp_path: Path) -> None:
    """Without --json each change shows its values and why it matters, and there is no colour in a pipe."""
    ran = trailguard(
        *("assess", "--event", write(tmp_path, "e.json", record())),
        *("--before", write(tmp_path, "b.json", state())),
    )
    assert "true -> false" in ran.stdout
    assert "restore-trail (approve)" in ran.stdout
    assert "\x1b[" not in ran.stdout


def test_json_is_one_object_on_one_line(tmp_path: Path) -> None:
    """As everywhere in the command, so that the answers of many runs can be put one after the other."""
    event, before = write(tmp_path, "event.json", record()), write(tmp_path, "before.json", state())
    ran = trailguard("assess", "--event", event, "--before", before, "--json")
    assert len(ran.stdout.splitlines()) == 1


def test_what_is_left_to_a_person_names_whom_it_is_about(tmp_path: Path) -> None:
    """An outcome is shown with its target: a plan may hold several of one name."""
    root = {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"}
    event = write(tmp_path, "event.json", record(userIdentity=root))
    before = write(tmp_path, "before.json", state())
    ran = trailguard("assess", "--event", event, "--before", before)
    assert "not_contained_automatically (arn:aws:iam::111122223333:root):" in ran.stdout


@pytest.mark.parametrize(
    "changes",
    [
        {
            "eventSource": "iam.amazonaws.com",
            "eventName": "CreateUser",
            "requestParameters": {"userName": "x"},
        },
        {"eventName": "LookupEvents", "requestParameters": None, "responseElements": None},
        {"errorCode": "AccessDenied", "responseElements": None},
        {"errorCode": "AccessDenied", "requestParameters": None, "responseElements": None},
    ],
    ids=["another service", "a read", "refused", "refused, unnamed"],
)
@pytest.mark.parametrize("kind", EVERYBODY)
def test_any_record_has_the_containment_of_its_caller(kind: str, changes: dict[str, Any]) -> None:
    """A record that changes no trail is answered with what would be done about whoever made the call."""
    given = parse_record(record(**changes, userIdentity=EVERYBODY[kind]))
    before = TrailState.from_json(state())
    assessed = about_the_caller(case(given, before, before, Policy(), approved_by="before.json"))
    assert assessed.plan.actions or assessed.plan.outcomes
    assert all(action.kind is ActionKind.CONTAIN for action in assessed.plan.actions)


def test_without_a_state_before_the_caller_alone_is_judged(tmp_path: Path) -> None:
    """Of a change too, and of one whose record names no trail; that nothing was compared is said."""
    event = write(tmp_path, "event.json", record())
    ran = trailguard("assess", "--event", event, "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert "--before" in told["summary"]
    assert [action["kind"] for action in told["plan"]["actions"]] == ["contain", "contain"]
    unnamed = write(tmp_path, "unnamed.json", record(eventName="DescribeTrails", requestParameters=None))
    shown = trailguard("assess", "--event", unnamed)
    assert shown.returncode == 0, shown.stderr
    assert "changed no trail" in shown.stdout
    assert "deny-user-sessions" in shown.stdout
    refused = trailguard("assess", "--event", event, "--after", write(tmp_path, "after.json", state()))
    assert (refused.returncode, "give --before too" in refused.stderr) == (2, True)


@pytest.mark.parametrize("kind", EVERYBODY)
def test_anybody_can_be_judged_without_a_state(kind: str) -> None:
    """There is an action or a reason why there is none, and nobody is left out."""
    plan = caller_plan(parse_record(record(userIdentity=EVERYBODY[kind])), Policy())
    assert plan.actions or plan.outcomes


def test_a_record_that_changes_no_trail_is_said_to(tmp_path: Path) -> None:
    """The plan is told as what would be, and nothing is said to have changed."""
    told = assess(tmp_path, event=record(eventName="DescribeTrails", requestParameters=None))
    assert "changed no trail" in told["summary"]
    assert (told["changes"], told["risk"]) == ([], 0)
    assert [action["id"] for action in told["plan"]["actions"]] == [
        "deactivate-access-key",
        "deny-user-sessions",
    ]

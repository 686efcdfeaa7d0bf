"""A path that leads nowhere ends the execution, and nothing catches that."""

import json
from typing import Any

import pytest

from tests.toolkit.lab.emulator.helpers import make_role, wait_for
from toolkit.lab.emulator.server import Lab

_CAUGHT = {"Type": "Pass", "Result": "caught", "End": True}


@pytest.fixture(scope="module")
def role(lab: Lab) -> str:
    """Create the role of the machines."""
    return make_role(lab, "runs", "states.amazonaws.com", "*")


def _run(lab: Lab, role: str, states: dict[str, Any], value: Any) -> dict[str, Any]:
    client = lab.client("stepfunctions")
    name = f"paths-{len(client.list_state_machines()['stateMachines'])}"
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    arn = client.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=arn, input=json.dumps(value))["executionArn"]

    def finished() -> dict[str, Any]:
        described: dict[str, Any] = client.describe_execution(executionArn=execution)
        return {} if described["status"] == "RUNNING" else described

    return wait_for(finished)


def _publish(message: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:111111111111:none", "Message.$": message},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }


def test_a_parameter_that_leads_nowhere(lab: Lab, role: str) -> None:
    """A missing path in Parameters is fatal, although the state catches everything."""
    done = _run(lab, role, {"Tell": _publish("$.missing.here"), "Caught": _CAUGHT}, {"missing": {}})
    assert (done["status"], done["error"]) == ("FAILED", "States.Runtime")
    assert "'$.missing.here' specified for the field 'Message.$'" in done["cause"]


def test_an_ordinary_error_is_still_caught(lab: Lab, role: str) -> None:
    """A topic that is not there is an error like any other."""
    done = _run(lab, role, {"Tell": _publish("$.here"), "Caught": _CAUGHT}, {"here": "x"})
    assert json.loads(done["output"]) == "caught"


@pytest.mark.parametrize("path", ["$.list[0].a", "$.nothing", "$", "$.list[*].a", "$$.Execution.Name"])
def test_paths_that_lead_somewhere(lab: Lab, role: str, path: str) -> None:
    """What is there, null included, is found."""
    states = {"Take": {"Type": "Pass", "Parameters": {"it.$": path}, "End": True}}
    done = _run(lab, role, states, {"list": [{"a": 1}], "nothing": None})
    assert "it" in json.loads(done["output"])


def test_a_choice_on_something_that_is_not_there(lab: Lab, role: str) -> None:
    """A missing variable is fatal unless the rule asks whether it is present."""
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.route", "StringEquals": "x", "Next": "Caught"}]}
    states: dict[str, Any] = {"Where": {**choice, "Default": "Caught"}, "Caught": _CAUGHT}
    assert _run(lab, role, states, {})["error"] == "States.Runtime"
    states["Where"]["Choices"] = [{"Variable": "$.route", "IsPresent": False, "Next": "Caught"}]
    assert _run(lab, role, states, {})["status"] == "SUCCEEDED"

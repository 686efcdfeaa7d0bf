"""The state machine is the definition of response.workflow, with every name replaced."""

from __future__ import annotations

import json
import re

from response.workflow import STEPS
from response.workflow import template as kept_definition
from tests.stacks.template import Template, listed, text

_MACHINE = "AWS::StepFunctions::StateMachine"


def test_no_name_is_left_unresolved(template: Template) -> None:
    """Each step's state calls that step's function, and the rest of the definition is as it is kept."""
    shown = text(template.properties(_MACHINE)["DefinitionString"])
    definition = json.loads(shown)
    assert "${" not in shown
    assert set(definition["States"]) == set(json.loads(kept_definition())["States"])
    for step in STEPS:
        function = re.fullmatch(r"<(\w+)\.Arn>", definition["States"][step]["Parameters"]["FunctionName"])
        assert function is not None
        properties = template.document["Resources"][function.group(1)]["Properties"]
        assert properties["Handler"] == f"response.entrypoints.{step}"


def test_it_is_named_logged_and_traced(own: Template) -> None:
    """A Standard state machine that logs every event, without data, to a vended log group, and traces."""
    machine = own.properties(_MACHINE)
    assert machine["StateMachineName"] == "trailguard-response"
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    group = own.one("AWS::Logs::LogGroup", "Workflow")
    assert group[1]["Properties"]["LogGroupName"] == "/aws/vendedlogs/states/trailguard-response"
    (destination,) = logging["Destinations"]
    assert text(destination["CloudWatchLogsLogGroup"]["LogGroupArn"]) == f"<{group[0]}.Arn>"


def test_its_role_trusts_step_functions_of_this_account(template: Template) -> None:
    """The service may not be used as a deputy by another account."""
    (trust,) = template.properties("AWS::IAM::Role", "WorkflowRole")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_event_rule_may_start_it_and_nothing_else(template: Template) -> None:
    """EventBridge's role holds StartExecution on this state machine only."""
    logical_id, role = template.one("AWS::IAM::Role", "WorkflowStateMachineEventsRole")
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    (statement,) = template.role_statements(logical_id)
    assert statement["Action"] == "states:StartExecution"
    assert listed(statement["Resource"]) == [f"<{template.one(_MACHINE)[0]}>"]

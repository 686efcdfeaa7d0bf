"""Each function has its own role with exactly its own grants, and the whole environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from response.permissions import FUNCTIONS, MEMBER_ROLES, STATE_MACHINE, Grant
from response.settings import OF_THE_CONSOLE, OPTIONAL, Environment, Settings
from response.workflow import FUNCTION_SECONDS
from stacks.assembly import synthesize
from tests.stacks.template import Template, pairs, text

_NAMES = {step: f"trailguard-{step.replace('_', '-')}" for step in FUNCTIONS}
_TRACING = {("xray:PutTraceSegments", "*", "{}"), ("xray:PutTelemetryRecords", "*", "{}")}


def _symbols(template: Template, name: str = "") -> dict[str, str]:
    states = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>"
    logs = "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group"
    return {
        "incident_table": template.arn("AWS::DynamoDB::Table"),
        "table_key": template.arn("AWS::KMS::Key", "Operations"),
        "token_key": template.arn("AWS::KMS::Key", "Operations"),
        "evidence_bucket": template.arn("AWS::S3::Bucket", "Evidence"),
        "evidence_key": template.arn("AWS::KMS::Key", "Evidence"),
        "topic": f"<{template.one('AWS::SNS::Topic')[0]}>",
        "topic_key": template.arn("AWS::KMS::Key", "Operations"),
        "state_machine": f"{states}:stateMachine:trailguard-response",
        "executions": f"{states}:execution:trailguard-response:*",
        "log_group": f"{logs}:/trailguard/cloudtrail",
        "own_log_group": f"{logs}:/aws/lambda/{name}",
        "partition": "<AWS::Partition>",
        "account": "<AWS::AccountId>",
        "log_delivery_roles": template.arn("AWS::IAM::Role", "OwnTrailDelivery"),
    }


def _granted(grants: tuple[Grant, ...], symbols: dict[str, str]) -> set[tuple[str, str, str]]:
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Allow",
            "Action": list(grant.actions),
            "Resource": [resource.format(**symbols) for resource in grant.resources],
            "Condition": dict(grant.conditions),
        }
        for grant in grants
    ]
    return set(pairs(statements))


@pytest.mark.parametrize("step", FUNCTIONS)
def test_the_role_has_exactly_the_grants_of_permissions(own: Template, step: str) -> None:
    """Nothing more than response.permissions says, but for tracing; nothing less either."""
    logical_id, role = own.role(_NAMES[step])
    assumes = [
        f"arn:<AWS::Partition>:iam::<AWS::AccountId>:role/trailguard-{member}"
        for member in FUNCTIONS[step].assumes
    ]
    wanted = _granted(FUNCTIONS[step].grants, _symbols(own, _NAMES[step]))
    wanted |= {("sts:AssumeRole", arn, "{}") for arn in assumes}
    assert set(pairs(own.role_statements(logical_id))) == wanted | _TRACING
    assert "ManagedPolicyArns" not in role
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


@pytest.mark.parametrize("member", MEMBER_ROLES)
def test_the_member_role_has_exactly_the_grants_of_permissions(own: Template, member: str) -> None:
    """reader, restorer and container may do what response.permissions says."""
    logical_id, _ = own.role(f"trailguard-{member}")
    wanted = _granted(MEMBER_ROLES[member].grants, _symbols(own))
    assert set(pairs(own.role_statements(logical_id))) == wanted


def test_the_state_machine_calls_its_steps_and_publishes(own: Template) -> None:
    """Beyond that its role holds what logging and tracing need."""
    logical_id, _ = own.one("AWS::IAM::Role", "WorkflowRole")
    steps = {f"<{key}.Arn>" for key in _functions(own) if _step_of(own, key) in FUNCTION_SECONDS}
    granted = set(pairs(own.role_statements(logical_id)))
    assert _granted(STATE_MACHINE, _symbols(own)) <= granted
    assert {arn for action, arn, _ in granted if action == "lambda:InvokeFunction"} == steps
    rest = {action.partition(":")[0] for action, resource, _ in granted if resource == "*"}
    assert rest == {"logs", "xray"}


def test_no_role_has_a_wildcard_action_or_a_managed_policy(template: Template) -> None:
    """No `*` in any action; `*` as a resource only where response.permissions gives the reason."""
    reasoned = {
        action
        for role in MEMBER_ROLES.values()
        for grant in role.grants
        if grant.resources == ("*",) and grant.reason
        for action in grant.actions
    }
    policies = template.resources("AWS::IAM::Policy").values()
    for policy in policies:
        for action, resource, _ in pairs(policy["Properties"]["PolicyDocument"]["Statement"]):
            assert "*" not in action
            if resource == "*":
                assert action in reasoned or action.partition(":")[0] in {"xray", "logs"}, action
    for role in template.resources("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]


def _functions(template: Template) -> dict[str, dict[str, Any]]:
    return template.resources("AWS::Lambda::Function")


def _step_of(template: Template, logical_id: str) -> str:
    handler: str = _functions(template)[logical_id]["Properties"]["Handler"]
    return handler.removeprefix("response.entrypoints.")


def test_there_is_one_function_for_each_step(own: Template) -> None:
    """Its name, handler, role and log group all carry the step's name; all share one asset."""
    assert {_step_of(own, key) for key in _functions(own)} == set(FUNCTIONS)
    assert len({text(item["Properties"]["Code"]["S3Key"]) for item in _functions(own).values()}) == 1
    for logical_id, function in _functions(own).items():
        step, properties = _step_of(own, logical_id), function["Properties"]
        assert properties["FunctionName"] == _NAMES[step]
        assert properties["Role"] == {"Fn::GetAtt": [own.role(_NAMES[step])[0], "Arn"]}
        assert properties["Runtime"] == "python3.13"
        assert properties["TracingConfig"] == {"Mode": "Active"}
        assert properties["Timeout"] == FUNCTION_SECONDS.get(step, properties["Timeout"]) <= 900
        group = own.document["Resources"][properties["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
        assert group == {"LogGroupName": f"/aws/lambda/{_NAMES[step]}", "RetentionInDays": 365}


def test_the_console_answers_before_its_api_gives_up(own: Template) -> None:
    """An HTTP API waits 30 seconds at most."""
    (console,) = [item for key, item in _functions(own).items() if _step_of(own, key) == "console"]
    assert console["Properties"]["Timeout"] < 30


def test_every_function_is_told_where_everything_is(template: Template) -> None:
    """The environment is the one that response.settings reads, complete on every function.

    Who may come in only the console has to know: the pool's trigger could not name the pool that names it.
    """
    for logical_id, function in _functions(template).items():
        variables = function["Properties"]["Environment"]["Variables"]
        missing = set(Environment) - set(variables)
        step = _step_of(template, logical_id)
        expected = {Environment.POLICY_FILE, Environment.IP_RANGES_URL, Environment.GEOIP_FILES}
        expected |= {Environment.CONSOLE_URL} if step == "console" else OF_THE_CONSOLE
        assert missing == expected <= OPTIONAL
        assert set(variables) <= set(Environment)


def test_the_settings_can_read_that_environment(existing: Template) -> None:
    """With the references replaced by what CloudFormation puts there, the functions accept it."""
    (function,) = [item for key, item in _functions(existing).items() if _step_of(existing, key) == "notify"]
    known = {"<AWS::Partition>": "aws", "<AWS::Region>": "eu-west-1", "<AWS::AccountId>": "111122223333"}
    variables = {}
    for name, value in function["Properties"]["Environment"]["Variables"].items():
        shown = text(value)
        for reference, replacement in known.items():
            shown = shown.replace(reference, replacement)
        variables[name] = shown
    variables[Environment.TOPIC_ARN] = "arn:aws:sns:eu-west-1:111122223333:tg-2-notifications"
    variables[Environment.TOKEN_KEY_ARN] = "arn:aws:kms:eu-west-1:111122223333:key/operations"
    settings = Settings.from_environ(variables)
    assert settings.state_machine_arn == ("arn:aws:states:eu-west-1:111122223333:stateMachine:tg-2-response")
    assert settings.restorer_role_name == "tg-2-restorer"
    assert settings.log_group_name == "org/cloudtrail"
    assert settings.retention_days == 30
    assert settings.lookups_per_second == 0.5
    assert settings.alarm_names == ("tg-2-trail-updated", "tg-2-cloudtrail-configuration-changes")


def test_address_databases_go_to_the_investigation_only(tmp_path: Path) -> None:
    """A layer with the operator's files and their reader, and the variable that names them; nobody else's."""
    database = tmp_path / "country.mmdb"
    database.write_bytes(b"its content is not looked at here")
    made = Template.load(synthesize(tmp_path / "out", {"trailguard:geoip-files": str(database)}))
    layer, version = made.one("AWS::Lambda::LayerVersion")
    assert version["Properties"]["CompatibleRuntimes"] == ["python3.13"]
    for logical_id, function in _functions(made).items():
        variables = function["Properties"]["Environment"]["Variables"]
        if _step_of(made, logical_id) == "investigate":
            assert function["Properties"]["Layers"] == [{"Ref": layer}]
            assert variables[Environment.GEOIP_FILES] == "/opt/geoip/country.mmdb"
        else:
            assert "Layers" not in function["Properties"]
            assert Environment.GEOIP_FILES not in variables


def test_without_address_databases_there_is_no_layer(template: Template) -> None:
    """None is brought along."""
    kinds = {item["Type"] for item in template.document["Resources"].values()}
    assert "AWS::Lambda::LayerVersion" not in kinds

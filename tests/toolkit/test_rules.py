"""`trailguard rules` and `trailguard render`."""

import json

import pytest

from tests.toolkit.command import trailguard

EXACT_CLOUDWATCH_5 = (
    "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || "
    "($.eventName=StartLogging) || ($.eventName=StopLogging)}"
)


def test_rules_are_listed_as_json_lines() -> None:
    """Each rule is one object with its id."""
    ran = trailguard("rules", "--json")
    assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == [
        "aws-cloudtrail-log-updated",
        "cloudwatch-5",
    ]


@pytest.mark.parametrize("name", ["aws-cloudtrail-log-updated", "AWS CloudTrail Log Updated"])
def test_a_rule_is_rendered_for_eventbridge(name: str) -> None:
    """The EventBridge pattern is JSON without null, by the rule's id or its name."""
    ran = trailguard("render", name, "--as", "eventbridge")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["detail"]["eventName"] == ["UpdateTrail"]
    assert "null" not in ran.stdout


def test_the_security_hub_pattern_is_exact() -> None:
    """The CloudWatch.5 filter is printed to the letter."""
    assert trailguard("render", "cloudwatch-5", "--as", "cloudwatch").stdout == EXACT_CLOUDWATCH_5 + "\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("render", "no-such-rule", "--as", "json"), "aws-cloudtrail-log-updated"),
        (("render", "cloudwatch-5", "--as", "sigma"), "cloudwatch"),
    ],
)
def test_unknown_names_are_refused_with_what_is_known(words: tuple[str, ...], said: str) -> None:
    """An unknown rule or target ends with exit code 2 and the list of known ones."""
    ran = trailguard(*words)
    assert ran.returncode == 2
    assert said in ran.stderr


def test_the_id_is_whole_where_it_is_piped() -> None:
    """Whatever COLUMNS says: a table that goes into another command has one line a rule, nothing cut."""
    lines = trailguard("rules", environment={"COLUMNS": "40"}).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["id", "aws-cloudtrail-log-updated", "cloudwatch-5"]

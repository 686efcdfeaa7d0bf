"""Rules are rendered by the name of the target."""

import json

import pytest

from response.rules.catalogue import CLOUDTRAIL_LOG_UPDATED, RULES
from response.rules.errors import RulesError, UnknownTargetError
from response.rules.render import RENDERERS, cloudwatch, eventbridge, render
from response.rules.rule import Rule


def test_targets_are_found_by_name() -> None:
    """The three names that the command line offers."""
    assert list(RENDERERS) == ["cloudwatch", "eventbridge", "json"]
    assert render(CLOUDTRAIL_LOG_UPDATED, "cloudwatch") == cloudwatch.render(CLOUDTRAIL_LOG_UPDATED)
    assert render(CLOUDTRAIL_LOG_UPDATED, "eventbridge") == eventbridge.render(CLOUDTRAIL_LOG_UPDATED)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_every_rule_is_rendered_for_every_target(rule: Rule) -> None:
    """No rule is held that a target would refuse."""
    for target in RENDERERS:
        assert render(rule, target).target == target


def test_the_json_target_is_the_rule_itself() -> None:
    """What is written is what the rule holds."""
    rendering = render(CLOUDTRAIL_LOG_UPDATED, "json")
    assert json.loads(rendering.text) == CLOUDTRAIL_LOG_UPDATED.to_json()
    assert not rendering.superset


def test_an_unknown_target_is_named_together_with_the_known_ones() -> None:
    """The message says what was asked for and what could have been."""
    with pytest.raises(UnknownTargetError, match="'splunk'; known targets: cloudwatch, eventbridge, json"):
        render(CLOUDTRAIL_LOG_UPDATED, "splunk")
    assert issubclass(UnknownTargetError, RulesError)

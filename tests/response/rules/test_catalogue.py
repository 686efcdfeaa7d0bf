"""The rules as they were published, and the names they are found by."""

import json

import pytest

from response.rules.catalogue import CLOUDTRAIL_LOG_UPDATED, CLOUDWATCH_5, RULES, rule
from response.rules.conditions import condition_to_json
from response.rules.errors import UnknownRuleError


@pytest.mark.parametrize(
    "name",
    [
        "aws-cloudtrail-log-updated",
        "AWS CloudTrail Log Updated",
        "aws cloudtrail log updated",
        "3e002465-876f-4f04-b016-84ef48ce7e5d",
        "3E002465-876F-4F04-B016-84EF48CE7E5D",
        " aws-cloudtrail-log-updated ",
    ],
)
def test_a_rule_answers_to_its_id_its_source_id_and_its_name(name: str) -> None:
    """People paste any of the three, in any case."""
    assert rule(name) is CLOUDTRAIL_LOG_UPDATED


@pytest.mark.parametrize("name", ["cloudwatch-5", "CloudWatch.5", "cloudwatch.5"])
def test_the_control_answers_to_its_id(name: str) -> None:
    """Security Hub writes the id with a dot."""
    assert rule(name) is CLOUDWATCH_5


def test_an_unknown_rule_is_named_together_with_the_known_ones() -> None:
    """The message says what was asked for and what could have been."""
    with pytest.raises(UnknownRuleError) as caught:
        rule("aws-cloudtrail-log-upated")
    assert str(caught.value) == (
        "no rule is called 'aws-cloudtrail-log-upated'; known rules: aws-cloudtrail-log-updated, cloudwatch-5"
    )


def test_rules_are_held_by_their_id_and_cannot_be_changed() -> None:
    """Nobody registers or replaces a rule at run time."""
    assert all(held.id == key for key, held in RULES.items())
    assert not hasattr(RULES, "__setitem__")


def test_the_source_rule_is_held_as_published() -> None:
    """Version 103 of the source: its rating, its schedule, its tags, references and threats."""
    published = CLOUDTRAIL_LOG_UPDATED.source.published
    assert published is not None
    assert (published.version, published.severity, published.risk_score) == (103, "low", 21)
    assert (published.interval_minutes, published.lookback_minutes, published.max_alerts) == (10, 60, 100)
    assert [threat.technique for threat in published.threats] == ["T1565.001", "T1530"]
    assert (CLOUDTRAIL_LOG_UPDATED.severity, CLOUDTRAIL_LOG_UPDATED.risk_score) == ("low", 21)
    assert len(CLOUDTRAIL_LOG_UPDATED.tags) == 7
    assert len(CLOUDTRAIL_LOG_UPDATED.references) == 2


def test_what_upstream_made_of_the_rule_is_held_beside_it() -> None:
    """Version 216 rates the same change high, and calls it an impairment of cloud logs."""
    latest = CLOUDTRAIL_LOG_UPDATED.source.latest
    assert latest is not None
    assert (latest.version, latest.severity, latest.risk_score) == (216, "high", 73)
    assert "T1562.008" in [threat.technique for threat in latest.threats]


def test_a_rule_lists_each_threat_once_with_its_page() -> None:
    """Two revisions name the same techniques; a reader sees each one once."""
    references = [threat.reference for threat in CLOUDTRAIL_LOG_UPDATED.threats]
    assert references == [
        "https://attack.mitre.org/techniques/T1565/001/",
        "https://attack.mitre.org/techniques/T1530/",
        "https://attack.mitre.org/techniques/T1562/008/",
    ]


def test_investigation_topics_are_distinct() -> None:
    """The dossier answers questions by topic."""
    topics = [question.topic for question in CLOUDTRAIL_LOG_UPDATED.investigation]
    assert len(topics) == len(set(topics)) == 12


def test_the_control_holds_the_pattern_word_for_word() -> None:
    """Security Hub compares the text; one space more fails the control."""
    held = CLOUDWATCH_5.metric_filter
    assert held is not None
    assert held.pattern == (
        "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail)"
        " || ($.eventName=StartLogging) || ($.eventName=StopLogging)}"
    )
    assert (held.namespace, held.metric_value, held.default_value) == ("LogMetrics", "1", 0)
    assert held.alarm_threshold == 1


@pytest.mark.parametrize("held", RULES.values(), ids=RULES.keys())
def test_a_rule_is_written_as_plain_json(held: object) -> None:
    """Nothing but JSON values, so that it survives being written and read."""
    assert isinstance(held, type(CLOUDWATCH_5))
    written = held.to_json()
    assert json.loads(json.dumps(written)) == written
    assert written["condition"] == condition_to_json(held.condition)

"""People are reached through encrypted topics, on one of which alarms may publish; machines by a bus."""

from __future__ import annotations

from tests.stacks.template import Template, text

_TOPIC, _POLICY, _KEY = "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::KMS::Key"
_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_it_is_encrypted_and_refuses_plain_http(template: Template) -> None:
    """The operations key encrypts each topic; publishing without TLS is denied."""
    topics, policies = template.resources(_TOPIC).values(), template.resources(_POLICY).values()
    assert len(topics) == len(policies)
    for topic in topics:
        assert text(topic["Properties"]["KmsMasterKeyId"]) == template.arn(_KEY, "Operations")
    for policy in policies:
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        refusals = [statement for statement in statements if statement["Effect"] == "Deny"]
        assert [(item["Action"], item["Condition"]) for item in refusals] == [
            ("sns:Publish", {"Bool": {"aws:SecureTransport": "false"}})
        ]


def test_alarms_of_this_account_may_publish_and_use_the_key(template: Template) -> None:
    """Both are needed, and both are tied to this account; no other service gets either."""
    for kind, start in ((_POLICY, "NotificationsTopic"), (_KEY, "Operations")):
        statement = template.statement(kind, "AlarmsOfThisAccountPublish", start)
        assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert statement["Condition"] == _THIS_ACCOUNT
    assert template.statement(_KEY, "AlarmsOfThisAccountPublish", "Operations")["Action"] == [
        "kms:Decrypt",
        "kms:GenerateDataKey*",
    ]


def test_the_owners_are_subscribed_by_mail(own: Template, existing: Template) -> None:
    """One subscription for each address, none where none is given."""
    endpoints = {item["Properties"]["Endpoint"] for item in own.resources("AWS::SNS::Subscription").values()}
    assert endpoints == {"soc@example.com", "owner@example.com"}
    kinds = {item["Type"] for item in existing.document["Resources"].values()}
    assert "AWS::SNS::Subscription" not in kinds


def test_a_chat_has_a_topic_of_its_own_if_it_is_wanted(own: Template, existing: Template) -> None:
    """Nothing is made where nobody asked for it; alarms do not publish there."""
    assert len(own.resources(_TOPIC)) == 1
    _, topic = existing.one(_TOPIC, "NotificationsChatTopic")
    assert topic["Properties"]["TopicName"] == "tg-2-chat"
    _, policy = existing.one(_POLICY, "NotificationsChatTopic")
    assert {item["Effect"] for item in policy["Properties"]["PolicyDocument"]["Statement"]} == {"Deny"}


def test_machines_have_a_bus_without_a_policy(template: Template) -> None:
    """Named as the deployment; whoever puts events there needs a permission of their own."""
    _, bus = template.one("AWS::Events::EventBus")
    assert bus["Properties"]["Name"] in {"trailguard", "tg-2"}
    assert "AWS::Events::EventBusPolicy" not in {
        item["Type"] for item in template.document["Resources"].values()
    }

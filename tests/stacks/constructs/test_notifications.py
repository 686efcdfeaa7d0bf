"""People are reached through an encrypted topic on which alarms may publish."""

from __future__ import annotations

from tests.stacks.template import Template, text

_TOPIC, _POLICY, _KEY = "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::KMS::Key"
_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_it_is_encrypted_and_refuses_plain_http(template: Template) -> None:
    """The operations key encrypts the topic; publishing without TLS is denied."""
    assert text(template.properties(_TOPIC)["KmsMasterKeyId"]) == template.arn(_KEY, "Operations")
    refusals = [
        statement
        for statement in template.properties(_POLICY)["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    ]
    assert [(item["Action"], item["Condition"]) for item in refusals] == [
        ("sns:Publish", {"Bool": {"aws:SecureTransport": "false"}})
    ]


def test_alarms_of_this_account_may_publish_and_use_the_key(template: Template) -> None:
    """Both are needed, and both are tied to this account; no other service gets either."""
    for kind, start in ((_POLICY, ""), (_KEY, "Operations")):
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

"""Baselines are captured last, when everything that the capture needs is there."""

from __future__ import annotations

from tests.stacks.template import Template, text

_CAPTURE = "Custom::TrailBaselines"


def test_the_capture_is_done_by_its_function(template: Template) -> None:
    """The custom resource calls capture_baseline, and does not wait for an answer for ever."""
    capture = template.properties(_CAPTURE)
    assert text(capture["ServiceToken"]) == template.arn("AWS::Lambda::Function", "FunctionsCaptureBaseline")
    function = template.properties("AWS::Lambda::Function", "FunctionsCaptureBaseline")
    assert int(capture["ServiceTimeout"]) > function["Timeout"]


def test_it_waits_for_roles_policies_stores_and_trail(own: Template) -> None:
    """Every policy of the functions and of the member roles, the table, and the stack's own trail."""
    waits = set(own.one(_CAPTURE)[1]["DependsOn"])
    needed = {
        key
        for kind in ("AWS::IAM::Policy", "AWS::IAM::Role")
        for key in own.resources(kind)
        if key.startswith(("Functions", "MemberRoles"))
    }
    needed |= {own.one("AWS::DynamoDB::Table")[0], own.one("AWS::CloudTrail::Trail")[0]}
    assert needed <= waits


def test_a_new_trail_is_captured_again(own: Template, existing: Template) -> None:
    """The own trail's ARN is a property, so that a trail under another name is an update."""
    assert text(own.properties(_CAPTURE)["TrailArn"]).endswith(":trail/trailguard")
    assert existing.properties(_CAPTURE)["TrailArn"] == ""

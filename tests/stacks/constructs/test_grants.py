"""Grants become statements, and no wildcard comes without its reason."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from response.permissions import Grant
from stacks.constructs.grants import GrantError, attach


def _role() -> iam.Role:
    return iam.Role(cdk.Stack(), "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def _statements(role: iam.Role) -> list[dict[str, object]]:
    template = cdk.assertions.Template.from_stack(cdk.Stack.of(role))
    policies = template.find_resources("AWS::IAM::Policy").values()
    return [item for policy in policies for item in policy["Properties"]["PolicyDocument"]["Statement"]]


def test_a_symbol_with_several_values_gives_several_resources() -> None:
    """Each template is written out once for each value of its symbol."""
    role = _role()
    attach(role, [Grant(("iam:PassRole",), ("{roles}",))], {"roles": ("arn:a", "arn:b")})
    assert _statements(role) == [
        {"Action": "iam:PassRole", "Effect": "Allow", "Resource": ["arn:a", "arn:b"]}
    ]


def test_a_grant_on_what_is_not_there_falls_away() -> None:
    """A symbol without a value takes its grant with it, and only that."""
    role = _role()
    grants = [Grant(("a:A",), ("{none}:x",)), Grant(("b:B",), ("{some}",))]
    attach(role, grants, {"none": (), "some": ("arn:some",)})
    assert _statements(role) == [{"Action": "b:B", "Effect": "Allow", "Resource": "arn:some"}]


def test_a_condition_comes_along() -> None:
    """Conditions are part of the statement."""
    role = _role()
    attach(role, [Grant(("a:A",), ("arn:x",), {"StringEquals": {"k": "v"}})], {})
    assert _statements(role)[0]["Condition"] == {"StringEquals": {"k": "v"}}


def test_a_wildcard_without_a_reason_is_refused() -> None:
    """Whoever adds a wildcard to permissions has to say why."""
    with pytest.raises(GrantError, match=r"arn:x/\* for a:A: a wildcard needs its reason"):
        attach(_role(), [Grant(("a:A",), ("arn:x/*",))], {})


def test_a_wildcard_with_a_reason_is_taken() -> None:
    """The reason can stand with the grant."""
    role = _role()
    attach(role, [Grant(("a:A",), ("arn:x/*",), reason="named by somebody else")], {})
    assert _statements(role)[0]["Resource"] == "arn:x/*"
